//! `cspwatch migrate`: makes or updates the tables.

use std::io::{self, Write};

use super::{ConfigArgs, Environment, Failure, connection, print_line};
use crate::store::schema::fill::{Progress, fill};
use crate::store::schema::migrate;

/// Makes or updates the tables in ClickHouse, and fills rollups with what was stored before there were any. It may run
/// while reports come in, be stopped at any moment and be repeated.
#[derive(Debug, clap::Args)]
pub struct MigrateArgs {
    #[command(flatten)]
    config: ConfigArgs,
}

/// Migrates and says what was done.
pub fn run(args: &MigrateArgs, environment: &Environment) -> Result<(), Failure> {
    let connection = connection(&args.config.load(environment)?);
    let database = &connection.database;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = connection.client()?;
    let report = runtime.block_on(migrate(&client, database))?;
    let line = if report.applied.is_empty() {
        format!("{database} is at version {} already", report.to)
    } else {
        let names = report.applied.join(", ");
        format!("{database}: version {} -> {} ({names})", report.from, report.to)
    };
    print_line(&line)?;
    let filled = runtime.block_on(fill(&client, database, |progress| {
        // A day of millions of reports takes seconds.
        let Progress { rollup, day, done, of } = progress;
        tell(&format!("{rollup}: {day} filled in, {done} of {of} days"));
    }))?;
    if let (1.., Some(until)) = (filled.days, &filled.open_until) {
        tell(&format!(
            "what was received before {until} UTC and comes in from now on is filled in by `serve`, or by another \
             `migrate`"
        ));
    }
    Ok(())
}

/// On standard error: what is printed else may be read by a machine.
fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
