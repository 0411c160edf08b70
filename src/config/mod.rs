//! The configuration: a TOML file ([`document`] reads it as it was written), overridden by the environment,
//! then checked as a whole. Every mistake is found in one go.

mod check;
mod cluster;
mod document;
mod keep_query;
mod noise;
mod noise_rule;
mod noise_safety;
mod parse;
mod retention;
mod sections;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use sha2::{Digest as _, Sha256};

use crate::base::hex::to_hex;

pub use cluster::cluster_name;
pub use document::{ENVIRONMENT_PREFIX, Problem};
pub use keep_query::KeepQuery;
pub use noise_rule::{Example, NoiseRule};
pub use parse::{HostPattern, Rate, duration};
pub use retention::Retention;
pub use sections::OTHER;

/// A checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Sockets.
    pub listen: Listen,
    /// The database.
    pub clickhouse: ClickHouse,
    /// The disk.
    pub journal: Journal,
    /// What an operator may limit.
    pub limits: Limits,
    /// What is kept of people.
    pub privacy: Privacy,
    /// How long rows are kept.
    pub retention: Retention,
    /// What makes reports matter more.
    pub detection: Detection,
    /// Rules that name noise, the first that matches counts.
    pub noise: Vec<NoiseRule>,
    /// The sites; empty = every document's registrable domain is a site.
    pub sites: Vec<Site>,
}

/// `[listen]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// Browsers, HTTP.
    pub public: SocketAddr,
    /// Browsers, HTTPS.
    pub public_tls: Option<Tls>,
    /// Metrics and health.
    pub admin: SocketAddr,
    /// What they are asked with; needed where others reach them.
    pub admin_token: Option<Secret>,
    /// Networks whose X-Forwarded-For is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether their connections begin with a header of the PROXY protocol.
    pub proxy_protocol: bool,
}

/// The HTTPS listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// Where it listens.
    pub address: SocketAddr,
    /// Certificate chain, PEM.
    pub cert: PathBuf,
    /// Private key, PEM.
    pub key: PathBuf,
}

/// `[clickhouse]`
#[derive(Clone, Debug)]
pub struct ClickHouse {
    /// Where it is.
    pub server: Server,
    /// Name of the database; a plain identifier.
    pub database: String,
    /// Name of the cluster over which its tables are spread, as `remote_servers` of ClickHouse's configuration name it.
    pub cluster: Option<String>,
    /// Who we are there.
    pub user: String,
    /// The content of `password_file`.
    pub password: Secret,
    /// How long it may take to store a segment.
    pub timeout: Duration,
}

/// Where ClickHouse is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Server {
    /// A child of this process.
    Embedded {
        /// Its data.
        dir: PathBuf,
        /// Its HTTP address.
        http: SocketAddr,
        /// Its native address.
        tcp: Option<SocketAddr>,
    },
    /// An HTTP(S) URL.
    Url(String),
}

impl Server {
    /// The URL to speak to.
    pub fn url(&self) -> String {
        match self {
            Self::Embedded { http, .. } => format!("http://{http}"),
            Self::Url(url) => url.clone(),
        }
    }
}

/// `[journal]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    /// Its directory.
    pub dir: PathBuf,
    /// When a report counts as written.
    pub durability: Durability,
    /// Bytes of all segments together.
    pub bytes_max: u64,
    /// How long a segment stays open.
    pub seal_every: Duration,
}

/// When a report counts as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// After `fdatasync`: survives a power cut.
    Disk,
    /// After `write`: survives a crash of this process.
    Os,
}

/// `[limits]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one body.
    pub body_bytes: u64,
    /// Reports read from one body.
    pub reports_per_request: usize,
    /// Open connections.
    pub connections: usize,
    /// Open connections of one client network, where somebody has set it.
    pub connections_per_network: Option<usize>,
    /// Quota of one client.
    pub per_client: Option<Rate>,
    /// Quota of one client network.
    pub per_network: Option<Rate>,
    /// Quota of one site.
    pub per_site: Option<Rate>,
}

/// `[privacy]`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Privacy {
    /// What stays of the query strings of URLs.
    pub keep_query: KeepQuery,
    /// Secret of the keyed client hash; `None` = made at first start, beside the journal.
    pub client_key_file: Option<PathBuf>,
}

/// `[detection]`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detection {
    /// Files of domains that somebody calls bad.
    pub threat_lists: Vec<PathBuf>,
}

/// `[[site]]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its name: in the endpoint's path, in labels, in tables.
    pub name: String,
    /// Hosts whose documents are this site's.
    pub hosts: Vec<HostPattern>,
    /// Destinations that are expected.
    pub known: Vec<HostPattern>,
    /// What its correlation tags must be signed with.
    pub tag_key: Option<Secret>,
    /// What its endpoint may be signed with.
    pub endpoint_key: Option<Secret>,
    /// Groups of pages, the first that matches counts.
    pub page_groups: Vec<PageGroup>,
}

/// `[[site.page_group]]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageGroup {
    /// Its name.
    pub name: String,
    /// Patterns of paths; `*` stands for any characters.
    pub paths: Vec<String>,
    /// Whether cards are entered here.
    pub payment: bool,
}

/// A text that is never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// Every mistake of a configuration.
#[derive(Debug)]
pub struct ConfigError(pub Vec<Problem>);

impl Config {
    /// Reads the file (none = defaults), lays the environment over it, and checks all of it.
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

    /// Tells a configuration of sites, noise and detection from another one: the beginning of the SHA-256 of all that they
    /// say, without secrets, as 16 hex digits.
    pub fn rules_digest(&self) -> String {
        let Self { sites, noise, detection, privacy, .. } = self;
        let text = format!("{sites:?} {noise:?} {detection:?} {:?}", privacy.keep_query);
        to_hex(&Sha256::digest(text)[..8])
    }

    /// Checks a text; `name` is how mistakes call it.
    pub fn from_text(
        name: &str,
        text: &str,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        let mut problems = Vec::new();
        let mut document = document::Document::read(name, text, &mut problems);
        document.override_by(environment);
        let checker = check::Checker::new(document, problems, sections::NAMES);
        let config = sections::read(&checker);
        let problems = checker.finish();
        if problems.is_empty() { Ok(config) } else { Err(ConfigError(problems)) }
    }
}

#[cfg(test)]
mod tests;
