//! What commands write: results to standard output, remarks to standard error, so that a machine can read the results.

use std::io::{self, Write};

pub(super) use crate::base::display::time;
use crate::base::stdout::stdout;

/// Writes one line to standard output.
pub(super) fn print_line(line: &str) -> io::Result<()> {
    writeln!(stdout(), "{line}")
}

/// Writes one line to standard error. If that is closed, the line is dropped and the command goes on, where `eprintln!`
/// would panic: the exit code must still say what happened.
pub fn eprintln_line(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
