//! The journal's directory and the small files beside the segments.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `lock` | nothing; the process that uses the directory holds a lock on it |
//! | `collector` | this collector's id: 16 hex digits, made at first start |
//! | `client.key` | 32 hex digits: the secret of the keyed client hash, unless one is configured |
//! | `sent` | the journal's format, and the highest number of a segment that was sent; in format 1 the number alone |
//! | `detection` | what detection remembers, see `detect/memory.rs`; if it is lost, detection starts from scratch |
//! | `decisions` | people's decisions about destinations, see `decisions/destinations.rs`; ClickHouse has them too |
//! | `exchange` | which batches of other collectors detection knows, see `peers/known.rs`; if it is lost, the last day is read again |
//! | `probe` | nothing; written now and then to see whether the disk works |
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
use crate::base::random::random;

/// As much as a file system writes at once.
const PROBE_BYTES: usize = 4096;

/// What `sent` begins with, and the format that follows.
const FORMAT_WORDS: &str = "cspwatch journal ";
const FORMAT: u32 = 2;

/// An opened directory.
#[derive(Debug)]
pub(super) struct JournalDir {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) path: PathBuf,
    /// This collector's id.
    pub(super) collector: u64,
    /// Random bits of this process, never 0: no other process has the same tokens.
    pub(super) start: u32,
    /// Held as long as the journal is open.
    lock: Box<dyn FileLock>,
}

/// What the file `sent` says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sent {
    /// The highest segment number that was sent; 0 = none.
    pub(super) number: u64,
    /// Whether it names the present format.
    pub(super) is_current: bool,
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
        let start = u32::from_be_bytes(random().map_err(failed)?).max(1);
        Ok(Self { disk, path: path.to_owned(), collector, start, lock })
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

    /// The highest segment number that was sent; 0 = none. It is also where the journal says which format it has, so that
    /// an older binary, which expects a number alone, refuses it instead of setting aside what it cannot read.
    pub(super) fn sent(&self) -> Result<Sent, JournalError> {
        let path = self.path.join("sent");
        match self.disk.read(&path) {
            Ok(bytes) => {
                let unreadable = || JournalError::Unreadable {
                    file: path.clone(),
                    expected: format!("`{FORMAT_WORDS}{FORMAT}` and a decimal number"),
                };
                let text = text(&bytes).ok_or_else(unreadable)?;
                let of_format = text.strip_prefix(FORMAT_WORDS);
                let number = match of_format {
                    None => text,
                    Some(rest) => {
                        let (format, number) = rest.split_once('\n').ok_or_else(unreadable)?;
                        if format != FORMAT.to_string() {
                            let (dir, format) = (self.path.clone(), format.to_owned());
                            return Err(JournalError::Newer { dir, format, known: FORMAT });
                        }
                        number
                    }
                };
                let number = number.parse().map_err(|_| unreadable())?;
                Ok(Sent { number, is_current: of_format.is_some() })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Sent::default()),
            Err(error) => Err(JournalError::Directory { dir: path, error }),
        }
    }

    /// Writes durably that segments up to `number` were sent.
    pub(super) fn set_sent(&self, number: u64) -> io::Result<()> {
        let text = format!("{FORMAT_WORDS}{FORMAT}\n{number}\n");
        disk::replace(&*self.disk, &self.path.join("sent"), text.as_bytes())
    }

    /// Whether a small file can be written durably.
    pub(super) fn probe(&self) -> io::Result<()> {
        self.disk.write(&self.path.join("probe"), &[0; PROBE_BYTES])
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
        Err(error) => Err(JournalError::Closed { file: path, error }),
        Ok(bytes) => digits(&path, &bytes).map(Some),
    }
}

/// Reads a file of hex digits, or creates it with random ones.
fn secret<const N: usize>(disk: &dyn Disk, path: &Path) -> Result<[u8; N], JournalError> {
    let failed = |error| JournalError::Directory { dir: path.to_owned(), error };
    match disk.read(path) {
        Ok(bytes) => digits(path, &bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let bytes = random::<N>().map_err(failed)?;
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
