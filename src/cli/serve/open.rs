//! The first part of `cspwatch serve`: opens the journal and restores what detection remembered, before anything can ask
//! for it.

use std::sync::Arc;

use super::super::{Failure, client_key};
use crate::accept::RotatingHasher;
use crate::base::drill::DrillKey;
use crate::base::lock::Mutex;
use crate::config::Config;
use crate::detect::Detector;
use crate::journal::Journal;
use crate::metrics::Metrics;
use crate::observer::{self, ReportObserver};
use crate::pipeline::judge::Sites;
use crate::pipeline::normalise::redact::RedactionKey;

/// What the collector remembers, on disk and in memory.
pub(super) struct Opened {
    pub(super) journal: Arc<Journal>,
    pub(super) detector: Arc<Mutex<Detector>>,
    pub(super) metrics: Arc<Metrics>,
    /// From the configured secret or the one beside the journal.
    pub(super) keys: Keys,
    /// Whether no memory of detection was on disk.
    pub(super) is_new: bool,
}

/// What hashes with the secret of this installation.
pub(super) struct Keys {
    /// The addresses of clients.
    pub(super) clients: RotatingHasher,
    /// What is not kept of texts.
    pub(super) redaction: RedactionKey,
}

impl Opened {
    pub(super) fn open(config: &Config) -> Result<Self, Failure> {
        let detector: Arc<Mutex<Detector>> = Arc::default();
        detector.lock().set_configured(Arc::new(Sites::new(&config.sites)));
        let metrics = Arc::new(Metrics::new(Arc::clone(&detector))?);
        let observer =
            ReportObserver { metrics: Arc::clone(&metrics), detector: Arc::clone(&detector) };
        let journal = Arc::new(Journal::open(&config.journal, observer)?);
        let key = client_key(config)?.unwrap_or_else(|| journal.client_key());
        let drill_key = DrillKey::derive(&key);
        metrics.drills.set_key(&drill_key);
        detector.lock().set_drill_key(drill_key);
        let is_new = !observer::restore_memory(&journal, &detector, &metrics.sites)?;
        metrics.watch_journal(Arc::clone(&journal))?;
        let clients = RotatingHasher::new(&key, config.privacy.client_key_rotation);
        let keys = Keys { clients, redaction: RedactionKey::derive(&key) };
        Ok(Self { journal, detector, metrics, keys, is_new })
    }
}
