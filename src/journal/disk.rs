//! The system calls of the journal, and the order in which they are durable. Every call that changes a file goes
//! through [`Disk`], so that tests can replace it by a model that loses power.

use std::fmt::Debug;
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::FallocateFlags;

/// Only the collector's user may read what browsers reported.
const FILE_MODE: u32 = 0o600;
const DIR_MODE: u32 = 0o700;

/// The files of one directory. Nothing is durable before it is synced: content by a sync of the file, names by a sync of
/// the directory.
pub(super) trait Disk: Debug + Send + Sync {
    /// Creates a directory and its parents.
    fn create_dir(&self, dir: &Path) -> io::Result<()>;
    /// Locks a file, which is created if it is missing; `None` when another process holds it.
    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn FileLock>>>;
    /// Creates a file for appending, which must not exist yet. Where the file system supports it, `room` bytes are
    /// reserved for it.
    fn create_log(&self, path: &Path, room: u64) -> io::Result<Box<dyn LogFile>>;
    /// Creates or empties a file, then writes and syncs it.
    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()>;
    /// A file's content.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// Whether there is a file of that name.
    fn exists(&self, path: &Path) -> io::Result<bool>;
    /// The files in a directory with their sizes. Names that are not UTF-8 are left out: the journal has none.
    fn list(&self, dir: &Path) -> io::Result<Vec<(String, u64)>>;
    /// Gives a file another name. A file that had that name is replaced.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a directory durable. Without it, a new or renamed file may be gone after a power cut although
    /// its content was synced.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
    /// Bytes that an ordinary user may still write to the file system of `dir`.
    fn free_bytes(&self, dir: &Path) -> io::Result<u64>;
}

/// A file that is appended to.
pub(super) trait LogFile: Debug + Send {
    /// Appends all bytes; after an error, only some of them may be there.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Makes durable what was appended. After an error a second sync may succeed although the data is lost: Linux marks
    /// failed pages clean.
    fn sync(&self) -> io::Result<()>;
    /// Whether it still has a name.
    fn is_linked(&self) -> io::Result<bool>;
    /// Releases the reserved space behind `length`, the length of the file. Where that fails, the file keeps it.
    fn trim(&self, length: u64);
}

/// A lock that is held until it is dropped.
pub(super) trait FileLock: Debug + Send + Sync {
    /// Whether the file at `path` is the one that is locked. Its directory may have been moved, unmounted
    /// or replaced.
    fn is_at(&self, path: &Path) -> bool;
}

/// Replaces a file as a whole: after a crash it holds the old content or the new, never a mixture.
pub(super) fn replace(disk: &dyn Disk, path: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    let written = disk.write(&temporary, content).and_then(|()| disk.rename(&temporary, path));
    if let Err(error) = written {
        // Half a file on a full disk would take the space that the next attempt needs.
        let _ = disk.remove(&temporary);
        return Err(error);
    }
    match path.parent() {
        Some(dir) => disk.sync_dir(dir),
        None => Ok(()),
    }
}

/// The disk of this machine.
#[derive(Debug)]
pub(super) struct RealDisk;

impl Disk for RealDisk {
    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(DIR_MODE).create(dir)?;
        // Somebody may have made it, or copied files into it.
        restrict(dir, DIR_MODE);
        for entry in fs::read_dir(dir)? {
            restrict(&entry?.path(), FILE_MODE);
        }
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn FileLock>>> {
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(FILE_MODE).open(path)?;
        Ok(file.try_lock().is_ok().then(|| Box::new(RealLock(file)) as Box<dyn FileLock>))
    }

    fn create_log(&self, path: &Path, room: u64) -> io::Result<Box<dyn LogFile>> {
        let mut options = OpenOptions::new();
        let file = options.append(true).create_new(true).mode(FILE_MODE).open(path)?;
        // An optimisation: some file systems do not support it, and small ones have no such space.
        let _ = rustix::fs::fallocate(&file, FallocateFlags::KEEP_SIZE, 0, room);
        Ok(Box::new(file))
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file =
            options.write(true).create(true).truncate(true).mode(FILE_MODE).open(path)?;
        file.write_all(content)?;
        file.sync_all()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        path.try_exists()
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<(String, u64)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            if let Ok(name) = entry.file_name().into_string() {
                // It may have been removed since.
                files.push((name, entry.metadata().map_or(0, |found| found.len())));
            }
        }
        Ok(files)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }

    fn free_bytes(&self, dir: &Path) -> io::Result<u64> {
        let stat = rustix::fs::statvfs(dir)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }
}

impl LogFile for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn is_linked(&self) -> io::Result<bool> {
        Ok(self.metadata()?.nlink() > 0)
    }

    fn trim(&self, length: u64) {
        let _ = self.set_len(length);
    }
}

/// Takes the rights of everybody else from a file or directory. That of another owner stays as it is.
fn restrict(path: &Path, mode: u32) {
    let Ok(found) = fs::symlink_metadata(path) else { return };
    let is_open = found.mode() & 0o077 != 0 && !found.is_symlink();
    if is_open && let Err(error) = fs::set_permissions(path, Permissions::from_mode(mode)) {
        tracing::warn!(id = "file-open-to-others", path = %path.display(), %error, "others may read or write this file");
    }
}

/// Held by the kernel as long as the file is open.
#[derive(Debug)]
struct RealLock(File);

impl FileLock for RealLock {
    fn is_at(&self, path: &Path) -> bool {
        let identity = |found: io::Result<Metadata>| found.map(|found| (found.dev(), found.ino()));
        let here = identity(fs::metadata(path));
        here.is_ok_and(|here| identity(self.0.metadata()).is_ok_and(|ours| ours == here))
    }
}
