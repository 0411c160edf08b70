//! Connections that attackers make: many, slow, and with more than one request in the bytes of one.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use cspwatch::base::limits;
use rustix::process::Signal;

use super::scene;
use crate::support::console::{Console, Page, Visitor};
use crate::support::until;
use crate::support::way::Way;

fn open(console: &Console, bytes: &str) -> TcpStream {
    let mut stream = TcpStream::connect(console.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    stream
}

fn all(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A login whose body never comes.
fn login_without_end(console: &Console) -> String {
    let (host, origin) = (console.way.host(), console.url());
    format!(
        "POST /login HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: 100\r\n\r\nname="
    )
}

#[test]
fn whoever_holds_all_connections_keeps_nobody_out() {
    let (_collector, console) = scene();
    let request = login_without_end(&console);
    let held: Vec<TcpStream> =
        (0..limits::CONSOLE_CONNECTIONS + 20).map(|_| open(&console, &request)).collect();
    let rosa = console.log_in("rosa");
    assert_eq!(console.get(&rosa, "/system").status, 200);
    drop(held);
}

#[test]
fn a_body_that_does_not_come_is_not_waited_for() {
    let (_collector, console) = scene();
    let page = Page::of(all(open(&console, &login_without_end(&console))).as_bytes());
    assert_eq!(page.status, 408, "{page:?}");
    assert!(page.body.contains("did not arrive in time"), "{page:?}");
}

#[test]
fn nobody_takes_the_live_news_of_all_others() {
    let (_collector, console) = scene();
    let [vera, rosa] = ["vera", "rosa"].map(|name| console.log_in(name));
    let listen = |visitor: &Visitor| {
        let (host, cookie) = (console.way.host(), &visitor.cookie);
        let mut stream = open(
            &console,
            &format!("GET /events HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n"),
        );
        let mut head = [0; 12];
        stream.read_exact(&mut head).unwrap();
        (String::from_utf8_lossy(&head[9..]).into_owned(), stream)
    };
    let mut held: Vec<_> =
        (0..limits::CONSOLE_LISTENERS_PER_PERSON).map(|_| listen(&vera)).collect();
    assert!(held.iter().all(|(status, _)| status == "200"));
    assert_eq!(listen(&vera).0, "503");
    assert_eq!(listen(&rosa).0, "200");
    held.pop();
    until("a page that is gone makes room", || listen(&vera).0 == "200");
}

#[test]
fn what_is_no_one_request_is_none() {
    let (_collector, console) = scene();
    let (host, origin) = (console.way.host().to_owned(), console.url());
    let last = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let get = |headers: &str| format!("GET /login HTTP/1.1\r\n{headers}Connection: close\r\n\r\n");
    let twice = format!(
        "POST /login HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n\
         0\r\n\r\n{last}"
    );
    for (request, status) in [
        // Two lengths: whatever it is, what follows is no request.
        (twice, "400|401|413"),
        (
            format!(
                "POST /login HTTP/1.1\r\nHost: {host}\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n{last}"
            ),
            "400",
        ),
        (
            format!(
                "POST /login HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: xchunked\r\n\r\n{last}"
            ),
            "400",
        ),
        (get(&format!("Host : {host}\r\n")), "400"),
        (get(&format!("Host: {host}\r\nHost: evil.example\r\n")), "421"),
        (get(&format!("Host: {host}\r\nHost: {host}\r\n")), "421"),
        (get(""), "421"),
        (
            format!(
                "GET http://evil.example/login HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            ),
            "421",
        ),
        (
            format!(
                "GET http://ada@{host}/login HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            ),
            "421",
        ),
    ] {
        let answer = all(open(&console, &request));
        let found = answer.get(9..12).unwrap_or_default();
        assert!(status.split('|').any(|status| status == found), "{request}\n{answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{request}\n{answer}");
    }
}

/// A health check in its container, which has no proxy's address.
#[test]
fn a_console_behind_a_proxy_answers_to_its_own_machine() {
    let (collector, _) = scene();
    let console = Console::reached_by(&collector, |config, listen| {
        let open = SocketAddr::from(([0, 0, 0, 0], listen.port()));
        config.set("console.listen", open.to_string());
        config.set("console.public_url", "https://console.example");
        config.set("listen.trusted_proxies", vec!["198.51.100.0/24"]);
        Way::plain(listen)
    });
    let health = || console.run(&["health", "--console"]);
    assert_eq!(health(), (Some(0), "ok\n".to_owned()));
    console.signal(Signal::TERM);
    until("it is gone", || health().0 == Some(1));
}

/// hyper's own would be a mebibyte, for each connection and each stream.
#[test]
fn over_http2_little_is_kept_that_nobody_reads() {
    let (_collector, console) = scene();
    let mut stream = open(&console, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0");
    let mut head = [0; 9];
    stream.read_exact(&mut head).unwrap();
    assert_eq!(head[3], 4, "the first frame has the server's settings (RFC 9113, section 3.4)");
    let mut settings = vec![0; usize::from(head[2])];
    stream.read_exact(&mut settings).unwrap();
    let mut settings = settings.chunks(6);
    let window = settings.find(|setting| setting[..2] == [0, 4]);
    // Where it is not said, it is 65,535.
    let window =
        window.map_or(65_535, |setting| u32::from_be_bytes(setting[2..].try_into().unwrap()));
    assert!(window <= limits::H2_STREAM_WINDOW, "{window}");
}
