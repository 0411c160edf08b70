//! The pack as files: for people, for programs, and their sums.

use std::io;

use serde_json::to_string_pretty;

use super::chain::{self, PREVIOUS, SUMS};
use super::{EvidencePack, html, json};
use crate::audit::script_inventory;

/// The pack as data.
pub const DATA: &str = "evidence.json";

/// The scripts as a table.
pub const SCRIPTS: &str = "scripts.csv";

/// The files of a pack by their names; [`SUMS`] comes last, with the sums of the others. `previous` is the sum of the pack before,
/// which this one then names.
///
/// # Errors
/// None that a reader causes: those of writing into memory.
pub fn files(
    pack: &EvidencePack,
    previous: Option<&str>,
) -> io::Result<Vec<(&'static str, Vec<u8>)>> {
    let mut files = vec![
        ("evidence.html", html::page_of(pack).into_bytes()),
        (DATA, data(pack)?.into_bytes()),
        (SCRIPTS, script_table(pack)?),
    ];
    if let Some(previous) = previous {
        files.push((PREVIOUS, format!("{previous}\n").into_bytes()));
    }
    files.push((SUMS, chain::sums(&files).into_bytes()));
    Ok(files)
}

/// The content of [`DATA`].
///
/// # Errors
/// As [`files`].
pub fn data(pack: &EvidencePack) -> io::Result<String> {
    Ok(to_string_pretty(&json::as_json(pack))?)
}

/// The content of [`SCRIPTS`].
///
/// # Errors
/// As [`files`].
pub fn script_table(pack: &EvidencePack) -> io::Result<Vec<u8>> {
    let mut scripts = Vec::new();
    script_inventory::csv(&mut scripts, &pack.site, &pack.scripts)?;
    Ok(scripts)
}
