//! Page groups with their reports and decisions, each with the two policies that a person would write by hand.

mod connections;
mod inline;
mod servo;

use std::collections::HashMap;

use url::Url;

use super::*;
use crate::audit::script_inventory::InventoryScript;
use crate::base::clock::{MILLISECOND, Timestamp, days};
use crate::config::Config;
use crate::csp::Policy;
use crate::decisions::{Decision, Extent, ThreatLists};
use crate::pipeline::judge::{Site, Sites};
use crate::report::{Disposition, Kind, Place, Verdict};
use crate::store::policy::{PagePolicy, PolicyDecision, ReportSummary};

const TO: Timestamp = Timestamp::from_seconds(1_800_000_000);
const FROM: Timestamp = Timestamp::from_seconds(1_800_000_000 - 30 * 86_400);
/// What the drafts add to each list of scripts.
const DIAGNOSTICS: &str = "'report-sample' 'report-sha256'";

/// The inputs about a page group of a shop.
#[derive(Default)]
struct Pages<'a> {
    current: Option<&'a str>,
    /// Report-only policies that were in force over the whole range.
    tried: &'a [&'a str],
    /// The effective directive of each report, and what was blocked.
    reported: &'a [(&'a str, &'a str)],
    approved: &'a [&'a str],
    ignored: &'a [&'a str],
    listed: &'a str,
    scripts: &'a [InventoryScript],
}

fn site() -> std::sync::Arc<Site> {
    let text = "[[site]]\nname = \"shop\"\nhosts = [\"shop.example\", \"*.shop.example\"]\n\
                known = [\"*.stripe.com\", \"cdn.example\", \"*.cloudfront.net\", \"cdn.shared.example/npm/\", \
                \"connect-src api.vendor.example\"]\n[[site.page_group]]\nname = \"payment\"\npaths = [\"/checkout*\"]\n\
                known = [\"psp.known.example\", \"img-src pixel.known.example\"]\n";
    let config = Config::from_text("test", text, &std::collections::BTreeMap::new()).unwrap();
    std::sync::Arc::clone(Sites::new(&config.sites).named("shop").unwrap())
}

fn page_policy(text: &str, disposition: Disposition) -> PagePolicy {
    PagePolicy {
        hash: "00ff".to_owned(),
        disposition,
        first_seen: FROM,
        last_seen: TO,
        ..PagePolicy::supplied(text, TO)
    }
}

fn place(text: &str) -> Place<'static> {
    let Ok(url) = Url::parse(text) else {
        return Place { scheme: text.to_owned().into(), ..Place::default() };
    };
    Place {
        scheme: url.scheme().to_owned().into(),
        host: url.host_str().unwrap_or("").replace("masked", "{token:bcdfjklm}").into(),
        port: url.port().unwrap_or(0),
        path: url.path().to_owned().into(),
    }
}

fn report(directive: &str, blocked: &str) -> ReportSummary {
    let is_connection = directive == "connection-allowlist";
    ReportSummary {
        kind: if is_connection { Kind::ConnectionAllowlist } else { Kind::Csp },
        directive: directive.to_owned(),
        verdict: Verdict::Unknown,
        blocked: place(blocked),
        document_host: "shop.example".to_owned(),
        reports: 2,
        first_seen: FROM,
        last_seen: TO,
    }
}

impl Pages<'_> {
    /// Calls a function with the evidence about the page group.
    fn with_evidence<T>(&self, function: impl FnOnce(&PolicyEvidence<'_>) -> T) -> T {
        let site = site();
        let mut threats = ThreatLists::default();
        threats.add("skimmers", self.listed);
        let decisions_of = |destinations: &[&str], decision| {
            let decisions = destinations.iter().map(move |name| {
                let (by, why) = ("ada".to_owned(), "a test".to_owned());
                ((*name).to_owned(), PolicyDecision { decision, by, why, at: FROM, until: None })
            });
            decisions.collect::<Vec<_>>()
        };
        let decisions: HashMap<_, _> = decisions_of(self.approved, Decision::Approve)
            .into_iter()
            .chain(decisions_of(self.ignored, Decision::Ignore))
            .collect();
        let current = self.current.map(|text| page_policy(text, Disposition::Enforce));
        let tried: Vec<_> =
            self.tried.iter().map(|text| page_policy(text, Disposition::Report)).collect();
        let reports: Vec<_> =
            self.reported.iter().map(|(directive, url)| report(directive, url)).collect();
        function(&PolicyEvidence::new(Inputs {
            site: &site,
            group: site.group_named("payment").expect("configured"),
            decisions: &decisions,
            limited: &[],
            threats: &threats,
            now: TO,
            from: FROM,
            to: TO,
            current: current.as_ref(),
            others: tried.iter().collect(),
            reports: &reports,
            scripts: self.scripts,
        }))
    }

    /// Checks both policies, the one for now and the strict one, against what a person would write by hand.
    #[track_caller]
    fn check(&self, now: &str, strict: &str) {
        let suggestion = self.with_evidence(suggest);
        let expected = |text: &str| text.replace("DIAGNOSTICS", DIAGNOSTICS);
        assert_eq!(suggestion.now.text(), expected(now), "now");
        assert_eq!(suggestion.strict.text(), expected(strict), "strict");
    }
}

/// The directives without a fallback, as a strict policy has them.
const NO_FALLBACK: &str = "form-action 'self'; base-uri 'none'; frame-ancestors 'self'";

#[test]
fn trusted_hosts_are_added_as_narrowly_as_possible() {
    let current = "default-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'";
    let now = "default-src 'self'; script-src 'self' https://cdn.example https://js.pay.example DIAGNOSTICS; \
               img-src 'self' https://*.stripe.com; \
               connect-src 'self' https://api.shop.example:8443 https://d1.cloudfront.net wss://api.shop.example";
    let now = format!("{now}; {NO_FALLBACK}");
    Pages {
        current: Some(current),
        reported: &[
            ("script-src-elem", "https://cdn.example/a.js"),
            ("script-src-elem", "https://js.pay.example/v1.js"),
            ("script-src-elem", "https://evil.example/skim.js"),
            ("img-src", "https://q.stripe.com/p.gif"),
            ("img-src", "https://m.stripe.com/p.gif"),
            ("img-src", "https://shop.example/p.gif"),
            ("connect-src", "https://api.shop.example:8443/x"),
            ("connect-src", "wss://api.shop.example/live"),
            ("connect-src", "https://d1.cloudfront.net/x"),
        ],
        approved: &["pay.example"],
        ..Pages::default()
    }
    .check(&now, &now);
}

#[test]
fn untrusted_hosts_are_left_out_and_listed() {
    let pages = Pages {
        current: Some(
            "default-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
        ),
        reported: &[
            ("img-src", "https://evil.example/a"),
            ("img-src", "https://toolbar.example/a"),
            ("img-src", "https://x.pay.example/a"),
            ("script-src-elem", "inline"),
        ],
        approved: &["pay.example"],
        ignored: &["toolbar.example"],
        listed: "pay.example\n",
        ..Pages::default()
    };
    let now = format!("default-src 'self'; script-src 'self' DIAGNOSTICS; {NO_FALLBACK}");
    pages.check(&now, &now);
    let mut untrusted = pages.with_evidence(suggest).untrusted;
    untrusted.sort_by_key(|untrusted| untrusted.what.clone());
    let found: Vec<_> =
        untrusted.into_iter().map(|untrusted| (untrusted.what, untrusted.distrust)).collect();
    assert_eq!(found[0], ("evil.example".to_owned(), Some(Distrust::Unknown)));
    assert_eq!(found[1], ("inline".to_owned(), None));
    let listed = Distrust::Listed("skimmers".to_owned());
    assert_eq!(found[2], ("pay.example".to_owned(), Some(listed)));
    let (toolbar, distrust) = &found[3];
    assert_eq!(toolbar, "toolbar.example");
    assert!(matches!(distrust, Some(Distrust::Ignored(decision)) if decision.by == "ada"));
}

#[test]
fn what_is_known_by_path_directive_and_page_group_is_allowed_for_that_alone() {
    let pages = Pages {
        current: Some(
            "default-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
        ),
        reported: &[
            ("img-src", "https://cdn.shared.example/npm/a.png"),
            ("img-src", "https://cdn.shared.example/gh/evil.png"),
            ("connect-src", "https://api.vendor.example/v1"),
            ("font-src", "https://api.vendor.example/f"),
            ("connect-src", "https://psp.known.example/pay"),
            ("img-src", "https://pixel.known.example/p"),
        ],
        ..Pages::default()
    };
    let now = format!(
        "default-src 'self'; script-src 'self' DIAGNOSTICS; img-src 'self' https://cdn.shared.example/npm/ \
         https://pixel.known.example; connect-src 'self' https://api.vendor.example https://psp.known.example; {NO_FALLBACK}"
    );
    pages.check(&now, &now);
    let untrusted = pages.with_evidence(suggest).untrusted;
    let mut found: Vec<_> = untrusted.iter().map(|use_| (&*use_.directive, &*use_.what)).collect();
    found.sort_unstable();
    assert_eq!(found, [("font-src", "vendor.example"), ("img-src", "shared.example")]);
}

#[test]
fn a_limited_approval_counts_where_it_holds() {
    let pages = Pages {
        reported: &[
            ("img-src", "https://x.pay.example/"),
            ("connect-src", "https://x.pay.example/"),
        ],
        ..Pages::default()
    };
    pages.with_evidence(|evidence| {
        let trusted = |directive, page_group| {
            let (by, why) = ("ada".to_owned(), "a test".to_owned());
            let made =
                PolicyDecision { decision: Decision::Approve, by, why, at: FROM, until: None };
            let limited = [("pay.example".to_owned(), Extent::of(directive, page_group), made)];
            let inputs = Inputs { limited: &limited, ..evidence.inputs.clone() };
            let evidence = PolicyEvidence::new(inputs);
            let reports = evidence.inputs.reports.iter();
            reports.map(|report| evidence.assess_report(report).is_ok()).collect::<Vec<_>>()
        };
        assert_eq!(trusted("img-src", ""), [true, false]);
        assert_eq!(trusted("img-src", "payment"), [true, false]);
        assert_eq!(trusted("img-src", "other"), [false, false]);
        assert_eq!(trusted("", "payment"), [true, true]);
    });
}

#[test]
fn an_expired_approval_does_not_count() {
    let pages = Pages { approved: &["pay.example"], ..Pages::default() };
    pages.with_evidence(|evidence| {
        let is_trusted = |until| {
            let decisions = evidence.inputs.decisions.iter().map(|(name, decision)| {
                (name.clone(), PolicyDecision { until, ..decision.clone() })
            });
            let decisions = decisions.collect();
            let inputs = Inputs { decisions: &decisions, ..evidence.inputs.clone() };
            PolicyEvidence::new(inputs).assess_host("js.pay.example", "shop.example").is_ok()
        };
        assert!(is_trusted(None) && is_trusted(Some(TO + MILLISECOND)));
        assert!(!is_trusted(Some(TO)));
    });
}

#[test]
fn narrow_sources_of_the_current_policy_stay_unless_they_are_not_trusted() {
    let current = "default-src 'none'; script-src 'nonce-' 'sha256-Ab=' https://old.example https://evil.example; \
                   img-src *.tracker.example; upgrade-insecure-requests; sandbox allow-scripts; \
                   form-action https://psp.example; base-uri 'self'; frame-ancestors 'none'";
    let pages = Pages {
        current: Some(current),
        reported: &[("script-src-elem", "https://evil.example/a.js")],
        ignored: &["tracker.example"],
        ..Pages::default()
    };
    let now = "default-src 'none'; script-src 'nonce-{RANDOM}' 'sha256-Ab=' https://old.example DIAGNOSTICS; \
               form-action https://psp.example; base-uri 'self'; frame-ancestors 'none'; \
               upgrade-insecure-requests; sandbox allow-scripts";
    pages.check(now, now);
    assert_eq!(pages.with_evidence(suggest).dropped.len(), 2);
}

#[test]
fn broad_sources_stay_until_a_stricter_policy_was_tried() {
    let current = "default-src 'self'; script-src 'self' https: data: 'unsafe-inline' 'unsafe-eval'; \
                   img-src * data:; connect-src *.co.uk";
    let pages = Pages { current: Some(current), ..Pages::default() };
    pages.check(
        "default-src 'self'; script-src 'self' https: data: 'unsafe-inline' 'unsafe-eval' DIAGNOSTICS; \
         img-src * data:; connect-src *.co.uk",
        &format!("default-src 'self'; script-src 'self' DIAGNOSTICS; img-src 'self' data:; {NO_FALLBACK}"),
    );
    let broad = pages.with_evidence(suggest).broad;
    let found: Vec<_> = broad
        .iter()
        .map(|broad| {
            let source = broad.source.as_ref().map(source_text).unwrap_or_default();
            format!("{} {source}", broad.directive)
        })
        .collect();
    assert_eq!(
        found,
        [
            "base-uri ",
            "connect-src *.co.uk",
            "form-action ",
            "frame-ancestors ",
            "img-src *",
            "script-src https:",
            "script-src data:",
            "script-src 'unsafe-inline'",
            "script-src 'unsafe-eval'",
        ]
    );
    assert!(broad.iter().all(|broad| broad.state == TrialState::Untried));
}

#[test]
fn broad_sources_go_after_a_trial_unless_they_are_in_use() {
    let pages = Pages {
        current: Some("default-src https: 'unsafe-inline' 'unsafe-eval'"),
        tried: &[
            "default-src 'self'; img-src 'self' https://pics.example; form-action 'self'; base-uri 'none'; \
                  frame-ancestors 'self'",
        ],
        reported: &[
            ("script-src-elem", "https://cdn.example/a.js"),
            ("script-src-elem", "inline"),
            ("img-src", "https://evil.example/a.gif"),
        ],
        ..Pages::default()
    };
    pages.check(
        &format!(
            "default-src 'self' 'unsafe-inline'; \
             script-src 'self' 'unsafe-inline' https://cdn.example DIAGNOSTICS; \
             img-src 'self' https://pics.example; {NO_FALLBACK}"
        ),
        &format!(
            "default-src 'self'; script-src 'self' https://cdn.example DIAGNOSTICS; \
             img-src 'self' https://pics.example; {NO_FALLBACK}"
        ),
    );
    let broad = pages.with_evidence(suggest).broad;
    assert!(broad.iter().all(|broad| broad.state == TrialState::InUse(2)), "{broad:?}");
}

#[test]
fn directives_that_a_trial_allows_broadly_are_not_tried() {
    Pages {
        current: Some(&format!("default-src *; {NO_FALLBACK}")),
        tried: &["default-src 'self'; img-src *; script-src 'self'; script-src-elem https:"],
        ..Pages::default()
    }
    .check(
        &format!(
            "default-src 'self'; script-src 'self' DIAGNOSTICS; script-src-elem * DIAGNOSTICS; img-src *; {NO_FALLBACK}"
        ),
        &format!("default-src 'self'; script-src 'self' DIAGNOSTICS; {NO_FALLBACK}"),
    );
}

#[test]
fn a_trial_over_a_part_of_the_range_shows_nothing() {
    let pages = Pages { current: Some("default-src *"), ..Pages::default() };
    let half = PagePolicy {
        first_seen: TO - days(15),
        ..page_policy("default-src 'self'", Disposition::Report)
    };
    pages.with_evidence(|evidence| {
        let inputs = Inputs { others: vec![&half], reports: &[], ..evidence.inputs.clone() };
        let suggestion = suggest(&PolicyEvidence::new(inputs));
        assert_eq!(suggestion.now.text(), format!("default-src *; script-src * {DIAGNOSTICS}"));
    });
}

#[test]
fn without_a_current_policy_the_suggestion_starts_with_none() {
    let pages = Pages {
        reported: &[
            ("script-src-elem", "https://shop.example/a.js"),
            ("script-src-elem", "https://cdn.example/b.js"),
            ("img-src", "data"),
            ("script-src-elem", "data"),
            ("form-action", "https://psp.example/pay"),
            ("connect-src", "https://evil.example/"),
        ],
        approved: &["psp.example"],
        ..Pages::default()
    };
    let text = "default-src 'none'; script-src 'self' https://cdn.example DIAGNOSTICS; img-src data:; \
                form-action 'self' https://psp.example; base-uri 'none'; frame-ancestors 'self'";
    pages.check(text, text);
    assert!(!pages.with_evidence(suggest).may_enforce);
}

#[test]
fn many_hosts_of_one_domain_become_the_domain() {
    let urls: Vec<_> = (0..12).map(|number| format!("https://h{number}.pay.example/")).collect();
    let mut reported: Vec<_> = urls.iter().map(|url| ("connect-src", url.as_str())).collect();
    reported.push(("connect-src", "https://pay.example/"));
    let now = format!(
        "default-src 'none'; script-src DIAGNOSTICS; connect-src https://*.pay.example https://pay.example; {NO_FALLBACK}"
    );
    let current = format!("default-src 'none'; {NO_FALLBACK}");
    let pages = Pages {
        current: Some(&current),
        reported: &reported,
        approved: &["pay.example"],
        ..Pages::default()
    };
    pages.check(&now, &now);
}

#[test]
fn masked_sources_are_left_out_and_counted() {
    let current = "default-src 'none'; img-src 'self' https://cdn.example/{id:bcdfjklm}/ https://img.shop.example; \
                   connect-src https://{token:bcdfjklm}.cdn.example; trusted-types {token:bcdfjklm} a; sandbox allow-forms";
    let reported = &[("img-src", "https://masked.shop.example/")];
    let pages = Pages { current: Some(current), reported, ..Pages::default() };
    let suggestion = pages.with_evidence(suggest);
    for draft in [&suggestion.now, &suggestion.strict] {
        assert!(!draft.text().contains('{'), "{}", draft.text());
        assert!(
            draft.text().contains("img-src 'self' https://img.shop.example"),
            "{}",
            draft.text()
        );
        assert!(draft.text().contains("sandbox allow-forms"), "{}", draft.text());
    }
    let masked: Vec<_> = suggestion.masked.iter().map(|masked| &*masked.directive).collect();
    assert_eq!(masked, ["connect-src", "img-src", "img-src", "trusted-types"]);
}

#[test]
fn invented_addresses_do_not_fill_the_header() {
    let urls: Vec<_> = (1000..1500).map(|port| format!("https://shop.example:{port}/")).collect();
    let reported: Vec<_> = urls.iter().map(|url| ("img-src", url.as_str())).collect();
    let suggestion = Pages { reported: &reported, ..Pages::default() }.with_evidence(suggest);
    assert_eq!(suggestion.now.directive("img-src").unwrap().sources.len(), 100);
    let omitted = OmittedSources { directive: "img-src".to_owned(), sources: 400 };
    assert_eq!(suggestion.omitted, [omitted]);
}

#[test]
fn under_strict_dynamic_scripts_need_a_nonce_instead_of_hosts() {
    let current = "script-src 'strict-dynamic' 'nonce-' https: 'unsafe-inline'; object-src 'none'; base-uri 'none'; \
                   form-action 'self'; frame-ancestors 'self'";
    let pages = Pages {
        current: Some(current),
        reported: &[("script-src-elem", "https://cdn.example/a.js")],
        ..Pages::default()
    };
    pages.check(
        "script-src 'strict-dynamic' 'nonce-{RANDOM}' https: 'unsafe-inline' DIAGNOSTICS; object-src 'none'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
        "default-src 'self'; script-src 'strict-dynamic' 'nonce-{RANDOM}' https: 'unsafe-inline' DIAGNOSTICS; \
         object-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
    );
    assert_eq!(pages.with_evidence(suggest).without_nonce.len(), 1);
}

#[test]
fn directives_of_elements_stay_where_the_policy_has_them() {
    let current =
        format!("default-src 'none'; script-src 'none'; script-src-elem 'self'; {NO_FALLBACK}");
    let now = format!(
        "default-src 'none'; script-src DIAGNOSTICS; script-src-elem 'self' https://cdn.example DIAGNOSTICS; {NO_FALLBACK}"
    );
    Pages {
        current: Some(&current),
        reported: &[("script-src-elem", "https://cdn.example/a.js")],
        ..Pages::default()
    }
    .check(&now, &now);
}

#[test]
fn reports_are_replayed_under_both_policies() {
    let pages = Pages {
        current: Some("default-src 'none'; style-src 'nonce-'"),
        reported: &[
            ("img-src", "https://cdn.example/a.gif"),
            ("img-src", "https://evil.example/a.gif"),
            ("script-src-elem", "inline"),
            ("style-src-elem", "inline"),
            ("script-src", "eval"),
            ("font-src", "data"),
            ("form-action", "https://evil.example/pay"),
            ("connect-src", "wss://evil.example/"),
        ],
        ..Pages::default()
    };
    pages.with_evidence(|evidence| {
        let suggestion = suggest(evidence);
        let fates = |policy: &Policy| {
            let replayed = replay(evidence, policy);
            replayed.iter().map(|report| report.fate).collect::<Vec<_>>()
        };
        use Fate::{Blocked, Passes, Unclear};
        let expected = [Passes, Blocked, Blocked, Unclear, Blocked, Passes, Passes, Blocked];
        assert_eq!(fates(&suggestion.now.policy()), expected);
        let expected = [Passes, Blocked, Blocked, Unclear, Blocked, Passes, Blocked, Blocked];
        assert_eq!(fates(&suggestion.strict.policy()), expected, "form-action is only tried");
    });
}

#[test]
fn the_current_policy_is_the_one_that_browsers_agree_on() {
    let seen = |text: &str, disposition, recent, clients| PagePolicy {
        recent,
        clients,
        ..page_policy(text, disposition)
    };
    let (enforced, tried) = (Disposition::Enforce, Disposition::Report);
    let check = |seen: &[PagePolicy], expected: &str| {
        let current = PagePolicy::choose_current(seen).map(|current| &current.policy);
        assert_eq!(current, Some(&Policy::parse(expected)));
    };
    check(&[seen("img-src a.example", enforced, 1, 1)], "img-src a.example");
    let before = seen("img-src a.example", enforced, 0, 900);
    let current = seen("img-src b.example", enforced, 30, 20);
    let stricter = seen("img-src 'none'", tried, 500, 90);
    let invented =
        PagePolicy { first_seen: TO, ..seen("img-src evil.example", enforced, 9_000, 1) };
    // As WebKit reports it.
    let unclear = PagePolicy { disposition: Disposition::Unknown, recent: 900, ..stricter.clone() };
    let with_hash = |hash: &str, policy| PagePolicy { hash: hash.to_owned(), ..policy };
    let [stricter, unclear] = [stricter, unclear].map(|policy| with_hash("2", policy));
    let current = with_hash("1", current);
    check(std::slice::from_ref(&unclear), "img-src 'none'");
    check(&[before, stricter, unclear, current, invented], "img-src b.example");
}

#[test]
fn integrity_is_enforced_once_every_trusted_script_has_it() {
    let pages = Pages::default();
    pages.with_evidence(|evidence| {
        let status = |url: &str| {
            let reports = [ReportSummary { kind: Kind::Integrity, ..report("", url) }];
            let inputs = Inputs { reports: &reports, ..evidence.inputs.clone() };
            IntegrityStatus::of(&PolicyEvidence::new(inputs), true)
        };
        assert_eq!(status("https://cdn.example/a.js"), IntegrityStatus::Missing(2));
        assert_eq!(status("https://evil.example/a.js"), IntegrityStatus::Complete);
        assert_eq!(IntegrityStatus::of(evidence, false), IntegrityStatus::NoReports);
        assert_eq!(IntegrityStatus::NoReports.header(), "Integrity-Policy-Report-Only");
        assert_eq!(IntegrityStatus::Complete.header(), "Integrity-Policy");
    });
}
