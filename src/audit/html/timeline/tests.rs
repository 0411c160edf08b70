use super::*;
use crate::base::clock::MILLISECOND;

fn span(from: i64, to: i64) -> Span {
    (Timestamp::from_hour(from), Timestamp::from_hour(to))
}

fn timeline(rows: Vec<TimelineRow>) -> String {
    let (title, description) = ("When", "What \"it\" shows");
    let (bars, gaps, gap, rest) = ("reports", "nothing at all", "nothing", "other reports");
    let tone = Tone::Alarm;
    let timeline = Timeline { id: "when", title, description, tone, bars, gaps, gap, rest, rows };
    timeline.markup().into_string()
}

fn row(label: &str, bars: Vec<Span>) -> TimelineRow {
    TimelineRow { label: label.to_owned(), whole: span(0, 24), bars, gaps: vec![span(2, 9)] }
}

#[test]
fn bars_and_gaps_are_drawn_and_described() {
    let picture = timeline(vec![row("payment", vec![span(1, 2), span(10, 11)])]);
    assert_eq!(picture.matches("fill=\"#7a1414\"").count(), 3, "two and the legend: {picture}");
    assert!(
        picture.contains("<title>reports: 1970-01-01 01:00:00 to 1970-01-01 02:00:00 UTC</title>")
    );
    assert!(picture.contains("<title>nothing at all: 1970-01-01 02:00:00"), "{picture}");
    assert!(picture.contains(">nothing</text>"), "it has a name: {picture}");
    assert!(picture.contains("aria-labelledby=\"when-title when-desc\""), "{picture}");
    assert!(picture.contains("<desc id=\"when-desc\">What &quot;it&quot; shows</desc>"));
}

#[test]
fn bars_that_touch_are_joined() {
    let minutes: Vec<Span> = (0..600)
        .map(|minute| Timestamp::from_seconds(60 * minute))
        .map(|minute| (minute, minute + MILLISECOND))
        .collect();
    let picture = timeline(vec![row("payment", minutes)]);
    assert_eq!(picture.matches("fill=\"#7a1414\"").count(), 2, "{picture}");
    assert!(picture.contains("(600 periods)"), "{picture}");
}

#[test]
fn labels_and_rows_are_bounded_and_labels_are_text() {
    let picture = timeline(vec![row("<a group whose name does not end>", Vec::new())]);
    assert!(picture.contains("&lt;a group whose name …"), "{picture}");
    let picture = timeline((0..50).map(|_| row("x", Vec::new())).collect());
    assert!(picture.contains("the first 30 of 50 rows"));
    assert_eq!(picture.matches(">x</text>").count(), ROWS_MAX);
}
