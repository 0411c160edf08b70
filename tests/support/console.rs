//! A real console beside a collector, and people who use it by plain requests, as a browser sends them.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::process::Command;

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use super::builder::{Config, path_text};
use super::collector::{Collector, cspwatch};
use super::ports::free_address;
use super::service::Service;
use super::until;
use super::way::{Stream, Way};

/// The password of everybody.
pub const PASSWORD: &str = "correct horse battery staple";

/// A running console, with the users `vera` (viewer), `rosa` (responder) and `ada` (admin). Ends when dropped.
pub struct Console {
    service: Service,
    /// How requests reach it; a test may go another way.
    pub way: Way,
    place: TempDir,
}

/// An answer with its head.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub head: String,
    pub body: String,
}

/// Somebody who is logged in, or nobody.
#[derive(Clone, Default)]
pub struct Visitor {
    pub cookie: String,
}

impl Console {
    /// Starts one for what a collector stores.
    pub fn of(collector: &Collector) -> Self {
        Self::with(collector, |_, _| {})
    }

    /// Likewise, with a configuration that is changed so; it is given the address where the console listens.
    pub fn with(collector: &Collector, change: impl FnOnce(&mut Config, SocketAddr)) -> Self {
        Self::reached_by(collector, |config, listen| {
            change(config, listen);
            Way::plain(listen)
        })
    }

    /// Likewise; the change says how requests reach it.
    pub fn reached_by(
        collector: &Collector,
        change: impl FnOnce(&mut Config, SocketAddr) -> Way,
    ) -> Self {
        let place = tempfile::tempdir().unwrap();
        let address = free_address();
        let mut config = collector.config().clone();
        config.add("[console]\n");
        config.set("console.listen", address.to_string());
        config.set("console.users_file", path_text(&place.path().join("users.toml")));
        let way = change(&mut config, address);
        let file = place.path().join("cspwatch.toml");
        config.write(&file);
        for (name, role) in [("vera", "viewer"), ("rosa", "responder"), ("ada", "admin")] {
            add_user(&file, name, role);
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_cspwatch"));
        command.arg("console").arg("--config").arg(&file);
        let service = Service::start(command, place.path().join("log"));
        let mut console = Self { service, way, place };
        console.until_it_answers();
        console
    }

    fn until_it_answers(&mut self) {
        let way = self.way.clone();
        self.service.until("the console answers", || {
            let page = way.connect().map(|stream| send(stream, way.host(), "GET /healthz", "", ""));
            page.is_ok_and(|page| page.status == 200)
        });
    }

    /// Where its requests go.
    pub fn address(&self) -> SocketAddr {
        self.way.to
    }

    /// Where people reach it.
    pub fn url(&self) -> String {
        self.way.origin.clone()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        self.service.signal(signal);
    }

    /// What it logged.
    pub fn log(&self) -> String {
        self.service.log()
    }

    /// Runs `cspwatch console …`: the exit code, and what it prints.
    pub fn command(&self, arguments: &[&str]) -> (Option<i32>, String) {
        self.run(&[&["console"], arguments].concat())
    }

    /// Runs `cspwatch …` with its configuration.
    pub fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let config = self.place.path().join("cspwatch.toml");
        cspwatch(&[arguments, &["--config", path_text(&config)]].concat())
    }

    /// A new token of this role.
    pub fn token(&self, name: &str, role: &str) -> String {
        let (code, text) = self.command(&["token", "add", name, "--role", role]);
        assert_eq!(code, Some(0), "{text}");
        text.lines().find(|line| line.starts_with("cspw_")).unwrap().to_owned()
    }

    /// Changes the file of users and tokens, as somebody with an editor.
    pub fn edit_people(&self, change: impl FnOnce(&mut toml::Table)) {
        let file = self.place.path().join("users.toml");
        let mut people = std::fs::read_to_string(&file).unwrap().parse().unwrap();
        change(&mut people);
        std::fs::write(file, people.to_string()).unwrap();
    }

    /// Logs somebody in.
    #[track_caller]
    pub fn log_in(&self, name: &str) -> Visitor {
        let page = self.try_log_in(name, PASSWORD);
        assert_eq!(page.status, 303, "{page:?}");
        let cookie = page.header("set-cookie").unwrap();
        Visitor { cookie: cookie.split(';').next().unwrap().to_owned() }
    }

    /// Tries to.
    pub fn try_log_in(&self, name: &str, password: &str) -> Page {
        let fields = [("name", name), ("password", password), ("next", "/")];
        self.submit(&Visitor::default(), "/login", &fields)
    }

    /// Gets a page.
    pub fn get(&self, visitor: &Visitor, path: &str) -> Page {
        self.send(&format!("GET {path}"), &visitor.headers(), "")
    }

    /// Gets a file: its head, and its content.
    pub fn download(&self, visitor: &Visitor, path: &str) -> (Page, Vec<u8>) {
        let stream = self.way.connect().unwrap();
        let answer =
            receive(stream, self.way.host(), &format!("GET {path}"), &visitor.headers(), "");
        let head = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        (Page::of(&answer[..head]), answer[head..].to_vec())
    }

    /// Sends a form, as a browser does from a page of the console.
    pub fn submit(&self, visitor: &Visitor, path: &str, fields: &[(&str, &str)]) -> Page {
        let body =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = format!(
            "{}Origin: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n",
            visitor.headers(),
            self.url()
        );
        self.send(&format!("POST {path}"), &headers, &body)
    }

    /// The token that the forms of a visitor's pages carry.
    #[track_caller]
    pub fn form_token(&self, visitor: &Visitor) -> String {
        self.get(visitor, "/system").field("form_token")
    }

    /// Sends a request with a token of the API.
    pub fn api(&self, request: &str, token: &str, body: &str) -> Page {
        let headers =
            format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
        self.send(request, &headers, body)
    }

    /// Sends a request, `GET /path`, with these headers.
    pub fn send(&self, request: &str, headers: &str, body: &str) -> Page {
        self.send_to(self.way.host(), request, headers, body)
    }

    /// Likewise, to the console under another name.
    pub fn send_to(&self, host: &str, request: &str, headers: &str, body: &str) -> Page {
        send(self.way.connect().unwrap(), host, request, headers, body)
    }

    /// Waits until the page of somebody holds a text.
    #[track_caller]
    pub fn until_shows(&self, visitor: &Visitor, path: &str, text: &str) {
        until(&format!("{path} shows {text}"), || self.get(visitor, path).body.contains(text));
    }
}

impl Visitor {
    fn headers(&self) -> String {
        if self.cookie.is_empty() { String::new() } else { format!("Cookie: {}\r\n", self.cookie) }
    }
}

impl Page {
    /// What was read from a connection.
    pub fn of(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        // Without a known length it comes in chunks: a number of bytes, and then these.
        let begin = self.body.find('{').unwrap_or_else(|| panic!("{self:?}"));
        let end = self.body.rfind('}').unwrap() + 1;
        serde_json::from_str(&self.body[begin..end])
            .unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The value of the first hidden field of this name.
    #[track_caller]
    pub fn field(&self, name: &str) -> String {
        let begin = format!("name=\"{name}\" value=\"");
        let rest = self.body.split_once(&begin).unwrap_or_else(|| panic!("no {name}: {self:?}")).1;
        rest.split('"').next().unwrap().to_owned()
    }
}

/// One request, and all of its answer.
fn send(stream: Box<dyn Stream>, host: &str, request: &str, headers: &str, body: &str) -> Page {
    Page::of(&receive(stream, host, request, headers, body))
}

fn receive(
    mut stream: Box<dyn Stream>,
    host: &str,
    request: &str,
    headers: &str,
    body: &str,
) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "{request} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n"
    );
    // A server that refuses it may end the connection before all of it is sent.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

fn add_user(config: &std::path::Path, name: &str, role: &str) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cspwatch"));
    command.args(["console", "user", "add", name, "--role", role, "--password-stdin", "--config"]);
    command.arg(config).stdin(std::process::Stdio::piped());
    let mut child = super::children::spawn(command).unwrap();
    child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}
