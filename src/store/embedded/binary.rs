//! `clickhouse local` as a child of this process, which answers for it.

use std::convert::Infallible;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use super::LaunchError;

/// Runs the binary to its end. It ends with this process, however that ends: `setpriv` of util-linux asks the kernel for that.
pub(super) fn run(path: &Path, arguments: &[OsString]) -> Result<Infallible, LaunchError> {
    let failed = |cause| LaunchError::Exec { path: path.to_path_buf(), cause };
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM", "--"]).arg(path).arg("local").args(arguments);
    let status = command.status().map_err(failed)?;
    Err(LaunchError::Ended(format!("{}: {status}", path.display())))
}
