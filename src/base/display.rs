//! Texts of reports made safe to display: they cannot move a cursor, reverse a line or become a link.

use std::borrow::Cow;

use super::clock::{DAY, SECOND, Timestamp};

/// A text that reports or people chose, without control and bidirectional characters.
pub fn safe(text: &str) -> String {
    printable(text.to_owned().into()).into_owned()
}

/// A host with `[.]` for its dots, so that no program turns it into a link.
pub fn defanged(host: &str) -> String {
    safe(&host.replace('.', "[.]"))
}

/// A text that contains hosts: every dot that does not end a sentence may belong to one, and is defanged. Numbers and versions
/// (`1.42`, `2.0.1`) are no hosts.
pub fn defanged_words(text: &str) -> String {
    let mut defanged = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        if is_version(word.trim_end()) {
            defanged.push_str(word);
            continue;
        }
        let mut rest = word.chars().peekable();
        while let Some(c) = rest.next() {
            match rest.peek() {
                Some(next) if c == '.' && !next.is_whitespace() => defanged.push_str("[.]"),
                _ => defanged.push(c),
            }
        }
    }
    safe(&defanged)
}

/// Whether a word is a number with fewer parts than an address has, as `1.42` or `v2.0.1,`.
fn is_version(word: &str) -> bool {
    let word = word.trim_end_matches([',', ';', ':', ')']).trim_start_matches(['(', 'v']);
    let parts: Vec<&str> = word.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    parts.len() < 4 && parts.iter().all(is_number)
}

/// A time, to the second.
pub fn seconds(at: Timestamp) -> String {
    at.floor(SECOND).to_string()
}

/// A time written `2026-11-01 10:00:00`, as people read it, for a text that mentions UTC itself.
pub fn moment(at: Timestamp) -> String {
    seconds(at).trim_end_matches('Z').replacen('T', " ", 1)
}

/// A point in time as JSON and CSV write it (RFC 3339).
pub fn time(at: Timestamp) -> String {
    at.to_string()
}

/// A range of time: days where it begins and ends at midnight, else times, for a text that mentions UTC itself.
pub fn period(from: Timestamp, to: Timestamp) -> String {
    let is_midnight = |at: Timestamp| at == at.floor(DAY);
    let begin = if is_midnight(from) { day(from.day()) } else { moment(from) };
    if is_midnight(to) {
        return format!("{begin} to the end of {}", day(to.day() - 1));
    }
    format!("{begin} to {}", moment(to))
}

/// Days, each as 2026-11-01 and in order, as ranges of days that follow each other.
pub fn day_ranges(days: &[&str]) -> Vec<String> {
    let number = |day: &str| Timestamp::parse(&format!("{day}T00:00:00Z")).map(Timestamp::day);
    let follows = |a: &&str, b: &&str| number(a).is_some_and(|a| number(b) == Some(a + 1));
    let range = |days: &[&str]| match days {
        [first, .., last] => format!("{first} to {last}"),
        days => days.concat(),
    };
    days.chunk_by(follows).map(range).collect()
}

/// A day as 2026-11-01; `days` since 1970-01-01.
pub fn day(days: impl Into<i64>) -> String {
    let mut midnight = Timestamp::from_day(days.into()).to_string();
    midnight.truncate("2026-11-01".len());
    midnight
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

/// What the dispositions of policies mean.
pub const DISPOSITIONS: &str = "enforce: browsers block what the policy does not allow. report: they only report it, and the request goes out.";

/// What an alert is about, for people.
pub fn alert(alert: &str) -> String {
    let words = match alert {
        "unknown_destination" => "data may leave for an unknown destination",
        "card_data_in_url" => "a card number in a URL",
        "integrity" => "a script failed its integrity check, or has no integrity metadata",
        "script_changed" => "a script has changed",
        "script_unapproved" => "a payment page runs a script that nobody approved",
        "policy_changed" => "the policy of pages has changed",
        "site_silent" => "pages that used to report are silent",
        "report_flood" => "more new destinations than there can be",
        "inline_script" => "a payment page runs code that its policy does not allow",
        "destinations_digest" => "the day's new destinations",
        "drill" => "a drill: a theft that nobody commits",
        "host_not_configured" => "pages report that are on a host that is not configured",
        other => return other.replace('_', " "),
    };
    words.to_owned()
}

/// How severe an alert is, for people: what pages is urgent.
pub fn severity(severity: &str) -> &str {
    if severity == "page" { "urgent" } else { severity }
}

/// A number of things: `1 report`, `2 reports`.
pub fn count(count: u64, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", number(count))
}

/// How many there are, and of how many of them something is true: `3, 2 of them urgent`, `none`.
pub fn of_them(all: u64, some: u64, what: &str) -> String {
    match (all, some) {
        (0, _) => "none".to_owned(),
        (1, 1) => format!("1, {what}"),
        (1, 0) => format!("1, not {what}"),
        (all, 0) => format!("{}, none of them {what}", number(all)),
        (all, some) => format!("{}, {} of them {what}", number(all), number(some)),
    }
}

/// Replaces by a space what could move a terminal's cursor, reverse text or hide: control characters
/// (Unicode `Cc`), bidirectional marks and overrides, zero-width and line-breaking ones.
pub fn printable(text: Cow<'_, str>) -> Cow<'_, str> {
    // Nearly all texts are plain, and bytes are looked at faster than characters.
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_plain || !text.contains(is_unprintable) {
        return text;
    }
    Cow::Owned(text.replace(is_unprintable, " "))
}

/// Whether a character moves the cursor, turns text around, or shows nothing.
pub fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_no_hosts_and_addresses_are() {
        for (text, expected) in [
            ("release 1.42 of shop", "release 1.42 of shop"),
            ("v2.0.1, then 3.", "v2.0.1, then 3."),
            ("from 192.0.2.7 on", "from 192[.]0[.]2[.]7 on"),
            ("1.evil.example\n2.5", "1[.]evil[.]example 2.5"),
        ] {
            assert_eq!(defanged_words(text), expected);
        }
    }

    #[test]
    fn a_period_ends_with_its_last_day() {
        let at = |text| Timestamp::parse(text).expect("a time");
        let (from, to) = (at("2026-11-01T00:00:00Z"), at("2026-11-29T00:00:00Z"));
        assert_eq!(period(from, to), "2026-11-01 to the end of 2026-11-28");
        let noon = at("2026-11-03T12:00:00.5Z");
        assert_eq!(period(from, noon), "2026-11-01 to 2026-11-03 12:00:00");
        assert_eq!(period(noon, to), "2026-11-03 12:00:00 to the end of 2026-11-28");
    }

    #[test]
    fn days_that_follow_each_other_are_a_range() {
        let days = ["2026-10-30", "2026-10-31", "2026-11-01", "2026-11-03", "2026-11-05"];
        assert_eq!(day_ranges(&days), ["2026-10-30 to 2026-11-01", "2026-11-03", "2026-11-05"]);
        assert_eq!(day_ranges(&[]), [""; 0]);
    }

    #[test]
    fn numbers_are_readable() {
        let numbers = [0, 999, 1_000, 738_369, 1_234_567].map(number);
        assert_eq!(numbers, ["0", "999", "1,000", "738,369", "1,234,567"]);
        let passed = [(0, 0), (1, 0), (1, 1), (3, 0), (3, 2)]
            .map(|(all, some)| of_them(all, some, "passed"));
        let expected =
            ["none", "1, not passed", "1, passed", "3, none of them passed", "3, 2 of them passed"];
        assert_eq!(passed, expected);
        assert_eq!([count(1, "report"), count(1_000, "tag")], ["1 report", "1,000 tags"]);
    }

    #[test]
    fn nothing_is_a_link() {
        assert_eq!(defanged("a.evil.example"), "a[.]evil[.]example");
        assert_eq!(
            defanged_words("img-src has https://x.example/a now. So."),
            "img-src has https://x[.]example/a now. So."
        );
        assert_eq!(safe("a\u{202e}b\u{1b}[31m"), "a b [31m");
    }
}
