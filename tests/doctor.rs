//! `cspwatch doctor` on pages of a real server, with a real collector as their endpoint, and whether browsers agree with its
//! findings.

mod arrival;
mod raw;
mod reach;

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use hyper::Response;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use cspwatch::base::lock::Mutex;

use crate::support::browser::Browser;
use crate::support::builder::Config;
use crate::support::certificates::Authority;
use crate::support::clickhouse::{ClickHouse, wait};
use crate::support::collector::Collector;
use crate::support::ports::free_address;
use crate::support::server::{Received, Server};
use crate::support::{children, until};

/// A shop on this machine, as its collector knows it.
const SHOP: &str =
    "[limits]\nper_client = \"0\"\n[[site]]\nname = \"shop\"\nhosts = [\"localhost\"]\n";

/// A certificate authority, and a file with its certificate.
struct Trust {
    authority: Authority,
    place: TempDir,
}

impl Trust {
    fn new() -> Self {
        let (authority, place) = (Authority::new(), tempfile::tempdir().unwrap());
        fs::write(place.path().join("ca.pem"), authority.pem()).unwrap();
        Self { authority, place }
    }

    fn ca(&self) -> PathBuf {
        self.place.path().join("ca.pem")
    }

    /// Serves on https as localhost.
    fn serve(
        &self,
        handler: impl Fn(&Received) -> Response<String> + Send + Sync + 'static,
    ) -> Server {
        Server::start(Some(self.authority.issue(&["localhost"]).acceptor()), handler)
    }

    /// A collector without a ClickHouse.
    fn collect(&self) -> (Collector, String) {
        let leaf = self.authority.issue(&["localhost"]);
        let collector = Collector::build().config(SHOP).tls(&leaf).start();
        let endpoint = format!("https://localhost:{}/report/shop", collector.https().port());
        (collector, endpoint)
    }

    /// Runs the command, which trusts this authority.
    fn doctor(&self, arguments: &[&str]) -> Output {
        let ca = self.ca();
        doctor(&[&["--ca", ca.to_str().unwrap()], arguments].concat(), "")
    }

    /// The ids of the findings, in their order.
    fn ids(&self, url: &str) -> Vec<String> {
        let output = self.doctor(&["--json", url]);
        let answer: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{url}: {}", stderr(&output)));
        ids(&answer)
    }
}

fn doctor(arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cspwatch"));
    command.arg("doctor").args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that refuses its arguments does not read its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn ids(answer: &Value) -> Vec<String> {
    let findings = answer["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["id"].as_str().unwrap().to_owned()).collect()
}

fn page_of(server: &Server, path: &str) -> String {
    format!("https://localhost:{}{path}", server.address().port())
}

/// The headers of a page on which nothing is wrong.
fn right(endpoint: &str) -> String {
    format!(
        "content-security-policy: default-src 'self'; script-src 'self' 'report-sample'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'; report-uri {endpoint}?tag=uri\n\
         content-security-policy-report-only: default-src 'self'; script-src 'self' 'report-sha256'; \
         base-uri 'none'; form-action 'self'; report-to cspwatch\n\
         reporting-endpoints: cspwatch=\"{endpoint}?tag=to\"\n\
         integrity-policy-report-only: blocked-destinations=(script), endpoints=(cspwatch)\n\
         connection-allowlist-report-only: (response-origin);report-to=cspwatch;redirects=block;webrtc=block\n"
    )
}

/// An answer with these headers, one a line.
fn answer(headers: &str, html: &str) -> Response<String> {
    let mut response = Response::builder().header("content-type", "text/html; charset=utf-8");
    for line in headers.lines() {
        let (name, value) = line.split_once(": ").unwrap();
        response = response.header(name, value);
    }
    response.body(html.to_owned()).unwrap()
}

#[test]
fn nothing_is_wrong_with_the_right_page_and_the_probes_leave_no_report() {
    let trust = Trust::new();
    let (collector, endpoint) = trust.collect();
    let headers = right(&endpoint);
    let server = trust.serve(move |request| match request.target.as_str() {
        "/old" => Response::builder()
            .status(302)
            .header("location", "/checkout")
            .body(String::new())
            .unwrap(),
        _ => answer(&headers, "<script src=/a.js integrity=sha384-x crossorigin></script>"),
    });
    let output = trust.doctor(&["--json", &page_of(&server, "/old")]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["url"], page_of(&server, "/checkout"));
    assert_eq!(found["redirects"][0], page_of(&server, "/old"));
    assert_eq!(found["findings"], serde_json::json!([]));
    assert!(found["fetched"].is_string() && found["unseen"].as_array().unwrap().len() > 5);
    let methods: Vec<_> =
        found["policies"].as_array().unwrap().iter().map(|policy| &policy["reports_by"]).collect();
    assert_eq!(methods, ["report-uri", "report-to"]);
    let requests = server.received().into_iter();
    let asked: Vec<_> = requests.map(|request| (request.method, request.body)).collect();
    assert!(asked.iter().all(|(method, body)| method == "GET" && body.is_empty()), "{asked:?}");

    // The collector was probed, and has no report.
    assert_eq!(collector.metric("cspwatch_requests_total{status=\"400\"}"), Some(2.0));
    assert_eq!(collector.metric("cspwatch_requests_total{status=\"204\"}"), Some(1.0));
    let reports = r#"cspwatch_reports_total{site="shop",kind="csp",outcome="new"}"#;
    assert_eq!(collector.metric(reports).unwrap_or(0.0), 0.0);

    let words = trust.doctor(&[&page_of(&server, "/checkout")]);
    let words = String::from_utf8(words.stdout).unwrap();
    for said in [
        "enforced, reports by report-uri",
        "Nothing to fix.",
        "What still leaves this page unseen",
        "WebRTC",
    ] {
        assert!(words.contains(said), "{said}: {words}");
    }
}

/// What differs from the right page: a text of its headers and its replacement, and the HTML. Last, what is found.
const FAULTS: &[(&str, &str, &str, &[&str])] = &[
    ("report-to cspwatch", "report-to other", "", &["report-to-undefined", "no-script-hashes"]),
    ("cspwatch=\"", "cspwatch='", "", &["reporting-endpoints-invalid", "no-script-hashes"]),
    ("default-src 'self'", "default-src *", "", &["wide-source", "wide-source"]),
    ("form-action 'self'; ", "", "", &["no-form-action"]),
    ("frame-ancestors", "frame-ancestor", "", &["unknown-directive", "no-frame-ancestors"]),
    (
        "script-src 'self'",
        "script-src 'self' 'unsafe-inline'",
        "",
        &["unsafe-inline", "unsafe-inline"],
    ),
    ("script-src 'self'", "script-src self", "", &["unquoted-keyword", "unquoted-keyword"]),
    ("script-src 'self'", "script-src 'nonce-same'", "", &["fixed-nonce"]),
    ("script-src 'self'", "script-src 'nonce-{count}'", "", &[]),
    ("endpoints=(cspwatch)", "endpoints=()", "", &["integrity-policy-without-endpoints"]),
    (
        "",
        "",
        "<script src=//cdn.example/a.js></script>",
        &["integrity-policy-would-report", "script-without-integrity"],
    ),
    (
        "",
        "",
        "<meta http-equiv=content-security-policy content=\"img-src a; report-uri /x\">",
        &["meta-directive-ignored"],
    ),
];

#[test]
fn each_fault_of_a_page_is_found_and_nothing_else() {
    let trust = Trust::new();
    let (_collector, endpoint) = trust.collect();
    let headers = right(&endpoint);
    let count = AtomicUsize::new(0);
    let server = trust.serve(move |request| {
        let (old, new, html, _) = FAULTS[request.target[1..].parse::<usize>().unwrap()];
        let count = count.fetch_add(1, Ordering::Relaxed).to_string();
        let new = new.replace("{count}", &count);
        let headers = if old.is_empty() { headers.clone() } else { headers.replace(old, &new) };
        answer(&headers, html)
    });
    for (number, (_, _, _, expected)) in FAULTS.iter().enumerate() {
        assert_eq!(trust.ids(&page_of(&server, &format!("/{number}"))), *expected, "{number}");
    }
    // The exit status is 1 if a finding is silent or weak.
    for (path, code) in [("/0", 1), ("/3", 1), ("/10", 0)] {
        let output = trust.doctor(&[&page_of(&server, path)]);
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert_eq!(stderr(&output).contains("findings to fix"), code == 1, "{stdout}");
    }
}

#[test]
fn endpoints_that_lose_reports_are_found() {
    let trust = Trust::new();
    let status = |status: u16| {
        trust.serve(move |_| {
            let response =
                Response::builder().status(status).header("access-control-allow-origin", "*");
            response.header("location", "https://localhost/").body(String::new()).unwrap()
        })
    };
    let tls = |authority: &Authority, name| {
        Server::start(Some(authority.issue(&[name]).acceptor()), |_| answer("", ""))
    };
    let (moved, gone, broken) = (status(301), status(410), status(503));
    let without_cors = trust.serve(|_| answer("", ""));
    let (stranger, other) =
        (tls(&Authority::new(), "localhost"), tls(&trust.authority, "other.example"));
    let nobody = free_address();
    for (at, expected) in [
        (moved.address(), &["endpoint-redirects", "endpoint-preflight"][..]),
        (gone.address(), &["endpoint-refuses", "endpoint-preflight"]),
        (broken.address(), &["endpoint-refuses", "endpoint-preflight"]),
        (without_cors.address(), &["endpoint-preflight", "endpoint-post-without-cors"]),
        (stranger.address(), &["endpoint-untrusted-certificate"]),
        (other.address(), &["endpoint-wrong-name"]),
        (nobody, &["endpoint-unreachable"]),
    ] {
        let headers = right(&format!("https://localhost:{}/report/shop", at.port()))
            .replace("?tag=uri", "?tag=to");
        let server = trust.serve(move |_| answer(&headers, ""));
        assert_eq!(trust.ids(&page_of(&server, "/")), expected);
    }
    let requests =
        [moved, gone, broken, without_cors].iter().flat_map(Server::received).collect::<Vec<_>>();
    assert!(
        requests.len() >= 8 && requests.iter().all(|request| request.body.is_empty()),
        "{requests:?}"
    );
}

#[test]
fn probes_are_the_browsers_own_requests_and_each_channel_is_judged_by_its_own() {
    let trust = Trust::new();
    for (refused, said, other) in [
        ("application/csp-report", "report-uri", "report-to"),
        ("application/reports+json", "report-to", "report-uri"),
    ] {
        let firewall = trust.serve(move |request| {
            let is_refused = request.field("content-type") == refused;
            let response = Response::builder().status(if is_refused { 403 } else { 204 });
            let response = response.header("access-control-allow-origin", "*");
            response.header("access-control-allow-headers", "*").body(String::new()).unwrap()
        });
        let endpoint = page_of(&firewall, "/report/shop");
        let headers = right(&endpoint);
        let server = trust.serve(move |_| answer(&headers, ""));
        let output = trust.doctor(&["--json", &page_of(&server, "/checkout?session=1")]);
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(ids(&found), ["endpoint-refuses"]);
        let what = found["findings"][0]["what"].as_str().unwrap();
        assert!(what.contains(said) && what.contains(refused) && !what.contains(other), "{what}");

        let origin = page_of(&server, "");
        let requests = firewall.received();
        let sent = |media_type: &str| {
            let mut posts = requests.iter().filter(|request| request.method == "POST");
            posts.find(|post| post.field("content-type") == media_type).unwrap()
        };
        let uri = sent("application/csp-report");
        for (name, value) in [
            ("origin", &origin),
            ("referer", &format!("{origin}/")),
            ("sec-fetch-site", &"same-site".to_owned()),
            ("sec-fetch-mode", &"no-cors".to_owned()),
            ("sec-fetch-dest", &"report".to_owned()),
            ("accept", &"*/*".to_owned()),
        ] {
            assert_eq!(uri.field(name), value, "{name}");
        }
        let to = sent("application/reports+json");
        assert_eq!(to.field("origin"), origin);
        for name in ["referer", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "accept"] {
            assert_eq!(to.field(name), "", "{name}");
        }
        let preflights: Vec<_> =
            requests.iter().filter(|request| request.method == "OPTIONS").collect();
        assert_eq!(preflights.len(), 1, "report-uri needs none");
        assert_eq!(preflights[0].field("access-control-request-headers"), "content-type");
        assert!(requests.iter().all(|request| request.field("user-agent").contains("Chrome/")));
    }
}

#[test]
fn a_head_on_standard_input_is_checked_without_contacting_anybody() {
    let trust = Trust::new();
    let endpoint = trust.serve(|_| answer("", ""));
    let right = right(&page_of(&endpoint, "/report/shop"));
    let curl = format!(
        "HTTP/1.1 301 Moved\r\nlocation: /x\r\n\r\nHTTP/2 200 \r\n{}\r\n",
        right.replace('\n', "\r\n")
    );
    for (input, arguments, code, expected) in [
        (right.clone(), &["-"][..], 0, &[][..]),
        (curl.clone(), &["-"], 0, &[]),
        (right.clone(), &["--url", "http://shop.example/", "-"], 1, &["page-not-secure"]),
        (
            format!("{curl}<script src=//cdn.example/a.js></script>"),
            &["-"],
            0,
            &["integrity-policy-would-report", "script-without-integrity"],
        ),
        (
            "HTTP/2 200\n\nHTTP/2 404\nServer: x\n".to_owned(),
            &["-"],
            1,
            &["no-policy", "no-integrity-policy", "no-connection-allowlist"],
        ),
    ] {
        let output = doctor(&[arguments, &["--json"]].concat(), &input);
        assert_eq!(output.status.code(), Some(code), "{input}{}", stderr(&output));
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(ids(&found), expected);
        assert!(found["fetched"].is_null());
    }
    assert!(endpoint.received().is_empty());
    // No control characters of the page reach the terminal.
    let output = doctor(&["-"], "Content-Security-Policy: img-src \u{1b}[2Jx\n");
    assert!(!output.stdout.contains(&0x1b));
}

#[test]
fn a_page_that_cannot_be_fetched_is_an_error_with_the_reason() {
    let trust = Trust::new();
    let server = trust.serve(|request| {
        let response = Response::builder();
        let response = match request.target.as_str() {
            "/loop" => response.status(302).header("location", "/loop"),
            "/mail" => response.status(302).header("location", "mailto:x@y.example"),
            _ => response.status(404),
        };
        response.body(String::new()).unwrap()
    });
    let page = |path: &str| page_of(&server, path);
    let nobody = format!("http://{}/", free_address());
    let missing = trust.place.path().join("none.pem");
    for (arguments, code, said) in [
        (vec![page("/loop")], 1, "more than 20 redirects"),
        (vec![page("/mail")], 1, "which is not the address of a page"),
        (vec![page("/gone")], 1, "answers 404"),
        (vec![nobody], 1, "Connection refused"),
        (vec!["--watch".to_owned(), "-".to_owned()], 64, "--watch needs a URL"),
        (vec!["--url".to_owned(), page("/"), page("/")], 64, "standard input"),
        (vec!["--every".to_owned(), "5s".to_owned(), page("/")], 64, "less than 10s"),
        (vec!["ftp://shop.example/".to_owned()], 64, "neither http nor https"),
        (vec!["https://me:secret@shop.example/".to_owned()], 64, "browsers do not send"),
        (vec!["shop.example".to_owned()], 64, "write https://"),
        (vec![], 64, "URL"),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = trust.doctor(&arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(said), "{arguments:?}: {}", stderr(&output));
    }
    for (arguments, code, said) in [
        (&[page("/").as_str()][..], 1, "--ca FILE adds a root certificate"),
        (&["--ca", missing.to_str().unwrap(), &page("/")], 1, "none.pem"),
        (&["-"], 64, "not a response head: line 1"),
    ] {
        let output = doctor(arguments, "<html>\n");
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
        assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
    }
}

#[test]
fn the_watch_prints_when_a_header_is_gone_and_when_the_page_is() {
    let trust = Trust::new();
    let (_collector, endpoint) = trust.collect();
    let (headers, is_skimmed) = (right(&endpoint), Arc::new(AtomicBool::new(false)));
    let without: String = headers.lines().skip(1).map(|line| format!("{line}\n")).collect();
    let skimmed = Arc::clone(&is_skimmed);
    // A page that is not public yet.
    let leaf = trust.authority.issue(&["www.shop.example"]);
    let server = Server::start(Some(leaf.acceptor()), move |_| {
        answer(if skimmed.load(Ordering::Relaxed) { &without } else { &headers }, "")
    });
    let log = trust.place.path().join("log");
    let mut command = Command::new(env!("CARGO_BIN_EXE_cspwatch"));
    command.args(["doctor", "--watch", "--every", "10s", "--json", "--ca"]).arg(trust.ca());
    command.args(["--resolve", "www.shop.example:127.0.0.1"]);
    let page = format!("https://www.shop.example:{}/checkout", server.address().port());
    command.arg(page).stdout(File::create(&log).unwrap());
    let mut watch = children::spawn(command).unwrap();
    let events = || -> Vec<Value> {
        let text = fs::read_to_string(&log).unwrap();
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    until("the watch begins", || !events().is_empty());
    assert_eq!((&events()[0]["event"], &events()[0]["findings"]), (&"begin".into(), &0.into()));
    assert!(events()[0]["at"].as_str().unwrap().ends_with('Z'));

    is_skimmed.store(true, Ordering::Relaxed);
    let finding = |event: &str, id: &str| {
        events().iter().any(|line| line["event"] == event && line["finding"]["id"] == id)
    };
    until("the missing header is found", || finding("found", "no-report-uri"));
    let events_now = events();
    let header = events_now.iter().find(|event| event["event"] == "header").unwrap();
    assert_eq!(header["name"], "content-security-policy");
    assert!(header["before"].as_str().unwrap().contains("report-uri") && header["now"].is_null());
    is_skimmed.store(false, Ordering::Relaxed);
    until("the fixed finding is gone", || finding("gone", "no-report-uri"));
    drop(server);
    until("the page is gone", || events().last().unwrap()["event"] == "unreachable");

    kill_process(Pid::from_child(&watch), Signal::TERM).unwrap();
    assert_eq!(wait(&mut watch, Duration::from_secs(60)).unwrap().code(), Some(0));
}

/// Chromium loads a page that doctor calls silent, and then one without findings.
#[test]
fn chromium_reports_by_both_methods_from_the_right_page_and_nothing_from_the_silent_one() {
    let trust = Trust::new();
    let clickhouse = ClickHouse::shared();
    let database = clickhouse.fresh_database();
    let leaf = trust.authority.issue(&["localhost"]);
    let collector =
        Collector::build().config(SHOP).clickhouse(&clickhouse.url(), &database).tls(&leaf).start();
    let endpoint = format!("https://localhost:{}/report/shop", collector.https().port());
    let visits = Arc::new(Mutex::new(Vec::new()));
    let (right, seen) = (right(&endpoint), Arc::clone(&visits));
    let silent = format!(
        "content-security-policy: img-src 'self'; report-uri {endpoint}?tag=silent; report-to nowhere\n"
    );
    let server = trust.serve(move |request| {
        seen.lock().push(request.target.clone());
        match request.target.as_str() {
            // The image is blocked, and only then is the other page shown.
            "/silent" => answer(
                &silent,
                "<img src=https://evil.example/s.gif onerror=\"location='/checkout'\">",
            ),
            _ => answer(&right, "<img src=https://evil.example/p.gif>"),
        }
    });
    assert!(trust.ids(&page_of(&server, "/checkout")).is_empty());
    assert_eq!(trust.ids(&page_of(&server, "/silent"))[0], "report-to-undefined");
    visits.lock().clear();

    let mut window = Browser::Chromium.open(&page_of(&server, "/silent"), &trust.authority);
    let sql = format!("SELECT DISTINCT tag FROM {database}.sightings ORDER BY tag");
    let mut tags = String::new();
    window.service.until("both methods reach the collector", || {
        tags = clickhouse.try_query(&sql).unwrap_or_default();
        tags.contains("to") && tags.contains("uri")
    });
    assert_eq!(tags.lines().collect::<Vec<_>>(), ["to", "uri"]);
    assert_eq!(visits.lock()[0], "/silent");
}

/// Which endpoint definitions the strictest browser accepts.
#[test]
fn chromium_sends_to_the_endpoints_that_doctor_accepts_and_to_no_other() {
    let policies = |names: &[&str]| -> String {
        let policy = |name| {
            format!("content-security-policy-report-only: img-src 'self'; report-to {name}\n")
        };
        names.iter().map(policy).collect()
    };
    let trust = Trust::new();
    let server = trust.serve(move |request| {
        let port = &request.port;
        let (headers, next) = match request.target.as_str() {
            // One value that is not a string costs the whole header.
            "/deep/mixed" => (
                format!(
                    "{}reporting-endpoints: f=\"https://localhost:{port}/mixed\", g=token\n",
                    policies(&["f"])
                ),
                "onerror=\"location='/deep/uris'\"",
            ),
            "/deep/uris" => (
                MISTAKEN_URIS.iter().map(|uri| {
                    let uri = uri.replace("PORT", port);
                    format!("content-security-policy-report-only: img-src 'self'; report-uri {uri}\n")
                }).collect(),
                "onerror=\"location='/deep/wrong'\"",
            ),
            "/deep/wrong" => (
                format!(
                    "{}reporting-endpoints: c=\"relative\", d=\"//localhost:{port}/network\", \
                     e=https://localhost:{port}/unquoted\n",
                    policies(&["c", "d", "e"])
                ),
                "onerror=\"location='/deep/right'\"",
            ),
            "/deep/right" => (
                format!(
                    "{}reporting-endpoints: a=\"https://localhost:{port}/whole\", b=\"/path\"\n",
                    policies(&["a", "b"])
                ),
                "",
            ),
            _ => return answer("", ""),
        };
        answer(&headers, &format!("<img src=https://evil.example/p.gif {next}>"))
    });
    let named = |path: &str, id: &str| {
        trust.ids(&page_of(&server, path)).iter().filter(|found| *found == id).count()
    };
    assert_eq!(named("/deep/wrong", "endpoint-relative"), 2);
    assert_eq!(named("/deep/wrong", "endpoint-not-a-string"), 1);
    assert_eq!(named("/deep/right", "endpoint-relative"), 1, "as advice");
    assert_eq!(named("/deep/mixed", "endpoint-not-a-string"), 1);
    assert_eq!(named("/deep/uris", "report-uri-invalid"), MISTAKEN_URIS.len());

    let reports = || -> Vec<String> {
        let posts = server
            .received()
            .into_iter()
            .filter(|request| request.method == "POST" && !request.body.is_empty());
        posts.map(|post| post.target).collect()
    };
    let mut window = Browser::Chromium.open(&page_of(&server, "/deep/mixed"), &trust.authority);
    let is_right = |target: &String| ["/path", "/whole"].contains(&target.as_str());
    window.service.until("both right endpoints get a report", || {
        reports().iter().filter(|target| is_right(target)).count() >= 2
    });
    // What is mistaken for a path of the page's own host is posted there, and nowhere else.
    let mut targets = reports();
    targets.retain(|target| !target.starts_with("/deep/") && !target.starts_with("/localhost"));
    targets.sort();
    assert_eq!(targets, ["/path", "/whole"]);
}

/// Values of `report-uri` that are meant for `/mistaken`, and by which no report gets there.
const MISTAKEN_URIS: [&str; 9] = [
    "localhost:PORT/mistaken",
    "localhost/mistaken",
    "/localhost.example/mistaken",
    "https:/localhost:PORT/mistaken",
    "https//localhost:PORT/mistaken",
    "\"https://localhost:PORT/mistaken\"",
    "'https://localhost:PORT/mistaken'",
    "<https://localhost:PORT/mistaken>",
    "f",
];
