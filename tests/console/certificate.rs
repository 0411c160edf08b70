//! The console with a certificate of its own.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::process::Signal;

use super::scene;
use crate::support::builder::path_text;
use crate::support::certificates::{Authority, Leaf};
use crate::support::collector::Collector;
use crate::support::console::{Console, PASSWORD, Page, Visitor};
use crate::support::way::Way;
use crate::support::{tls, until};

const NAME: &str = "console.example";

/// The files of a certificate and its key.
struct Files(PathBuf, PathBuf);

impl Files {
    fn of(place: &Path, leaf: &Leaf) -> Self {
        let files = Self(place.join("cert.pem"), place.join("key.pem"));
        files.write(leaf);
        files
    }

    /// A console with that certificate, reached by its name.
    fn console(&self, collector: &Collector, authority: &Authority) -> Console {
        Console::reached_by(collector, |config, listen| {
            let way = Way::tls(listen, NAME, Arc::new(tls::trust(authority)));
            config.set("console.public_url", way.origin.as_str());
            config.set("console.tls_cert", path_text(&self.0));
            config.set("console.tls_key", path_text(&self.1));
            way
        })
    }

    fn write(&self, leaf: &Leaf) {
        fs::write(&self.0, &leaf.certificate).unwrap();
        fs::write(&self.1, &leaf.key).unwrap();
    }
}

#[test]
fn with_a_certificate_it_speaks_tls_and_a_renewed_one_is_used() {
    let (collector, _) = scene();
    let place = tempfile::tempdir().unwrap();
    let (first, renewed) = (Authority::new(), Authority::new());
    let files = Files::of(place.path(), &first.issue(&[NAME]));
    let mut console = files.console(&collector, &first);
    let page = console.try_log_in("rosa", PASSWORD);
    let cookie = page.header("set-cookie").unwrap();
    let (pair, attributes) = cookie.split_once(';').unwrap();
    assert!(pair.starts_with("__Host-cspwatch="), "{cookie}");
    assert_eq!(attributes, " Path=/; HttpOnly; SameSite=Lax; Secure");
    assert_eq!(page.header("strict-transport-security"), Some("max-age=31536000"));
    let rosa = Visitor { cookie: pair.to_owned() };
    assert_eq!(console.get(&rosa, "/system").status, 200);
    // Without the prefix, the cookie may be of another host of the domain.
    let planted = Visitor { cookie: pair.replace("__Host-", "") };
    assert_eq!(console.get(&planted, "/system").status, 303);

    files.write(&Leaf { certificate: "no PEM".to_owned(), key: String::new() });
    console.signal(Signal::HUP);
    until("the wrong certificate is named", || {
        console.log().contains("the certificate before stays in use")
    });
    assert_eq!(console.get(&rosa, "/system").status, 200);
    files.write(&renewed.issue(&[NAME]));
    console.signal(Signal::HUP);
    console.way.tls = Some(Arc::new(tls::trust(&renewed)));
    until("the renewed certificate is used", || console.way.connect().is_ok());
    assert_eq!(console.get(&rosa, "/system").status, 200, "sessions go on");
}

#[test]
fn plain_http_is_refused_with_the_address_that_works() {
    let (collector, _) = scene();
    let place = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let files = Files::of(place.path(), &authority.issue(&[NAME]));
    let console = files.console(&collector, &authority);
    for path in ["/healthz", "/login"] {
        let mut stream = TcpStream::connect(console.address()).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", console.way.host());
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let page = Page::of(&answer);
        assert_eq!(page.status, 400, "{page:?}");
        let expected = format!("this port speaks TLS; the console is at {}\n", console.url());
        assert_eq!(page.body, expected);
    }
}
