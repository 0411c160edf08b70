//! The tags as a list for spreadsheets, and for looking them up in the site's own records.

use std::io::{self, Write};

use crate::audit::csv::{cell_time, inert, writer};
use crate::store::incident::IncidentTag;

const NAMES: [&str; 6] = ["tag", "signed", "first_seen", "last_seen", "reports", "pages"];

/// Prints CSV as RFC 4180 has it; the first line has the names of the columns.
pub fn print(out: &mut impl Write, tags: &[IncidentTag]) -> io::Result<()> {
    let mut lines = writer(out);
    lines.write_record(NAMES)?;
    for tag in tags {
        let signed = if tag.signed { "yes" } else { "no" };
        let (first, last) = (cell_time(tag.first_seen), cell_time(tag.last_seen));
        let (reports, pages) = (tag.reports.to_string(), tag.pages.to_string());
        lines.write_record([&*inert(&tag.tag), signed, &first, &last, &reports, &pages])?;
    }
    lines.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::Timestamp;

    #[test]
    fn each_tag_has_a_line_and_none_is_a_formula() {
        let tag = |tag: &str, signed| IncidentTag {
            tag: tag.to_owned(),
            signed,
            first_seen: Timestamp::from_millis(1_795_000_000_000),
            last_seen: Timestamp::from_millis(1_795_000_060_000),
            reports: 3,
            pages: 2,
        };
        let mut out = Vec::new();
        print(&mut out, &[tag("order-1", true), tag("-1-2", false), tag("a,\"b", false)]).unwrap();
        let times = "2026-11-18T11:06:40.000Z,2026-11-18T11:07:40.000Z,3,2\r\n";
        let expected = format!(
            "tag,signed,first_seen,last_seen,reports,pages\r\norder-1,yes,{times}'-1-2,no,{times}\"a,\"\"b\",no,{times}"
        );
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
