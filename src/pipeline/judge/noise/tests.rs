use super::*;
use crate::base::clock::Timestamp;
use crate::config::Config;
use crate::config::KeepQuery;
use crate::pipeline::decode::decode;
use crate::pipeline::normalise::{Envelope, normalise};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";
const CHROMIUM: &str = "Mozilla/5.0 AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36";

fn config(text: &str) -> Config {
    Config::from_text("test", text, &Default::default()).expect("it is right")
}

/// What the built-in rules say of a report: `noise ID`, `unproven ID` or nothing.
fn found(rules: &NoiseRules, user_agent: &str, payment: bool, fields: &[(&str, &str)]) -> String {
    let mut body = serde_json::json!({ "document-uri": "https://shop.example/" });
    for (key, value) in fields {
        body[*key] = (*value).into();
    }
    let body = serde_json::json!({ "csp-report": body }).to_string();
    let wire = decode(&body, 1).reports.pop().expect("a report");
    let report = normalise(
        wire,
        Envelope { received: Timestamp(0), user_agent, keep_query: &KeepQuery::None },
    );
    match rules.find(&report, payment) {
        Some(NoiseMatch::Noise(id)) => format!("noise {id}"),
        Some(NoiseMatch::Unproven(id)) => format!("unproven {id}"),
        None => String::new(),
    }
}

#[track_caller]
fn check(blocked: &str, directive: &str, source: &str, elsewhere: &str, payment: &str) {
    let rules = NoiseRules::new(&config("").noise);
    let fields =
        [("blocked-uri", blocked), ("effective-directive", directive), ("source-file", source)];
    assert_eq!(found(&rules, CHROMIUM, false, &fields), elsewhere, "elsewhere");
    assert_eq!(found(&rules, CHROMIUM, true, &fields), payment, "on a payment page");
}

#[test]
fn every_rule_names_its_example_and_no_other_does_before() {
    let config = config("");
    let rules = NoiseRules::new(&config.noise);
    for rule in &config.noise {
        let is_firefox = rule.engine.contains(&crate::report::Engine::Firefox);
        let fields = [
            ("blocked-uri", rule.example.blocked.as_str()),
            ("effective-directive", &rule.example.directive),
            ("source-file", &rule.example.source),
            ("script-sample", &rule.example.sample),
        ];
        let user_agent = if is_firefox { FIREFOX } else { CHROMIUM };
        assert_eq!(found(&rules, user_agent, false, &fields), format!("noise {}", rule.id));
    }
}

#[test]
fn nothing_of_a_thief_is_noise() {
    for source in ["", "https://shop.example/a.js", "https://evil.example/a.js"] {
        check("https://evil.example/c", "connect-src", source, "", "");
        check("https://evil.kaspersky-labs.com.example/", "img-src", source, "", "");
        check("https://d111.cloudfront.net/x", "script-src-elem", source, "", "");
        check("https://www.google-analytics.com/collect", "connect-src", source, "", "");
        check("https://evil.s3.amazonaws.com/js-cache/", "img-src", source, "", "");
        check("inline", "script-src-elem", source, "", "");
    }
}

#[test]
fn a_script_that_calls_itself_an_extension_proves_nothing_where_cards_are_entered() {
    let evil = "https://evil.example/c";
    let source = "chrome-extension";
    check(evil, "connect-src", source, "noise extension-source", "unproven extension-source");
    check(evil, "form-action", source, "", "");
    check("https://evil.example/?c=4111111111111111", "img-src", source, "", "");
    check("inline", "script-src", source, "noise extension-source", "noise extension-source");
    check(evil, "img-src", "resource", "", "");
    check("https://yellowads.men/c", "connect-src", "", "noise adware", "unproven adware");

    // Firefox reports the true source; a proven rule goes before an unproven one.
    let rules = NoiseRules::new(&config("").noise);
    let fields = |source| {
        [("blocked-uri", evil), ("effective-directive", "connect-src"), ("source-file", source)]
    };
    let firefox = |source| found(&rules, FIREFOX, true, &fields(source));
    assert_eq!(firefox("moz-extension"), "noise extension-source-firefox");
    assert_eq!(firefox("resource"), "", "the page's icon");
    assert_eq!(firefox("chrome-extension"), "unproven extension-source");
    let kaspersky = "https://gc.kis.v2.scr.kaspersky-labs.com/a";
    check(kaspersky, "connect-src", source, "noise extension-source", "noise antivirus");
}

#[test]
fn a_sample_silences_no_destination() {
    let rules = NoiseRules::new(&config("").noise);
    let fields = |blocked| {
        [
            ("blocked-uri", blocked),
            ("effective-directive", "script-src"),
            ("script-sample", "(function(vimiumOnClickAttributeName) {"),
        ]
    };
    assert_eq!(found(&rules, "", false, &fields("inline")), "noise extension-inline");
    assert_eq!(found(&rules, "", false, &fields("https://evil.example/")), "");
}

#[test]
fn without_the_builtin_rules_nothing_is_noise() {
    let rules = NoiseRules::new(&config("[noise]\nbuiltin = false").noise);
    assert_eq!(found(&rules, "", false, &[("blocked-uri", "chrome-extension")]), "");
}
