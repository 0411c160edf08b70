//! A file that is appended to and synced, and that others rotate.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::{TargetError, unwritable};
use crate::audit::siem::state::sync_folder;
use crate::base::out_file;

/// The owner writes it, and a group may read it: log shippers usually run as another user.
const FILE_MODE: u32 = 0o640;

/// A file that grows line by line.
pub struct FeedFile {
    path: PathBuf,
    /// Locked against other exports.
    file: File,
    sent: u64,
}

impl FeedFile {
    /// Opens the file, or creates it.
    pub(super) fn open(path: &Path) -> Result<Self, TargetError> {
        Ok(Self { path: path.to_owned(), file: open(path)?, sent: 0 })
    }

    /// Appends lines, durably: all or none of them.
    pub(super) fn send(&mut self, lines: &str) -> Result<u64, TargetError> {
        self.follow_rotation()?;
        let failed = |error| unwritable(&self.path, error);
        let before = self.file.metadata().map_err(failed)?.len();
        let written = self.file.write_all(lines.as_bytes()).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // Removes a half-written line, which would spoil the next one.
            let _ = self.file.set_len(before);
            return Err(failed(error));
        }
        self.sent += 1;
        Ok(self.sent)
    }

    /// Everything that was sent: each line is synced.
    pub(super) fn settled(&mut self) -> Result<u64, TargetError> {
        self.follow_rotation()?;
        Ok(self.sent)
    }

    fn follow_rotation(&mut self) -> Result<(), TargetError> {
        if self.has_moved() {
            self.file = open(&self.path)?;
        }
        Ok(())
    }

    /// Whether the path now names another file, or none.
    fn has_moved(&self) -> bool {
        let identity = |metadata: io::Result<fs::Metadata>| {
            metadata.map(|metadata| (metadata.dev(), metadata.ino())).ok()
        };
        identity(fs::metadata(&self.path)) != identity(self.file.metadata())
    }
}

fn open(path: &Path) -> Result<File, TargetError> {
    let failed = |error| unwritable(path, error);
    // Opening a pipe would wait for a reader.
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(TargetError::NoFile { file: path.to_owned() });
    }
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true).mode(FILE_MODE);
    let mut file = out_file::open(path, &mut options).map_err(failed)?;
    if file.try_lock().is_err() {
        return Err(TargetError::Locked { file: path.to_owned() });
    }
    cut_torn_line(&mut file).and_then(|()| sync_folder(path)).map_err(failed)?;
    Ok(file)
}

/// Removes an unfinished last line, which a process left that was killed while it wrote. It was not settled.
fn cut_torn_line(file: &mut File) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    let length = file.metadata()?.len();
    let mut end = length;
    while end > 0 {
        let bytes = buffer.len().min(usize::try_from(end).unwrap_or(usize::MAX));
        let start = end - bytes as u64;
        let block = &mut buffer[..bytes];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(block)?;
        if let Some(last) = block.iter().rposition(|byte| *byte == b'\n') {
            end = start + last as u64 + 1;
            break;
        }
        end = start;
    }
    if end < length { file.set_len(end) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_is_removed_and_whole_lines_stay() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("events");
        let long = "x".repeat(200_000);
        for (before, after) in [
            (String::new(), String::new()),
            ("whole\n".to_owned(), "whole\n".to_owned()),
            ("whole\n{\"half".to_owned(), "whole\n".to_owned()),
            (long.clone(), String::new()),
            (format!("{long}\n{long}"), format!("{long}\n")),
        ] {
            fs::write(&path, before).unwrap();
            let mut file = FeedFile::open(&path).unwrap();
            file.send("next\n").unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), after + "next\n");
        }
    }

    #[test]
    fn a_rotated_file_is_created_again() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("events");
        let mut file = FeedFile::open(&path).unwrap();
        file.send("1\n").unwrap();
        fs::rename(&path, place.path().join("old")).unwrap();
        file.send("2\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "2\n");
        fs::rename(&path, place.path().join("older")).unwrap();
        assert_eq!(file.settled().unwrap(), 2);
        assert_eq!(fs::read_to_string(&path).unwrap(), "", "it is there before the next line");
        file.send("3\n").unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(file.send("4\n").unwrap(), 4);
        assert_eq!(fs::read_to_string(place.path().join("old")).unwrap(), "1\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), "4\n");
    }

    #[test]
    fn a_locked_file_or_no_regular_file_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("events");
        let _first = FeedFile::open(&path).unwrap();
        let second = FeedFile::open(&path).err().unwrap();
        assert!(matches!(second, TargetError::Locked { .. }), "{second}");
        for wrong in [place.path(), Path::new("/dev/null")] {
            let error = FeedFile::open(wrong).err().unwrap();
            assert!(matches!(error, TargetError::NoFile { .. }), "{error}");
        }
    }
}
