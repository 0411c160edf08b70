use std::sync::Arc;

use super::*;
use crate::config::Config;

const SHOP: &str = "[[site]]\nname = \"shop\"\nhosts = [\"shop.example\"]\nknown = [\"known.example\"]\n\
                    [[site.page_group]]\nname = \"payment\"\npaths = [\"/checkout*\"]\npayment = true\n";

fn config(rules: &str) -> Config {
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("rules.toml");
    std::fs::write(&file, rules).expect("written");
    let text = format!("[noise]\nbuiltin = false\nrules = {file:?}\n{SHOP}");
    Config::from_text("t", &text, &Default::default()).expect("it is right")
}

fn rule(id: &str, conditions: &str) -> String {
    format!("[[rule]]\nid = \"{id}\"\nreason = \"r\"\nsource = \"s\"\n{conditions}\n")
}

fn violation(host: &str, page: &str, reason: &str) -> StoredViolation {
    StoredViolation {
        site: "shop".into(),
        kind: "csp".into(),
        disposition: "enforce".into(),
        directive: "connect-src".into(),
        verdict: "unknown".into(),
        reason: reason.into(),
        destination: host.into(),
        blocked_scheme: "https".into(),
        blocked_host: host.into(),
        blocked_path: "/".into(),
        document_host: "shop.example".into(),
        document_path: page.into(),
        engine: "chromium".into(),
        reports: 10,
        ..StoredViolation::default()
    }
}

/// What another list changes about violations, in words.
fn changes(running: &str, new: &str, violations: &[StoredViolation]) -> (Vec<String>, u64) {
    let (running, new) = (config(running), config(new));
    let judging = JudgingRules::new(&running, Arc::default());
    let mut trial = RuleTrial::new(&judging, &running.noise.rules, &new.noise.rules);
    violations.iter().for_each(|violation| trial.observe(violation, ""));
    let changes = trial.changes.iter().map(|(change, occurrences)| {
        let Change { payment, destination, before, after, .. } = change;
        let Occurrences { violations, reports } = occurrences;
        format!("{payment} {destination} {before:?} {after:?} {violations} {reports}")
    });
    (changes.collect(), trial.undecided.violations)
}

#[test]
fn what_becomes_noise_and_what_ceases_to_be() {
    let a = rule("a", "blocked_host = [\"a.example\", \"known.example\"]");
    let b = rule("b", "blocked_host = [\"b.example\"]\npayment_pages = \"owner-keeps-host\"");
    let violations = [
        violation("a.example", "/", "a"),
        violation("a.example", "/checkout", "unproven:a"),
        violation("b.example", "/", "unlisted"),
        violation("b.example", "/checkout", "unlisted"),
        violation("b.example", "/checkout/2", "unlisted"),
        violation("known.example", "/", "configured"),
        violation("c.example", "/", "unlisted"),
    ];
    let (found, undecided) = changes(&a, &b, &violations);
    let expected = [
        "false a.example Noise(\"a\") Nothing 1 10",
        "false b.example Nothing Noise(\"b\") 1 10",
        "true a.example Unproven(\"a\") Nothing 1 10",
        "true b.example Nothing Noise(\"b\") 2 20",
    ];
    assert_eq!((found, undecided), (expected.map(str::to_owned).to_vec(), 0));
    assert_eq!(changes(&a, &a, &violations).0, Vec::<String>::new());
}

#[test]
fn what_depends_on_the_user_agent_is_counted_apart() {
    let app = rule("app", "blocked_host = [\"a.example\"]\nuser_agent_contains = [\"OneApp/\"]");
    let seen = violation("a.example", "/", "app");
    let not_seen = violation("a.example", "/", "unlisted");
    let other = violation("b.example", "/", "unlisted");
    let all = [seen, not_seen, other];
    // Of the one that the rule matched, its User-Agent is known.
    let expected = vec!["false a.example Noise(\"app\") Nothing 1 10".to_owned()];
    assert_eq!(changes(&app, "", &all), (expected, 1));
    let expected = vec!["false a.example Nothing Noise(\"app\") 1 10".to_owned()];
    assert_eq!(changes("", &app, &all), (expected, 1));
    assert_eq!(changes(&app, &app, &all), (Vec::new(), 0));
}

#[test]
fn rules_that_match_nothing_are_named() {
    let rules = config(
        &(rule("a", "blocked_host = [\"a.example\"]") + &rule("b", "blocked_scheme = [\"gsa\"]")),
    );
    let judging = JudgingRules::new(&rules, Arc::default());
    let mut trial = RuleTrial::new(&judging, &[], &rules.noise.rules);
    trial.observe(&violation("a.example", "/", "unlisted"), "");
    assert_eq!(never_matched(&rules.noise.rules, trial.matched()), ["b"]);
}
