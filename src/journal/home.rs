//! The journal's directory and the small files beside the segments.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `lock` | nothing; the process that uses the directory holds a lock on it |
//! | `collector` | this collector's id: 16 hex digits, made at first start |
//! | `client.key` | 32 hex digits: the secret of the keyed client hash, unless one is configured |
//! | `sent` | the highest number of a segment that was sent, decimal; numbers up to it are never used again |
//! | `detection` | what detection remembers, see `detect/memory.rs`; without it, it begins anew |
//! | `decisions` | what people decided about destinations, see `guidance/decisions.rs`; ClickHouse has it too |
//! | `segment-….log` | segments, see segment.rs |
//! | `segment-….refused` | what ClickHouse refused of one, see refusals.rs |
//! | `segment-….quarantined` | a segment of which something was refused, and the rest stored |
//! | `segment-….damaged` | a file with the name of a segment that cannot be read |

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::disk::{self, Disk, Lock};
use super::{JournalError, segment};
use crate::base::hex::{from_hex, to_hex};

/// An opened directory.
#[derive(Debug)]
pub(super) struct Home {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) dir: PathBuf,
    pub(super) collector: u64,
    /// Held as long as the journal is open.
    lock: Box<dyn Lock>,
}

impl Home {
    /// Makes what is missing, and takes the lock.
    pub(super) fn open(disk: Arc<dyn Disk>, dir: &Path) -> Result<Self, JournalError> {
        let failed = |error| JournalError::Directory { dir: dir.to_owned(), error };
        disk.create_dir(dir).map_err(failed)?;
        let Some(lock) = disk.lock(&dir.join("lock")).map_err(failed)? else {
            return Err(JournalError::Locked { dir: dir.to_owned() });
        };
        let collector = u64::from_be_bytes(secret::<8>(&*disk, &dir.join("collector"))?);
        Ok(Self { disk, dir: dir.to_owned(), collector, lock })
    }

    /// Whether the directory is still the one that was opened; what is written to another one is not found
    /// by the next start, or not locked.
    pub(super) fn is_there(&self) -> bool {
        self.lock.is_at(&self.dir.join("lock"))
    }

    /// The file of a segment.
    pub(super) fn segment(&self, number: u64) -> PathBuf {
        segment::path(&self.dir, number)
    }

    /// Removes a segment that was sent, and what is beside it; the directory is not synced.
    pub(super) fn remove_segment(&self, number: u64) -> io::Result<()> {
        let path = self.segment(number);
        for path in [path.with_extension(segment::REFUSED), path] {
            match self.disk.remove(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// The secret of the keyed client hash that is kept here.
    pub(super) fn client_key(&self) -> Result<[u8; 16], JournalError> {
        secret(&*self.disk, &self.dir.join("client.key"))
    }

    /// The highest segment number that was sent; 0 = none.
    pub(super) fn sent(&self) -> Result<u64, JournalError> {
        let path = self.dir.join("sent");
        match self.disk.read(&path) {
            Ok(bytes) => {
                let number = text(&bytes).and_then(|text| text.parse().ok());
                let expected = "a decimal number".to_owned();
                number.ok_or(JournalError::Unreadable { file: path, expected })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(JournalError::Directory { dir: path, error }),
        }
    }

    /// Notes durably that segments up to `number` were sent.
    pub(super) fn set_sent(&self, number: u64) -> io::Result<()> {
        disk::replace(&*self.disk, &self.dir.join("sent"), format!("{number}\n").as_bytes())
    }

    /// The content of a small file that may be missing.
    pub(super) fn small(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match self.disk.read(&self.dir.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }

    /// Writes one durably.
    pub(super) fn set_small(&self, name: &str, content: &[u8]) -> io::Result<()> {
        disk::replace(&*self.disk, &self.dir.join(name), content)
    }

    /// The files of segments: number, extension, bytes.
    pub(super) fn segments(&self) -> io::Result<Vec<(u64, String, u64)>> {
        let files = self.disk.list(&self.dir)?.into_iter();
        let segments = files.filter_map(|(name, bytes)| {
            let (number, extension) = segment::number_of(&name)?;
            Some((number, extension.to_owned(), bytes))
        });
        Ok(segments.collect())
    }
}

/// The secret of the keyed client hash that is kept in a journal's directory; `None`: there is none.
///
/// # Errors
/// [`JournalError`].
pub fn stored_client_key(dir: &Path) -> Result<Option<[u8; 16]>, JournalError> {
    let path = dir.join("client.key");
    match std::fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(JournalError::Directory { dir: path, error }),
        Ok(bytes) => digits(&path, &bytes).map(Some),
    }
}

/// Reads a file of hex digits, or makes it with random ones.
fn secret<const N: usize>(disk: &dyn Disk, path: &Path) -> Result<[u8; N], JournalError> {
    let failed = |error| JournalError::Directory { dir: path.to_owned(), error };
    match disk.read(path) {
        Ok(bytes) => digits(path, &bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let bytes = disk::random::<N>().map_err(failed)?;
            disk::replace(disk, path, (to_hex(&bytes) + "\n").as_bytes()).map_err(failed)?;
            Ok(bytes)
        }
        Err(error) => Err(failed(error)),
    }
}

fn digits<const N: usize>(path: &Path, bytes: &[u8]) -> Result<[u8; N], JournalError> {
    text(bytes).and_then(from_hex).ok_or_else(|| JournalError::Unreadable {
        file: path.to_owned(),
        expected: format!("{} hex digits", 2 * N),
    })
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().map(str::trim_end)
}
