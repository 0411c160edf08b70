//! Makes the tables forget inserts that they do not have.
//!
//! A plain MergeTree writes the token of an insert into `deduplication_logs` before it renames the part of the rows to its
//! final name. Killed in between, it starts without the part and with the token: it answers the repeated insert with success
//! and stores nothing. At most one token for each table is concerned, the last one.

use std::fs::{self, DirEntry, File};
use std::io;
use std::path::{Path, PathBuf};

/// Cuts the tokens off the logs of all tables whose parts are missing. Nothing may have the directory open.
///
/// # Errors
/// When a directory or a log cannot be read or written.
pub(super) fn forget_unkept(data: &Path) -> io::Result<()> {
    for prefix in entries(&data.join("store"))? {
        for table in entries(&prefix.path())? {
            forget_in(&table.path())?;
        }
    }
    Ok(())
}

fn forget_in(table: &Path) -> io::Result<()> {
    let Some((log, written)) = newest_log(table)? else { return Ok(()) };
    let names: Vec<_> = entries(table)?.into_iter().map(|entry| entry.file_name()).collect();
    let parts: Vec<_> = names.iter().filter_map(|name| PartName::parse(name.to_str()?)).collect();
    let kept = kept(&written, &parts).len() as u64;
    if kept < written.len() as u64 {
        let log = File::options().write(true).open(log)?;
        log.set_len(kept)?;
        log.sync_all()?;
    }
    Ok(())
}

/// The newest log of a table that says anything.
fn newest_log(table: &Path) -> io::Result<Option<(PathBuf, Vec<u8>)>> {
    let mut logs: Vec<(u64, PathBuf)> = entries(&table.join("deduplication_logs"))?
        .into_iter()
        .filter_map(|entry| {
            let name = entry.file_name();
            let number = name.to_str()?.strip_prefix("deduplication_log_")?.strip_suffix(".txt")?;
            Some((number.parse().ok()?, entry.path()))
        })
        .collect();
    logs.sort_unstable();
    while let Some((_, log)) = logs.pop() {
        let written = fs::read(&log)?;
        if !written.is_empty() {
            return Ok(Some((log, written)));
        }
    }
    Ok(None)
}

/// What a directory has; nothing where there is none.
fn entries(directory: &Path) -> io::Result<Vec<DirEntry>> {
    match fs::read_dir(directory) {
        Ok(entries) => entries.collect(),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

/// What stays of a log. Its lines are an operation (1: added), a part and a token, with tabs between them.
fn kept<'log>(written: &'log [u8], parts: &[PartName<'_>]) -> &'log [u8] {
    // A kill may have cut the last line. ClickHouse would write the next one behind it and, at its next start, read neither.
    let end = written.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let whole = &written[..end];
    let mut kept = whole;
    let last = part_of_last_line(whole);
    // A part of several blocks has a line for each.
    while let Some(added) = part_of_last_line(kept)
        && Some(added) == last
        && !parts.iter().any(|part| part.covers(&added))
    {
        let before = &kept[..kept.len() - 1];
        kept = &kept[..before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)];
    }
    kept
}

/// The part that the last line of a log added.
fn part_of_last_line(log: &[u8]) -> Option<PartName<'_>> {
    let line =
        str::from_utf8(log.strip_suffix(b"\n")?.rsplit(|byte| *byte == b'\n').next()?).ok()?;
    let mut fields = line.split('\t');
    if fields.next() != Some("1") {
        return None;
    }
    PartName::parse(fields.next()?)
}

/// The name of a part: `partition_first_last_level`, and the number of a mutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PartName<'a> {
    partition: &'a str,
    first: u64,
    last: u64,
}

impl<'a> PartName<'a> {
    fn parse(name: &'a str) -> Option<Self> {
        let mut fields = name.split('_');
        let partition = fields.next()?;
        let [first, last] = [fields.next()?, fields.next()?].map(|number| number.parse().ok());
        let is_whole = fields.next()?.parse::<u64>().is_ok();
        let part = Self { partition, first: first?, last: last? };
        is_whole.then_some(part)
    }

    /// Whether it has the rows of another one, also after merges.
    fn covers(&self, other: &Self) -> bool {
        self.partition == other.partition && self.first <= other.first && self.last >= other.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept_of<'log>(log: &'log str, parts: &[&str]) -> &'log str {
        let parts: Vec<_> = parts.iter().filter_map(|part| PartName::parse(part)).collect();
        str::from_utf8(kept(log.as_bytes(), &parts)).unwrap()
    }

    #[test]
    fn only_what_no_part_has_is_cut_off_the_end() {
        let first = "1\t20261129_1_1_0\ta\n";
        let both = "1\t20261129_1_1_0\ta\n1\t20261129_2_2_0\tb\n";
        for parts in [
            &["20261129_1_1_0", "20261129_2_2_0"][..],
            // Merged, and merged with a mutation; the older one was dropped, which is none of our business.
            &["20261129_1_2_1"],
            &["20261129_1_9_3_12"],
            &["20261129_2_2_0"],
        ] {
            assert_eq!(kept_of(both, parts), both, "{parts:?}");
        }
        for parts in [
            &["20261129_1_1_0"][..],
            // Others have the number; a part that was never renamed.
            &["20261129_1_1_0", "20261128_2_2_0", "tmp_insert_20261129_2_2_0", "detached"],
        ] {
            assert_eq!(kept_of(both, parts), first, "{parts:?}");
        }
        assert_eq!(kept_of("1\tall_7_7_0\ta\n1\tall_7_7_0\tb\n", &["all_6_6_0"]), "");
        let dropped = "1\tall_7_7_0\ta\n2\tall_7_7_0\ta\n";
        assert_eq!(kept_of(dropped, &[]), dropped, "the last thing was to forget");
        assert_eq!(kept_of("1\tall_7_7_0\ta\n1\tall_8_", &["all_7_7_0"]), "1\tall_7_7_0\ta\n");
        assert_eq!(kept_of("1\tall_8_", &[]), "");
    }
}
