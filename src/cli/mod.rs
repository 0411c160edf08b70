//! The commands, one file each. They wire and print; they do not think.

pub mod backtest;
pub mod capacity;
pub mod check_config;
pub mod clickhouse;
mod csv;
pub mod destinations;
pub mod doctor;
mod ending;
pub mod evidence;
pub mod export;
pub mod forget;
pub mod health;
mod http;
pub mod incident;
pub mod journal;
pub mod judge;
pub mod migrate;
pub mod policy;
pub mod schema;
pub mod scripts;
pub mod serve;
pub mod sign;
pub mod sri_js;
mod table;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::accept::is_tag;
use crate::base::clock::Timestamp;
use crate::base::limits;
use crate::config::{self, ClickHouse, Config, ConfigError, OTHER};
use crate::decisions::{Guidance, ThreatFiles};
use crate::sink::Inserter;
use crate::store::client::Connection;
use crate::store::embedded::{Engine, NoEngine, find_engine};
use crate::store::error::InsertError;
use crate::store::schema::Placement;

/// How often a long command says how far it is.
const PROGRESS: Duration = Duration::from_secs(2);
/// How long ClickHouse may take to answer a person.
const ANSWER: Duration = Duration::from_secs(30);

/// What the environment says; read by `main`, because only it sees the environment.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `CSPWATCH_CONFIG`.
    pub config: Option<PathBuf>,
    /// All variables that override configuration keys (`CSPWATCH__…`).
    pub overrides: BTreeMap<String, String>,
    /// `PATH`.
    pub path: Option<OsString>,
    /// `CSPWATCH_LIBCHDB`.
    pub libchdb: Option<OsString>,
    /// `XDG_DATA_HOME`, else `$HOME/.local/share`.
    pub data_home: Option<PathBuf>,
}

impl Environment {
    /// The engine of the embedded ClickHouse.
    fn engine(&self) -> Result<Engine, NoEngine> {
        find_engine(self.path.as_deref(), self.libchdb.as_deref(), self.data_home.as_deref())
    }
}

/// Where the configuration is.
#[derive(Debug, clap::Args)]
pub struct ConfigArgs {
    /// Configuration file (TOML). Without it CSPWATCH_CONFIG names one; without that, defaults hold.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl ConfigArgs {
    /// Loads and checks the configuration.
    pub fn load(&self, environment: &Environment) -> Result<Config, Failure> {
        let file = self.config.as_deref().or(environment.config.as_deref());
        Config::load(file, &environment.overrides).map_err(Failure::Config)
    }
}

/// Why a command failed, as `main` tells it.
#[derive(Debug)]
pub enum Failure {
    /// Mistakes in the configuration: exit 64.
    Config(ConfigError),
    /// Arguments that make no sense together, or an input that is no such: exit 64.
    Usage(Box<dyn std::error::Error + Send + Sync>),
    /// Anything else: exit 1.
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl<E: Into<Box<dyn std::error::Error + Send + Sync>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

/// How the configured ClickHouse is reached.
pub(crate) fn connection(config: &Config) -> Connection {
    let clickhouse = &config.clickhouse;
    Connection {
        url: clickhouse.server.url(),
        user: clickhouse.user.clone(),
        password: clickhouse.password.0.clone(),
        database: clickhouse.database.clone(),
    }
}

/// Where the tables are in it.
pub(crate) fn placement(config: &Config) -> Placement {
    let ClickHouse { database, cluster, .. } = &config.clickhouse;
    match cluster {
        Some(cluster) => Placement::cluster(database, cluster),
        None => Placement::single(database),
    }
}

/// Who puts rows into it.
pub(crate) fn inserter(config: &Config) -> Result<Inserter, Failure> {
    Ok(Inserter { client: connection(config).client()?, timeout: config.clickhouse.timeout })
}

/// What threat lists say, for commands that ask nobody what people decided.
pub(crate) fn guidance(config: &Config) -> Result<Arc<Guidance>, Failure> {
    let mut files = ThreatFiles::new(config.detection.threat_lists.clone());
    let (lists, told) = files.read();
    for (file, listed) in told {
        for (line, wrong) in listed.map_err(|error| unreadable(file, &error))?.wrong {
            tell(&format!("{}:{line} {wrong}", file.display()));
        }
    }
    let guidance = Guidance::default();
    guidance.set_threats(lists);
    Ok(Arc::new(guidance))
}

/// A time for machines; `millis` since 1970.
fn time(millis: i64) -> String {
    Timestamp(millis).to_string()
}

/// The beginning of a day (UTC), or a time.
pub(crate) fn begin(text: &str) -> Result<Timestamp, String> {
    if let Some(time) = Timestamp::parse(text) {
        return Ok(time);
    }
    Timestamp::parse(&format!("{text}T00:00:00Z"))
        .ok_or_else(|| "write a day as 2027-03-31, or a time as 2027-03-31T12:00:00Z".to_owned())
}

/// The end of a day (UTC), or a time.
pub(crate) fn end(text: &str) -> Result<Timestamp, String> {
    const DAY_MILLIS: i64 = 24 * 3_600_000;
    let time = begin(text)?;
    Ok(if Timestamp::parse(text).is_some() { time } else { time.minus_millis(-DAY_MILLIS) })
}

/// A duration that is not shorter than the least, which is called so.
fn duration_from(least: Duration, called: &str, text: &str) -> Result<Duration, String> {
    let duration = config::duration(text)?;
    if duration < least {
        return Err(format!("is less than {called}"));
    }
    Ok(duration)
}

/// Refuses a site that is not configured: about a name with a mistake in it nothing is known and nothing decided.
fn check_site(config: &Config, site: &str) -> Result<(), Failure> {
    let names: Vec<&str> = config.sites.iter().map(|site| site.name.as_str()).collect();
    if names.is_empty() || names.contains(&site) || site == OTHER {
        return Ok(());
    }
    Err(format!("--site {site}: no such site is configured; there are: {}", names.join(", "))
        .into())
}

/// Who and why are kept for years: neither empty nor endless.
fn words(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("is needed: somebody will ask".to_owned());
    }
    if text.len() > limits::DECISION_BYTES {
        return Err(format!("is too long: at most {} bytes", limits::DECISION_BYTES));
    }
    Ok(text.to_owned())
}

/// A correlation tag that somebody typed.
fn tag(text: &str) -> Result<String, String> {
    if is_tag(text) {
        return Ok(text.to_owned());
    }
    Err("a tag is 1 to 128 of A-Z a-z 0-9 . _ ~ -".to_owned())
}

/// The key of the client hash, where it is configured; else it is beside the journal.
fn client_key(config: &Config) -> Result<Option<[u8; 16]>, Failure> {
    let Some(file) = &config.privacy.client_key_file else { return Ok(None) };
    let secret = std::fs::read(file)
        .map_err(|error| format!("privacy.client_key_file {}: {error}", file.display()))?;
    let digest = <sha2::Sha256 as sha2::Digest>::digest(&secret);
    let mut key = [0; 16];
    key.copy_from_slice(&digest[..16]);
    Ok(Some(key))
}

/// Waits for what ClickHouse answers.
fn ask<T>(answer: impl Future<Output = Result<T, InsertError>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = runtime.block_on(async { tokio::time::timeout(ANSWER, answer).await });
    let answer = answer.unwrap_or_else(|_| Err(InsertError::timed_out("answer")));
    Ok(answer.map_err(|error| {
        format!(
            "ClickHouse: {error}; what was seen and decided is stored there, so it must be up (clickhouse.url)"
        )
    })?)
}

/// Writes one line to standard output.
pub(crate) fn print_line(line: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}

/// Opens a file of recordings; `-` = standard input.
pub(crate) fn open_input(file: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if file.as_os_str() == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    let opened = std::fs::File::open(file).map_err(|error| unreadable(file, &error))?;
    Ok(Box::new(BufReader::new(opened)))
}

/// The lines that are not empty, each with its place as `file:1`.
pub(crate) fn lines(
    file: &Path,
    input: impl BufRead,
) -> impl Iterator<Item = Result<(String, String), Failure>> {
    let numbered = (1..).zip(input.lines());
    let filled =
        numbered.filter(|(_, line)| !line.as_ref().is_ok_and(|line| line.trim().is_empty()));
    filled.map(move |(number, line)| {
        let line = line.map_err(|error| unreadable(file, &error))?;
        Ok((format!("{}:{number}", file.display()), line))
    })
}

fn unreadable(file: &Path, error: &io::Error) -> String {
    format!("{} cannot be read: {error}", file.display())
}

/// Says a line on standard error: what is printed else may be read by a machine.
fn tell(line: &str) {
    // Who closed it does not want to know.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Says on standard error how far a long command is.
pub(crate) struct Progress {
    what: &'static str,
    /// Where it is known.
    all: Option<usize>,
    done: usize,
    told: Instant,
}

impl Progress {
    pub(crate) fn new(what: &'static str, all: Option<usize>) -> Self {
        Self { what, all, done: 0, told: Instant::now() }
    }

    /// One more is done.
    pub(crate) fn step(&mut self) {
        self.done += 1;
        if self.told.elapsed() >= PROGRESS {
            self.told = Instant::now();
            let of = self.all.map_or_else(String::new, |all| format!(" of {all}"));
            tell(&format!("{}{of} {}", self.done, self.what));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_goes_from_its_beginning_to_its_end() {
        let text = |time: Result<Timestamp, String>| time.map(|time| time.to_string());
        assert_eq!(text(begin("2027-03-31")), Ok("2027-03-31T00:00:00Z".to_owned()));
        assert_eq!(text(end("2027-03-31")), Ok("2027-04-01T00:00:00Z".to_owned()));
        assert_eq!(text(end("2027-03-31T12:00:00Z")), Ok("2027-03-31T12:00:00Z".to_owned()));
        assert!(end("tomorrow").is_err() && begin("2027-02-30").is_err());
    }
}
