//! The configuration: a TOML file ([`document`] reads it as it is written), overridden by the environment, then checked
//! as a whole. One check reports every mistake. Each section has a file with its keys, their defaults, and what must
//! hold between them.

mod checker;
mod clickhouse;
mod cluster;
mod detection;
mod document;
mod hints;
mod host_pattern;
mod journal;
mod known;
mod limits;
mod listen;
mod noise;
mod parse;
mod privacy;
mod retention;
mod secret;
mod site;

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::base::hex::to_hex;

pub use clickhouse::{ClickHouse, Server};
pub use cluster::cluster_name;
pub use detection::Detection;
pub use document::{ENVIRONMENT_PREFIX, Problem};
pub use host_pattern::HostPattern;
pub use journal::{Durability, JournalConfig};
pub use known::KnownDestination;
pub use limits::{DailyBytes, Limits};
pub use listen::{ClientHeader, Listen, TlsConfig};
pub use noise::{
    Example, Noise, NoiseList, NoiseRule, PathPattern, PaymentTrust, is_relay, serves_anybody,
};
pub use parse::{Rate, duration};
pub use privacy::{KeepQuery, Privacy};
pub use retention::Retention;
pub use secret::Secret;
pub use site::{OTHER, PageGroupConfig, SiteConfig};

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
    /// The sites; if there are none, the registrable domain of every document is a site.
    pub sites: Vec<SiteConfig>,
}

/// The names of the sections, for an unknown one.
const SECTIONS: &str =
    "listen, clickhouse, journal, limits, privacy, retention, detection, noise, site";

/// Every mistake of a configuration.
#[derive(Debug)]
pub struct ConfigError(pub Vec<Problem>);

impl Config {
    /// Reads the file (`None` for the defaults), overrides it by the environment, and checks all of it.
    ///
    /// # Errors
    /// [`ConfigError`] with every mistake.
    pub fn load(
        file: Option<&Path>,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        let Some(file) = file else { return Self::from_text("defaults", "", environment) };
        let name = file.display().to_string();
        match std::fs::read_to_string(file) {
            Ok(text) => Self::from_text(&name, &text, environment),
            Err(error) => Err(ConfigError(vec![Problem {
                place: name,
                message: format!(
                    "cannot be read: {error}; name a file by --config or CSPWATCH_CONFIG"
                ),
            }])),
        }
    }

    /// Checks a text; mistakes are reported under `name`.
    ///
    /// # Errors
    /// [`ConfigError`] with every mistake.
    pub fn from_text(
        name: &str,
        text: &str,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        let mut problems = Vec::new();
        let mut document = document::Document::read(name, text, &mut problems);
        document.override_by(environment);
        let checker = checker::Checker::new(document, problems, SECTIONS);
        let config = Self {
            listen: listen::section(&checker),
            clickhouse: clickhouse::section(&checker),
            journal: journal::section(&checker),
            limits: limits::section(&checker),
            privacy: privacy::section(&checker),
            retention: retention::section(&checker),
            detection: detection::section(&checker),
            noise: noise::section(&checker),
            sites: site::sections(&checker),
        };
        let problems = checker.finish();
        if problems.is_empty() { Ok(config) } else { Err(ConfigError(problems)) }
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
