//! Bytes that nobody can guess.

use std::fs::File;
use std::io::{self, Read as _};

/// Bytes from the kernel.
///
/// # Errors
/// The system's, where `/dev/urandom` cannot be read.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}
