//! The state file: a line that names the version, a checksum of the rest, and the position. It is replaced as a whole, so
//! after a crash it is the old one or the new one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::position::Position;
use crate::base::out_file;

/// The first line; another version has another number.
const HEAD: &str = "cspwatch export state 1\n";
/// The beginning of the first line of any version.
const HEAD_OF_ANY: &[u8] = b"cspwatch export state ";
/// Only its owner needs to read it.
const FILE_MODE: u32 = 0o600;

/// Why a state file cannot be used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum StateError {
    #[error("--state {file}: {error}", file = .file.display())]
    Io { file: PathBuf, error: io::Error },
    #[error(
        "--state {file}: is not a state file of cspwatch export, or is damaged; name another file, or move this one away to \
         start over (--since says where)",
        file = .file.display()
    )]
    Damaged { file: PathBuf },
    #[error(
        "--state {file}: was written by another version of cspwatch; run that version, or move the file away to start over \
         (--since says where)",
        file = .file.display()
    )]
    Version { file: PathBuf },
    #[error(
        "--state {file}: is about {theirs}, but --site selects {ours}; each needs a file of its own",
        file = .file.display()
    )]
    Site { file: PathBuf, theirs: String, ours: String },
    #[error(
        "--state {file}: another cspwatch export uses it; each needs a file of its own",
        file = .file.display()
    )]
    Locked { file: PathBuf },
}

/// A state file, locked against other processes.
pub struct StateFile {
    file: PathBuf,
    /// Locked as long as this value lives.
    _lock: File,
}

impl StateFile {
    /// Opens and locks the file and reads the position; `None` where there is no file yet.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn open(file: &Path, site: &str) -> Result<(Self, Option<Position>), StateError> {
        let failed = |error| StateError::Io { file: file.to_owned(), error };
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(FILE_MODE);
        let lock = out_file::open(&beside(file, ".lock"), &mut options).map_err(failed)?;
        if lock.try_lock().is_err() {
            return Err(StateError::Locked { file: file.to_owned() });
        }
        let position = match fs::read(file) {
            Ok(bytes) => Some(decode(file, &bytes)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        if let Some(position) = &position
            && position.site != site
        {
            let name = |site: &str| match site {
                "" => "all sites".to_owned(),
                site => format!("the site {site}"),
            };
            let (theirs, ours) = (name(&position.site), name(site));
            return Err(StateError::Site { file: file.to_owned(), theirs, ours });
        }
        Ok((Self { file: file.to_owned(), _lock: lock }, position))
    }

    /// Replaces the file durably; returns the number of bytes.
    ///
    /// # Errors
    /// [`StateError::Io`]; the old file is still there then.
    pub fn write(&self, position: &Position) -> Result<usize, StateError> {
        let failed = |error| StateError::Io { file: self.file.clone(), error };
        let content = encode(position).map_err(failed)?;
        replace(&self.file, &content).map_err(failed)?;
        Ok(content.len())
    }
}

fn encode(position: &Position) -> io::Result<Vec<u8>> {
    let body = postcard::to_stdvec(position).map_err(io::Error::other)?;
    let check = crc32c::crc32c(&body).to_le_bytes();
    Ok([HEAD.as_bytes(), &check, &body].concat())
}

fn decode(file: &Path, bytes: &[u8]) -> Result<Position, StateError> {
    let file = file.to_owned();
    let Some(rest) = bytes.strip_prefix(HEAD.as_bytes()) else {
        return Err(match bytes.starts_with(HEAD_OF_ANY) {
            true => StateError::Version { file },
            false => StateError::Damaged { file },
        });
    };
    let sound = rest
        .split_first_chunk()
        .filter(|(check, body)| u32::from_le_bytes(**check) == crc32c::crc32c(body));
    let position = sound.and_then(|(_, body)| postcard::from_bytes(body).ok());
    position.ok_or(StateError::Damaged { file })
}

fn replace(file: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = beside(file, ".tmp");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(FILE_MODE);
    let mut new = out_file::open(&temporary, &mut options)?;
    let written = new.write_all(content).and_then(|()| new.sync_all());
    if let Err(error) = written.and_then(|()| fs::rename(&temporary, file)) {
        // On a full disk, half a file would take the room that the next attempt needs.
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    sync_folder(file)
}

/// Syncs the folder of a file, so that its name survives a power cut.
pub fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// The path of a file in the same folder, with this ending appended to its name.
pub fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::super::{Stream, Unit, position::Tracker};
    use super::*;
    use crate::base::clock::Timestamp;

    fn a_position() -> Position {
        let mut tracker = Tracker::new(Position::new("shop"));
        tracker.begin(Stream::Alerts, Timestamp::from_millis(5));
        tracker.sent(
            1,
            Stream::Sightings,
            Unit { key: u128::MAX, at: Timestamp::from_millis(7), events: 3 },
        );
        tracker.settle(1);
        tracker.news().unwrap().clone()
    }

    #[test]
    fn what_was_written_is_read() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("state");
        let (state, before) = StateFile::open(&file, "shop").unwrap();
        assert_eq!(before, None);
        state.write(&a_position()).unwrap();
        let locked = StateFile::open(&file, "shop").err().unwrap().to_string();
        assert!(locked.contains("another cspwatch export uses it"), "{locked}");
        drop(state);
        let (_state, after) = StateFile::open(&file, "shop").unwrap();
        assert_eq!(after, Some(a_position()));
    }

    #[test]
    fn a_file_that_cannot_be_used_is_an_error() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("state");
        let sound = encode(&a_position()).unwrap();
        let other = String::from_utf8_lossy(&sound[..HEAD.len()]).replace('1', "2");
        let mut damaged = sound.clone();
        *damaged.last_mut().unwrap() ^= 1;
        for (bytes, site, expected) in [
            (&sound[..], "", "is about the site shop, but --site selects all sites"),
            (other.as_bytes(), "shop", "another version"),
            (&damaged, "shop", "is damaged"),
            (&sound[..sound.len() - 1], "shop", "is damaged"),
            (&sound[..HEAD.len()], "shop", "is damaged"),
            (b"", "shop", "is damaged"),
            (b"{}", "shop", "is not a state file"),
        ] {
            fs::write(&file, bytes).unwrap();
            let error = StateFile::open(&file, site).err().unwrap().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let error = StateFile::open(Path::new("/nowhere/state"), "").err().unwrap().to_string();
        assert!(error.contains("/nowhere/state"), "{error}");
    }
}
