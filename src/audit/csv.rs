//! CSV for spreadsheets (RFC 4180).

use std::borrow::Cow;
use std::io::Write;

/// Quotes cells where that is needed, and ends lines as the RFC has it.
pub fn writer<W: Write>(out: W) -> csv::Writer<W> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out)
}

/// Puts an apostrophe before a cell that a spreadsheet would take for a formula (OWASP, "CSV Injection"): `-1-2` would
/// become -3, and `-A1` the content of another cell. A program that reads the file can remove the apostrophe.
pub fn inert(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['-', '=', '+', '@', '\t', '\r']) {
        return Cow::Owned(format!("'{cell}"));
    }
    Cow::Borrowed(cell)
}
