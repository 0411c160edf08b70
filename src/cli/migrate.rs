//! `cspwatch migrate`: makes or updates the tables.

use super::{ConfigArgs, Environment, Failure, connection, eprintln_line, placement, print_line};
use crate::store::schema::fill::{Progress, fill};
use crate::store::schema::{keep, migrate};

/// Makes or updates the tables in ClickHouse, lets the configured retention hold, and fills rollups with what was stored before there were any. It may run
/// while reports come in, be stopped at any moment and be repeated.
#[derive(Debug, clap::Args)]
pub struct MigrateArgs {
    #[command(flatten)]
    config: ConfigArgs,
}

/// Migrates and says what was done.
pub fn run(args: &MigrateArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load(environment)?;
    let placement = placement(&config);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = connection(&config).client()?;
    let report = runtime.block_on(migrate(&client, &placement))?;
    let line = if report.applied.is_empty() {
        format!("{placement} is at version {} already", report.to)
    } else {
        let names = report.applied.join(", ");
        format!("{placement}: version {} -> {} ({names})", report.from, report.to)
    };
    print_line(&line)?;
    let changed = runtime.block_on(keep(&client, &placement, &config.retention))?;
    if !changed.is_empty() {
        let tables = changed.join(", ");
        print_line(&format!(
            "another retention holds for {tables}; ClickHouse applies it in the background"
        ))?;
    }
    if report.is_of_one_of_many {
        eprintln_line(
            "the cluster has no Keeper, so this server alone was migrated: repeat it with the clickhouse.url of each \
             other one, as in CSPWATCH__CLICKHOUSE__URL=http://host:8123 cspwatch migrate",
        );
    }
    let filled = runtime.block_on(fill(&client, &placement.local(), |progress| {
        // A day of millions of reports takes seconds.
        let Progress { rollup, day, done, of } = progress;
        eprintln_line(&format!("{rollup}: {day} filled in, {done} of {of} days"));
    }))?;
    if let (1.., Some(until)) = (filled.days, &filled.open_until) {
        eprintln_line(&format!(
            "what was received before {until} UTC and comes in from now on is filled in by `serve`, or by another \
             `migrate`"
        ));
    }
    Ok(())
}
