//! A copy of this machine's files that a test may change: an overlay of `/` in memory, which only its commands see.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};

use tempfile::TempDir;

use super::{children, tools};

/// Mounts the overlay, says so, and waits for the end of its input. All mounts are of its own namespace, so they end with
/// it. `/run` is empty: no program finds a service manager to talk to.
const KEEPER: &str = r#"set -e
mount -t tmpfs -o mode=755 cspwatch-test "$1"
mkdir "$1/upper" "$1/work" "$1/root" "$1/given"
mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" cspwatch-test "$1/root"
mount -t proc proc "$1/root/proc"
mount --rbind /dev "$1/root/dev"
mount -t tmpfs -o mode=755 cspwatch-test "$1/root/run"
mount --bind "$2" "$1/root/mnt"
echo mounted
read -r _"#;

/// The machine. What it was given is in its folder `/mnt`.
pub struct Machine {
    keeper: Child,
    given: TempDir,
    place: TempDir,
}

impl Machine {
    /// Starts one.
    pub fn start() -> Self {
        let (place, given) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut command = tools::command(&["unshare"]);
        command.args(["--mount", "--propagation", "private", "sh", "-c", KEEPER, "sh"]);
        command.arg(place.path()).arg(given.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut keeper = children::spawn(command).unwrap();
        let mut said = [0; 8];
        let is_mounted = keeper.stdout.as_mut().unwrap().read_exact(&mut said).is_ok();
        assert!(is_mounted, "an overlay cannot be mounted; these tests need root");
        Self { keeper, given, place }
    }

    /// The folder that is its `/mnt`.
    pub fn given(&self) -> &Path {
        self.given.path()
    }

    /// Runs a line of shell on it.
    pub fn run(&self, line: &str) -> Output {
        let mut command = tools::command(&["nsenter"]);
        command.arg("--mount").args(["--target", &self.keeper.id().to_string()]);
        command.arg("chroot").arg(self.place.path().join("root"));
        command.args([
            "env",
            "--ignore-environment",
            "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME=/root",
            "LC_ALL=C.UTF-8",
        ]);
        command.args(["DEBIAN_FRONTEND=noninteractive", "MANWIDTH=120", "sh", "-ec", line]);
        command.stdin(Stdio::null()).output().unwrap()
    }

    /// Runs a line that must succeed, and returns what it printed.
    #[track_caller]
    pub fn check(&self, line: &str) -> String {
        let output = self.run(line);
        let words = [output.stdout, output.stderr].concat();
        let words = String::from_utf8_lossy(&words).into_owned();
        assert!(output.status.success(), "{line}: {}\n{words}", output.status);
        words
    }

    /// All files, links and folders that are not as on this machine, but for those with one of these beginnings.
    pub fn changes(&self, expected: &[&str]) -> Vec<String> {
        let upper = PathBuf::from(format!("/proc/{}/root", self.keeper.id()))
            .join(self.place.path().join("upper").strip_prefix("/").unwrap());
        let mut found = Vec::new();
        let mut folders = vec![upper.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let path = entry.path();
                let here = Path::new("/").join(path.strip_prefix(&upper).unwrap());
                if entry.file_type().unwrap().is_dir() {
                    folders.push(path.clone());
                }
                let name = here.display().to_string();
                if differs(&path, &here) && !expected.iter().any(|start| name.starts_with(start)) {
                    found.push(name);
                }
            }
        }
        found.sort();
        found
    }
}

/// Whether a path of the overlay is another one than that of this machine.
fn differs(changed: &Path, original: &Path) -> bool {
    let (Ok(new), Ok(old)) = (changed.symlink_metadata(), original.symlink_metadata()) else {
        return true;
    };
    let facts = |metadata: &fs::Metadata| (metadata.mode(), metadata.uid(), metadata.gid());
    // What was removed is a character device.
    new.file_type().is_char_device()
        || facts(&new) != facts(&old)
        || (new.is_file() && fs::read(changed).unwrap() != fs::read(original).unwrap())
        || (new.is_symlink() && fs::read_link(changed).unwrap() != fs::read_link(original).unwrap())
}

impl Drop for Machine {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}
