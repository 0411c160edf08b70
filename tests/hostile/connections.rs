//! Connections that only take room, and certificates that change meanwhile.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use cspwatch::base::limits;
use rustix::process::Signal;

use super::{assert_reports_get_through, collector, hear, open, trickle};
use crate::support::certificates::Authority;
use crate::support::collector::{Collector, SHOP};
use crate::support::{tls, until};

const PREFLIGHT: &str = "OPTIONS /report HTTP/1.1\r\nHost: c\r\n\r\n";

#[test]
fn a_network_has_its_share_of_the_connections_and_no_more() {
    let builder = Collector::build().config(SHOP).set("limits.connections_per_network", 5);
    let collector = builder.start();
    let idle: Vec<_> = (0..5).map(|_| open(&collector, "")).collect();
    until("five are open", || collector.metric("cspwatch_connections") == Some(5.0));
    assert_eq!(hear(open(&collector, "GET / HTTP/1.1\r\n\r\n")), "", "closed without a word");
    let refused = "cspwatch_connections_refused_total{reason=\"network\"}";
    assert_eq!(collector.metric(refused), Some(1.0));
    drop(idle);
    until("none is open", || collector.metric("cspwatch_connections") == Some(0.0));
    assert_reports_get_through(&collector);
}

#[test]
fn a_trusted_proxy_may_have_more() {
    let builder = Collector::build().config(SHOP).set("limits.connections_per_network", 5);
    let collector = builder.behind_proxy().start();
    let _idle: Vec<_> = (0..20).map(|_| open(&collector, "")).collect();
    until("all are open", || collector.metric("cspwatch_connections") == Some(20.0));
    assert_reports_get_through(&collector);
}

/// Those that send nothing cost next to nothing, and stay.
#[test]
fn the_oldest_connections_that_sent_something_make_room_for_new_ones() {
    let collector = Collector::build().config(SHOP).behind_proxy().start();
    let silent: Vec<_> = (0..50).map(|_| open(&collector, "")).collect();
    let fit = limits::CONNECTION_BYTES / limits::CONNECTION_BYTES_EACH;
    let begun: Vec<_> = (0..fit).map(|_| open(&collector, "POST /report HTTP/1.1\r\n")).collect();
    let all = (silent.len() + begun.len()) as f64;
    until("all are open", || collector.metric("cspwatch_connections") == Some(all));
    let ended = "cspwatch_connections_refused_total{reason=\"oldest\"}";
    assert_eq!(collector.metric(ended), Some(0.0));
    let new: Vec<_> = (0..20).map(|_| open(&collector, "POST /report HTTP/1.1\r\n")).collect();
    until("as many are ended", || collector.metric(ended) == Some(20.0));
    until("they are closed", || collector.metric("cspwatch_connections") == Some(all));
    let mut begun = begun.into_iter();
    for oldest in begun.by_ref().take(20) {
        assert_eq!(hear(oldest), "", "closed without a word");
    }
    assert_reports_get_through(&collector);
    drop((silent, begun, new));
}

#[test]
fn connections_that_do_not_go_on_are_ended() {
    let collector = collector();
    let half = "POST /report HTTP/1.1\r\nHost: c\r\n";
    let beginnings =
        [String::new(), half.to_owned(), PREFLIGHT.to_owned(), format!("{PREFLIGHT}{half}")];
    let held = beginnings.map(|beginning| open(&collector, beginning));
    // A head that grows by a letter now and then is none either.
    let growing = open(&collector, format!("{PREFLIGHT}{half}X-Growing: "));
    let sender = trickle(&growing, b'x');
    let answers = held.map(hear).map(|answer| answer.matches("HTTP/1.1 204 ").count());
    assert_eq!(answers, [0, 0, 1, 1]);
    assert!(hear(growing).starts_with("HTTP/1.1 204 "));
    sender.join().unwrap();
    until("none is open", || collector.metric("cspwatch_connections") == Some(0.0));
    assert_reports_get_through(&collector);
}

/// A balancer that sends the next report just when its connection is ended answers 502, and the report is lost.
#[test]
fn a_trusted_proxy_keeps_its_connections_and_has_no_more_time_for_a_head() {
    let collector = Collector::build().config(SHOP).behind_proxy().start();
    let is_answered = |stream: &mut TcpStream| answer_on(stream).starts_with("HTTP/1.1 204 ");
    let [mut kept, mut half, mut growing] = [(); 3].map(|()| open(&collector, ""));
    assert!([&mut kept, &mut half, &mut growing].into_iter().all(is_answered));
    half.write_all(b"POST /report HTTP/1.1\r\n").unwrap();
    growing.write_all(b"POST /report HTTP/1.1\r\nX-Growing: ").unwrap();
    let sender = trickle(&growing, b'x');
    assert_eq!([half, growing].map(hear), ["", ""]);
    sender.join().unwrap();
    // By now nothing came over the first one for longer than a head may take.
    until("one is open", || collector.metric("cspwatch_connections") == Some(1.0));
    assert!(is_answered(&mut kept));
}

#[test]
fn a_connection_in_use_ends_with_an_answer_when_the_collector_stops() {
    let mut collector = collector();
    let mut stream = open(&collector, "");
    let mut is_last = || {
        let answer = answer_on(&mut stream);
        assert!(answer.starts_with("HTTP/1.1 204 "), "{answer:?}");
        answer.contains("connection: close")
    };
    assert!(!is_last());
    collector.signal(Signal::TERM);
    while !is_last() {}
    assert_eq!(hear(stream), "");
    assert!(collector.terminate().success());
}

/// The answer to a preflight on this connection.
fn answer_on(stream: &mut TcpStream) -> String {
    stream.write_all(PREFLIGHT.as_bytes()).unwrap();
    let mut answer = [0; 1024];
    let length = stream.read(&mut answer).unwrap();
    String::from_utf8(answer[..length].to_vec()).unwrap()
}

#[test]
fn connections_leave_the_collector_the_files_that_it_needs() {
    let mut collector = collector();
    collector.restart_with_files(300);
    assert!(collector.log().contains("the limit of open files allows only 44"));
    let idle: Vec<_> = (0..100).map(|_| open(&collector, "")).collect();
    let ended = "cspwatch_connections_refused_total{reason=\"oldest\"}";
    until("those that send nothing make room", || collector.metric(ended) >= Some(56.0));
    assert_reports_get_through(&collector);
    drop(idle);
    assert!(!collector.log().contains("cannot accept a connection"), "{}", collector.log());
}

#[test]
fn a_handshake_that_is_none_is_counted() {
    let leaf = Authority::new().issue(&["collector.example"]);
    let collector = Collector::build().config(SHOP).tls(&leaf).start();
    let https = collector.https();
    assert!(tls::connect(https, Arc::new(tls::trust_nobody()), "collector.example").is_err());
    let refused = "cspwatch_connections_refused_total{reason=\"handshake\"}";
    until("it is counted", || collector.metric(refused) == Some(1.0));
}

#[test]
fn a_handshake_that_does_not_go_on_is_ended() {
    let leaf = Authority::new().issue(&["collector.example"]);
    let collector = Collector::build().config(SHOP).tls(&leaf).start();
    let https = collector.https();
    let mut silent: Vec<_> = (0..300).map(|_| TcpStream::connect(https).unwrap()).collect();
    // A record's head that announces a hello, and the beginning of one.
    silent.iter_mut().for_each(|stream| stream.write_all(&[22, 3, 1, 2, 0, 1, 0]).unwrap());
    let refused = "cspwatch_connections_refused_total{reason=\"handshake\"}";
    until("all are ended", || collector.metric(refused) == Some(300.0));
    until("none is open", || collector.metric("cspwatch_connections") == Some(0.0));
    assert_reports_get_through(&collector);
}

#[test]
fn a_renewed_certificate_is_served_and_a_wrong_one_is_not() {
    let (old, new) = (Authority::new(), Authority::new());
    let leaf = |authority: &Authority| authority.issue(&["collector.example"]);
    let collector = Collector::build().config(SHOP).tls(&leaf(&old)).start();
    let https = collector.https();
    let is_served = |authority: &Authority| {
        let client = Arc::new(tls::trust(authority));
        tls::connect(https, client, "collector.example").is_ok()
    };
    assert!(is_served(&old) && !is_served(&new));

    fs::write(collector.place().join("cert.pem"), "nonsense").unwrap();
    collector.signal(Signal::HUP);
    until("it is reported", || collector.log().contains("the old certificate stays"));
    assert!(is_served(&old));

    let renewed = leaf(&new);
    fs::write(collector.place().join("cert.pem"), renewed.certificate).unwrap();
    fs::write(collector.place().join("key.pem"), renewed.key).unwrap();
    collector.signal(Signal::HUP);
    until("the new one is served", || is_served(&new));
    assert!(!is_served(&old));
}
