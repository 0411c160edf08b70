//! When the last drill of each site passed, for the metric that an alert is made of.

use std::time::{Duration, Instant};

use super::Peers;
use crate::store::drills;
use crate::store::error::InsertError;

/// Drills are days apart.
const ASK_EVERY: Duration = Duration::from_secs(60);

/// When ClickHouse was asked last.
#[derive(Default)]
pub(super) struct DrillsAsked(Option<Instant>);

impl Peers {
    /// Asks ClickHouse, once in a while, and shows the sites that are configured.
    pub(super) async fn read_drills(&self, asked: &mut DrillsAsked) -> Result<(), InsertError> {
        if asked.0.is_some_and(|at| at.elapsed() < ASK_EVERY) {
            return Ok(());
        }
        let passed = drills::passed(&self.client).await?;
        let rules = (self.rules)();
        let sites = &rules.judging.sites;
        let is_any = sites.configured().next().is_none();
        let of_sites = passed.into_iter().filter(|of| is_any || sites.named(&of.site).is_some());
        self.metrics.drills.set(of_sites.map(|of| (of.site, of.since)).collect());
        asked.0 = Some(Instant::now());
        Ok(())
    }
}
