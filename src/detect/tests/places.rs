//! Pages and hosts that the configuration does not name, and what it expects although a policy forbids it.

use super::*;
use crate::config::Config;

const MINUTE: i64 = 60_000;

const SHOP: &str = r#"
    [[site]]
    name = "shop"
    hosts = ["shop.example", "*.cdn.shop.example"]
      [[site.page_group]]
      name = "payment"
      paths = ["/checkout*"]
      payment = true
"#;

pub(super) fn detector(config: &str) -> Detector {
    let config = Config::from_text("test", config, &Default::default()).expect("it is right");
    let mut detector = Detector::default();
    detector.set_configured(Arc::new(Sites::new(&config.sites)));
    detector
}

/// A report of a page of `other`, by a script of the shop's own.
fn of_other_page<'a>(destination: &'a str, path: &'a str) -> Row<'a> {
    Row {
        page_group: "other",
        payment: false,
        document_path: path,
        own_source: true,
        line: 3,
        ..row(destination)
    }
}

/// A hash of a page, which a census of visitors is made of.
pub(super) fn hash_of(page: Row<'_>) -> Row<'_> {
    Row {
        kind: Kind::CspHash,
        verdict: Verdict::Other,
        destination: "",
        blocked_path: "/app.js",
        detail: "sha256-a",
        line: 0,
        ..page
    }
}

pub(super) fn pages(alerts: &[Alert]) -> Vec<(&str, &str)> {
    let paged = alerts.iter().filter(|alert| alert.severity == Severity::Page);
    paged.map(|alert| (&*alert.page_group, &*alert.destination)).collect()
}

#[test]
fn a_path_that_looks_like_a_payment_page_is_a_ticket_that_asks_for_a_pattern() {
    let mut detector = detector(SHOP);
    let report = of_other_page("thief.example", "/de/checkout/pay");
    let alerts: Vec<Alert> = (1..9)
        .flat_map(|network| {
            let at = i64::from(network) * 10 * MINUTE;
            observe(&mut detector, &report, client(network, 1), at)
        })
        .collect();
    let [ticket] = &alerts[..] else { panic!("{alerts:?}") };
    assert_eq!((ticket.severity, &*ticket.page_group), (Severity::Ticket, "payment"));
    assert!(ticket.reasons.iter().any(|reason| reason.contains("add a pattern")), "{ticket:?}");
    let configured = Row { own_source: true, line: 3, ..row("thief.example") };
    let alerts = observe(&mut detector, &configured, client(9, 1), 100 * MINUTE);
    assert_eq!(pages(&alerts), [("payment", "thief.example")], "now a payment page does it");
}

#[test]
fn a_frame_without_an_address_belongs_to_the_page_of_its_sender() {
    let frame = Row { document_host: "", ..of_other_page("thief.example", "") };
    let mut detector = detector(SHOP);
    for network in [1, 2] {
        let sender = client(network, 1);
        let at = i64::from(network) * 10 * MINUTE;
        observe(&mut detector, &hash_of(row("")), sender, at);
        let alerts = observe(&mut detector, &frame, sender, at + MINUTE);
        assert_eq!(pages(&alerts).len(), usize::from(network == 2), "{alerts:?}");
    }
    // Its engine reports no hashes, and the destination is known from others.
    observe(&mut detector, &frame, client(3, 1), 40 * MINUTE);
    let (key, state) = site(&detector).foremost(1)[0];
    assert_eq!((&*key.page_group, state.distinct_networks()), ("payment", 3));
}

#[test]
fn a_frame_may_report_before_the_page_does() {
    let frame = Row { document_host: "", ..of_other_page("thief.example", "") };
    let mut detector = detector(SHOP);
    for network in [1, 2] {
        let sender = client(network, 1);
        let at = i64::from(network) * 10 * MINUTE;
        let alerts = observe(&mut detector, &frame, sender, at);
        // By then the destination is known to belong there.
        assert_eq!(pages(&alerts).len(), usize::from(network == 2), "{alerts:?}");
        assert_eq!(pages(&observe(&mut detector, &hash_of(row("")), sender, at + MINUTE)), []);
    }
}

/// The pages after buyers of two networks were on the payment page, and then reported a destination of `/help`; with or
/// without hashes of `/help`.
fn pages_after_help(opens_help: bool, report: &Row<'_>) -> usize {
    let mut detector = detector(SHOP);
    let help = hash_of(of_other_page("", "/help"));
    observe(&mut detector, &help, client(77, 1), 0);
    let mut alerts = Vec::new();
    for network in 1..=5 {
        let sender = client(network, 1);
        let at = i64::from(network) * 10 * MINUTE;
        observe(&mut detector, &hash_of(row("")), sender, at);
        if opens_help {
            observe(&mut detector, &help, sender, at + MINUTE / 2);
        }
        alerts.extend(observe(&mut detector, report, sender, at + MINUTE));
        let later = Timestamp::from_millis(at + 5 * MINUTE);
        detector.check_silence(later, |raised| alerts.push(raised.alert.clone()));
    }
    pages(&alerts).len()
}

#[test]
fn a_page_that_renamed_itself_is_the_page_that_its_sender_opened() {
    let report = of_other_page("thief.example", "/help");
    assert_eq!(pages_after_help(false, &report), 1);
    assert_eq!(pages_after_help(true, &report), 0, "they went to /help");
    let of_extension = Row { own_source: false, line: 0, ..report };
    assert_eq!(pages_after_help(false, &of_extension), 0, "nothing shows that a page did it");
}

/// The pages after buyers of so many networks reported a destination of the home page.
fn pages_after_home(networks: u32, report: &Row<'_>) -> Vec<(String, String)> {
    let mut detector = detector(SHOP);
    let home = hash_of(of_other_page("", "/"));
    for network in 100..150 {
        observe(&mut detector, &home, client(network, 1), i64::from(network));
    }
    let mut found = Vec::new();
    for network in 1..=networks {
        let (sender, at) = (client(network, 1), i64::from(network) * 10 * MINUTE);
        observe(&mut detector, &hash_of(row("")), sender, at);
        observe(&mut detector, &home, sender, at + 1_000);
        // Each frame sends twice.
        for later in [3_000, 4_000] {
            let alerts = observe(&mut detector, report, sender, at + later);
            let named = |(group, name): (&str, &str)| (group.to_owned(), name.to_owned());
            found.extend(pages(&alerts).into_iter().map(named));
        }
    }
    found
}

#[test]
fn a_frame_of_another_page_counts_for_the_payment_page_that_opened_it() {
    let of_home = of_other_page("thief.example", "/");
    let page = [("payment".to_owned(), "thief.example".to_owned())];
    let framed = Row { reason: "unlisted from:payment", ..of_home.clone() };
    assert_eq!(pages_after_home(5, &framed), page);
    let image = Row { own_source: false, line: 0, ..framed.clone() };
    assert_eq!(pages_after_home(5, &image), page, "whoever did it");
    let form = Row { directive: "form-action", ..framed.clone() };
    assert_eq!(pages_after_home(1, &form), page);
    assert_eq!(pages_after_home(1, &framed), [], "one network can claim anything");
    for reason in ["unlisted", "unlisted from:other", "unlisted from:nowhere"] {
        assert_eq!(pages_after_home(5, &Row { reason, ..of_home.clone() }), [], "{reason}");
    }
}

#[test]
fn a_host_that_hosts_lacks_is_named_once_and_not_after_it_is_configured() {
    let mut detector = detector(SHOP);
    let secure = Row { document_host: "secure.shop.example", ..row("thief.example") };
    let mut hosts = Vec::new();
    for network in 1..5 {
        let at = i64::from(network) * 10 * MINUTE;
        let alerts = observe(&mut detector, &secure, client(network, 1), at);
        let is_host = |alert: &Alert| alert.kind == AlertKind::HostNotConfigured;
        hosts.extend(alerts.into_iter().filter(is_host));
    }
    let [ticket] = &hosts[..] else { panic!("{hosts:?}") };
    assert_eq!((&*ticket.page_group, &*ticket.destination), ("", "secure.shop.example"));
    assert!(ticket.reasons[0].starts_with("secure.shop.example is not in hosts"));
    let named =
        |detector: &Detector| detector.sites().flat_map(|(_, site)| site.missing_hosts()).count();
    assert_eq!(named(&detector), 1);
    let config = SHOP.replace("*.cdn.shop.example", "secure.shop.example");
    let config = Config::from_text("test", &config, &Default::default()).expect("it is right");
    detector.set_configured(Arc::new(Sites::new(&config.sites)));
    assert_eq!(named(&detector), 0);
}

/// The alerts after nine buyers reported this, each after `others` who reported hashes only.
fn alerts_of_expected(report: &Row<'_>, others: u32) -> Vec<Alert> {
    let mut detector = detector(SHOP);
    let mut alerts = Vec::new();
    for network in 1..=9 {
        let at = i64::from(network) * 5 * MINUTE;
        for other in 0..others {
            let visitor = client(100 * network + other, 1);
            observe(&mut detector, &hash_of(row("")), visitor, at - 4 * MINUTE);
        }
        observe(&mut detector, &hash_of(row("")), client(network, 1), at);
        alerts.extend(observe(&mut detector, report, client(network, 1), at));
    }
    alerts
}

#[test]
fn what_known_has_and_the_policy_forbids_to_most_is_one_ticket() {
    let configured = Row { verdict: Verdict::Known, reason: "configured", ..row("vendor.example") };
    let [ticket] = &alerts_of_expected(&configured, 0)[..] else { panic!("one ticket") };
    assert_eq!((ticket.severity, &*ticket.destination), (Severity::Ticket, "vendor.example"));
    assert!(ticket.reasons[0].starts_with("known expects vendor.example"), "{ticket:?}");
    let by_wildcard = Row {
        verdict: Verdict::Own,
        reason: "site-host",
        blocked_host: "old.cdn.shop.example",
        ..row("shop.example")
    };
    assert_eq!(alerts_of_expected(&by_wildcard, 0).len(), 1);
    let by_name = Row { blocked_host: "shop.example", ..by_wildcard };
    assert_eq!(alerts_of_expected(&by_name, 0), []);
    let approved = Row { reason: "approved", ..configured.clone() };
    assert_eq!(alerts_of_expected(&approved, 0), []);
    let elsewhere = Row { payment: false, page_group: "other", ..configured.clone() };
    assert_eq!(alerts_of_expected(&elsewhere, 0), []);
    assert_eq!(alerts_of_expected(&configured, 20), [], "few visitors report it");
}

#[test]
fn three_d_secure_is_configured_or_learnt() {
    let form = Row { directive: "form-action", ..row("bank.example") };
    let severity = |setting: &str| {
        let mut detector = detector(&format!("{SHOP}\n{setting}"));
        let alerts = observe(&mut detector, &form, client(1, 1), MINUTE);
        alerts.first().map(|alert| alert.severity)
    };
    assert_eq!(severity("three_d_secure = true"), None);
    assert_eq!(severity("three_d_secure = false"), Some(Severity::Page));
    assert_eq!(severity(""), Some(Severity::Page), "one form is no habit");
}

/// Somebody reports six banks from six networks, so that a form to a stranger is nothing special; then the page sends each
/// fifth buyer's form to the thief, and the others' nowhere.
#[test]
fn forged_banks_hide_no_more_victims_than_they_took_networks() {
    for forged in [6, 12] {
        let mut detector = detector(SHOP);
        for network in 1..=forged {
            let bank = format!("bank{network}.example");
            let form = Row { directive: "form-action", ..row(&bank) };
            observe(&mut detector, &form, client(network, 1), i64::from(network) * 90 * MINUTE);
        }
        let theft = Row { directive: "form-action", ..row("thief.example") };
        let pages = |victim: &u32| {
            let at = i64::from(2_000 + victim * 30) * MINUTE;
            let alerts = observe(&mut detector, &theft, client(100 + victim, 1), at);
            alerts.iter().any(|alert| alert.severity == Severity::Page)
        };
        let victim = (1..=50).find(pages);
        assert!(victim.is_some_and(|victim| victim <= forged + 1), "{forged}: {victim:?}");
    }
}

#[test]
fn a_weeks_new_banks_are_one_ticket() {
    let mut detector = detector(&format!("{SHOP}\nthree_d_secure = true"));
    for network in 1..=7 {
        let bank = format!("bank{network}.example");
        // One line of the shop's script posts to all of them.
        let form = Row { directive: "form-action", own_source: true, line: 3, ..row(&bank) };
        let at = i64::from(network) * 600 * MINUTE;
        assert_eq!(observe(&mut detector, &form, client(network, 1), at), []);
    }
    let mut alerts = Vec::new();
    for day in 0..9 {
        let at = Timestamp::from_millis(7 * 600 * MINUTE + day * 1_440 * MINUTE);
        detector.check_silence(at, |raised| alerts.push(raised.alert.clone()));
    }
    alerts.retain(|alert| alert.kind != AlertKind::SiteSilent);
    let [ticket] = &alerts[..] else { panic!("{alerts:?}") };
    assert!(ticket.reasons[0].starts_with("7 new issuers this week"), "{ticket:?}");
    assert_eq!((ticket.destinations.len(), &*ticket.page_group), (7, "payment"));
}
