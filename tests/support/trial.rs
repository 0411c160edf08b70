//! A collector under the oracle's load, with a database of its own.

use std::time::Duration;

use super::builder::Builder;
use super::clickhouse::ClickHouse;
use super::collector::{Collector, SHOP};
use super::oracle::{Issuer, Verdict};
use super::proxy::Proxy;
use super::until;

/// How long its ClickHouse may take: longer than a busy machine needs, and soon over.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// A collector, and who watches it.
pub struct Trial {
    pub collector: Collector,
    pub issuer: Issuer,
    pub database: String,
}

impl Trial {
    /// Starts a collector that sends to a ClickHouse.
    pub fn start(clickhouse: &ClickHouse) -> Self {
        Self::start_at(&clickhouse.url(), clickhouse.fresh_database(), PATIENCE)
    }

    /// Starts one that sends through a proxy, and has little patience.
    pub fn start_behind(proxy: &Proxy, clickhouse: &ClickHouse) -> Self {
        Self::start_patient(proxy, clickhouse, PATIENCE)
    }

    /// Starts one that sends through a proxy, and waits so long for answers.
    pub fn start_patient(proxy: &Proxy, clickhouse: &ClickHouse, patience: Duration) -> Self {
        Self::start_at(&proxy.url(), clickhouse.fresh_database(), patience)
    }

    /// Starts one whose tables are spread over a cluster, of which it speaks to this server.
    pub fn start_on_cluster(clickhouse: &ClickHouse, cluster: &str) -> Self {
        let database = clickhouse.fresh_database();
        let builder = builder(&clickhouse.url(), &database, PATIENCE);
        Self::of(builder.set("clickhouse.cluster", cluster), database)
    }

    fn start_at(url: &str, database: String, patience: Duration) -> Self {
        Self::of(builder(url, &database, patience), database)
    }

    fn of(builder: Builder, database: String) -> Self {
        Self { collector: builder.start(), issuer: Issuer::default(), database }
    }

    /// Lets something happen to the collector while reports come in.
    pub fn under_load<T>(&mut self, during: impl FnOnce(&Issuer, &mut Collector) -> T) -> T {
        let (issuer, collector) = (&self.issuer, &mut self.collector);
        let to = collector.public();
        issuer.load(to, || during(issuer, collector))
    }

    /// Waits until everything has arrived, judges it, and sees whether a fresh report still flows.
    #[track_caller]
    pub fn judge(&mut self, clickhouse: &ClickHouse) -> Verdict {
        self.collector.settle();
        let verdict = self.issuer.judge(clickhouse, &self.database);
        let fresh = self.collector.post_violation("https://fresh.example/", "img-src");
        assert_eq!(fresh.status, 204);
        let fresh = format!(
            "SELECT sum(count) FROM {}.reports WHERE destination = 'fresh.example'",
            self.database
        );
        until("a fresh report flows", || clickhouse.query(&fresh) == "1");
        verdict
    }
}

fn builder(url: &str, database: &str, patience: Duration) -> Builder {
    let builder = Collector::build().config(SHOP).clickhouse(url, database);
    // Not so many segments that a busy machine is behind when the faults stop.
    builder.set("clickhouse.timeout", format!("{patience:?}")).set("journal.seal_every", "500ms")
}
