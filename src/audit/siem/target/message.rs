//! An event as a syslog message (RFC 5424), with the count of its bytes before it (RFC 6587, section 3.4.1; RFC 5425,
//! section 4.3).

use std::fmt::Write as _;
use std::str::FromStr;

use crate::audit::siem::ecs::{Charset, Event, EventLevel};
use crate::base::limits;

/// The names of the facilities by their numbers (RFC 5424, table 1; as syslog.conf(5) spells them).
const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv",
    "ftp", "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4",
    "local5", "local6", "local7",
];
/// RFC 5424, section 7.2.2, asks for a registered number; this one is reserved for examples (RFC 5612).
const STRUCTURED_DATA_ID: &str = "cspwatch@32473";
/// The largest number of bytes of a host name (RFC 5424, section 6).
const HOST_BYTES: usize = 255;
/// The largest number of bytes of a value of structured data. Names of sites are shorter.
const VALUE_BYTES: usize = 256;

/// The facility of messages (RFC 5424, section 6.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facility(u8);

impl FromStr for Facility {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = FACILITIES.iter().position(|name| *name == text);
        let number = number.and_then(|number| u8::try_from(number).ok());
        number.map(Self).ok_or_else(|| format!("is none of {}", FACILITIES.join(", ")))
    }
}

/// The parts of a message that are the same in all messages of this process.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    facility: Facility,
    host: String,
    process: u32,
}

impl Sender {
    /// `host` is the name of this machine.
    pub(super) fn new(facility: Facility, host: &str, process: u32) -> Self {
        let host: String = host.chars().filter(char::is_ascii_graphic).take(HOST_BYTES).collect();
        // NILVALUE of RFC 5424: the name is not known.
        let host = if host.is_empty() { "-".to_owned() } else { host };
        Self { facility, host, process }
    }

    /// The message, after its length.
    ///
    /// The text is ASCII; other characters are escaped as JSON has it. UTF-8 would need a byte order mark (RFC 5424, section
    /// 6.4), which parsers of JSON do not accept.
    pub(super) fn frame(&self, event: &Event) -> String {
        let priority = u16::from(self.facility.0) * 8 + u16::from(severity(event.level));
        let (at, host, process, kind) = (event.at, &self.host, self.process, event.kind.as_str());
        let mut message = format!("<{priority}>1 {at} {host} cspwatch {process} {kind} ");
        let values = [("site", event.site.as_str()), ("kind", kind), ("id", &event.id)];
        let _ = write!(message, "[{STRUCTURED_DATA_ID}");
        for (name, value) in values {
            let _ = write!(message, " {name}=\"{}\"", escaped(value));
        }
        message.push_str("] ");
        message.push_str(&event.line(limits::EXPORT_SYSLOG_BYTES, Charset::Ascii));
        format!("{} {message}", message.len())
    }
}

/// The severities of RFC 5424, table 2.
fn severity(level: EventLevel) -> u8 {
    match level {
        EventLevel::Page => 2,
        EventLevel::Ticket => 4,
        EventLevel::Sighting => 5,
        EventLevel::Record => 6,
    }
}

/// A value of structured data (RFC 5424, section 6.3.3), without characters that could control a terminal.
fn escaped(value: &str) -> String {
    let mut text = String::new();
    for c in value.chars().filter(|c| !crate::base::display::is_unprintable(*c)) {
        if text.len() + c.len_utf8() + 1 > VALUE_BYTES {
            break;
        }
        if matches!(c, '"' | '\\' | ']') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::siem::ecs;
    use crate::base::clock::Timestamp;
    use crate::store::export::{ExportedAlert, ExportedDecision, ExportedSighting};

    fn frame(facility: &str, host: &str, event: &Event) -> String {
        Sender::new(facility.parse().unwrap(), host, 7).frame(event)
    }

    #[test]
    fn a_frame_has_its_length_and_names_its_event() {
        let site = "a\"b]c\\dü\u{1b}".to_owned();
        let (severity, told_at) = ("page".to_owned(), Timestamp::from_millis(1_795_000_000_123));
        let alert =
            ecs::alert(&ExportedAlert { site, severity, told_at, ..ExportedAlert::default() });
        let frame = frame("local0", "host.example", &alert);
        let (length, message) = frame.split_once(' ').unwrap();
        assert_eq!(length.parse(), Ok(message.len()));
        let head = format!(
            "<130>1 2026-11-18T11:06:40.123Z host.example cspwatch 7 alert [cspwatch@32473 \
             site=\"a\\\"b\\]c\\\\dü\" kind=\"alert\" id=\"{}\"] {{\"@timestamp\"",
            alert.id
        );
        assert!(message.starts_with(&head), "{message}");
    }

    #[test]
    fn the_severity_follows_from_the_event() {
        let alert = |severity: &str| {
            let severity = severity.to_owned();
            ecs::alert(&ExportedAlert { severity, ..ExportedAlert::default() })
        };
        let sighting = ecs::sighting(&ExportedSighting::default(), 0);
        let decision = ecs::decision(&ExportedDecision::default());
        for (event, facility, priority) in [
            (alert("page"), "local0", 16 * 8 + 2),
            (alert("ticket"), "local7", 23 * 8 + 4),
            (sighting, "kern", 5),
            (decision, "user", 8 + 6),
        ] {
            let frame = frame(facility, "", &event);
            assert!(frame.contains(&format!(" <{priority}>1 1970-01-01T00:00:00Z - ")), "{frame}");
        }
        assert!("local8".parse::<Facility>().is_err());
    }

    #[test]
    fn a_frame_is_bounded() {
        let reasons = vec!["x".repeat(1_000); 1_000];
        let site = "]".repeat(10_000);
        let alert = ecs::alert(&ExportedAlert { site, reasons, ..ExportedAlert::default() });
        let frame = frame("local0", &"h".repeat(1_000), &alert);
        assert!(frame.len() <= limits::EXPORT_LINE_BYTES, "{}", frame.len());
    }
}
