//! One server of a cluster fails. A batch is stored when each shard has its part of it; a repetition changes nothing
//! where it is stored already.

use cspwatch::store::schema::{Placement, migrate};

use crate::support::clickhouse::ClickHouse;
use crate::support::trial::Trial;
use crate::support::{block_on, until};

/// The shard that collectors speak to, and one behind it.
#[test]
fn each_shard_is_killed_under_load_and_started_again() {
    let mut shards = ClickHouse::start_shards::<2>();
    let mut trial = Trial::start_on_cluster(&shards[0], "shards");
    let placement = Placement::cluster(&trial.database, "shards");
    block_on(migrate(&shards[1].client(&trial.database), &placement)).unwrap();
    trial.under_load(|issuer, collector| {
        for shard in [1, 0, 1] {
            collector.until_stored();
            shards[shard].kill_hard();
            issuer.until_acknowledged(200);
            until("it is reported", || collector.readyz().status == 503);
            shards[shard].restart();
        }
        collector.until_stored();
    });
    let verdict = trial.judge(&shards[0]);
    verdict.assert_kept();
    let local = format!("SELECT uniqExact(fingerprint) FROM {}_local.reports", trial.database);
    let parts = shards.each_ref().map(|shard| shard.query(&local).parse::<usize>().unwrap());
    assert!(parts[0] > 0 && parts[1] > 0, "each has some: {parts:?}");
    // A violation is on one shard only, and there is that of the fresh report.
    assert_eq!(parts[0] + parts[1], verdict.stored + 1);
}
