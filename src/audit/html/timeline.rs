//! A timeline: rows of bars on a common axis, as a picture (SVG 2) that is readable without colour and has no script.

mod axis;

use maud::{Markup, html};

use super::values::{count, moment};
use axis::Axis;

use crate::base::clock::Timestamp;

/// From one time to another.
pub type Span = (Timestamp, Timestamp);

/// A timeline to draw.
pub struct Timeline<'a> {
    /// An id that is unique on the page: letters only.
    pub id: &'a str,
    /// The title, for screen readers.
    pub title: &'a str,
    /// What the picture shows, in a sentence for screen readers.
    pub description: &'a str,
    /// What the bars mean.
    pub tone: Tone,
    /// The name of bars in the legend.
    pub bars: &'a str,
    /// The name of gaps in the legend.
    pub gaps: &'a str,
    /// The name of gaps in the picture.
    pub gap: &'a str,
    /// The name of the rest in the legend.
    pub rest: &'a str,
    /// The rows from top to bottom; at most [`ROWS_MAX`] are drawn.
    pub rows: Vec<TimelineRow>,
}

/// What bars mean, which is their colour. It has one meaning on all pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// An attack.
    Alarm,
    /// Things are as they should be.
    Calm,
}

impl Tone {
    fn colour(self) -> &'static str {
        match self {
            Self::Alarm => "#7a1414",
            Self::Calm => "#35607f",
        }
    }
}

/// A row of the picture.
pub struct TimelineRow {
    /// The name at its left.
    pub label: String,
    /// The time that the row covers.
    pub whole: Span,
    /// The bars, in the order of time.
    pub bars: Vec<Span>,
    /// The gaps, in the order of time.
    pub gaps: Vec<Span>,
}

/// The largest number of rows that are drawn, so that the picture fits on a printed sheet.
pub const ROWS_MAX: usize = 30;

// About a tenth of a point, so whole numbers are precise enough.
const WIDTH: i64 = 7200;
const LEFT: i64 = 1500;
const RIGHT: i64 = 6900;
const ROW: i64 = 340;
const BAR: i64 = 220;
const LEGEND: i64 = 320;
const AXIS: i64 = 260;
/// A shorter bar would be invisible.
const BAR_MIN: i64 = 24;
/// The width of a letter in the names.
const LETTER: i64 = 62;

impl Timeline<'_> {
    /// The picture.
    pub fn markup(&self) -> Markup {
        let rows = &self.rows[..self.rows.len().min(ROWS_MAX)];
        let spans = || self.rows.iter().flat_map(|row| row.bars.iter().chain([&row.whole]));
        let begin = spans().map(|span| span.0).min().unwrap_or_default();
        let end = spans().map(|span| span.1).max().unwrap_or_default();
        let axis = Axis::of(begin, end, LEFT, RIGHT);
        let bottom = LEGEND + ROW * i64::try_from(rows.len()).unwrap_or_default();
        let (title, description) = (format!("{}-title", self.id), format!("{}-desc", self.id));
        let hatch = format!("{}-hatch", self.id);
        html! {
            svg viewBox={ "0 0 " (WIDTH) " " (bottom + AXIS) } role="img" aria-labelledby={ (title) " " (description) }
                font-size="115" {
                title id=(title) { (self.title) }
                desc id=(description) { (self.description) }
                defs {
                    pattern id=(hatch) width="70" height="70" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                        rect width="70" height="70" fill="#fff" {}
                        rect width="20" height="70" fill="#777" {}
                    }
                }
                (self.legend(&hatch))
                (ticks(&axis, bottom))
                @for (place, row) in (0..).zip(rows) {
                    g transform={ "translate(0 " (LEGEND + place * ROW) ")" } { (self.row(row, &axis, &hatch)) }
                }
            }
            @if self.rows.len() > ROWS_MAX {
                p class="note" { "The picture has the first " (ROWS_MAX) " of " (self.rows.len()) " rows." }
            }
        }
    }

    fn legend(&self, hatch: &str) -> Markup {
        let hatched = format!("url(#{hatch})");
        let keys = [(self.tone.colour(), self.bars), (&hatched, self.gaps), ("#e6e6e6", self.rest)];
        let width = |words: &str| 260 + LETTER * length(words) + 200;
        let begins = keys.iter().scan(LEFT, |x, (_, words)| {
            let begin = *x;
            *x += width(words);
            Some(begin)
        });
        html! {
            @for (x, (fill, words)) in begins.zip(keys) {
                rect x=(x) y="40" width="180" height="120" fill=(fill) stroke="#444" stroke-width="6" {}
                text x=(x + 240) y="142" fill="#1a1a1a" { (words) }
            }
        }
    }

    fn row(&self, row: &TimelineRow, axis: &Axis, hatch: &str) -> Markup {
        let top = (ROW - BAR) / 2;
        let band = |span: Span| (axis.x(span.0), (axis.x(span.1) - axis.x(span.0)).max(BAR_MIN));
        let (x, width) = band(row.whole);
        let period = |span: Span| format!("{} to {} UTC", moment(span.0), moment(span.1));
        html! {
            text x=(LEFT - 100) y=(ROW / 2 + 40) text-anchor="end" fill="#1a1a1a" { (shortened(&row.label)) }
            rect x=(x) y=(top) width=(width) height=(BAR) fill="#e6e6e6" stroke="#999" stroke-width="4" {}
            @for (span, _) in drawn(&row.gaps, axis) {
                @let (x, width) = band(span);
                rect x=(x) y=(top) width=(width) height=(BAR) fill={ "url(#" (hatch) ")" } stroke="#777" stroke-width="4" {
                    title { (self.gaps) ": " (period(span)) }
                }
                @if width > LETTER * length(self.gap) + 160 {
                    text x=(x + width / 2) y=(ROW / 2 + 36) text-anchor="middle" font-size="100" fill="#1a1a1a"
                        stroke="#fff" stroke-width="50" paint-order="stroke" { (self.gap) }
                }
            }
            @for (span, periods) in drawn(&row.bars, axis) {
                @let (x, width) = band(span);
                rect x=(x) y=(top - 30) width=(width) height=(BAR + 60) fill=(self.tone.colour()) {
                    title { (self.bars) ": " (period(span)) @if periods > 1 { " (" (count(periods, "period")) ")" } }
                }
            }
        }
    }
}

/// Vertical lines, with their names below.
fn ticks(axis: &Axis, bottom: i64) -> Markup {
    html! {
        @for tick in axis.ticks() {
            line x1=(tick.x) x2=(tick.x) y1=(LEGEND - 40) y2=(bottom + 30) stroke="#bbb" stroke-width="5" {}
            text x=(tick.x) y=(bottom + 150) text-anchor="middle" font-size="105" fill="#333" { (tick.label) }
        }
    }
}

/// Joins spans that would touch each other, and counts them. So the picture has no more spans than its width holds.
fn drawn(spans: &[Span], axis: &Axis) -> Vec<(Span, u64)> {
    let mut drawn: Vec<(Span, u64)> = Vec::new();
    for &(from, to) in spans {
        match drawn.last_mut() {
            Some(((_, end), periods)) if axis.x(from) < axis.x(*end).saturating_add(BAR_MIN) => {
                *end = (*end).max(to);
                *periods += 1;
            }
            _ => drawn.push(((from, to), 1)),
        }
    }
    drawn
}

fn shortened(label: &str) -> String {
    const LETTERS: usize = 21;
    if label.chars().count() <= LETTERS {
        return label.to_owned();
    }
    label.chars().take(LETTERS - 1).chain(['…']).collect()
}

fn length(words: &str) -> i64 {
    i64::try_from(words.chars().count()).unwrap_or(i64::MAX / LETTER / 2)
}

#[cfg(test)]
mod tests;
