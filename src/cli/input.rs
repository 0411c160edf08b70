//! Files of recordings, line by line.

use std::io::{self, BufRead, BufReader};
use std::path::Path;

use super::Failure;

/// Opens a file of recordings; `-` is standard input.
pub(super) fn open_input(file: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if file.as_os_str() == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    let opened = std::fs::File::open(file).map_err(|error| unreadable(file, &error))?;
    Ok(Box::new(BufReader::new(opened)))
}

/// The lines that are not empty, each after its place, written `file:1`.
pub(super) fn lines(
    file: &Path,
    input: impl BufRead,
) -> impl Iterator<Item = Result<(String, String), Failure>> {
    let numbered = (1..).zip(input.lines());
    let filled =
        numbered.filter(|(_, line)| !line.as_ref().is_ok_and(|line| line.trim().is_empty()));
    filled.map(move |(number, line)| {
        let line = line.map_err(|error| unreadable(file, &error))?;
        Ok((format!("{}:{number}", file.display()), line))
    })
}

/// The error for a file that cannot be read.
pub(super) fn unreadable(file: &Path, error: &io::Error) -> String {
    format!("{} cannot be read: {error}", file.display())
}
