//! Segments in quarantine: ClickHouse refused some of their rows, and has the others.

use std::io;
use std::path::{Path, PathBuf};

use super::disk::{Disk, RealDisk};
use super::refusals::Refusals;
use super::segment;

/// One of them. The collector leaves it alone: it may be running.
#[derive(Debug)]
pub struct Quarantine(PathBuf);

impl Quarantine {
    /// All in a journal's directory, oldest first.
    pub fn list(dir: &Path) -> io::Result<Vec<Self>> {
        let files = RealDisk.list(dir)?;
        let mut names: Vec<String> = files.into_iter().map(|(name, _)| name).collect();
        names.retain(|name| {
            segment::number_of(name).is_some_and(|(_, extension)| extension == segment::QUARANTINED)
        });
        names.sort_unstable();
        Ok(names.into_iter().map(|name| Self(dir.join(name))).collect())
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The segment's bytes.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        RealDisk.read(&self.0)
    }

    /// What was refused of it.
    pub fn refusals(&self) -> io::Result<Refusals> {
        Refusals::read(&RealDisk, &self.0)
    }

    /// Notes durably what is still refused.
    pub fn set_refusals(&self, refusals: &Refusals) -> io::Result<()> {
        refusals.write(&RealDisk, &self.0)
    }

    /// Removes it: nothing is refused any more.
    pub fn remove(&self) -> io::Result<()> {
        // Without the segment the other file says nothing.
        RealDisk.remove(&self.0)?;
        RealDisk.remove(&self.0.with_extension(segment::REFUSED))
    }
}
