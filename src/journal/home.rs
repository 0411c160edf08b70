//! The journal's directory and the small files beside the segments.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `lock` | nothing; the process that uses the directory holds a lock on it |
//! | `collector` | this collector's id: 16 hex digits, made at first start |
//! | `client.key` | 32 hex digits: the secret of the keyed client hash, unless one is configured |
//! | `sent` | the highest number of a segment that was sent, decimal; numbers up to it are never used again |
//! | `segment-….log` | segments, see segment.rs |

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::{JournalError, disk};

/// An opened directory.
#[derive(Debug)]
pub(super) struct Home {
    pub(super) dir: PathBuf,
    pub(super) collector: u64,
    /// Held as long as the journal is open.
    lock: File,
}

impl Home {
    /// Makes what is missing, and takes the lock.
    pub(super) fn open(dir: &Path) -> Result<Self, JournalError> {
        let failed = |error| JournalError::Directory { dir: dir.to_owned(), error };
        disk::create_dir(dir).map_err(failed)?;
        let lock = File::create(dir.join("lock")).map_err(failed)?;
        if lock.try_lock().is_err() {
            return Err(JournalError::Locked { dir: dir.to_owned() });
        }
        let collector = Self::secret::<8>(dir, "collector")?;
        Ok(Self { dir: dir.to_owned(), collector: u64::from_be_bytes(collector), lock })
    }

    /// Whether the directory is still the one that was opened. It may have been moved, unmounted or
    /// replaced; what is written to another one is not found by the next start, or not locked.
    pub(super) fn is_there(&self) -> bool {
        let identity = |found: io::Result<Metadata>| found.map(|found| (found.dev(), found.ino()));
        let here = identity(fs::metadata(self.dir.join("lock")));
        here.is_ok_and(|here| identity(self.lock.metadata()).is_ok_and(|ours| ours == here))
    }

    /// The secret of the keyed client hash that is kept here.
    pub(super) fn client_key(&self) -> Result<[u8; 16], JournalError> {
        Self::secret(&self.dir, "client.key")
    }

    /// Reads a file of hex digits, or makes it with random ones.
    fn secret<const N: usize>(dir: &Path, name: &str) -> Result<[u8; N], JournalError> {
        let path = dir.join(name);
        let failed = |error| JournalError::Directory { dir: path.clone(), error };
        match fs::read_to_string(&path) {
            Ok(text) => from_hex(text.trim_end()).ok_or_else(|| JournalError::Unreadable {
                file: path.clone(),
                expected: format!("{} hex digits", 2 * N),
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let bytes = disk::random::<N>().map_err(failed)?;
                disk::replace(&path, (to_hex(&bytes) + "\n").as_bytes()).map_err(failed)?;
                Ok(bytes)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// The highest segment number that was sent; 0 = none.
    pub(super) fn sent(&self) -> Result<u64, JournalError> {
        let path = self.dir.join("sent");
        match fs::read_to_string(&path) {
            Ok(text) => text.trim_end().parse().map_err(|_| JournalError::Unreadable {
                file: path,
                expected: "a decimal number".to_owned(),
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(JournalError::Directory { dir: path, error }),
        }
    }

    /// Notes durably that segments up to `number` were sent.
    pub(super) fn set_sent(&self, number: u64) -> io::Result<()> {
        disk::replace(&self.dir.join("sent"), format!("{number}\n").as_bytes())
    }

    /// Numbers of all segment files, ascending.
    pub(super) fn segments(&self) -> Result<Vec<u64>, JournalError> {
        let failed = |error| JournalError::Directory { dir: self.dir.clone(), error };
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            numbers.extend(name.to_str().and_then(super::segment::number_of));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).ok()?;
    }
    Some(bytes)
}
