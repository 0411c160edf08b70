//! A small disk of the test's own.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::{children, tools};

/// Mounts, says so, waits for the end of its input, and unmounts: also when the tests were killed.
const KEEPER: &str = r#"mount -t tmpfs -o "$2" cspwatch-test "$1" && echo mounted
read -r _
while umount -l "$1" 2>/dev/null; do :; done"#;

/// A mounted file system in memory. Unmounted when dropped.
pub struct Tmpfs {
    path: PathBuf,
    keeper: Child,
}

impl Tmpfs {
    /// Mounts one over a directory, with options as `mount -o` takes them.
    pub fn mount(path: &Path, options: &str) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "sh"]).arg(path).arg(options);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut keeper = children::spawn(command).unwrap();
        let mut said = [0; 8];
        let is_mounted = keeper.stdout.as_mut().unwrap().read_exact(&mut said).is_ok();
        assert!(is_mounted, "a tmpfs cannot be mounted; these tests need root");
        Self { path: path.to_owned(), keeper }
    }

    /// Takes so many MiB.
    pub fn fill(&self, mebibytes: usize) {
        fs::write(self.path.join("filler"), vec![0; mebibytes << 20]).unwrap();
    }

    /// Takes all file names that are left.
    pub fn fill_names(&self) {
        for name in 0.. {
            if fs::write(self.path.join(format!("filler-{name}")), "").is_err() {
                return;
            }
        }
    }

    /// Gives back all that was taken.
    pub fn clear(&self) {
        for entry in fs::read_dir(&self.path).unwrap().flatten() {
            if entry.file_name().to_string_lossy().starts_with("filler") {
                fs::remove_file(entry.path()).unwrap();
            }
        }
    }

    /// Nobody may open a file for writing any more.
    pub fn make_read_only(&self) {
        let (path, other) = (self.path.display().to_string(), self.read_only());
        fs::create_dir(&other).unwrap();
        let other = other.to_str().unwrap();
        // Elsewhere first: where somebody writes, a mount cannot become read-only.
        tools::check("mount", &["--bind", &path, other]);
        tools::check("mount", &["-o", "remount,bind,ro", other]);
        tools::check("mount", &["--bind", other, &path]);
        tools::check("umount", &[other]);
    }

    /// Everybody may again.
    pub fn make_writable(&self) {
        tools::check("umount", &["-l", self.path.to_str().unwrap()]);
    }

    fn read_only(&self) -> PathBuf {
        self.path.with_extension("read-only")
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}
