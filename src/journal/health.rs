//! What the last attempts to write showed, and the last look at the disk.

use std::io;
use std::time::{Duration, Instant};

use crate::base::lock::Mutex;

/// What is known of the disk.
#[derive(Debug, Default)]
pub(super) struct Health(Mutex<Attempts>);

#[derive(Debug, Default)]
struct Attempts {
    /// Why the last one failed.
    error: Option<String>,
    /// When the last one succeeded.
    success: Option<Instant>,
    /// What the last look found.
    trouble: Option<String>,
}

/// How long after the last success a probe is written: a disk may fail while no report comes.
const PROBE_AFTER: Duration = Duration::from_secs(10);

impl Health {
    /// A group of reports is durable.
    pub(super) fn succeeded(&self) {
        let mut attempts = self.0.lock();
        (attempts.error, attempts.success) = (None, Some(Instant::now()));
    }

    /// An attempt failed.
    pub(super) fn failed(&self, error: &io::Error) {
        self.0.lock().error = Some(error.to_string());
    }

    /// Whether a probe has to show whether the disk works.
    pub(super) fn is_probe_due(&self) -> bool {
        let attempts = self.0.lock();
        let is_long_ago = attempts.success.is_none_or(|at| at.elapsed() >= PROBE_AFTER);
        attempts.error.is_some() || is_long_ago
    }

    /// Why the last attempt failed, if it did.
    pub(super) fn error(&self) -> Option<String> {
        self.0.lock().error.clone()
    }

    /// What the last look found.
    pub(super) fn trouble(&self) -> Option<String> {
        self.0.lock().trouble.clone()
    }

    /// Notes what a look found.
    pub(super) fn set_trouble(&self, trouble: Option<String>) {
        self.0.lock().trouble = trouble;
    }
}
