//! The log file of the child.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// A larger file is renamed to `NAME.1` at the next start, which replaces the file before it.
const LARGEST: u64 = 16 << 20;

/// Opens the log for appending.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let with_path =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(with_path)?;
    }
    if fs::metadata(path).is_ok_and(|data| data.len() > LARGEST) {
        let mut old = path.as_os_str().to_owned();
        old.push(".1");
        fs::rename(path, old).map_err(with_path)?;
    }
    File::options().append(true).create(true).open(path).map_err(with_path)
}

/// The last two lines that are not empty: usually the reason that ClickHouse gives, and ours.
pub(super) fn last_words(path: &Path) -> String {
    let tail = read_tail(path).unwrap_or_default();
    let lines = tail.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>();
    match lines.split_at(lines.len().saturating_sub(2)).1 {
        [] => format!("{} is empty", path.display()),
        words => format!("last words in {}: {}", path.display(), words.join("; ")),
    }
}

fn read_tail(path: &Path) -> io::Result<String> {
    const TAIL: u64 = 2048;
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn a_large_file_is_renamed() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("sub/clickhouse.log");
        writeln!(open(&path).unwrap(), "one\nCode: 76. Cannot lock\n").unwrap();
        assert!(last_words(&path).ends_with("clickhouse.log: one; Code: 76. Cannot lock"));
        open(&path).unwrap().set_len(LARGEST + 1).unwrap();
        open(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), 0);
        assert_eq!(
            fs::metadata(place.path().join("sub/clickhouse.log.1")).unwrap().len(),
            LARGEST + 1
        );
        assert!(last_words(&path).ends_with("is empty"));
    }
}
