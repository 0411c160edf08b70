//! `[journal]`

use std::path::PathBuf;
use std::time::Duration;

use super::checker::Checker;
use super::parse;
use crate::base::limits;

/// The journal on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalConfig {
    /// Its directory.
    pub dir: PathBuf,
    /// When a report counts as written.
    pub durability: Durability,
    /// Bytes of all segments together.
    pub bytes_max: u64,
    /// How long a segment stays open.
    pub seal_every: Duration,
}

/// When a report counts as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// After `fdatasync`: survives a power cut.
    Disk,
    /// After `write`: survives a crash of this process.
    Os,
}

pub(super) fn section(checker: &Checker) -> JournalConfig {
    let dir = checker.text("journal.dir").unwrap_or_else(|| "data/journal".to_owned());
    JournalConfig {
        dir: PathBuf::from(dir),
        durability: checker.value("journal.durability", Durability::Disk, durability),
        bytes_max: checker.value("journal.max_bytes", 10 * limits::GIB, parse::bytes),
        seal_every: checker.value("journal.seal_every", Duration::from_secs(5), parse::duration),
    }
}

fn durability(text: &str) -> Result<Durability, String> {
    match text {
        "disk" => Ok(Durability::Disk),
        "os" => Ok(Durability::Os),
        _ => Err(format!("\"{text}\" is neither \"disk\" nor \"os\"")),
    }
}
