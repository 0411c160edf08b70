//! Lists for spreadsheets (RFC 4180).

use std::borrow::Cow;
use std::io::Write;

/// Quotes where it must and ends lines as the RFC says.
pub(super) fn writer<W: Write>(out: W) -> csv::Writer<W> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out)
}

/// A cell that begins so is computed by a spreadsheet (OWASP, "CSV Injection"): of `-1-2` it makes -3, and of `-A1` another
/// cell's content. An apostrophe makes it text; who reads the file by a program can take it off.
pub(super) fn inert(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['-', '=', '+', '@', '\t', '\r']) {
        return Cow::Owned(format!("'{cell}"));
    }
    Cow::Borrowed(cell)
}
