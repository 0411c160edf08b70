//! `[detection]`

use std::fs::File;
use std::path::{Path, PathBuf};

use super::checker::Checker;
use super::named_file::{NamedFile, unreadable};

/// What makes reports matter more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detection {
    /// Threat lists: files of domains that are known to be malicious.
    pub threat_lists: Vec<PathBuf>,
}

pub(super) fn section(checker: &Checker) -> Detection {
    let readable = |text: &str| match File::open(text) {
        Err(error) if checker.reads(NamedFile::ThreatLists) => {
            Err(unreadable(Path::new(text), &error))
        }
        _ => Ok(PathBuf::from(text)),
    };
    Detection { threat_lists: checker.list("detection.threat_lists", readable) }
}
