//! Another destination for each visitor, and places in scripts that code of others runs through.

use super::*;
use crate::base::clock::{DAY, HOUR, MINUTE};

const START: i64 = 1_800_000_000_000;

/// A payment page whose visitors are counted by hashes.
struct Page {
    detector: Detector,
    alerts: Vec<Alert>,
    at: i64,
    network: u32,
}

impl Page {
    fn new() -> Self {
        Self { detector: Detector::default(), alerts: Vec::new(), at: START, network: 0 }
    }

    /// Lets time pass.
    fn wait(&mut self, length: std::time::Duration) {
        self.at += i64::try_from(length.as_millis()).expect("short");
    }

    /// A visit of a new network that is counted, with these reports.
    fn visit(&mut self, reports: &[Row<'_>]) {
        self.network += 1;
        self.count(self.network);
        for report in reports {
            self.report(report, self.network);
        }
        self.wait(MINUTE);
    }

    fn count(&mut self, network: u32) {
        let hash = Row {
            kind: Kind::CspHash,
            verdict: Verdict::Own,
            destination: "",
            blocked_path: "/js/app.js",
            detail: "sha256-a",
            ..row("shop.example")
        };
        self.report(&hash, network);
    }

    fn report(&mut self, report: &Row<'_>, network: u32) {
        let report = Row { engine: Engine::Chromium, ..report.clone() };
        let raised = observe(&mut self.detector, &report, client(network, 1), self.at);
        self.alerts.extend(raised);
    }

    /// Visits of which one in `one_in` brings a destination of its own along.
    fn visits_with_extensions(&mut self, count: u32, one_in: u32) {
        for index in 0..count {
            let destination = format!("adware{}.example", self.network);
            let is_carrier = index % one_in == 0;
            let report = [row(&destination)];
            self.visit(if is_carrier { &report } else { &[] });
        }
    }

    fn pages(&self) -> Vec<&Alert> {
        self.alerts.iter().filter(|alert| alert.severity == Severity::Page).collect()
    }

    fn has_part(&self, part: &str) -> bool {
        self.alerts.iter().flat_map(|alert| &alert.evidence).any(|of| of.part == part)
    }
}

/// What the code of one victim reports, where all that it can choose is another for each.
type Disguise = fn(u32, &mut dyn FnMut(&Row<'_>));

const DISGUISES: [Disguise; 4] = [
    |victim, report| {
        // A script that names itself anew (`//# sourceURL`).
        let (host, path) = (format!("x{victim}.example"), format!("/{victim}/collect"));
        let source = format!("/js/{victim}.js");
        let shop = Row { source_scheme: "https", source_host: "shop.example", ..row(&host) };
        let place = Row { source_path: &source, line: 1, own_source: true, ..shop };
        report(&Row { blocked_path: &path, ..place });
    },
    |victim, report| {
        let host = format!("x{victim}.example");
        let shop = Row { source_scheme: "https", source_host: "shop.example", ..row(&host) };
        let script = Row { source_path: "/js/app.js", line: 3, own_source: true, ..shop };
        report(&Row { column: 10 + victim, ..script });
    },
    |victim, report| {
        let (host, path) = (format!("x{victim}.example"), format!("/{victim}/collect"));
        report(&Row { line: 12, column: 44, blocked_path: &path, ..row(&host) });
    },
    |victim, report| report(&Row { line: 12, column: 44, ..row(&format!("x{victim}.example")) }),
];

fn victims(page: &mut Page, disguise: Disguise, count: u32) {
    for victim in 0..count {
        page.network += 1;
        page.count(page.network);
        let network = page.network;
        disguise(victim, &mut |report| page.report(report, network));
        page.wait(MINUTE);
    }
}

#[test]
fn another_host_for_each_victim_is_one_page_whatever_else_is_another() {
    for (index, disguise) in DISGUISES.into_iter().enumerate() {
        for past in [0, 400] {
            let mut page = Page::new();
            page.visits_with_extensions(past, 20);
            assert!(page.pages().is_empty(), "{:?}", page.alerts);
            victims(&mut page, disguise, 30);
            let [alert] = page.pages()[..] else { panic!("{index}: {:#?}", page.pages()) };
            assert!(alert.destinations.len() >= 5, "{alert:?}");
            assert_eq!(alert.reasons[0], "each visitor reports another host");
            assert_eq!(alert.evidence[0].part, "scattered");
        }
    }
}

#[test]
fn what_extensions_bring_along_is_the_page_groups_own_past() {
    for one_in in [5, 8, 30] {
        let mut page = Page::new();
        page.visits_with_extensions(1_500, one_in);
        assert!(!page.has_part("scattered"), "{one_in}: {:#?}", page.alerts);
        let mut recalled = Detector::decode(&page.detector.encode(1)).expect("it is whole").0;
        std::mem::swap(&mut page.detector, &mut recalled);
        victims(&mut page, DISGUISES[3], 40);
        assert_eq!(page.pages().len(), 1, "{one_in}");
    }
}

#[test]
fn a_new_tag_is_no_scattered_destination() {
    let mut page = Page::new();
    page.visits_with_extensions(200, 20);
    for _ in 0..40 {
        page.visit(&[row("tag.example"), row("of-tag.example"), row("third.example")]);
    }
    assert!(!page.has_part("scattered"), "{:#?}", page.alerts);
}

#[test]
fn few_forging_networks_and_those_that_no_census_counts_page_nobody() {
    for (networks, is_counted) in [(4, true), (60, false)] {
        let mut page = Page::new();
        page.visits_with_extensions(200, 20);
        for forged in 0..400 {
            let network = 100_000 + forged % networks;
            if is_counted {
                page.count(network);
            }
            page.report(&row(&format!("forged{forged}.example")), network);
            page.wait(MINUTE / 10);
        }
        assert!(!page.has_part("scattered"), "{networks}: {:#?}", page.alerts);
        assert!(page.alerts.iter().any(|alert| alert.kind == AlertKind::ReportFlood));
    }
}

#[test]
fn naming_the_hosts_before_the_victims_do_takes_more_than_one_network() {
    let mut page = Page::new();
    for victim in 0..60 {
        page.report(&row(&format!("x{victim}.example")), 99_999);
    }
    page.wait(DAY);
    page.visits_with_extensions(200, 20);
    victims(&mut page, DISGUISES[2], 40);
    assert_eq!(page.pages().len(), 1, "{:#?}", page.alerts);
}

#[test]
fn without_a_census_it_is_a_ticket() {
    let mut page = Page::new();
    for victim in 0..60 {
        page.report(&row(&format!("x{victim}.example")), victim);
        page.wait(MINUTE);
    }
    assert!(page.pages().is_empty());
    assert!(page.has_part("scattered"));
}

/// What the wrapper of a script reports that an extension's request runs through.
fn wrapped<'a>(destination: &'a str, path: &'a str) -> Row<'a> {
    let shop = Row { source_scheme: "https", source_host: "shop.example", ..row(destination) };
    Row { source_path: path, line: 1, column: 65, own_source: true, ..shop }
}

/// So many days of 200 visits, of which `carriers` have adware of their own, through a wrapper.
fn days_with_wrapper(page: &mut Page, days: u32, carriers: u32) {
    for day in 0..days {
        for visit in 0..200 {
            let name = format!("adware{day}-{visit}.example");
            let is_carrier = visit % (200 / carriers) == 0;
            let report = [wrapped(&name, "/js/sentry.js")];
            page.visit(if is_carrier { &report } else { &[] });
        }
        page.wait(20 * HOUR);
    }
}

#[test]
fn a_place_that_reaches_strangers_for_few_visitors_over_days_counts_like_markup() {
    let mut page = Page::new();
    days_with_wrapper(&mut page, 5, 2);
    page.alerts.clear();
    days_with_wrapper(&mut page, 5, 2);
    assert!(page.pages().is_empty(), "{:#?}", page.pages());
    // Another place of the same script is none.
    for _ in 0..2 {
        page.visit(&[Row { column: 900, ..wrapped("evil.example", "/js/sentry.js") }]);
    }
    assert_eq!(page.pages().len(), 1);
    // Nor does the wrapper hide what the page does to all of its visitors.
    page.wait(DAY);
    for _ in 0..4 {
        page.visit(&[wrapped("thief.example", "/js/sentry.js")]);
    }
    assert!(page.pages().iter().any(|alert| alert.destination == "thief.example"));
}

#[test]
fn a_wrapper_that_changed_gives_one_visitor_no_page() {
    for is_learnt in [true, false] {
        let mut page = Page::new();
        if is_learnt {
            days_with_wrapper(&mut page, 6, 2);
        } else {
            page.visit(&[]);
        }
        page.alerts.clear();
        let change = Row {
            kind: Kind::CspHash,
            verdict: Verdict::Own,
            destination: "",
            blocked_path: "/js/sentry.js",
            ..row("shop.example")
        };
        for hash in ["sha256-1", "sha256-2"] {
            page.report(&Row { detail: hash, ..change.clone() }, 1);
            page.report(&Row { detail: hash, ..change.clone() }, 2);
        }
        page.visit(&[wrapped("adware.example", "/js/sentry.js")]);
        assert_eq!(page.pages().is_empty(), is_learnt, "{:#?}", page.alerts);
    }
}

#[test]
fn what_reaches_many_visitors_or_comes_from_few_networks_or_in_a_day_is_no_wrapper() {
    let is_learnt = |days: u32, carriers: u32| {
        let mut page = Page::new();
        days_with_wrapper(&mut page, days, carriers);
        for _ in 0..2 {
            page.visit(&[wrapped("thief.example", "/js/sentry.js")]);
        }
        // By the score, and not by an alert: in one of these cases it joins a finding.
        let mut all = site(&page.detector).iter();
        let thief = all.find(|(key, _)| &*key.destination == "thief.example");
        thief.expect("it is known").1.score < 10.0
    };
    assert!(is_learnt(6, 4));
    assert!(!is_learnt(6, 50), "many visitors");
    assert!(!is_learnt(2, 10), "two days");
}
