//! The ClickHouse of the configuration: where it is, where its tables are, and how a command queries it.

use std::time::Duration;

use super::Failure;
use crate::config::{ClickHouse, Config, Server};
use crate::sink::Inserter;
use crate::store::client::{Client, Connection, NoAnswer};
use crate::store::error::InsertError;
use crate::store::schema::{Filling, Placement};

/// How long a query may take. Beyond that, a person would not wait.
const ANSWER: Duration = Duration::from_secs(30);

/// The address, user and database of the configured ClickHouse.
pub(super) fn connection(config: &Config) -> Connection {
    let clickhouse = &config.clickhouse;
    Connection {
        urls: clickhouse.server.urls(),
        user: clickhouse.user.clone(),
        password: clickhouse.password.0.clone(),
        database: clickhouse.database.clone(),
    }
}

/// A client of the configured ClickHouse, which has just answered: a command that a person waits for says within seconds that
/// there is nothing to wait for.
pub(super) fn answering_client(config: &Config) -> Result<Client, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = runtime.block_on(connection(config).answering_client());
    client.map_err(|error| no_answer(&error, config).into())
}

/// What is wrong, and what to do.
pub(super) fn no_answer(error: &NoAnswer, config: &Config) -> String {
    let advice = match (error, &config.clickhouse.server) {
        (NoAnswer::Connection(_), _) => return error.to_string(),
        (_, Server::Embedded { .. }) => {
            "the embedded ClickHouse is there as long as `cspwatch serve` or `cspwatch clickhouse` runs; of another one, \
             clickhouse.url is the address (--config FILE)"
        }
        (_, Server::Urls(_)) => {
            "reports and decisions are stored there, so it must be up (clickhouse.url)"
        }
    };
    format!("{error}; {advice}")
}

/// Where the tables are: on one server, or on a cluster.
pub(super) fn placement(config: &Config) -> Placement {
    let ClickHouse { database, cluster, .. } = &config.clickhouse;
    match cluster {
        Some(cluster) => Placement::cluster(database, cluster),
        None => Placement::single(database),
    }
}

/// What inserts rows into the tables.
pub(super) fn inserter(config: &Config) -> Result<Inserter, Failure> {
    let (client, servers) = connection(config).client_of_servers()?;
    let ClickHouse { timeout, insert_quorum: quorum, .. } = config.clickhouse;
    // The tables of a cluster are replicated.
    let may_lack_rows = config.clickhouse.cluster.is_none();
    Ok(Inserter { client, servers, timeout, quorum, may_lack_rows })
}

/// What fills the rollups, on each of the servers.
pub(super) fn filling(
    config: &Config,
    on_failure: Box<dyn Fn() + Send + Sync>,
) -> Result<Filling, Failure> {
    let connection = connection(config);
    let clients = connection.each().map(|server| server.client());
    let clients = clients.collect::<Result<_, _>>()?;
    Ok(Filling { clients, placement: placement(config), on_failure })
}

/// Runs a query to its end, on a runtime of its own. Fails after half a minute.
pub(super) fn run_query<T>(
    answer: impl Future<Output = Result<T, InsertError>>,
) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = runtime.block_on(async { tokio::time::timeout(ANSWER, answer).await });
    let Ok(answer) = answer else {
        return Err(
            format!("ClickHouse: it did not answer a query within {} s; it may be overloaded, or hang (clickhouse.url)", ANSWER.as_secs()).into()
        );
    };
    Ok(answer.map_err(|error| format!("ClickHouse: {error}; {}", advice(&error)))?)
}

/// What to do about an error of ClickHouse.
fn advice(error: &InsertError) -> &'static str {
    /// `AUTHENTICATION_FAILED`.
    const WRONG_PASSWORD: u32 = 516;
    match error.code {
        Some(WRONG_PASSWORD) => {
            "it is up, and does not take this user with this password: check clickhouse.user and clickhouse.password_file"
        }
        _ => "reports and decisions are stored there, so it must be up (clickhouse.url)",
    }
}
