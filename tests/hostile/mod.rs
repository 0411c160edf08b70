//! An internet that means harm. Each test does something that a browser never does, then sees whether an
//! honest report still gets through.

mod admin;
mod bodies;
mod bytes;
mod connections;
mod flood;
mod http2;
mod origins;
mod texts;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::support::collector::{Collector, SHOP};
use crate::support::http;

/// A collector whose ClickHouse never answers: none is needed here.
fn collector() -> Collector {
    Collector::build().config(SHOP).start()
}

#[track_caller]
fn assert_reports_get_through(collector: &Collector) {
    let answer = collector.post_violation("https://evil.example/", "connect-src");
    assert_eq!(answer.status, 204, "{answer:?}");
}

/// Opens a connection and sends some bytes.
fn open(collector: &Collector, bytes: impl AsRef<[u8]>) -> TcpStream {
    let mut stream = TcpStream::connect(collector.public()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(bytes.as_ref()).unwrap();
    stream
}

/// Goes on with the same byte, ten times a second, until the other side has enough.
fn trickle(stream: &TcpStream, byte: u8) -> JoinHandle<()> {
    let mut stream = stream.try_clone().unwrap();
    thread::spawn(move || {
        while stream.write_all(&[byte]).is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    })
}

/// Posts a body with these headers, each with its end of line, and returns the status.
fn post_with(collector: &Collector, target: &str, headers: &str, body: &str) -> String {
    let answer = http::request_with(collector.public(), "POST", target, headers, body);
    answer.unwrap().status.to_string()
}

/// What the collector says until it closes the connection.
fn hear(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // A connection that is closed with something unread is reset.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}
