mod alerts;
mod drills;
mod explained;
mod joint;
mod places;
mod scattered;
mod witnesses;

use super::*;
use crate::base::client_id::{ClientId, NetworkId};
use crate::journal::Row;
use crate::report::{Channel, Disposition, Engine, Kind};

fn row(destination: &str) -> Row<'_> {
    Row {
        fingerprint: 0,
        site: "shop",
        page_group: "payment",
        payment: true,
        kind: Kind::Csp,
        type_name: "",
        directive: "connect-src",
        verdict: Verdict::Unknown,
        reason: "unlisted",
        destination,
        channel: Channel::Send,
        blocked_scheme: "https",
        blocked_host: destination,
        blocked_port: 0,
        blocked_path: "/",
        document_host: "shop.example",
        document_path: "/checkout",
        source_scheme: "",
        source_host: "",
        source_path: "",
        line: 0,
        column: 0,
        status_code: 0,
        sample: "",
        detail: "",
        policy_hash: 0,
        engine: Engine::Other,
        engine_version: 0,
        pan_in_url: false,
        verified: false,
        own_source: false,
    }
}

fn client(network: u32, host: u32) -> ClientId {
    ClientId::new(NetworkId(network), host)
}

fn observe(detector: &mut Detector, row: &Row<'_>, client: ClientId, at: i64) -> Vec<Alert> {
    observe_in_session(detector, row, (client, 0), at)
}

/// The same where the site signed the tag of the visitor's session; 0 = it did not.
fn observe_in_session(
    detector: &mut Detector,
    row: &Row<'_>,
    (client, session): (ClientId, u64),
    at: i64,
) -> Vec<Alert> {
    let mut alerts = Vec::new();
    let report = ObservedReport {
        row,
        policy: None,
        disposition: Disposition::Enforce,
        extensionless: false,
        client,
        session,
        received: Timestamp::from_millis(at),
        taken_elsewhere: false,
    };
    detector.observe(&report, |raised| alerts.push(raised.alert.clone()));
    alerts
}

fn site(detector: &Detector) -> &SiteDestinations {
    &detector.sites().next().expect("one site").1.destinations
}

/// The severity of the first destination after a report of each of these clients, ten minutes apart.
fn severity_after(row: &Row<'_>, clients: &[ClientId]) -> Option<Severity> {
    let mut detector = Detector::default();
    for (at, client) in (0..).step_by(600_000).zip(clients) {
        observe(&mut detector, row, *client, at);
    }
    site(&detector).foremost(1).first()?.1.severity
}

/// Clients of so many networks.
fn networks(count: u32) -> Vec<ClientId> {
    (1..=count).map(|network| client(network, 1)).collect()
}

#[test]
fn what_all_visitors_report_is_a_page_and_one_strong_reason_is_enough() {
    let plain = row("evil.example");
    assert_eq!(severity_after(&plain, &networks(1)), None);
    assert_eq!(severity_after(&plain, &[client(1, 1), client(1, 2), client(1, 1)]), None);
    assert_eq!(severity_after(&plain, &networks(2)), Some(Severity::Ticket));
    assert_eq!(severity_after(&plain, &networks(3)), Some(Severity::Page));
    let by_own_script = Row { own_source: true, line: 3, ..plain.clone() };
    assert_eq!(severity_after(&by_own_script, &networks(1)), None);
    assert_eq!(severity_after(&by_own_script, &networks(2)), Some(Severity::Page));
    let elsewhere = Row { payment: false, ..plain.clone() };
    assert_eq!(severity_after(&elsewhere, &networks(9)), Some(Severity::Ticket));
    let form = Row { directive: "form-action", ..plain.clone() };
    assert_eq!(severity_after(&form, &networks(1)), Some(Severity::Page));
    let card = Row { pan_in_url: true, ..plain.clone() };
    assert_eq!(severity_after(&card, &networks(1)), Some(Severity::Page));
    let unproven = Row { reason: "unproven:extension-source", ..plain.clone() };
    assert_eq!(severity_after(&unproven, &networks(3)), None);
    assert_eq!(severity_after(&unproven, &networks(6)), Some(Severity::Page));
    let known = Row { verdict: Verdict::Known, ..plain };
    assert_eq!(severity_after(&known, &networks(9)), None);
}

#[test]
fn of_many_visitors_at_once_the_later_ones_are_assessed_together() {
    let mut detector = Detector::default();
    let elsewhere = Row { payment: false, page_group: "other", ..row("ads.example") };
    let score = |detector: &Detector| site(detector).foremost(1)[0].1.score;
    for (at, client) in (0..).zip(networks(9)) {
        observe(&mut detector, &elsewhere, client, at);
    }
    let of_nine = score(&detector);
    for (at, client) in (9..).zip(networks(20).split_off(9)) {
        observe(&mut detector, &elsewhere, client, at);
    }
    assert_eq!(score(&detector), of_nine);
    detector.check_silence(Timestamp::from_millis(20_000), |_| {});
    let of_all = score(&detector);
    assert!(of_all > of_nine, "{of_all}");
    // A card number is news, and waits for nothing.
    let card = Row { pan_in_url: true, ..elsewhere };
    observe(&mut detector, &card, client(30, 1), 20_001);
    assert!(score(&detector) > of_all);
}

#[test]
fn counts_reports_and_distinct_clients() {
    let mut detector = Detector::default();
    for (time, client) in [(5, 1), (3, 2), (9, 1)] {
        observe(&mut detector, &row("evil.example"), ClientId(client), time);
    }
    let (_, seen) = site(&detector).iter().next().expect("one destination");
    assert_eq!((seen.reports, seen.clients()), (3, 2));
    assert_eq!((seen.first, seen.last), (Timestamp::from_millis(3), Timestamp::from_millis(9)));
}

#[test]
fn a_flood_of_forged_destinations_does_not_push_out_a_proven_one() {
    let mut detector = Detector::default();
    observe(&mut detector, &row("real.example"), client(1, 1), 1);
    observe(&mut detector, &row("real.example"), client(2, 1), 2);
    for index in 0..2 * limits::DESTINATIONS_PER_SITE {
        let forged = format!("forged{index}.example");
        observe(&mut detector, &row(&forged), client(3, 1), 10);
    }
    let site = site(&detector);
    assert!(site.len() <= limits::DESTINATIONS_PER_SITE);
    assert!(site.overflow() > 0);
    let (key, _) = site.foremost(1)[0];
    assert_eq!(&*key.destination, "real.example");
}

#[test]
fn what_paged_does_not_page_again_because_a_flood_pushed_it_out() {
    let mut detector = Detector::default();
    let with_card = Row { pan_in_url: true, ..row("first.example") };
    let alerts = observe(&mut detector, &with_card, client(1, 1), 1);
    assert_eq!(alerts.len(), 1);
    // Each of 200 networks names some thirty, each of which two of them report.
    for index in 0..3 * u32::try_from(limits::DESTINATIONS_PER_SITE).expect("few") / 2 {
        let name = format!("d{index}.example");
        let forged = Row { destination: &name, ..with_card.clone() };
        for network in [index % 200, (index + 7) % 200] {
            observe(&mut detector, &forged, client(network, 1), 2 + i64::from(index));
        }
    }
    let alerts = observe(&mut detector, &with_card, client(1, 1), 3_600_000);
    assert_eq!(alerts, []);
}

#[test]
fn a_flood_of_one_network_hides_no_sighting_of_another() {
    let mut detector = Detector::default();
    observe(&mut detector, &row("real.example"), client(1, 1), 1);
    for index in 0..u32::try_from(3 * limits::DESTINATIONS_PER_SITE).expect("few") {
        // Every other one has a reason that pages.
        let forged = format!("forged{index}.example");
        let directive = if index % 2 == 0 { "form-action" } else { "connect-src" };
        let row = Row { directive, ..row(&forged) };
        observe(&mut detector, &row, client(3, index), 10 + i64::from(index));
    }
    let exported = site(&detector).foremost(limits::DESTINATION_SERIES_PER_SITE);
    assert_eq!(exported[0].1.severity, Some(Severity::Page), "a forgery");
    // One report of one network is no alert; together with the next it is one.
    let by_own_script = Row { own_source: true, line: 3, ..row("real.example") };
    observe(&mut detector, &by_own_script, client(2, 1), 20_000);
    let exported = site(&detector).foremost(limits::DESTINATION_SERIES_PER_SITE);
    let place = exported.iter().position(|(key, _)| &*key.destination == "real.example");
    assert!(place.is_some(), "it is exported");
}

#[test]
fn the_memory_survives_a_restart() {
    let mut detector = Detector::default();
    let script = Row {
        kind: Kind::CspHash,
        verdict: Verdict::Other,
        destination: "",
        blocked_path: "/a.js",
        detail: "sha256-a",
        ..row("cdn.example")
    };
    observe(&mut detector, &script, client(1, 1), 1);
    observe(&mut detector, &script, client(2, 1), 1);
    let changed = Row { detail: "sha256-b", ..script };
    observe(&mut detector, &changed, client(1, 1), 2);
    observe(&mut detector, &Row { policy_hash: 7, ..row("evil.example") }, client(1, 1), 2);
    let bytes = detector.encode(9);
    let (mut recalled, known_up_to) = Detector::decode(&bytes).expect("it is whole");
    assert_eq!((recalled.encode(9).len(), known_up_to), (bytes.len(), 9));
    // It goes on where it was: the second network pages, and the script has changed.
    let alerts = observe(&mut recalled, &row("evil.example"), client(2, 1), 3);
    assert_eq!(alerts.first().map(|alert| alert.severity), Some(Severity::Page));
    let alerts = observe(&mut recalled, &changed, client(2, 1), 4);
    assert_eq!(alerts.first().map(|alert| alert.kind), Some(AlertKind::ScriptChanged));
    for broken in [&bytes[..bytes.len() - 1], &bytes[1..], b""] {
        assert!(Detector::decode(broken).is_none());
    }
}

#[test]
fn the_memory_of_another_version_is_not_read() {
    for old in [
        &b"cspwatch detection 6\n"[..],
        b"cspwatch detection 7\n",
        b"cspwatch detection 8\n",
        b"cspwatch detection 9\n",
    ] {
        assert!(Detector::decode(old).is_none());
    }
}
