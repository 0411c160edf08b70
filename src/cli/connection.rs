//! The ClickHouse of the configuration: where it is, where its tables are, and how a command queries it.

use std::io;
use std::ops::Deref;
use std::thread;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::Failure;
use crate::config::{ClickHouse, Config, Server};
use crate::sink::Inserter;
use crate::store::client::{Client, Connection, NoAnswer};
use crate::store::error::InsertError;
use crate::store::schema::{Filling, Placement};

/// How long a query may take. Beyond that, a person would not wait.
const ANSWER: Duration = Duration::from_secs(30);
/// The pause between two questions whether ClickHouse still answers: with the time for the answer, a person hears of silence
/// within ten seconds.
const ASK_EVERY: Duration = Duration::from_secs(2);

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

/// A ClickHouse that a command asks. It says within seconds when there is nothing to wait for: at first, and while a query runs.
pub(super) struct Answering<'a> {
    client: Client,
    config: &'a Config,
}

impl Deref for Answering<'_> {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// The configured ClickHouse, which has just answered.
pub(super) fn answering(config: &Config) -> Result<Answering<'_>, Failure> {
    let client = runtime()?.block_on(connection(config).answering_client());
    let client = client.map_err(|error| no_answer(&error, config))?;
    Ok(Answering { client, config })
}

impl<'a> Answering<'a> {
    /// The configured ClickHouse, which may not answer.
    pub(super) fn unasked(config: &'a Config) -> Result<Self, Failure> {
        Ok(Self { client: connection(config).client()?, config })
    }

    /// Runs a query to its end. Fails after half a minute, and earlier when ClickHouse freezes.
    pub(super) fn run<T>(
        &self,
        answer: impl Future<Output = Result<T, InsertError>>,
    ) -> Result<T, Failure> {
        let servers = || connection(self.config).servers();
        self.unless_silent(async {
            match timeout(ANSWER, answer).await {
                Ok(answer) => answer
                    .map_err(|error| format!("ClickHouse: {error}; {}", advice(&error)).into()),
                Err(_) => Err(format!(
                    "ClickHouse: {} did not answer a query within {} s; it may be overloaded (clickhouse.url)",
                    servers(),
                    ANSWER.as_secs()
                )
                .into()),
            }
        })
    }

    /// Runs what may take long to its end. Fails when ClickHouse freezes.
    pub(super) fn unless_silent<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let silence = watch_silence(connection(self.config))?;
        runtime()?.block_on(async {
            tokio::select! {
                biased;
                done = work => done,
                Ok(silent) = silence => Err(no_answer(&silent, self.config).into()),
            }
        })
    }
}

fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// Asks again and again whether ClickHouse still answers, as long as anybody wants to know; says when it does not. On a thread of
/// its own, because the command's waits where its output does, and a reader may take his time.
fn watch_silence(connection: Connection) -> io::Result<oneshot::Receiver<NoAnswer>> {
    let (mut sender, silence) = oneshot::channel();
    let runtime = runtime()?;
    thread::Builder::new().name("silence".to_owned()).spawn(move || {
        runtime
            .block_on(async {
                let silent = async {
                    loop {
                        sleep(ASK_EVERY).await;
                        // What is away is found by the query itself.
                        if let Err(silent @ NoAnswer::Silent { .. }) =
                            connection.answering_client().await
                        {
                            return silent;
                        }
                    }
                };
                tokio::select! {
                    () = sender.closed() => None,
                    silent = silent => Some(silent),
                }
            })
            .map(|silent| sender.send(silent))
    })?;
    Ok(silence)
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
