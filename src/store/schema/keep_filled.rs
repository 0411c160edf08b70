//! Keeps the rollups filled while the collector runs: on each of its servers, each shard once.

use std::time::Duration;

use clickhouse::Client;
use tokio::sync::watch;

use super::fill::{Filled, FilledDay, fill};
use super::statements::{MigrateError, ask};
use super::{Placement, reached};

/// The pause after a failure, as long as the tables are missing or ClickHouse is down.
const AGAIN_SOON: Duration = Duration::from_secs(10);
/// The pause between two runs, as long as late reports may come.
const AGAIN: Duration = Duration::from_secs(600);

/// What is kept filled, and where failures are counted.
pub struct Filling {
    /// One client for each server of `clickhouse.url`.
    pub clients: Vec<Client>,
    /// The tables there.
    pub placement: Placement,
    /// Called for each run that failed, with tables that are there.
    pub on_failure: Box<dyn Fn() + Send + Sync>,
}

impl Filling {
    /// Fills incomplete days again and again, until no late reports can come any more or `stop` becomes true.
    pub async fn keep(self, mut stop: watch::Receiver<bool>) {
        let mut said = String::new();
        loop {
            let filled = tokio::select! {
                filled = self.fill_all(&log_day) => filled,
                _ = stop.wait_for(|stop| *stop) => return,
            };
            let pause = match filled {
                Ok(Filled { open_until: None, .. }) => return,
                Ok(_) => AGAIN,
                Err(error) => {
                    self.note(&error, &mut said);
                    AGAIN_SOON
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Fills the shards of all servers, each once.
    ///
    /// # Errors
    /// [`MigrateError`] of the first server that fails; the others are filled.
    pub async fn fill_all(
        &self,
        on_day: &(dyn Fn(FilledDay<'_>) + Sync),
    ) -> Result<Filled, MigrateError> {
        let (mut filled, mut shards, mut failure) = (Filled::default(), Vec::new(), None);
        for client in &self.clients {
            let of_this = async {
                let shard = self.shard_of(client).await?;
                if shards.contains(&shard) {
                    return Ok(Filled::default());
                }
                let filled = fill(client, &self.placement.local(), on_day).await?;
                shards.push(shard);
                Ok(filled)
            };
            match of_this.await {
                Ok(Filled { days, open_until }) => {
                    filled.days += days;
                    filled.open_until = filled.open_until.max(open_until);
                }
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        failure.map_or(Ok(filled), Err)
    }

    /// Which shard of the cluster a server is; 0 for a server without a cluster.
    async fn shard_of(&self, client: &Client) -> Result<u32, MigrateError> {
        let placement = reached(client, &self.placement).await?;
        let Some(cluster) = placement.cluster_name() else { return Ok(0) };
        let sql = format!(
            "SELECT max(shard_num) FROM system.clusters WHERE cluster = '{cluster}' AND is_local"
        );
        let client = client.clone().with_database("system");
        ask(client.query_raw(&sql).fetch_one::<u32>(), &sql).await
    }

    /// The shards of the cluster that are no server's of `clickhouse.url`: nobody fills their rollups.
    ///
    /// # Errors
    /// [`MigrateError`].
    pub async fn shards_elsewhere(&self) -> Result<Vec<u32>, MigrateError> {
        let Some(cluster) = self.placement.cluster_name() else { return Ok(Vec::new()) };
        let mut here = Vec::new();
        for client in &self.clients {
            here.push(self.shard_of(client).await?);
        }
        let Some(client) = self.clients.last() else { return Ok(Vec::new()) };
        let sql =
            format!("SELECT DISTINCT shard_num FROM system.clusters WHERE cluster = '{cluster}'");
        let client = client.clone().with_database("system");
        let mut all = ask(client.query_raw(&sql).fetch_all::<u32>(), &sql).await?;
        all.retain(|shard| !here.contains(shard));
        all.sort_unstable();
        Ok(all)
    }

    /// Warns of a failure once, as long as it stays the same. At the start the tables may be missing yet.
    fn note(&self, error: &MigrateError, said: &mut String) {
        let is_early = matches!(
            error,
            MigrateError::Unreachable { .. } | MigrateError::Refused { code: Some(60 | 81), .. }
        );
        if is_early {
            tracing::debug!(%error, "rollups are filled later");
            return;
        }
        (self.on_failure)();
        let message = error.to_string();
        if *said != message {
            tracing::warn!(id = "rollups-incomplete", %error, "rollups lack reports that were stored before them; trying again");
            *said = message;
        }
    }
}

fn log_day(filled: FilledDay<'_>) {
    let FilledDay { rollup, day, done, all } = filled;
    tracing::info!(rollup, day, done, all, "filled from reports");
}
