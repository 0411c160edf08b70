//! The journal's directory and the small files beside the segments.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `lock` | nothing; the process that uses the directory holds a lock on it |
//! | `collector` | this collector's id: 16 hex digits, made at first start |
//! | `client.key` | 32 hex digits: the secret of the keyed client hash, unless one is configured |
//! | `sent` | the highest number of a segment that was sent, decimal; numbers up to it are never used again |
//! | `detection` | what detection remembers, see `detect/memory.rs`; if it is lost, detection starts from scratch |
//! | `decisions` | people's decisions about destinations, see `decisions/destinations.rs`; ClickHouse has them too |
//! | `segment-….log` | segments, see segment.rs |
//! | `segment-….refused` | what ClickHouse rejected of one, see rejections.rs |
//! | `segment-….quarantined` | a segment of which some rows were rejected, and the rest stored |
//! | `segment-….damaged` | an unreadable file with the name of a segment |

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::disk::{self, Disk, FileLock};
use super::error::JournalError;
use super::segment;
use crate::base::hex::{from_hex, to_hex};

/// An opened directory.
#[derive(Debug)]
pub(super) struct JournalDir {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) path: PathBuf,
    /// This collector's id.
    pub(super) collector: u64,
    /// Held as long as the journal is open.
    lock: Box<dyn FileLock>,
}

impl JournalDir {
    /// Creates what is missing, and takes the lock.
    pub(super) fn open(disk: Arc<dyn Disk>, path: &Path) -> Result<Self, JournalError> {
        let failed = |error| JournalError::Directory { dir: path.to_owned(), error };
        disk.create_dir(path).map_err(failed)?;
        let Some(lock) = disk.lock(&path.join("lock")).map_err(failed)? else {
            return Err(JournalError::Locked { dir: path.to_owned() });
        };
        let collector = u64::from_be_bytes(secret::<8>(&*disk, &path.join("collector"))?);
        Ok(Self { disk, path: path.to_owned(), collector, lock })
    }

    /// Whether the directory is still the one that was opened. What is written to another one is not locked, and the
    /// next start may not find it.
    pub(super) fn is_there(&self) -> bool {
        self.lock.is_at(&self.path.join("lock"))
    }

    /// The file of a segment.
    pub(super) fn segment_path(&self, number: u64) -> PathBuf {
        segment::path(&self.path, number)
    }

    /// Removes a segment that was sent, and the file of its rejections; the directory is not synced.
    pub(super) fn remove_segment(&self, number: u64) -> io::Result<()> {
        let path = self.segment_path(number);
        for path in [path.with_extension(segment::REJECTED), path] {
            match self.disk.remove(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// The secret of the keyed client hash that is kept here.
    pub(super) fn client_key(&self) -> Result<[u8; 16], JournalError> {
        secret(&*self.disk, &self.path.join("client.key"))
    }

    /// The highest segment number that was sent; 0 = none.
    pub(super) fn sent(&self) -> Result<u64, JournalError> {
        let path = self.path.join("sent");
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

    /// Writes durably that segments up to `number` were sent.
    pub(super) fn set_sent(&self, number: u64) -> io::Result<()> {
        disk::replace(&*self.disk, &self.path.join("sent"), format!("{number}\n").as_bytes())
    }

    /// The content of a small file; `None` where it is missing.
    pub(super) fn read_file(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match self.disk.read(&self.path.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }

    /// Replaces a small file durably.
    pub(super) fn replace_file(&self, name: &str, content: &[u8]) -> io::Result<()> {
        disk::replace(&*self.disk, &self.path.join(name), content)
    }

    /// The files of segments: number, extension, bytes.
    pub(super) fn segments(&self) -> io::Result<Vec<(u64, String, u64)>> {
        let files = self.disk.list(&self.path)?.into_iter();
        let segments = files.filter_map(|(name, bytes)| {
            let (number, extension) = segment::number_of(&name)?;
            Some((number, extension.to_owned(), bytes))
        });
        Ok(segments.collect())
    }
}

/// The secret of the keyed client hash that is kept in a journal's directory; `None` where there is none.
///
/// # Errors
/// [`JournalError`] where the file cannot be read, or does not hold hex digits.
pub fn stored_client_key(dir: &Path) -> Result<Option<[u8; 16]>, JournalError> {
    let path = dir.join("client.key");
    match std::fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(JournalError::Directory { dir: path, error }),
        Ok(bytes) => digits(&path, &bytes).map(Some),
    }
}

/// Reads a file of hex digits, or creates it with random ones.
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
