//! Why the journal does not take reports, and why it cannot be opened.

use std::io;
use std::path::PathBuf;

/// Why reports were not taken. The answer is 503; nothing of them is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// `journal.max_bytes` or the floor of free disk is reached.
    #[error("the journal is full")]
    Full,
    /// The disk failed.
    #[error("the journal cannot be written")]
    Failed,
    /// More reports wait for the disk than may.
    #[error("too many reports wait for the disk")]
    Busy,
    /// The clock is wrong, and nobody has corrected it.
    #[error("the machine's clock is wrong")]
    Clock,
    /// The disk does not answer.
    #[error("the disk does not answer")]
    Stalled,
    /// The collector is stopping.
    #[error("the collector is stopping")]
    Closing,
}

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum JournalError {
    #[error("the journal at {dir} cannot be used: {error}; check that it is writable and has space left", dir = .dir.display())]
    Directory { dir: PathBuf, error: io::Error },
    #[error("{file} cannot be read: {error}; it must be readable by the user that runs this", file = .file.display())]
    Closed { file: PathBuf, error: io::Error },
    #[error("the journal at {dir} is in use by another process; set journal.dir to another directory", dir = .dir.display())]
    Locked { dir: PathBuf },
    #[error("{file} does not hold {expected}; restore it, or move it away to start with a new one", file = .file.display())]
    Unreadable { file: PathBuf, expected: String },
    #[error("the journal at {dir} has format {format}, and this cspwatch reads formats up to {known}: start the newer version that wrote it", dir = .dir.display())]
    Newer { dir: PathBuf, format: String, known: u32 },
}
