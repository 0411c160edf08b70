//! The pack as files: for people, for programs, and their sums.

use std::io;

use serde_json::to_string_pretty;

use super::chain::{self, PREVIOUS, SUMS};
use super::{EvidencePack, html, json};
use crate::audit::script_inventory;

/// The pack as data.
pub const DATA: &str = "evidence.json";

/// The files of a pack by their names; [`SUMS`] comes last, with the sums of the others. `previous` is the sum of the pack before,
/// which this one then names.
///
/// # Errors
/// None that a reader causes: those of writing into memory.
pub fn files(
    pack: &EvidencePack,
    previous: Option<&str>,
) -> io::Result<Vec<(&'static str, Vec<u8>)>> {
    let mut scripts = Vec::new();
    script_inventory::csv(&mut scripts, &pack.site, &pack.scripts)?;
    let mut files = vec![
        ("evidence.html", html::page_of(pack).into_bytes()),
        (DATA, to_string_pretty(&json::as_json(pack))?.into_bytes()),
        ("scripts.csv", scripts),
    ];
    if let Some(previous) = previous {
        files.push((PREVIOUS, format!("{previous}\n").into_bytes()));
    }
    files.push((SUMS, chain::sums(&files).into_bytes()));
    Ok(files)
}
