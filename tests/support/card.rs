//! The card number that tests type into forms, and the search for it.

use std::fs;
use std::path::Path;

use super::clickhouse::ClickHouse;

/// The card schemes' well-known test number.
pub const NUMBER: &str = "4111111111111111";

/// The number, and what of its base64 does not depend on the bytes around it, which shift it by none,
/// one or two bytes.
const FORMS: [&str; 4] =
    [NUMBER, "NDExMTExMTExMTExMTExM", "QxMTExMTExMTExMTExMT", "0MTExMTExMTExMTExMTEx"];

/// Whether the number stands in a text, in plain digits or in base64.
pub fn stands_in(text: &str) -> bool {
    FORMS.iter().any(|form| text.contains(form))
}

/// Fails when the number is in any file below a folder. `marker`: what some file must hold, or the
/// search has searched nothing.
#[track_caller]
pub fn assert_not_below(folder: &Path, marker: &str) {
    let mut found_marker = false;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        // Files and folders may go while they are searched: segments that were sent, parts merged.
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            assert!(!stands_in(&path.to_string_lossy()), "a name: {}", path.display());
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
                continue;
            }
            // What is no text becomes U+FFFD; the number and the marker are ASCII and stay.
            let bytes = fs::read(&path).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            assert!(!stands_in(&text), "the card number stands in {}", path.display());
            found_marker |= text.contains(marker);
        }
    }
    assert!(found_marker, "no file below {} holds {marker}", folder.display());
}

/// Fails when the number is in any table: ClickHouse compresses its files, so it is asked as well.
/// `marker`: likewise.
#[track_caller]
pub fn assert_not_in_tables(clickhouse: &ClickHouse, marker: &str) {
    let tables = clickhouse.query(
        "SELECT database || '.' || name FROM system.tables \
         WHERE database != 'system' AND lower(database) != 'information_schema' \
         AND engine LIKE '%MergeTree' OR database = 'system' AND name LIKE '%\\_log'",
    );
    let mut found_marker = false;
    for table in tables.lines() {
        // All columns, and without naming the number: the question itself may be logged.
        let rows = clickhouse.query(&format!("SELECT * FROM {table} FORMAT RowBinary"));
        assert!(!stands_in(&rows), "the card number stands in {table}");
        found_marker |= rows.contains(marker);
    }
    assert!(found_marker, "no table of {} holds {marker}", tables.replace('\n', ", "));
}
