//! Who says so: visitors behind one network, networks that invent reports ahead of others', and contents and silences that one
//! network claims or hides.

use super::places::hash_of;
use super::*;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

fn by_own_script() -> Row<'static> {
    Row { own_source: true, line: 3, ..row("evil.example") }
}

/// What a visitor of the payment page reports who is not a victim: the hash of a script.
fn hash() -> Row<'static> {
    hash_of(row("shop.example"))
}

/// The severity where these clients of one network report a destination, and so many others of it only hashes, in turn.
fn severity_of_network(
    row: &Row<'_>,
    reporters: impl Iterator<Item = (ClientId, u64)>,
    others: u32,
) -> Option<Severity> {
    let mut detector = Detector::default();
    let mut others = 0..others;
    for (minute, reporter) in (0..).zip(reporters) {
        observe_in_session(&mut detector, row, reporter, minute * MINUTE);
        if let Some(other) = others.next() {
            observe(&mut detector, &hash(), client(1, 1_000 + other), minute * MINUTE + 1);
        }
    }
    site(&detector).iter().next().and_then(|(_, state)| state.severity)
}

fn clients_of_one(count: u32) -> impl Iterator<Item = (ClientId, u64)> {
    (0..count).map(|host| (client(1, host), 0))
}

#[test]
fn most_visitors_of_one_network_are_a_ticket_if_a_script_of_the_sites_own_does_it() {
    let row = by_own_script();
    assert_eq!(severity_of_network(&row, clients_of_one(7), 0), None, "an office");
    assert_eq!(severity_of_network(&row, clients_of_one(8), 0), Some(Severity::Ticket));
    assert_eq!(severity_of_network(&row, clients_of_one(250), 200), Some(Severity::Ticket));
    let inline = super::row("evil.example");
    assert_eq!(severity_of_network(&inline, clients_of_one(250), 0), None, "devices may do it");
    let explained = Row { reason: "sibling-of-known", ..row.clone() };
    assert_eq!(severity_of_network(&explained, clients_of_one(250), 0), None);
    let elsewhere = Row { payment: false, page_group: "other", ..row };
    assert_eq!(severity_of_network(&elsewhere, clients_of_one(250), 0), None);
}

#[test]
fn few_visitors_of_one_network_are_no_alert() {
    let mut detector = Detector::default();
    for visitor in 0..60 {
        let at = i64::from(visitor) * MINUTE;
        observe(&mut detector, &hash(), client(1, visitor), at);
        if visitor % 4 == 0 {
            let alerts = observe(&mut detector, &by_own_script(), client(1, visitor), at + 1);
            assert_eq!(alerts, [], "one of four");
        }
    }
}

#[test]
fn sessions_that_the_site_signed_are_visitors_though_they_have_one_address() {
    let row = by_own_script();
    let one_client = |sessions: u64| (0..20).map(move |at| (client(1, 1), at % sessions + 1));
    assert_eq!(severity_of_network(&row, one_client(7), 0), None);
    assert_eq!(severity_of_network(&row, one_client(8), 0), Some(Severity::Ticket));
    // A visitor with many addresses is one.
    let one_session = (0..20).map(|host| (client(1, host), 1));
    assert_eq!(severity_of_network(&row, one_session, 0), None);
}

#[test]
fn a_second_network_makes_a_page_of_it() {
    let mut detector = Detector::default();
    let mut severities = Vec::new();
    for host in 0..20 {
        let at = i64::from(host) * MINUTE;
        let alerts = observe(&mut detector, &by_own_script(), client(1, host), at);
        severities.extend(alerts.iter().map(|alert| alert.severity));
    }
    let alerts = observe(&mut detector, &by_own_script(), client(2, 1), 30 * MINUTE);
    severities.extend(alerts.iter().map(|alert| alert.severity));
    assert_eq!(severities, [Severity::Ticket, Severity::Page]);
}

/// At which victim it is a page, where so many networks reported the destination before, for days and in this way.
fn victim_of_page(forged: &Row<'_>, forgers: u32, victim: &Row<'_>) -> Option<u32> {
    let mut detector = Detector::default();
    let others = Row { verdict: Verdict::Own, destination: "", ..row("shop.example") };
    for visitor in 0..600 {
        let at = i64::from(visitor) * 12 * DAY / 600;
        observe(&mut detector, &others, client(visitor, 1), at);
        if visitor < forgers {
            observe(&mut detector, forged, client(10_000 + visitor, 1), at + 1);
        }
    }
    (1..40).find(|number| {
        let at = 12 * DAY + i64::from(*number) * 10 * MINUTE;
        let alerts = observe(&mut detector, victim, client(20_000 + number, 1), at);
        alerts.iter().any(|alert| alert.severity == Severity::Page)
    })
}

#[test]
fn what_others_invent_ahead_makes_a_destination_look_no_older() {
    let odd = Row { reason: "unlisted odd:agent+fetch", ..row("evil.example") };
    let of_extension = Row { reason: "unproven:extension-source", ..row("evil.example") };
    let inline = Row { line: 12, ..row("evil.example") };
    for victim in [&row("evil.example"), &inline, &by_own_script()] {
        let alone = victim_of_page(&odd, 0, victim).expect("a page");
        for forged in [&odd, &of_extension] {
            for forgers in [40, 100, 200] {
                let found = victim_of_page(forged, forgers, victim).expect("a page");
                assert!(found <= alone, "{found} > {alone}: {forgers} with {}", forged.reason);
            }
        }
    }
}

#[test]
fn an_extension_that_many_have_is_as_usual_as_before() {
    let of_extension = Row { reason: "unproven:extension-source", ..row("coupons.example") };
    let others = Row { verdict: Verdict::Own, destination: "", ..row("shop.example") };
    let mut detector = Detector::default();
    for visitor in 0..900 {
        let at = i64::from(visitor) * 20 * MINUTE;
        observe(&mut detector, &others, client(visitor, 1), at);
        // A fifth has it, and some of its reports do not name it.
        if visitor % 5 == 0 {
            let proven = visitor % 20 == 0;
            let row = if proven { row("coupons.example") } else { of_extension.clone() };
            let alerts = observe(&mut detector, &row, client(visitor, 1), at + 1);
            assert!(alerts.iter().all(|alert| alert.severity != Severity::Page), "{alerts:?}");
        }
    }
}

#[test]
fn a_changed_script_pages_at_the_second_visitor_whatever_one_network_claims_before() {
    for forged in [0, 1, 16, 200] {
        let mut detector = Detector::default();
        for visitor in 0..10 {
            observe(&mut detector, &hash(), client(visitor, 1), i64::from(visitor) * HOUR);
        }
        for index in 0..forged {
            let detail = format!("sha256-{index}");
            let alerts = observe(
                &mut detector,
                &Row { detail: &detail, ..hash() },
                client(99, 1),
                11 * HOUR,
            );
            assert_eq!(alerts, [], "one network");
        }
        let mut alerts = Vec::new();
        let victim = Row { source_host: "shop.example", source_path: "/app.js", ..by_own_script() };
        let changed = Row { detail: "sha256-evil", ..hash() };
        observe(&mut detector, &changed, client(100, 1), DAY);
        assert_eq!(observe(&mut detector, &victim, client(100, 1), DAY + 1), []);
        alerts.extend(observe(&mut detector, &changed, client(101, 1), DAY + HOUR));
        let found: Vec<_> = alerts.iter().map(|alert| (alert.kind, alert.severity)).collect();
        let expected = [
            (AlertKind::ScriptChanged, Severity::Ticket),
            (AlertKind::UnknownDestination, Severity::Page),
        ];
        assert_eq!(found, expected, "{forged} forged hashes");
    }
}

/// The silences that have an alert where a page group had a visitor every five minutes for eight days and a half, and then only
/// one network reports, once in so many minutes.
fn silences(every: i64) -> Vec<String> {
    let mut detector = Detector::default();
    let mut raised = Vec::new();
    let removed = 204 * 12;
    for slot in 0..removed + 12 * 24 {
        let at = i64::from(slot) * 5 * MINUTE;
        detector.check_silence(Timestamp::from_millis(at), |alert| raised.push(alert.clone()));
        if slot < removed {
            observe(&mut detector, &hash(), client(slot, 1), at);
        } else if every > 0 && (i64::from(slot) * 5) % every == 0 {
            observe(&mut detector, &hash(), client(99_999_999, 1), at);
        }
    }
    raised.retain(|raised| raised.alert.kind == AlertKind::SiteSilent);
    raised.iter().map(|raised| format!("{} {}", raised.at, raised.alert.reasons[0])).collect()
}

#[test]
fn a_page_group_that_one_network_alone_still_reports_is_silent_once() {
    for every in [0, 5, 10, 60] {
        let silences = silences(every);
        assert_eq!(silences.len(), 1, "{every}: {silences:?}");
        assert!(*silences[0] < *"1970-01-09T15", "{every}: {silences:?}");
    }
}

/// The network at whose report a theft is paged, after so many visitors who reported something harmless.
fn network_of_page(reason: &'static str, before: u32) -> Option<u32> {
    let mut detector = Detector::default();
    let others = Row { verdict: Verdict::Own, destination: "", reason, ..row("shop.example") };
    for visitor in 0..before {
        observe(&mut detector, &others, client(visitor, 1), i64::from(visitor) * 20 * MINUTE);
    }
    let victim = Row { reason, ..row("evil.example") };
    (1..40).find(|number| {
        let at = i64::from(before) * 20 * MINUTE + i64::from(*number) * 5 * MINUTE;
        let alerts = observe(&mut detector, &victim, client(20_000 + number, 1), at);
        alerts.iter().any(|alert| alert.severity == Severity::Page)
    })
}

#[test]
fn a_proxy_that_replaces_the_headers_of_all_visitors_costs_no_page() {
    for before in [0, 5, 600] {
        let usual = network_of_page("unlisted", before).expect("a page");
        for odd in ["unlisted odd:agent", "unlisted odd:agent+origin"] {
            assert_eq!(network_of_page(odd, before), Some(usual), "{odd}, {before} before");
        }
    }
}
