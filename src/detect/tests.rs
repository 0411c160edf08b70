use super::*;
use crate::base::client_id::{ClientId, NetworkId};
use crate::report::{Channel, Engine, Kind};

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
    let mut alerts = Vec::new();
    let report = ObservedReport {
        row,
        policy: None,
        disposition: Disposition::Enforce,
        client,
        received: Timestamp::from_millis(at),
        taken_elsewhere: false,
    };
    detector.observe(&report, |raised| alerts.push(raised.alert.clone()));
    alerts
}

fn site(detector: &Detector) -> &SiteDestinations {
    &detector.sites().next().expect("one site").1.destinations
}

fn severity_after(row: &Row<'_>, clients: &[ClientId]) -> Option<Severity> {
    let mut detector = Detector::default();
    for client in clients {
        observe(&mut detector, row, *client, 1);
    }
    Some(site(&detector).foremost(1).first()?.1.severity)
}

#[test]
fn two_networks_or_a_strong_reason_make_a_page() {
    let one = [client(1, 1)];
    let same_network = [client(1, 1), client(1, 2), client(1, 1)];
    let two_networks = [client(1, 1), client(2, 1)];
    let plain = row("evil.example");
    assert_eq!(severity_after(&plain, &one), Some(Severity::Ticket));
    assert_eq!(severity_after(&plain, &same_network), Some(Severity::Ticket));
    assert_eq!(severity_after(&plain, &two_networks), Some(Severity::Page));
    let elsewhere = Row { payment: false, ..plain.clone() };
    assert_eq!(severity_after(&elsewhere, &two_networks), Some(Severity::Ticket));
    let form = Row { directive: "form-action", ..plain.clone() };
    assert_eq!(severity_after(&form, &one), Some(Severity::Page));
    let card = Row { pan_in_url: true, ..plain.clone() };
    assert_eq!(severity_after(&card, &one), Some(Severity::Page));
    let unproven = Row { reason: "unproven:extension-source", ..plain.clone() };
    assert_eq!(severity_after(&unproven, &two_networks), Some(Severity::Ticket));
    let known = Row { verdict: Verdict::Known, ..plain };
    assert_eq!(severity_after(&known, &two_networks), None);
}

#[test]
fn counts_reports_and_distinct_clients() {
    let mut detector = Detector::default();
    for (time, client) in [(5, 1), (3, 2), (9, 1)] {
        observe(&mut detector, &row("evil.example"), ClientId(client), time);
    }
    let site = site(&detector);
    let (_, seen) = site.foremost(9)[0];
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
    let site = site(&detector);
    let exported = site.foremost(limits::DESTINATION_SERIES_PER_SITE);
    let severity = |index: usize| exported[index].1.severity;
    let severities = (severity(0), severity(1), severity(2));
    assert_eq!(severities, (Severity::Page, Severity::Page, Severity::Ticket), "two, then no more");
    let place = exported.iter().position(|(key, _)| &*key.destination == "real.example");
    assert_eq!(place, Some(3), "behind the latest ticket of the flood");
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
    observe(&mut detector, &Row { policy_hash: 7, ..row("evil.example") }, client(1, 1), 2);
    let bytes = detector.encode(9);
    let (mut recalled, known_up_to) = Detector::decode(&bytes).expect("it is whole");
    assert_eq!((recalled.encode(9).len(), known_up_to), (bytes.len(), 9));
    // It goes on where it was: the second network pages, and the script has changed.
    let alerts = observe(&mut recalled, &row("evil.example"), client(2, 1), 3);
    assert_eq!(alerts.first().map(|alert| alert.severity), Some(Severity::Page));
    let alerts = observe(&mut recalled, &Row { detail: "sha256-b", ..script }, client(1, 1), 4);
    assert_eq!(alerts.first().map(|alert| alert.kind), Some(AlertKind::ScriptChanged));
    for broken in [&bytes[..bytes.len() - 1], &bytes[1..], b""] {
        assert!(Detector::decode(broken).is_none());
    }
}

#[test]
fn what_the_policy_allows_after_all_is_an_alert_from_the_second_client_on() {
    let mut detector = Detector::default();
    let redirected =
        Row { verdict: Verdict::Impossible, reason: "allowed-by-policy", ..row("cdn.example") };
    assert_eq!(observe(&mut detector, &redirected, client(1, 1), 1), []);
    assert!(site(&detector).foremost(9).is_empty());
    let alerts = observe(&mut detector, &redirected, client(2, 1), 2);
    assert_eq!(alerts.first().map(|alert| alert.severity), Some(Severity::Ticket));
    assert_eq!(site(&detector).foremost(9).len(), 1);
}

#[test]
fn what_few_visitors_bring_along_to_all_pages_is_a_ticket() {
    let mut detector = Detector::default();
    let plain_page = Row { page_group: "other", payment: false, ..row("adware.example") };
    let others = Row { verdict: Verdict::Own, destination: "", ..row("shop.example") };
    observe(&mut detector, &plain_page, client(1, 1), 1);
    observe(&mut detector, &row("adware.example"), client(1, 1), 2);
    for network in 2..9 {
        observe(&mut detector, &others, client(network, 1), 3);
    }
    let second = observe(&mut detector, &row("adware.example"), client(9, 1), 4);
    assert_eq!(second, [], "the ticket is raised already, and it is not a page");
    let by_own_script = Row { own_source: true, ..row("adware.example") };
    let alerts = observe(&mut detector, &by_own_script, client(9, 1), 5);
    assert_eq!(alerts.first().map(|alert| alert.severity), Some(Severity::Page));
}

/// What an alert of two clients says of a destination beside the usual.
#[track_caller]
fn check_said(row: &Row<'_>, severity: Severity, said: &[&str]) {
    let mut detector = Detector::default();
    let mut alerts = observe(&mut detector, row, client(1, 1), 1);
    alerts.extend(observe(&mut detector, row, client(2, 1), 2));
    let usual = ["on a page where cards are entered", "one client alone says so"];
    let last = alerts.last().expect("an alert");
    let mut reasons = last.reasons.iter().map(String::as_str).collect::<Vec<_>>();
    reasons.retain(|reason| !usual.contains(reason));
    assert_eq!((last.severity, &*reasons), (severity, said), "{}", row.reason);
}

#[test]
fn reasons_say_what_is_so() {
    let plain = row("evil.example");
    check_said(&plain, Severity::Page, &["2 clients in 2 networks say so"]);
    let local = Row { reason: "local-address", ..row("visitor-network") };
    check_said(&local, Severity::Ticket, &["it is in the visitor's own network"]);
    let elsewhere = Row { reason: "allowed-for:img-src", ..plain.clone() };
    check_said(&elsewhere, Severity::Ticket, &["the policy allows it for something else"]);
    let sibling = Row { reason: "sibling-of-known", ..plain.clone() };
    check_said(&sibling, Severity::Ticket, &["it shares its domain with a known destination"]);
    let redirected = Row {
        verdict: Verdict::Impossible,
        reason: "allowed-by-policy",
        directive: "form-action",
        ..plain
    };
    let said = ["2 clients say so", "the policy allows it, as where a redirect begins"];
    check_said(&redirected, Severity::Ticket, &said);
}

#[test]
fn an_impossible_report_without_a_destination_raises_nothing() {
    let mut detector = Detector::default();
    let code = Row {
        verdict: Verdict::Impossible,
        reason: "allowed-by-policy",
        directive: "script-src",
        blocked_scheme: "eval",
        blocked_host: "",
        ..row("")
    };
    for network in 1..9 {
        assert_eq!(observe(&mut detector, &code, client(network, 1), i64::from(network)), []);
    }
    assert!(site(&detector).foremost(9).is_empty());
}

#[test]
fn the_visitors_own_network_is_no_flood() {
    let mut detector = Detector::default();
    for network in 1..60 {
        let host = format!("10.0.{network}.1");
        let row = Row { reason: "local-address", blocked_host: &host, ..row("visitor-network") };
        for alert in observe(&mut detector, &row, client(network, 1), i64::from(network)) {
            assert_eq!(
                (alert.kind, alert.severity),
                (AlertKind::UnknownDestination, Severity::Ticket)
            );
        }
    }
    assert_eq!(site(&detector).len(), 1);
}

#[test]
fn a_harmless_explanation_beats_a_form() {
    let form = Row { directive: "form-action", ..row("shop.example") };
    let redirected =
        Row { verdict: Verdict::Impossible, reason: "allowed-by-policy", ..form.clone() };
    let local = Row { reason: "local-address", ..form.clone() };
    let two = [client(1, 1), client(2, 1)];
    assert_eq!(severity_after(&redirected, &two), Some(Severity::Ticket));
    assert_eq!(severity_after(&local, &two), Some(Severity::Ticket));
    assert_eq!(severity_after(&form, &two[..1]), Some(Severity::Page));
}
