//! A certificate that nobody renewed.

use std::fs;

use rustix::process::Signal;

use crate::support::certificates::Authority;
use crate::support::collector::{Collector, SHOP};
use crate::support::until;

#[test]
fn an_expired_certificate_is_said_at_the_start_and_by_readyz_until_there_is_another() {
    let authority = Authority::new();
    let expired = authority.issue_until(&["localhost"], rcgen::date_time_ymd(2020, 1, 1));
    let collector = Collector::build().config(SHOP).tls(&expired).start();
    let says = "certificate: that of listen.public_tls expired at 2020-01-01T00:00:00";
    until("readyz says it", || collector.readyz().body.contains(says));
    assert!(collector.log().contains("has expired: browsers send no reports to it"));
    assert_eq!(collector.post_violation("https://evil.example/", "img-src").status, 204);
    let renewed = authority.issue(&["localhost"]);
    fs::write(collector.place().join("key.pem"), &renewed.key).unwrap();
    fs::write(collector.place().join("cert.pem"), &renewed.certificate).unwrap();
    collector.signal(Signal::HUP);
    until("readyz no longer says it", || !collector.readyz().body.contains("certificate"));
    assert!(collector.log().contains("the certificate is valid again"));
}
