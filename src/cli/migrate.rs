//! `cspwatch migrate`: creates or updates the tables.

use super::{
    ConfigArgs, Environment, Failure, answering, eprintln_line, filling, placement, print_line,
};
use crate::store::schema::fill::FilledDay;
use crate::store::schema::{apply_retention, migrate};

/// Creates or updates the tables in ClickHouse, applies the configured retention, and fills new rollups with the reports
/// that were stored before. You can run it while reports come in, stop it at any moment, and repeat it.
#[derive(Debug, clap::Args)]
pub struct MigrateArgs {
    #[command(flatten)]
    config: ConfigArgs,
}

/// Migrates and prints what was done.
pub fn run(args: &MigrateArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load(environment)?;
    let placement = placement(&config);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = answering(&config)?;
    let report = client.unless_silent(async { Ok(migrate(&client, &placement).await?) })?;
    let line = if report.applied.is_empty() {
        format!("{placement} is already at version {}", report.to)
    } else {
        let names = report.applied.join(", ");
        format!("{placement}: version {} -> {} ({names})", report.from, report.to)
    };
    print_line(&line)?;
    let changed = client.unless_silent(async {
        Ok(apply_retention(&client, &placement, &config.retention).await?)
    })?;
    if !changed.is_empty() {
        let tables = changed.join(", ");
        print_line(&format!(
            "the retention of {tables} has changed; ClickHouse applies it in the background"
        ))?;
    }
    if report.is_of_one_of_many {
        eprintln_line(
            "the cluster has no Keeper, so only this server was migrated: repeat this with the clickhouse.url of each \
             other server, as in CSPWATCH__CLICKHOUSE__URL=http://host:8123 cspwatch migrate",
        );
    }
    let filling = filling(&config, Box::new(|| ()))?;
    let filled = runtime.block_on(filling.fill_all(&|filled: FilledDay<'_>| {
        // A day of millions of reports takes seconds.
        let FilledDay { rollup, day, done, all } = filled;
        eprintln_line(&format!("{rollup}: {day} filled, {done} of {all} days"));
    }))?;
    let elsewhere = runtime.block_on(filling.shards_elsewhere())?;
    if !elsewhere.is_empty() {
        eprintln_line(&format!(
            "no server of clickhouse.url is one of the shards {elsewhere:?}: what was stored there before the rollups is \
             missing from them until you name one of each"
        ));
    }
    if let (1.., Some(until)) = (filled.days, &filled.open_until) {
        eprintln_line(&format!(
            "reports received before {until} UTC that are stored from now on are filled in by `serve`, or by the next \
             `migrate`"
        ));
    }
    Ok(())
}
