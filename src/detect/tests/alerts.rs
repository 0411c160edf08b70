//! What raises an alert, how urgent it is, and what it says.

use super::*;
use crate::decisions::{
    ApprovalTarget, Approvals, Decision, Decisions, Extent, INLINE, LearntDecision,
};

/// The alerts after a report of each of so many networks, ten minutes apart.
fn alerts_of(row: &Row<'_>, networks: u32) -> Vec<Alert> {
    let mut detector = Detector::default();
    let at = |network: u32| i64::from(network) * 600_000;
    (1..=networks)
        .flat_map(|network| observe(&mut detector, row, client(network, 1), at(network)))
        .collect()
}

#[test]
fn what_the_policy_allows_after_all_is_a_ticket_when_many_report_it() {
    let redirected =
        Row { verdict: Verdict::Impossible, reason: "allowed-by-policy", ..row("cdn.example") };
    assert_eq!(alerts_of(&redirected, 2), []);
    let alerts = alerts_of(&redirected, 9);
    assert_eq!(alerts.iter().map(|alert| alert.severity).collect::<Vec<_>>(), [Severity::Ticket]);
}

#[test]
fn what_few_visitors_bring_along_to_all_pages_waits_for_a_script_of_the_sites_own() {
    let mut detector = Detector::default();
    let plain_page = Row { page_group: "other", payment: false, ..row("adware.example") };
    let others = Row { verdict: Verdict::Own, destination: "", ..row("shop.example") };
    let hour = 3_600_000;
    observe(&mut detector, &plain_page, client(1, 1), 1);
    assert_eq!(observe(&mut detector, &row("adware.example"), client(1, 1), 2), []);
    for network in 2..40 {
        observe(&mut detector, &others, client(network, 1), 3);
    }
    assert_eq!(observe(&mut detector, &row("adware.example"), client(9, 1), hour), []);
    let by_own_script = Row { own_source: true, line: 3, ..row("adware.example") };
    for network in 40..43 {
        observe(&mut detector, &by_own_script, client(network, 1), 2 * hour);
    }
    let severity = site(&detector).foremost(1)[0].1.severity;
    assert_eq!(severity, Some(Severity::Page));
}

/// What an alert of nine clients says of a destination beside the usual.
#[track_caller]
fn check_said(row: &Row<'_>, severity: Severity, said: &[&str]) {
    let usual = ["on a page where cards are entered", "one visitor alone says so"];
    let alerts = alerts_of(row, 9);
    let last = alerts.last().expect("an alert");
    let mut reasons = last.reasons.iter().map(String::as_str).collect::<Vec<_>>();
    reasons.retain(|reason| !usual.contains(reason));
    assert_eq!((last.severity, &*reasons), (severity, said), "{}", row.reason);
}

#[test]
fn reasons_say_what_is_so() {
    let plain = row("evil.example");
    check_said(&plain, Severity::Page, &["3 visitors in 3 networks say so"]);
    let elsewhere = Row { reason: "allowed-for:img-src", ..plain.clone() };
    let said = ["4 visitors in 4 networks say so", "the policy allows it for something else"];
    check_said(&elsewhere, Severity::Ticket, &said);
    let sibling = Row { reason: "sibling-of-known", ..plain.clone() };
    let said = ["4 visitors in 4 networks say so", "it shares its domain with a known destination"];
    check_said(&sibling, Severity::Ticket, &said);
    let redirected = Row {
        verdict: Verdict::Impossible,
        reason: "allowed-by-policy",
        directive: "form-action",
        ..plain
    };
    let said = ["4 visitors say so", "the policy allows it, as where a redirect begins"];
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
fn the_visitors_own_network_is_no_flood_and_no_alert() {
    let mut detector = Detector::default();
    for network in 1..60 {
        let host = format!("10.0.{network}.1");
        let row = Row { reason: "local-address", blocked_host: &host, ..row("visitor-network") };
        assert_eq!(observe(&mut detector, &row, client(network, 1), i64::from(network)), []);
    }
    assert_eq!(site(&detector).len(), 1);
}

#[test]
fn a_harmless_explanation_beats_a_form() {
    let form = Row { directive: "form-action", ..row("shop.example") };
    let redirected =
        Row { verdict: Verdict::Impossible, reason: "allowed-by-policy", ..form.clone() };
    let local = Row { reason: "local-address", ..form.clone() };
    assert_eq!(severity_after(&redirected, &networks(9)), Some(Severity::Ticket));
    assert_eq!(severity_after(&local, &networks(9)), None, "no thief is there");
    assert_eq!(severity_after(&form, &networks(1)), Some(Severity::Page));
}

#[test]
fn what_people_decided_about_takes_up_no_other_destination() {
    let mut detector = Detector::default();
    let form = |destination| Row { directive: "form-action", ..row(destination) };
    // The same visitor reports both.
    assert_eq!(observe(&mut detector, &form("ours.example"), client(1, 1), 1).len(), 1);
    assert_eq!(observe(&mut detector, &form("evil.example"), client(1, 1), 2), []);
    detector.sites.get_mut("shop").expect("it is there").forget(|name, _| name == "ours.example");
    let alerts = observe(&mut detector, &form("evil.example"), client(1, 1), 3);
    assert_eq!(alerts.first().map(|alert| &*alert.destination), Some("evil.example"));
}

/// Of these destinations, the alerts that the log has.
fn logged(detector: &Detector) -> Vec<String> {
    detector.alerts().map(|raised| raised.alert.destination.clone()).collect()
}

#[test]
fn a_decision_about_the_leader_raises_the_alert_of_the_next_at_once() {
    for decided in [Decision::Approve, Decision::Ignore, Decision::Forget] {
        let mut detector = Detector::default();
        let form = |destination| Row { directive: "form-action", ..row(destination) };
        for (at, destination) in (1..).zip(["one.example", "two.example", "three.example"]) {
            observe(&mut detector, &form(destination), client(1, 1), at);
        }
        assert_eq!(logged(&detector), ["one.example"]);
        let mut decisions = Decisions::default();
        let now = Timestamp::from_millis(60_000);
        let about = LearntDecision { decision: decided, by: "ada", until: None, decided: now };
        decisions.learn(("shop", "one.example"), Extent::default(), about, now);
        detector.apply_decisions(&decisions, now);
        let raised = logged(&detector);
        assert_eq!(raised.len(), 2, "the others are one finding: {raised:?}");
        assert_eq!(detector.unstored_alerts().0.len(), 2, "it is stored like any other");
        let shown = site(&detector).foremost(9);
        for (key, state) in &shown {
            assert_eq!(site(&detector).finding_of(key, state).leader, raised[1]);
        }
        assert_eq!(shown.len(), 2);
        detector.apply_decisions(&decisions, now);
        assert_eq!(logged(&detector).len(), 2, "once");
    }
}

#[test]
fn a_limited_approval_ends_the_alert_that_it_covers_and_no_other() {
    let mut detector = Detector::default();
    let form =
        |destination, page_group| Row { directive: "form-action", page_group, ..row(destination) };
    let connect = |destination| Row { pan_in_url: true, ..row(destination) };
    observe(&mut detector, &form("one.example", "payment"), client(1, 1), 1);
    observe(&mut detector, &form("two.example", "payment"), client(2, 1), 2);
    observe(&mut detector, &connect("two.example"), client(2, 1), 3);
    observe(&mut detector, &form("one.example", "account"), client(3, 1), 4);
    assert_eq!(site(&detector).len(), 3);
    let (mut decisions, now) = (Decisions::default(), Timestamp::from_millis(60_000));
    for destination in ["one.example", "two.example"] {
        let (decision, by) = (Decision::Approve, "ada");
        let approve = LearntDecision { decision, by, until: None, decided: now };
        let extent = Extent::of("form-action", "payment");
        decisions.learn(("shop", destination), extent, approve, now);
    }
    detector.apply_decisions(&decisions, now);
    let mut left: Vec<_> =
        site(&detector).iter().map(|(key, _)| (&*key.page_group, &*key.destination)).collect();
    left.sort_unstable();
    assert_eq!(left, [("account", "one.example"), ("payment", "two.example")]);
    let settled = |detector: &Detector| {
        let parts = detector.sites().flat_map(|(_, state)| state.settled_parts());
        let parts = parts.map(|(key, _)| format!("{} {}", key.page_group, key.destination));
        let mut parts: Vec<_> = parts.collect();
        parts.sort_unstable();
        parts
    };
    assert_eq!(settled(&detector), ["payment one.example"]);
    assert_eq!(detector.recent_decisions(), [], "they would end what they do not cover");
    // The memory has by what they were seen.
    let (mut detector, _) = Detector::decode(&detector.encode(0)).expect("it was just written");
    let approve =
        LearntDecision { decision: Decision::Approve, by: "ada", until: None, decided: now };
    decisions.learn(("shop", "two.example"), Extent::of("connect-src", ""), approve, now);
    detector.apply_decisions(&decisions, now);
    let left: Vec<_> = site(&detector).iter().map(|(key, _)| &*key.page_group).collect();
    assert_eq!(left, ["account"], "both approvals together cover the other");
    assert_eq!(settled(&detector), ["payment one.example", "payment two.example"]);
}

#[test]
fn a_page_of_one_network_is_raised_again_when_more_confirms_it_later() {
    let hour = 3_600_000;
    let form = Row { directive: "form-action", ..row("evil.example") };
    let script = Row { own_source: true, line: 3, ..row("evil.example") };
    let card = Row { pan_in_url: true, ..row("evil.example") };
    for (confirming, network) in [(&script, 2), (&form, 2), (&card, 1)] {
        let mut detector = Detector::default();
        let mut alerts = Vec::new();
        // One report every twelve hours keeps the page open.
        for times in 0..6 {
            alerts.extend(observe(&mut detector, &form, client(1, 1), times * 12 * hour));
        }
        assert_eq!(alerts.len(), 1);
        for times in 0..3 {
            let at = (61 + times) * hour;
            alerts.extend(observe(&mut detector, confirming, client(network, 1), at));
        }
        assert_eq!(alerts.len(), 2, "once");
        assert_eq!(alerts[1].severity, Severity::Page);
        assert!(alerts[1].reasons.iter().any(|reason| reason.contains("confirm")), "{alerts:?}");
        let (key, state) = site(&detector).foremost(1)[0];
        assert!(site(&detector).finding_of(key, state).is_confirmed);
    }
}

#[test]
fn a_theft_that_begins_under_an_open_page_about_a_tag_of_all_visitors_is_news() {
    let minute = 60_000;
    let tag = Row { own_source: true, line: 5, source_path: "/tags.js", ..row("tag.example") };
    let thefts = [
        (Row { directive: "form-action", ..row("thief.example") }, 1),
        (Row { pan_in_url: true, ..row("thief.example") }, 1),
        (Row { own_source: true, line: 9, source_path: "/app.js", ..row("thief.example") }, 2),
        // Out of the same place in the same script.
        (Row { own_source: true, line: 5, source_path: "/tags.js", ..row("thief.example") }, 2),
        // No report names a script: a ticket first.
        (row("thief.example"), 2),
    ];
    for (theft, at_victim) in thefts {
        let mut detector = Detector::default();
        let mut victim = None;
        for visitor in 0..60 {
            let at = i64::from(visitor) * 5 * minute;
            observe(&mut detector, &tag, client(visitor, 1), at);
            if visitor < 10 {
                continue;
            }
            let alerts = observe(&mut detector, &theft, client(visitor, 1), at + 1_000);
            if alerts.iter().any(|alert| alert.destination == "thief.example") {
                victim = victim.or(Some(visitor - 9));
            }
        }
        assert_eq!(victim, Some(at_victim), "{theft:?}");
    }
}

/// Inline code in the payment page.
fn code(line: u32) -> Row<'static> {
    Row {
        verdict: Verdict::Inline,
        directive: "script-src-elem",
        destination: "",
        blocked_scheme: "inline",
        blocked_host: "",
        blocked_path: "",
        source_host: "shop.example",
        source_path: "/checkout",
        sample: "(function(){",
        line,
        ..row("")
    }
}

#[test]
fn code_that_every_buyer_reports_is_a_ticket_and_then_a_page() {
    let alerts = alerts_of(&code(14), 9);
    let said: Vec<_> = alerts.iter().map(|alert| (alert.kind, alert.severity)).collect();
    let kind = AlertKind::InlineScript;
    assert_eq!(said, [(kind, Severity::Ticket), (kind, Severity::Page)]);
    let reason = "inline code in shop.example/checkout, line 14, it begins with (function(){";
    assert!(alerts[0].reasons.iter().any(|said| said == reason), "{:?}", alerts[0].reasons);
    let elsewhere = Row { payment: false, page_group: "other", ..code(14) };
    assert_eq!(alerts_of(&elsewhere, 9), []);
    let style = Row { directive: "style-src-attr", ..code(14) };
    assert_eq!(alerts_of(&style, 9), []);
}

#[test]
fn other_code_is_a_finding_of_its_own_and_an_alert_while_the_first_fires() {
    let mut detector = Detector::default();
    let mut raised = Vec::new();
    let text = Row { blocked_scheme: "eval", directive: "script-src", ..code(80) };
    for (row, networks) in [(code(14), 1..=5), (text, 11..=15)] {
        for network in networks {
            let at = i64::from(network) * 600_000;
            raised.extend(observe(&mut detector, &row, client(network, 1), at));
        }
    }
    let (_, state) = detector.sites().next().expect("one site");
    let findings = state.unexpected_code(9);
    assert_eq!(findings.len(), 2, "{findings:?}");
    for finding in &findings {
        let name = format!("finding {}", finding.leader);
        assert!(raised.iter().any(|alert| alert.reasons.contains(&name)), "{name}: {raised:?}");
    }
    assert_eq!(state.unexpected_code(1), findings[..1]);
}

#[test]
fn the_parts_of_an_alert_add_up_to_its_score() {
    let by_own_script = Row { own_source: true, line: 3, ..row("evil.example") };
    let alert = alerts_of(&by_own_script, 3).pop().expect("a page");
    let sum: f64 = alert.evidence.iter().map(|part| part.weight).sum();
    assert!((sum - alert.score.expect("a score")).abs() < 1e-9);
    let parts: Vec<&str> = alert.evidence.iter().map(|part| &*part.part).collect();
    assert_eq!(parts, ["prevalence", "script"]);
}

#[test]
fn an_alert_says_which_release_it_follows() {
    let at = |minutes: i64| 1_800_000_000_000 + 60_000 * minutes;
    let form = |destination| Row { directive: "form-action", ..row(destination) };
    let release = |minutes, version: &str| {
        let at = Timestamp::from_millis(at(minutes));
        ("shop".to_owned(), NotedRelease { at, version: version.to_owned() })
    };
    let mut detector = Detector::default();
    let said = |alerts: &[Alert]| alerts[0].reasons.join("; ");
    let before = observe(&mut detector, &form("before.example"), client(1, 1), at(0));
    assert!(!said(&before).contains("release"), "{before:?}");
    detector.set_releases([release(1, "1.42")].into_iter());
    let after = observe(&mut detector, &form("after.example"), client(2, 1), at(5));
    assert!(said(&after).contains("first reported 4 min after the release 1.42"), "{after:?}");
    assert_eq!(before[0].score, after[0].score, "it weighs nothing");
    let (_, site) = detector.sites().next().unwrap();
    let [of_before, of_after] = [0, 5].map(|minutes| Timestamp::from_millis(at(minutes)));
    assert!(site.follows_release(of_after) && !site.follows_release(of_before));
}

/// What the client script reports of an inline script on the payment page.
fn inline_script(detail: &str) -> Row<'_> {
    Row {
        kind: Kind::InlineHash,
        directive: "script-src-elem",
        verdict: Verdict::Other,
        blocked_scheme: "inline",
        blocked_host: "",
        blocked_path: "",
        document_path: "",
        detail,
        ..row("")
    }
}

#[test]
fn an_inline_script_is_missed_where_scripts_are_approved_and_two_networks_report_it() {
    let mut detector = Detector::default();
    let alerts = |detector: &mut Detector, hash, network, at| {
        let alerts = observe(detector, &inline_script(hash), client(network, 1), at);
        alerts.into_iter().map(|alert| (alert.kind, alert.reasons.join(", "))).collect::<Vec<_>>()
    };
    for network in [1, 2] {
        assert_eq!(alerts(&mut detector, "sha256-a", network, 1), [], "nobody approves scripts");
    }
    let approve = |hash| {
        let mut approvals = Approvals::default();
        let (site, page_group) = ("shop", "payment");
        approvals.add(ApprovalTarget { site, page_group, host: "", path: INLINE, hash });
        approvals
    };
    detector.set_approvals(approve("sha256-a"));
    for (hash, network) in [("sha256-a", 1), ("sha256-a", 2), ("sha256-b", 1), ("sha256-b", 1)] {
        assert_eq!(alerts(&mut detector, hash, network, 2), [], "approved, or of one network");
    }
    assert_eq!(alerts(&mut detector, "", 2, 3), [], "what is no hash is no script");
    let reason = "inline (sha256-b) runs there, and nobody approved it".to_owned();
    let expected = [(AlertKind::ScriptUnapproved, reason)];
    assert_eq!(alerts(&mut detector, "sha256-b", 2, 4), expected);
    let missed = |detector: &Detector| {
        let missed = detector.sites().next().expect("one site").1.unapproved_scripts();
        missed.map(|((group, host), _)| format!("{group} {host}")).collect::<Vec<_>>()
    };
    assert_eq!(missed(&detector), ["payment inline"]);
    for network in [1, 2] {
        assert_eq!(alerts(&mut detector, "unlisted", network, 5), [], "the alert is there already");
    }
    detector.set_approvals(approve("sha256-b"));
    assert_eq!(missed(&detector), ["payment inline"], "those beyond the listed ones");
    detector.set_approvals(approve(""));
    assert_eq!(missed(&detector), Vec::<String>::new(), "whatever they hold");
}
