//! `[detection]`

use std::fs::File;
use std::path::PathBuf;

use super::checker::Checker;

/// What makes reports matter more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detection {
    /// Threat lists: files of domains that are known to be malicious.
    pub threat_lists: Vec<PathBuf>,
}

pub(super) fn section(checker: &Checker) -> Detection {
    let readable = |text: &str| match File::open(text) {
        Ok(_) => Ok(PathBuf::from(text)),
        Err(error) => Err(format!("{text} cannot be read: {error}")),
    };
    Detection { threat_lists: checker.list("detection.threat_lists", readable) }
}
