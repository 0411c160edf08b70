use super::*;
use crate::base::clock::HOUR;
use crate::base::drill::DrillRoute;
use crate::decisions::{Decision, Decisions, Extent, LearntDecision};

const BEGAN: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn key() -> DrillKey {
    DrillKey::derive(b"secret")
}

fn detector() -> Detector {
    let mut detector = Detector::default();
    detector.set_drill_key(key());
    detector
}

fn name(after: i64) -> String {
    key().name("shop", (BEGAN + HOUR).moved(after), DrillRoute::Own)
}

fn form(destination: &str) -> Row<'_> {
    Row { directive: "form-action", ..row(destination) }
}

fn drills(detector: &Detector) -> Vec<(String, Option<Severity>)> {
    let of = detector.sites().flat_map(|(_, site)| site.drills(9));
    of.map(|(key, state)| (key.destination.to_string(), state.severity)).collect()
}

#[test]
fn a_drill_is_an_alert_and_nothing_else_learns_of_it() {
    let (mut detector, drill) = (detector(), name(0));
    let alerts = observe(&mut detector, &form(&drill), client(1, 1), BEGAN.millis());
    assert_eq!(alerts.len(), 1);
    let alert = &alerts[0];
    assert_eq!((alert.kind, alert.severity), (AlertKind::Drill, Severity::Page));
    assert_eq!(alert.destination, drill);
    assert!(alert.reasons.iter().any(|reason| reason.starts_with("a drill")), "{alert:?}");
    assert_eq!(drills(&detector), [(drill.clone(), Some(Severity::Page))]);
    assert!(site(&detector).is_empty());
    let (_, state) = detector.sites().next().unwrap();
    assert_eq!((state.last_flood(), state.last_digest()), (None, None));
    // On pages without cards it is a ticket, as a theft would be.
    let (elsewhere, mut detector) = (Row { payment: false, ..form(&drill) }, self::detector());
    observe(&mut detector, &elsewhere, client(1, 1), BEGAN.millis());
    assert_eq!(drills(&detector)[0].1, Some(Severity::Ticket));
}

#[test]
fn whatever_is_no_drill_of_this_site_is_an_unknown_destination() {
    let genuine = name(0);
    let forged = genuine.replacen("drill-da", "drill-db", 1);
    let of_another = DrillKey::derive(b"another").name("shop", BEGAN + HOUR, DrillRoute::Own);
    let other_site = key().name("other", BEGAN + HOUR, DrillRoute::Own);
    let late = key().name("shop", BEGAN.moved(-1), DrillRoute::Own);
    for destination in [&forged, &of_another, &other_site, &late] {
        let mut detector = detector();
        let alerts = observe(&mut detector, &form(destination), client(1, 1), BEGAN.millis());
        assert_eq!(alerts[0].kind, AlertKind::UnknownDestination, "{destination}");
        assert!(drills(&detector).is_empty());
        assert_eq!(site(&detector).len(), 1);
    }
    // A detector without a key has no drills: the trace of `backtest` comes from anywhere.
    let mut without = Detector::default();
    observe(&mut without, &form(&genuine), client(1, 1), BEGAN.millis());
    assert!(drills(&without).is_empty());
}

#[test]
fn neither_drills_nor_thefts_hide_among_each_other() {
    let mut detector = detector();
    let at = |minutes: i64| BEGAN.millis() + 60_000 * minutes;
    for (minutes, drill) in [(0, name(0)), (1, name(1)), (2, name(2)), (3, name(3))] {
        let alerts = observe(&mut detector, &form(&drill), client(1, 1), at(minutes));
        assert_eq!(alerts.len(), 1, "each is an alert of its own");
        assert!(alerts[0].destinations.is_empty());
    }
    // The machine that the drills came from is a victim now.
    let theft = observe(&mut detector, &form("evil.example"), client(1, 1), at(4));
    assert_eq!((theft[0].kind, theft[0].severity), (AlertKind::UnknownDestination, Severity::Page));
    assert!(theft[0].destinations.is_empty(), "{theft:?}");
    assert_eq!(site(&detector).len(), 1);
}

#[test]
fn a_drill_is_over_when_somebody_decides_so() {
    let (mut detector, drill) = (detector(), name(0));
    observe(&mut detector, &form(&drill), client(1, 1), BEGAN.millis());
    let mut decisions = Decisions::default();
    let (decided, now) = (BEGAN.moved(60_000), BEGAN.moved(61_000));
    let over = LearntDecision { decision: Decision::Ignore, by: "drill", until: None, decided };
    decisions.learn(("shop", &drill), Extent::default(), over, now);
    detector.apply_decisions(&decisions, now);
    assert!(drills(&detector).is_empty());
    // What is delivered again is judged by the decision.
    let late = Row { verdict: Verdict::Noise, ..form(&drill) };
    assert_eq!(observe(&mut detector, &late, client(1, 1), now.millis()), []);
    assert!(drills(&detector).is_empty());
}
