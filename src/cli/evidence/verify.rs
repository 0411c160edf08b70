//! `cspwatch evidence --verify`: whether packs are as they were made, and each follows the one before.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::audit::evidence::chain::{PREVIOUS, SUMS, listed, sum};
use crate::base::display::count;
use crate::cli::Failure;

/// Checks packs in the order of time; prints a line for each.
pub(super) fn verify(out: &mut impl Write, packs: &[PathBuf]) -> Result<(), Failure> {
    let mut before: Option<String> = None;
    let mut wrong = 0;
    for pack in packs {
        let (sums, mut faults) = check_files(pack)?;
        let own = sum(&sums);
        if let Some(before) = &before {
            faults.extend(check_previous(pack, before)?);
        }
        let pack = pack.display();
        if faults.is_empty() {
            writeln!(out, "{pack}: sound, {own}")?;
        }
        for fault in &faults {
            writeln!(out, "{pack}: {fault}")?;
        }
        wrong += usize::from(!faults.is_empty());
        before = Some(own);
    }
    out.flush()?;
    match wrong {
        0 => Ok(()),
        wrong => {
            let all = count(packs.len() as u64, "pack");
            Err(format!("not as they were made: {wrong} of {all}").into())
        }
    }
}

/// The sums of a pack, and what is wrong with its files.
fn check_files(pack: &Path) -> Result<(Vec<u8>, Vec<String>), Failure> {
    let sums = read(&pack.join(SUMS))?;
    let Some(files) = str::from_utf8(&sums).ok().and_then(listed) else {
        return Ok((sums, vec![format!("{SUMS} is no list of checksums")]));
    };
    let mut faults = Vec::new();
    for (name, expected) in &files {
        match fs::read(pack.join(name)) {
            Ok(content) if sum(&content) == *expected => {}
            Ok(_) => faults.push(format!("{name} was changed")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                faults.push(format!("{name} is missing"));
            }
            Err(error) => return Err(format!("{name} cannot be read: {error}").into()),
        }
    }
    let has_previous = pack.join(PREVIOUS).exists();
    if has_previous && !files.iter().any(|(name, _)| *name == PREVIOUS) {
        faults.push(format!("{PREVIOUS} was added"));
    }
    Ok((sums, faults))
}

/// What is wrong with the place of a pack behind the one whose sum is `before`.
fn check_previous(pack: &Path, before: &str) -> Result<Option<String>, Failure> {
    let previous = pack.join(PREVIOUS);
    if !previous.exists() {
        return Ok(Some("it names no pack before it".to_owned()));
    }
    let named = read(&previous)?;
    let is_named = named.trim_ascii() == before.as_bytes();
    Ok((!is_named).then(|| "it names another pack as the one before it".to_owned()))
}

/// Reads a file of a pack that must be there.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(file).map_err(|error| format!("{} cannot be read: {error}", file.display()).into())
}
