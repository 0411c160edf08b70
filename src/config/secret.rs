//! Secrets, which are kept in files of their own.

use std::fmt::{self, Display};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::checker::Checker;
use super::named_file::{NamedFile, unreadable};

/// A text that is never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// The content of a file that `key` names, without the end of its last line. `None` where files of this kind are not read.
pub(super) fn read_secret(
    checker: &Checker,
    kind: NamedFile,
    key: &str,
    file: &str,
) -> Option<Secret> {
    if !checker.reads(kind) {
        return None;
    }
    if let Err(message) = check_mode(Path::new(file)) {
        checker.add_problem(key, message);
    }
    match std::fs::read_to_string(file) {
        Ok(text) => Some(Secret(text.trim_end().to_owned())),
        Err(error) => {
            checker.add_problem(key, unreadable(Path::new(file), &error));
            None
        }
    }
}

/// As [`read_secret`]; a secret of fewer than `bytes_min` bytes is a mistake.
pub(super) fn read_long_secret(
    checker: &Checker,
    kind: NamedFile,
    key: &str,
    file: &str,
    bytes_min: usize,
) -> Option<Secret> {
    let secret = read_secret(checker, kind, key, file)?;
    if let Err(message) = check_length(file, secret.0.len(), bytes_min) {
        checker.add_problem(key, message);
    }
    Some(secret)
}

/// Checks a file of any bytes, which is read only later.
pub(super) fn check_secret_file(file: &Path, bytes_min: usize) -> Result<(), String> {
    check_mode(file)?;
    let secret = std::fs::read(file).map_err(|error| unreadable(file, &error))?;
    check_length(file.display(), secret.len(), bytes_min)
}

/// A secret that anybody may replace is none.
fn check_mode(file: &Path) -> Result<(), String> {
    let is_open = std::fs::metadata(file).is_ok_and(|found| found.mode() & 0o002 != 0);
    match is_open {
        true => Err(format!("everybody may write to {0}: chmod o-w {0}", file.display())),
        false => Ok(()),
    }
}

fn check_length(file: impl Display, bytes: usize, bytes_min: usize) -> Result<(), String> {
    if bytes < bytes_min {
        return Err(format!("{file} is too short: it needs at least {bytes_min} bytes"));
    }
    Ok(())
}
