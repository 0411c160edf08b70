//! The directory of the tables, and whether another ClickHouse has it open.

use std::fs::{DirBuilder, File, TryLockError};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::LaunchError;

/// Creates the directory (mode 0700, because it holds what users did) and returns its absolute path.
pub(super) fn prepare(data: &Path) -> Result<PathBuf, LaunchError> {
    let failed =
        |what| move |cause: io::Error| LaunchError::File { what, path: data.to_path_buf(), cause };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .map_err(failed("create the data directory (--data)"))?;
    let data = fs::canonicalize(data).map_err(failed("open the data directory (--data)"))?;
    refuse_second(&data)?;
    Ok(data)
}

/// Refuses a directory that another ClickHouse uses. ClickHouse locks the file `status` as long as it runs. Checking that
/// lock, instead of one of our own, also finds a server that was started without cspwatch. If two start at the same instant,
/// ClickHouse's own lock decides.
fn refuse_second(data: &Path) -> Result<(), LaunchError> {
    let status = data.join("status");
    let failed = |cause| LaunchError::File { what: "read", path: status.clone(), cause };
    let file = match File::open(&status) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            Err(LaunchError::DataInUse { data: data.to_path_buf(), holder: holder(&status) })
        }
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// The process that the status file names (its first line is `PID: 123`).
fn holder(status: &Path) -> String {
    let text = fs::read_to_string(status).unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix("PID: "))
        .map(|pid| format!(" (pid {})", pid.trim()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_status_file_names_its_holder() {
        let place = tempfile::tempdir().unwrap();
        let data = place.path().join("a/b");
        let data = prepare(&data).expect("missing directories are created");
        let status = data.join("status");
        fs::write(&status, "PID: 4711\nStarted at: now\n").unwrap();
        prepare(&data).expect("a file left behind by a crash is no lock");
        let held = File::open(&status).unwrap();
        held.lock().unwrap();
        let error = prepare(&data).expect_err("held").to_string();
        assert!(error.contains("another ClickHouse (pid 4711): stop that one"), "{error}");
    }
}
