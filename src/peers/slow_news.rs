//! What people and pipelines note now and then: when drills passed, for the metric that an alert is made of, and releases, for
//! the words of alerts.

use std::time::{Duration, Instant};

use super::Peers;
use crate::base::clock::{DAY, Timestamp};
use crate::detect::NotedRelease;
use crate::store::error::InsertError;
use crate::store::{drills, releases};

/// Alerts of the first minute after a release may not name it.
const ASK_EVERY: Duration = Duration::from_secs(30);

/// When ClickHouse was asked last.
#[derive(Default)]
pub(super) struct SlowNews(Option<Instant>);

impl Peers {
    /// Asks ClickHouse once in a while.
    pub(super) async fn read_slow_news(&self, asked: &mut SlowNews) -> Result<(), InsertError> {
        if asked.0.is_some_and(|at| at.elapsed() < ASK_EVERY) {
            return Ok(());
        }
        self.read_drills().await?;
        let newest = releases::newest(&self.client, Timestamp::now() - DAY).await?;
        let releases =
            newest.into_iter().map(|of| (of.site, NotedRelease { at: of.at, version: of.version }));
        self.detector.lock().set_releases(releases);
        asked.0 = Some(Instant::now());
        Ok(())
    }

    /// Shows when the drills of configured sites passed.
    async fn read_drills(&self) -> Result<(), InsertError> {
        let passed = drills::passed(&self.client).await?;
        let rules = (self.rules)();
        let sites = &rules.judging.sites;
        let is_any = sites.configured().next().is_none();
        let of_sites = passed.into_iter().filter(|of| is_any || sites.named(&of.site).is_some());
        self.metrics.drills.set(of_sites.map(|of| (of.site, of.since)).collect());
        Ok(())
    }
}
