//! How times and numbers are written on a web page.

use maud::{Markup, html};

use crate::base::clock::Timestamp;
use crate::base::display;

/// A `time` element, to the second, in UTC.
pub fn time(at: Timestamp) -> Markup {
    let text = display::seconds(at);
    html! { time datetime=(text) { (spaced(&text)) } }
}

/// A time written `2026-11-01 10:00:00`, for a text that mentions UTC itself.
pub fn moment(at: Timestamp) -> String {
    spaced(&display::seconds(at))
}

fn spaced(rfc3339: &str) -> String {
    rfc3339.trim_end_matches('Z').replacen('T', " ", 1)
}

/// A number, in groups of three digits.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number of things: `1 report`, `2 reports`.
pub fn count(count: u64, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", number(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_numbers_are_readable() {
        let numbers = [0, 999, 1_000, 738_369, 1_234_567].map(number);
        assert_eq!(numbers, ["0", "999", "1,000", "738,369", "1,234,567"]);
        assert_eq!([count(1, "report"), count(1_000, "tag")], ["1 report", "1,000 tags"]);
        let at = Timestamp::from_millis(1_795_000_000_123);
        assert_eq!(moment(at), "2026-11-18 11:06:40");
        let markup = time(at).into_string();
        assert_eq!(markup, "<time datetime=\"2026-11-18T11:06:40Z\">2026-11-18 11:06:40</time>");
    }
}
