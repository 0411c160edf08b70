//! CSV for spreadsheets (RFC 4180).

use std::borrow::Cow;
use std::io::Write;

use crate::base::clock::Timestamp;

/// Quotes cells where that is needed, and ends lines as the RFC has it.
pub fn writer<W: Write>(out: W) -> csv::Writer<W> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out)
}

/// A time (RFC 3339), always to the millisecond: of the same width, so that a column sorts as text.
pub fn cell_time(at: Timestamp) -> String {
    let text = at.to_string();
    let text = text.trim_end_matches('Z');
    let (seconds, part) = text.split_once('.').unwrap_or((text, ""));
    format!("{seconds}.{part:0<3}Z")
}

/// Puts an apostrophe before a cell that a spreadsheet would take for a formula (OWASP, "CSV Injection"): `-1-2` would
/// become -3, and `-A1` the content of another cell. A program that reads the file can remove the apostrophe.
pub fn inert(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['-', '=', '+', '@', '\t', '\r']) {
        return Cow::Owned(format!("'{cell}"));
    }
    Cow::Borrowed(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_one_width() {
        let cells = [0, 750, 749, 5].map(|millis| cell_time(Timestamp::from_millis(millis)));
        let expected = ["00.000Z", "00.750Z", "00.749Z", "00.005Z"];
        assert_eq!(cells, expected.map(|end| format!("1970-01-01T00:00:{end}")));
    }
}
