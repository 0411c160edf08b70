//! The configuration: a TOML file ([`document`] reads it as it is written), overridden by the environment, then checked
//! as a whole. One check reports every mistake. Each section has a file with its keys, their defaults, and what must
//! hold between them.

mod changes;
mod checker;
mod clickhouse;
mod cluster;
mod console;
mod detection;
mod document;
mod extent;
mod hints;
mod host_pattern;
mod journal;
mod known;
mod limits;
mod listen;
mod named_file;
mod noise;
mod oidc;
mod parse;
mod pem;
mod privacy;
mod retention;
mod schema;
mod secret;
mod site;
mod telemetry;

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::base::hex::to_hex;

pub use clickhouse::{ClickHouse, Server};
pub use cluster::cluster_name;
pub use console::ConsoleConfig;
pub use detection::Detection;
pub use document::{ENVIRONMENT_PREFIX, Problem};
pub use host_pattern::HostPattern;
pub use journal::{Durability, JournalConfig};
pub use known::KnownDestination;
pub use limits::{DailyBytes, Limits};
pub use listen::{ClientHeader, Listen, TlsConfig};
pub use named_file::NamedFile;
pub use noise::{
    Example, Noise, NoiseList, NoiseRule, PathPattern, PaymentTrust, is_relay, serves_strangers,
    strangers_of,
};
pub use oidc::Oidc;
pub use parse::{Rate, duration, is_on_this_machine};
pub use privacy::{KeepQuery, Privacy};
pub use retention::Retention;
pub use schema::schema;
pub use secret::Secret;
pub use site::{OTHER, PageGroupConfig, SiteConfig, site_name};
pub use telemetry::TelemetryConfig;

/// A checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The sockets.
    pub listen: Listen,
    /// The database.
    pub clickhouse: ClickHouse,
    /// The disk.
    pub journal: JournalConfig,
    /// What an operator can limit.
    pub limits: Limits,
    /// What is kept of visitors.
    pub privacy: Privacy,
    /// How long rows are kept.
    pub retention: Retention,
    /// What makes reports matter more.
    pub detection: Detection,
    /// The rules that identify noise, and where they come from.
    pub noise: Noise,
    /// The console.
    pub console: ConsoleConfig,
    /// Where spans of our own work go.
    pub telemetry: TelemetryConfig,
    /// The sites; if there are none, the registrable domain of every document is a site.
    pub sites: Vec<SiteConfig>,
}

/// The names of the sections, for an unknown one.
const SECTIONS: &str = "listen, clickhouse, journal, limits, privacy, retention, detection, noise, console, telemetry, site";

/// Every mistake of a configuration.
#[derive(Debug)]
pub struct ConfigError(pub Vec<Problem>);

impl Config {
    /// Reads the file (`None` for the defaults), overrides it by the environment, and checks all of it, and of the files that
    /// it names those of the kinds `reads`. The values of others are absent.
    ///
    /// # Errors
    /// [`ConfigError`] with every mistake.
    pub fn load(
        file: Option<&Path>,
        environment: &BTreeMap<String, String>,
        reads: &'static [NamedFile],
    ) -> Result<Self, ConfigError> {
        let Some(file) = file else { return Self::parsed("defaults", "", environment, reads) };
        let name = file.display().to_string();
        match std::fs::read_to_string(file) {
            Ok(text) => Self::parsed(&name, &text, environment, reads),
            Err(error) => Err(ConfigError(vec![Problem {
                place: name,
                message: format!(
                    "cannot be read: {error}; name a file by --config or CSPWATCH_CONFIG"
                ),
            }])),
        }
    }

    /// Checks a text and all files that it names; mistakes are reported under `name`.
    ///
    /// # Errors
    /// [`ConfigError`] with every mistake.
    pub fn from_text(
        name: &str,
        text: &str,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        Self::parsed(name, text, environment, NamedFile::ALL)
    }

    fn parsed(
        name: &str,
        text: &str,
        environment: &BTreeMap<String, String>,
        reads: &'static [NamedFile],
    ) -> Result<Self, ConfigError> {
        let mut problems = Vec::new();
        let mut document = document::Document::read(name, text, &mut problems);
        document.override_by(environment);
        let checker = checker::Checker::new(document, problems, SECTIONS).reading(reads);
        let config = Self::checked(&checker);
        let mut problems = checker.finish();
        problems.sort_by_cached_key(|problem| problem.position(name));
        if problems.is_empty() { Ok(config) } else { Err(ConfigError(problems)) }
    }

    /// The values of all keys; the checker has the mistakes.
    fn checked(checker: &checker::Checker) -> Self {
        let listen = listen::section(checker);
        Self {
            console: console::section(checker, &listen),
            listen,
            clickhouse: clickhouse::section(checker),
            journal: journal::section(checker),
            limits: limits::section(checker),
            privacy: privacy::section(checker),
            retention: retention::section(checker),
            detection: detection::section(checker),
            noise: noise::section(checker),
            telemetry: telemetry::section(checker),
            sites: site::sections(checker),
        }
    }

    /// Whether there may be reports of a site of this name: it is configured, or none is.
    pub fn has_site(&self, name: &str) -> bool {
        self.sites.is_empty() || name == OTHER || self.sites.iter().any(|site| site.name == name)
    }

    /// The page groups of a site; `other` are the pages in none.
    pub fn page_groups(&self, site: &str) -> Vec<&str> {
        let site = self.sites.iter().find(|known| known.name == site);
        let configured = site.into_iter().flat_map(|site| &site.page_groups);
        configured.map(|group| group.name.as_str()).chain([OTHER]).collect()
    }

    /// What is no mistake, and may be broader or narrower than somebody wants.
    pub fn hints(&self) -> Vec<String> {
        hints::hints(&self.sites)
    }

    /// Identifies the rules that reports are judged by, secrets aside: the first 16 hex digits of a SHA-256 over sites,
    /// noise rules, detection and what is kept of queries. ClickHouse remembers digests, so their `Debug` texts must stay.
    pub fn rules_digest(&self) -> String {
        let Self { sites, noise, detection, privacy, .. } = self;
        let text = format!("{sites:?} {:?} {detection:?} {:?}", noise.rules, privacy.keep_query);
        to_hex(&Sha256::digest(text)[..8])
    }
}

#[cfg(test)]
mod tests;
