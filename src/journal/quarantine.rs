//! Segments in quarantine: ClickHouse rejected some of their rows and stored the others.

use std::io;
use std::path::{Path, PathBuf};

use super::disk::{Disk, RealDisk};
use super::rejections::Rejections;
use super::segment;

/// One segment in quarantine. A running collector does not touch it.
#[derive(Debug)]
pub struct Quarantine(PathBuf);

impl Quarantine {
    /// Those of a journal's directory, oldest first.
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

    /// What was rejected of it.
    pub fn rejections(&self) -> io::Result<Rejections> {
        Rejections::read(&RealDisk, &self.0)
    }

    /// Writes durably what is still rejected.
    pub fn set_rejections(&self, rejections: &Rejections) -> io::Result<()> {
        rejections.write(&RealDisk, &self.0)
    }

    /// Removes it, when nothing is rejected any more.
    pub fn remove(&self) -> io::Result<()> {
        // The segment first: without it, the other file means nothing.
        RealDisk.remove(&self.0)?;
        RealDisk.remove(&self.0.with_extension(segment::REJECTED))
    }
}

/// How many segments are in quarantine, and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct QuarantineUsage {
    pub(super) segments: usize,
    pub(super) bytes: u64,
}

impl QuarantineUsage {
    /// Of the segment files of a directory: number, extension, bytes.
    pub(super) fn among(files: &[(u64, String, u64)]) -> Self {
        let quarantined = files.iter().filter(|(_, name, _)| name == segment::QUARANTINED);
        quarantined.fold(Self::default(), |sum, (.., bytes)| Self {
            segments: sum.segments + 1,
            bytes: sum.bytes + bytes,
        })
    }
}
