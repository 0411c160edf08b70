mod servo;

use std::collections::HashMap;

use url::Url;

use super::*;
use crate::base::clock::{MILLISECOND, Timestamp, days};
use crate::config::Config;
use crate::csp::Policy;
use crate::decisions::{Decision, ThreatLists};
use crate::pipeline::judge::{Site, Sites};
use crate::report::{Disposition, Kind, Place, Verdict};

const TO: Timestamp = Timestamp::from_seconds(1_800_000_000);
const FROM: Timestamp = Timestamp::from_seconds(1_800_000_000 - 30 * 86_400);
const REPORTED: &str = "'report-sample' 'report-sha256'";

/// A page group of a shop, as the tests tell of it.
#[derive(Default)]
struct Pages<'a> {
    present: Option<&'a str>,
    /// Report-only policies over the whole range.
    tried: &'a [&'a str],
    /// The effective directive, and what was blocked.
    reported: &'a [(&'a str, &'a str)],
    approved: &'a [&'a str],
    ignored: &'a [&'a str],
    listed: &'a str,
}

fn site() -> std::sync::Arc<Site> {
    let text = "[[site]]\nname = \"shop\"\nhosts = [\"shop.example\", \"*.shop.example\"]\n\
                known = [\"*.stripe.com\", \"cdn.example\", \"*.cloudfront.net\"]\n";
    let config = Config::from_text("test", text, &std::collections::BTreeMap::new()).unwrap();
    std::sync::Arc::clone(Sites::new(&config.sites).named("shop").unwrap())
}

fn carried(text: &str, disposition: Disposition) -> Carried {
    Carried {
        hash: "00ff".to_owned(),
        disposition,
        first_seen: FROM,
        last_seen: TO,
        ..Carried::given(text, TO)
    }
}

fn place(text: &str) -> Place<'static> {
    let Ok(url) = Url::parse(text) else {
        return Place { scheme: text.to_owned().into(), ..Place::default() };
    };
    Place {
        scheme: url.scheme().to_owned().into(),
        host: url.host_str().unwrap_or("").to_owned().into(),
        port: url.port().unwrap_or(0),
        path: url.path().to_owned().into(),
    }
}

fn reported(directive: &str, blocked: &str) -> Reported {
    Reported {
        kind: Kind::Csp,
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
    fn with<T>(&self, with: impl FnOnce(&Evidence<'_>) -> T) -> T {
        let site = site();
        let mut threats = ThreatLists::default();
        threats.add("skimmers", self.listed);
        let decided = |what: &[&str], decision| {
            let decided = what.iter().map(move |name| {
                let (by, why) = ("ada".to_owned(), "a test".to_owned());
                ((*name).to_owned(), Decided { decision, by, why, at: FROM, until: None })
            });
            decided.collect::<Vec<_>>()
        };
        let decided: HashMap<_, _> = decided(self.approved, Decision::Approve)
            .into_iter()
            .chain(decided(self.ignored, Decision::Ignore))
            .collect();
        let present = self.present.map(|text| carried(text, Disposition::Enforce));
        let tried: Vec<_> =
            self.tried.iter().map(|text| carried(text, Disposition::Report)).collect();
        let reported: Vec<_> =
            self.reported.iter().map(|(directive, url)| reported(directive, url)).collect();
        with(&Evidence::new(Given {
            site: &site,
            decided: &decided,
            threats: &threats,
            now: TO,
            from: FROM,
            to: TO,
            present: present.as_ref(),
            others: tried.iter().collect(),
            reported: &reported,
        }))
    }

    /// What may be enforced now, and what is to be tried, as a person would write both by hand.
    #[track_caller]
    fn check(&self, now: &str, strict: &str) {
        let found = self.with(suggest);
        let spell = |text: &str| text.replace("REPORTED", REPORTED);
        assert_eq!(found.now.text(), spell(now), "now");
        assert_eq!(found.strict.text(), spell(strict), "strict");
    }
}

const ALONE: &str = "form-action 'self'; base-uri 'none'; frame-ancestors 'self'";

#[test]
fn what_is_own_known_or_approved_is_added_as_narrow_as_it_can_be() {
    let present = "default-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'";
    let now = "default-src 'self'; script-src 'self' https://cdn.example https://js.pay.example REPORTED; \
               img-src 'self' https://*.stripe.com; \
               connect-src 'self' https://api.shop.example:8443 https://d1.cloudfront.net wss://api.shop.example";
    let now = format!("{now}; {ALONE}");
    Pages {
        present: Some(present),
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
fn what_is_unknown_ignored_or_on_a_list_is_left_out_and_told() {
    let pages = Pages {
        present: Some(
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
    let now = format!("default-src 'self'; script-src 'self' REPORTED; {ALONE}");
    pages.check(&now, &now);
    let left_out = pages.with(suggest).left_out;
    let mut told: Vec<_> = left_out.iter().map(|it| (it.what.as_str(), it.doubt.clone())).collect();
    told.sort_by_key(|it| it.0.to_owned());
    assert_eq!(told[0], ("evil.example", Some(Doubt::Unknown)));
    assert_eq!(told[1], ("inline", None));
    assert_eq!(told[2], ("pay.example", Some(Doubt::Listed("skimmers".to_owned()))));
    assert!(matches!(&told[3], ("toolbar.example", Some(Doubt::Ignored(it))) if it.by == "ada"));
}

#[test]
fn an_approval_whose_time_is_over_counts_no_more() {
    let pages = Pages { approved: &["pay.example"], ..Pages::default() };
    pages.with(|evidence| {
        let of = |until| {
            let decided = evidence.given.decided.iter();
            let decided = decided.map(|(name, it)| (name.clone(), Decided { until, ..it.clone() }));
            let decided = decided.collect();
            let given = Given { decided: &decided, ..evidence.given.clone() };
            Evidence::new(given).of_host("js.pay.example", "shop.example").is_ok()
        };
        assert!(of(None) && of(Some(TO + MILLISECOND)));
        assert!(!of(Some(TO)));
    });
}

#[test]
fn narrow_sources_of_the_present_policy_stay_unless_reports_speak_against_them() {
    let present = "default-src 'none'; script-src 'nonce-' 'sha256-Ab=' https://old.example https://evil.example; \
                   img-src *.tracker.example; upgrade-insecure-requests; sandbox allow-scripts; \
                   form-action https://psp.example; base-uri 'self'; frame-ancestors 'none'";
    let pages = Pages {
        present: Some(present),
        reported: &[("script-src-elem", "https://evil.example/a.js")],
        ignored: &["tracker.example"],
        ..Pages::default()
    };
    let now = "default-src 'none'; script-src 'nonce-{RANDOM}' 'sha256-Ab=' https://old.example REPORTED; \
               form-action https://psp.example; base-uri 'self'; frame-ancestors 'none'; \
               upgrade-insecure-requests; sandbox allow-scripts";
    pages.check(now, now);
    assert_eq!(pages.with(suggest).dropped.len(), 2);
}

#[test]
fn what_is_broad_stays_until_it_is_tried() {
    let present = "default-src 'self'; script-src 'self' https: data: 'unsafe-inline' 'unsafe-eval'; \
                   img-src * data:; connect-src *.co.uk";
    let pages = Pages { present: Some(present), ..Pages::default() };
    pages.check(
        "default-src 'self'; script-src 'self' https: data: 'unsafe-inline' 'unsafe-eval' REPORTED; \
         img-src * data:; connect-src *.co.uk",
        &format!("default-src 'self'; script-src 'self' REPORTED; img-src 'self' data:; {ALONE}"),
    );
    let wide = pages.with(suggest).wide;
    let told: Vec<_> = wide
        .iter()
        .map(|it| (it.directive.as_str(), it.source.as_ref().map(spelled).unwrap_or_default()))
        .collect();
    let told: Vec<_> = told.iter().map(|(name, source)| format!("{name} {source}")).collect();
    assert_eq!(
        told,
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
    assert!(wide.iter().all(|it| it.state == State::Untried));
}

#[test]
fn what_was_tried_goes_unless_it_is_in_use() {
    let pages = Pages {
        present: Some("default-src https: 'unsafe-inline' 'unsafe-eval'"),
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
    let alone = "form-action 'self'; base-uri 'none'; frame-ancestors 'self'";
    pages.check(
        &format!(
            "default-src 'self' 'unsafe-inline'; \
             script-src 'self' 'unsafe-inline' https://cdn.example REPORTED; \
             img-src 'self' https://pics.example; {alone}"
        ),
        &format!(
            "default-src 'self'; script-src 'self' https://cdn.example REPORTED; \
             img-src 'self' https://pics.example; {alone}"
        ),
    );
    let wide = pages.with(suggest).wide;
    assert!(wide.iter().all(|it| it.state == State::InUse(2)), "{wide:?}");
}

#[test]
fn what_the_tried_policy_let_pass_apart_is_not_tried() {
    let alone = "form-action 'self'; base-uri 'none'; frame-ancestors 'self'";
    Pages {
        present: Some(&format!("default-src *; {alone}")),
        tried: &["default-src 'self'; img-src *; script-src 'self'; script-src-elem https:"],
        ..Pages::default()
    }
    .check(
        &format!(
            "default-src 'self'; script-src 'self' REPORTED; script-src-elem * REPORTED; img-src *; {alone}"
        ),
        &format!("default-src 'self'; script-src 'self' REPORTED; {alone}"),
    );
}

#[test]
fn a_policy_that_was_tried_for_a_part_of_the_range_shows_nothing() {
    let pages = Pages { present: Some("default-src *"), ..Pages::default() };
    let half =
        Carried { first_seen: TO - days(15), ..carried("default-src 'self'", Disposition::Report) };
    pages.with(|evidence| {
        let given = Given { others: vec![&half], reported: &[], ..evidence.given.clone() };
        let found = suggest(&Evidence::new(given));
        assert_eq!(found.now.text(), format!("default-src *; script-src * {REPORTED}"));
    });
}

#[test]
fn without_a_present_policy_it_begins_with_nothing() {
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
    let text = "default-src 'none'; script-src 'self' https://cdn.example REPORTED; img-src data:; \
                form-action 'self' https://psp.example; base-uri 'none'; frame-ancestors 'self'";
    pages.check(text, text);
    assert!(!pages.with(suggest).may_enforce);
}

#[test]
fn many_hosts_of_one_domain_become_the_domain() {
    let urls: Vec<_> = (0..12).map(|n| format!("https://h{n}.pay.example/")).collect();
    let mut reported: Vec<_> = urls.iter().map(|url| ("connect-src", url.as_str())).collect();
    reported.push(("connect-src", "https://pay.example/"));
    let alone = "form-action 'self'; base-uri 'none'; frame-ancestors 'self'";
    let now = format!(
        "default-src 'none'; script-src REPORTED; connect-src https://*.pay.example https://pay.example; {alone}"
    );
    let present = format!("default-src 'none'; {alone}");
    let pages = Pages {
        present: Some(&present),
        reported: &reported,
        approved: &["pay.example"],
        ..Pages::default()
    };
    pages.check(&now, &now);
}

#[test]
fn who_invents_addresses_fills_no_header() {
    let urls: Vec<_> = (0..500).map(|n| format!("https://shop.example:{}/", 1000 + n)).collect();
    let reported: Vec<_> = urls.iter().map(|url| ("img-src", url.as_str())).collect();
    let found = Pages { reported: &reported, ..Pages::default() }.with(suggest);
    assert_eq!(found.now.list("img-src").unwrap().entries.len(), 100);
    assert_eq!(found.beyond, [("img-src".to_owned(), 400)]);
}

#[test]
fn trusted_scripts_get_no_hosts_but_a_nonce() {
    let present = "script-src 'strict-dynamic' 'nonce-' https: 'unsafe-inline'; object-src 'none'; base-uri 'none'; \
                   form-action 'self'; frame-ancestors 'self'";
    let pages = Pages {
        present: Some(present),
        reported: &[("script-src-elem", "https://cdn.example/a.js")],
        ..Pages::default()
    };
    pages.check(
        "script-src 'strict-dynamic' 'nonce-{RANDOM}' https: 'unsafe-inline' REPORTED; object-src 'none'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
        "default-src 'self'; script-src 'strict-dynamic' 'nonce-{RANDOM}' https: 'unsafe-inline' REPORTED; \
         object-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
    );
    assert_eq!(pages.with(suggest).without_nonce.len(), 1);
}

#[test]
fn elements_and_attributes_stay_where_the_policy_tells_them_apart() {
    let alone = "form-action 'self'; base-uri 'none'; frame-ancestors 'self'";
    let present = format!("default-src 'none'; script-src 'none'; script-src-elem 'self'; {alone}");
    let now = format!(
        "default-src 'none'; script-src REPORTED; script-src-elem 'self' https://cdn.example REPORTED; {alone}"
    );
    Pages {
        present: Some(&present),
        reported: &[("script-src-elem", "https://cdn.example/a.js")],
        ..Pages::default()
    }
    .check(&now, &now);
}

#[test]
fn history_is_judged_by_what_is_suggested() {
    let pages = Pages {
        present: Some("default-src 'none'; style-src 'nonce-'"),
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
    pages.with(|evidence| {
        let made = suggest(evidence);
        let fates = |policy: &Policy| {
            let judged = history(evidence, policy);
            judged.iter().map(|it| it.fate).collect::<Vec<_>>()
        };
        use Fate::{Blocked, Passes, Unclear};
        let expected = [Passes, Blocked, Blocked, Unclear, Blocked, Passes, Passes, Blocked];
        assert_eq!(fates(&made.now.policy()), expected);
        let expected = [Passes, Blocked, Blocked, Unclear, Blocked, Passes, Blocked, Blocked];
        assert_eq!(fates(&made.strict.policy()), expected, "form-action is to be tried");
    });
}

#[test]
fn the_present_policy_is_the_one_that_browsers_agree_on() {
    let seen = |text: &str, disposition, recent, clients| Carried {
        recent,
        clients,
        ..carried(text, disposition)
    };
    let (enforced, tried) = (Disposition::Enforce, Disposition::Report);
    let check = |seen: &[Carried], expected: &str| {
        assert_eq!(Carried::present(seen).map(|it| &it.policy), Some(&Policy::parse(expected)));
    };
    check(&[seen("img-src a.example", enforced, 1, 1)], "img-src a.example");
    let before = seen("img-src a.example", enforced, 0, 900);
    let present = seen("img-src b.example", enforced, 30, 20);
    let stricter = seen("img-src 'none'", tried, 500, 90);
    let invented = Carried { first_seen: TO, ..seen("img-src evil.example", enforced, 9_000, 1) };
    // Told by WebKit.
    let unclear = Carried { disposition: Disposition::Unknown, recent: 900, ..stricter.clone() };
    let hashed = |hash: &str, it| Carried { hash: hash.to_owned(), ..it };
    let [stricter, unclear] = [stricter, unclear].map(|it| hashed("2", it));
    let present = hashed("1", present);
    check(std::slice::from_ref(&unclear), "img-src 'none'");
    check(&[before, stricter, unclear, present, invented], "img-src b.example");
}

#[test]
fn integrity_is_demanded_once_nothing_expected_lacks_it() {
    let pages = Pages::default();
    pages.with(|evidence| {
        let lacks = |url: &str| Reported { kind: Kind::Integrity, ..reported("", url) };
        let of = |url: &str, was_heard| {
            let reported = [lacks(url)];
            let given = Given { reported: &reported, ..evidence.given.clone() };
            Integrity::of(&Evidence::new(given), was_heard)
        };
        assert_eq!(of("https://cdn.example/a.js", true), Integrity::Lacking(2));
        assert_eq!(of("https://evil.example/a.js", true), Integrity::Complete);
        assert_eq!(Integrity::of(evidence, false), Integrity::Unheard);
        assert_eq!(Integrity::Unheard.header(), "Integrity-Policy-Report-Only");
        assert_eq!(Integrity::Complete.header(), "Integrity-Policy");
    });
}
