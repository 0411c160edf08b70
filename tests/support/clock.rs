//! A wall clock that a test sets, shown to one process by libfaketime. The monotonic clock stays what it
//! is, as it does when a machine's clock is set.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A clock. It is right until it is set.
pub struct Clock {
    file: PathBuf,
}

impl Clock {
    /// Keeps its setting in a file in `place`.
    pub fn new(place: &Path) -> Self {
        sweep();
        let clock = Self { file: place.join("clock") };
        clock.set("+0d");
        clock
    }

    /// Sets it apart from the machine's, as in `+2d`; whoever looks at it next sees that.
    pub fn set(&self, offset: &str) {
        // Every look at the clock reads the file, and half of it would be another time.
        let next = self.file.with_extension("next");
        fs::write(&next, offset).unwrap();
        fs::rename(&next, &self.file).unwrap();
    }

    /// Lets a command see it.
    pub fn show_to(&self, command: &mut Command) {
        command.env("LD_PRELOAD", library());
        command.env("FAKETIME_TIMESTAMP_FILE", &self.file);
        command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        sweep();
    }
}

/// Where Debian has it, whatever the architecture.
fn library() -> PathBuf {
    let libraries = fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
    let found = libraries.map(|folder| folder.join("faketime/libfaketimeMT.so.1"));
    let found = found.into_iter().find(|file| file.exists());
    found.expect("libfaketime is not installed: run deploy/install tests")
}

/// Removes what libfaketime shares between the processes that see one clock, where those were killed: a
/// later process of the same number could not start.
fn sweep() {
    for entry in fs::read_dir("/dev/shm").unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap_or_default();
        let owner =
            ["faketime_shm_", "sem.faketime_sem_"].iter().find_map(|p| name.strip_prefix(p));
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            // Another test may be quicker.
            let _ = fs::remove_file(entry.path());
        }
    }
}
