//! Export to syslog receivers: one in the test that insists on the standards, and rsyslog.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use super::{report, report_some};
use crate::support::certificates::Authority;
use crate::support::collector::{Collector, SHOP};
use crate::support::exporter::{Exporter, tags};
use crate::support::ports::free_address;
use crate::support::receiver::Receiver;
use crate::support::service::Service;
use crate::support::{tools, until};

const ALL: usize = usize::MAX;

fn has_all(events: &[serde_json::Value], expected: &[String]) -> bool {
    let found = tags(events);
    expected.iter().all(|tag| found.contains_key(tag))
}

#[test]
fn messages_conform_to_the_standards() {
    let (collector, _) = Collector::start_storing(SHOP);
    let receiver = Receiver::start(free_address(), None, ALL);
    let to = format!("syslog+tcp://{}", receiver.address());
    let mut exporter = Exporter::start(&collector.config_file(), &to, &["--facility", "local3"]);
    let expected = report_some(&collector, "order", 5);
    until("all came", || has_all(&receiver.events(), &expected));
    until("the alert came", || receiver.messages().iter().any(|message| message.kind == "alert"));
    for message in receiver.messages() {
        // Facility 19; a form of a payment page to an unknown destination is a page (2), and each sighting a notice (5).
        let severity = if message.kind == "sighting" { 5 } else { 2 };
        assert_eq!(message.priority, 19 * 8 + severity, "{message:#?}");
        assert_eq!((message.app.as_str(), message.site.as_str()), ("cspwatch", "shop"));
        assert_eq!(message.event["event"]["id"], message.id.as_str());
    }
    // The receiver reads to the end and closes, so nothing is sent again.
    assert!(exporter.terminate().success());
    let before = receiver.messages().len();
    exporter.restart();
    report(&collector, "after");
    until("what is new came", || has_all(&receiver.events(), &["after".to_owned()]));
    assert_eq!(receiver.messages().len(), before + 1);
}

#[test]
fn messages_that_a_killed_receiver_has_not_read_are_sent_to_the_next() {
    let (collector, _) = Collector::start_storing(SHOP);
    let address = free_address();
    // No receiver is there yet.
    let exporter =
        Exporter::start(&collector.config_file(), &format!("syslog+tcp://{address}"), &[]);
    let mut expected = report_some(&collector, "early", 3);
    until("it remarks that", || exporter.log().contains("trying again until it works"));
    let mut events = Vec::new();
    for round in 0..4 {
        // It takes the first few, and dies with the rest unread.
        let receiver = Receiver::start(address, None, 2);
        expected.extend(report_some(&collector, &format!("round{round}"), 10));
        until("it has had enough", || receiver.messages().len() == 2);
        events.extend(receiver.kill());
    }
    let receiver = Receiver::start(address, None, ALL);
    until("all came", || has_all(&[events.clone(), receiver.events()].concat(), &expected));
}

#[test]
fn tls_receivers_need_a_trusted_certificate() {
    let (collector, _) = Collector::start_storing(SHOP);
    let authority = Authority::new();
    let ca = collector.place().join("ca.pem");
    fs::write(&ca, authority.pem()).unwrap();
    let ca = ca.to_str().unwrap();
    let config = |names: &[&str]| Some(authority.issue(names).acceptor().config().clone());

    let receiver = Receiver::start(free_address(), config(&["localhost"]), ALL);
    let to = format!("syslog+tls://localhost:{}", receiver.address().port());
    let mut exporter = Exporter::start(&collector.config_file(), &to, &["--ca", ca]);
    let expected = report_some(&collector, "order", 5);
    until("all came", || has_all(&receiver.events(), &expected));
    assert!(exporter.terminate().success());

    let other = Receiver::start(free_address(), config(&["other.example"]), ALL);
    let to_other = format!("syslog+tls://localhost:{}", other.address().port());
    for (to, ca, why) in [
        (&to_other, &["--ca", ca][..], "not valid for name"),
        (&to, &[], "invalid peer certificate"),
    ] {
        let mut distrustful = Exporter::start(&collector.config_file(), to, ca);
        until("it says why", || distrustful.log().contains(why));
        assert!(distrustful.terminate().success());
    }
    assert_eq!(other.messages(), []);
    assert_eq!(tags(&receiver.events()).len(), expected.len());
}

/// A real rsyslog, which writes what it receives into the file `siem`.
fn rsyslog(place: &Path, address: SocketAddr, is_tls: bool) -> Service {
    let (port, name) = (address.port(), place.display());
    let tls = "StreamDriver.Name=\"ossl\" StreamDriver.Mode=\"1\" StreamDriver.AuthMode=\"anon\"";
    let tls = if is_tls { tls } else { "" };
    let config = format!(
        "global(maxMessageSize=\"64k\" workDirectory=\"{name}\" \
         defaultNetstreamDriverCAFile=\"{name}/ca.pem\" \
         defaultNetstreamDriverCertFile=\"{name}/cert.pem\" \
         defaultNetstreamDriverKeyFile=\"{name}/key.pem\")\n\
         module(load=\"imtcp\" {tls})\n\
         input(type=\"imtcp\" address=\"127.0.0.1\" port=\"{port}\" ruleset=\"siem\")\n\
         template(name=\"json\" type=\"string\" string=\"%msg%\\n\")\n\
         ruleset(name=\"siem\") {{\n\
         action(type=\"omfile\" file=\"{name}/siem\" template=\"json\")\n\
         }}\n"
    );
    let file = place.join("rsyslog.conf");
    fs::write(&file, config).unwrap();
    let mut command = tools::command(&["rsyslogd", "/usr/sbin/rsyslogd"]);
    command.arg("-n").arg("-f").arg(&file).arg("-i").arg(place.join("pid"));
    Service::start(command, place.join("rsyslog.log"))
}

fn stored(place: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(place.join("siem")).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(|line| serde_json::from_str(line.trim_start()).unwrap()).collect()
}

#[test]
fn rsyslog_receives_everything_even_when_it_is_killed() {
    for is_tls in [false, true] {
        let (collector, _) = Collector::start_storing(SHOP);
        let place = tempfile::tempdir().unwrap();
        let authority = Authority::new();
        let leaf = authority.issue(&["localhost"]);
        let ca = place.path().join("ca.pem");
        fs::write(&ca, authority.pem()).unwrap();
        fs::write(place.path().join("cert.pem"), leaf.certificate).unwrap();
        fs::write(place.path().join("key.pem"), leaf.key).unwrap();
        let address = free_address();
        let scheme = if is_tls { "syslog+tls" } else { "syslog+tcp" };
        let to = format!("{scheme}://localhost:{}", address.port());
        let ca = ["--ca", ca.to_str().unwrap()];
        let ca = if is_tls { &ca[..] } else { &[] };
        let mut expected = Vec::new();
        let mut exporter = None;
        for round in 0..3 {
            let mut rsyslog = rsyslog(place.path(), address, is_tls);
            let exporter =
                exporter.get_or_insert_with(|| Exporter::start(&collector.config_file(), &to, ca));
            expected.extend(report_some(&collector, &format!("round{round}"), 20));
            rsyslog.until("all came", || has_all(&stored(place.path()), &expected));
            drop(rsyslog);
            expected.extend(report_some(&collector, &format!("away{round}"), 5));
            until("it remarks that", || exporter.log().contains("trying again until it works"));
        }
        let mut rsyslog = rsyslog(place.path(), address, is_tls);
        rsyslog.until("the last came", || has_all(&stored(place.path()), &expected));
    }
}
