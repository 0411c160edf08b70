//! The console behind a real nginx with the shipped configuration, which ends TLS: a login, a decision and live news get through
//! it, and so does who sends a request.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use tempfile::TempDir;

use super::decisions::decide;
use super::{scene, steal};
use crate::support::certificates::Authority;
use crate::support::collector::Collector;
use crate::support::console::{Console, PASSWORD};
use crate::support::nginx::Nginx;
use crate::support::ports::free_address;
use crate::support::tls;
use crate::support::way::Way;

const SHIPPED: &str = "deploy/nginx/cspwatch-console.conf";
const NAME: &str = "console.example";
const OWN: &str = "/destinations/shop/evil.example";

struct Behind {
    collector: Collector,
    console: Console,
    _nginx: Nginx,
    _place: TempDir,
}

/// A console that people reach by nginx, at a name of its own.
fn behind_nginx() -> Behind {
    let (collector, direct) = scene();
    drop(direct);
    let (authority, front, place) =
        (Authority::new(), free_address(), tempfile::tempdir().unwrap());
    let way = Way::tls(front, NAME, Arc::new(tls::trust(&authority)));
    let mut console = Console::with(&collector, |config, _| {
        config.set("console.public_url", way.origin.as_str());
        config.set("listen.trusted_proxies", vec!["127.0.0.1/32"]);
    });
    let leaf = authority.issue(&[NAME]);
    let [cert, key] = ["cert.pem", "key.pem"].map(|name| place.path().join(name));
    std::fs::write(&cert, &leaf.certificate).unwrap();
    std::fs::write(&key, &leaf.key).unwrap();
    let listen = format!(
        "listen {front} ssl; ssl_certificate {}; ssl_certificate_key {};",
        cert.display(),
        key.display()
    );
    let changes =
        [("listen 127.0.0.1:18443;", listen), ("127.0.0.1:8082", console.address().to_string())];
    let nginx = Nginx::start(SHIPPED, &changes, || TcpStream::connect(front).is_ok());
    console.way = way;
    Behind { collector, console, _nginx: nginx, _place: place }
}

#[test]
fn a_login_and_a_decision_get_through_it() {
    let Behind { collector, console, .. } = &behind_nginx();
    steal(collector, console);
    let page = console.try_log_in("rosa", PASSWORD);
    let cookie = page.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-cspwatch=") && cookie.contains("; Secure"), "{cookie}");
    let rosa = console.log_in("rosa");
    let seen = console.get(&rosa, OWN).field("seen");
    assert_eq!(decide(console, &rosa, "theft", &seen).status, 303);
    console.until_shows(&rosa, OWN, "Being handled by rosa");
}

#[test]
fn its_names_and_the_origin_of_forms_still_count() {
    let Behind { console, .. } = &behind_nginx();
    let ada = console.log_in("ada");
    let cookie = format!("Cookie: {}\r\n", ada.cookie);
    assert_eq!(console.get(&ada, "/system").status, 200);
    for host in ["evil.example", NAME, "127.0.0.1"] {
        assert_eq!(console.send_to(host, "GET /system", &cookie, "").status, 421, "{host}");
    }
    let body = format!("form_token={}", console.form_token(&ada));
    let media = "Content-Type: application/x-www-form-urlencoded\r\n";
    for origin in ["https://evil.example", "null", "https://console.example"] {
        let headers = format!("{cookie}{media}Origin: {origin}\r\n");
        assert_eq!(console.send("POST /logout", &headers, &body).status, 403, "{origin}");
    }
    let headers = format!("{cookie}{media}Origin: {}\r\n", console.url());
    assert_eq!(console.send("POST /logout", &headers, &body).status, 303);
}

#[test]
fn each_event_gets_through_it_at_once() {
    let Behind { collector, console, .. } = &behind_nginx();
    steal(collector, console);
    let vera = console.log_in("vera");
    let mut stream = console.way.connect().unwrap();
    let host = console.way.host();
    let request =
        format!("GET /events HTTP/1.1\r\nHost: {host}\r\nCookie: {}\r\n\r\n", vera.cookie);
    stream.write_all(request.as_bytes()).unwrap();
    let mut lines = BufReader::new(stream).lines();
    let mut next = || {
        let data = |line: String| line.strip_prefix("data: ").map(str::to_owned);
        lines.find_map(|line| data(line.unwrap())).unwrap()
    };
    let before = next();
    collector.decide("approve", "evil.example", "somebody else", "a test");
    assert_ne!(next(), before);
}

/// All come by the one address of nginx, so one that guesses would lock everybody out.
#[test]
fn attempts_to_log_in_are_counted_by_the_network_of_the_browser() {
    let Behind { console, .. } = &mut behind_nginx();
    let from = |console: &mut Console, network: u8| {
        console.way.from = Some([127, 0, network, 7].into());
    };
    let guess = |console: &Console, forged: u8| {
        let body = format!("name=rosa&password=a+guess&next=/&{forged}");
        let headers = format!(
            "Origin: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nX-Forwarded-For: 198.51.{forged}.1\r\n",
            console.url()
        );
        console.send("POST /login", &headers, &body).status
    };
    from(console, 1);
    // Whoever sends a header of their own comes from no other network by it.
    let tries: Vec<u16> = (0..12).map(|forged| guess(console, forged)).collect();
    assert_eq!(tries, [401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 429, 429]);
    from(console, 2);
    assert_eq!(guess(console, 0), 401);
    console.log_in("rosa");
}
