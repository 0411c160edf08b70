//! What SIGHUP replaces while the collector runs: configuration and certificate.

use std::cell::Cell;
use std::sync::Arc;

use super::super::{ConfigArgs, Environment, Failure};
use super::READS;
use super::connect::Service;
use crate::accept::{Collector, LiveConfig, Tls};
use crate::base::clock::Timestamp;
use crate::base::lock::Mutex;
use crate::base::readiness::Readiness;
use crate::config::Config;
use crate::decisions::LiveDecisions;
use crate::detect::Detector;
use crate::journal::Journal;
use crate::metrics::About;

/// Reads the configuration and the certificate again.
pub(super) struct Reload<'a> {
    config: &'a ConfigArgs,
    environment: &'a Environment,
    started_with: &'a Config,
    live_decisions: Arc<LiveDecisions>,
    pub(super) collector: Arc<Collector>,
    detector: Arc<Mutex<Detector>>,
    journal: Arc<Journal>,
    tls: Option<Arc<Tls>>,
    about: Arc<About>,
    readiness: Arc<Readiness>,
    /// Whether the certificate was expired at the last look.
    is_expired: Cell<bool>,
}

impl<'a> Reload<'a> {
    pub(super) fn new(
        config: &'a ConfigArgs,
        environment: &'a Environment,
        started_with: &'a Config,
        service: &Service,
    ) -> Self {
        Self {
            config,
            environment,
            started_with,
            live_decisions: Arc::clone(&service.live_decisions),
            collector: Arc::clone(&service.front.collector),
            detector: Arc::clone(&service.detector),
            journal: Arc::clone(&service.journal),
            tls: service.front.tls.clone(),
            about: Arc::clone(&service.back.sink.metrics.about),
            readiness: Arc::clone(&service.back.sink.readiness),
            is_expired: Cell::new(false),
        }
    }

    /// Takes sites, noise rules, quotas and proxies from the file again. A file with mistakes changes nothing.
    pub(super) fn configuration(&self) {
        let loaded = self.config.load_with(self.environment, READS);
        self.about.note_reload(loaded.is_ok(), Timestamp::now());
        match loaded {
            Ok(config) => {
                let key = self.collector.live_config().rules.judging.redaction_key;
                let live_decisions = Arc::clone(&self.live_decisions);
                self.collector.set_live_config(LiveConfig::new(&config, live_decisions, key));
                let sites = Arc::clone(&self.collector.live_config().rules.judging.sites);
                self.detector.lock().set_configured(sites);
                self.journal.set_daily_bytes(config.limits.daily_bytes);
                tracing::info!(
                    noise_rules = %config.noise,
                    "sites, noise rules, quotas and trusted proxies reloaded"
                );
                let waiting = self.started_with.changed_until_restart(&config).join("; ");
                if !waiting.is_empty() {
                    tracing::warn!(
                        id = "restart-needed",
                        changed = waiting,
                        "these keys changed since the start, and the new values wait for a restart"
                    );
                }
            }
            Err(Failure::Config(error)) => {
                for problem in error.0 {
                    tracing::error!(id = "configuration-refused", %problem, "the new configuration is refused; the old one stays");
                }
            }
            Err(Failure::Usage(error) | Failure::Other(error)) => {
                tracing::error!(id = "configuration-refused", %error, "the new configuration is refused; the old one stays");
            }
        }
    }

    /// Reads the certificate and its key again.
    pub(super) fn certificate(&self) {
        let Some(tls) = &self.tls else { return };
        match tls.renew() {
            Ok(()) => {
                self.about.set_certificate(tls.ends());
                self.check_certificate(Timestamp::now());
                tracing::info!("certificate and key reloaded");
            }
            Err(error) => {
                tracing::error!(id = "certificate-refused", %error, "the old certificate stays")
            }
        }
    }

    /// Reads the certificate again if its files changed, and says so if it has expired.
    pub(super) fn changed_certificate(&self) {
        if self.tls.as_ref().is_some_and(|tls| tls.has_changed()) {
            self.certificate();
        }
        self.check_certificate(Timestamp::now());
    }

    /// Browsers send nothing to an expired certificate, and say nothing about it either.
    fn check_certificate(&self, now: Timestamp) {
        let ends = self.tls.as_ref().and_then(|tls| tls.ends());
        let expired = ends.filter(|ends| *ends <= now);
        match expired {
            Some(ends) if !self.is_expired.get() => tracing::error!(id = "certificate-expired",
                %ends,
                "the certificate of listen.public_tls has expired: browsers send no reports to it; renew listen.tls_cert"
            ),
            None if self.is_expired.get() => tracing::info!("the certificate is valid again"),
            _ => {}
        }
        self.is_expired.set(expired.is_some());
        match expired {
            Some(ends) => self.readiness.set(
                "certificate",
                format!(
                    "that of listen.public_tls expired at {ends}; browsers send no reports to it"
                ),
            ),
            None => self.readiness.clear("certificate"),
        }
    }
}
