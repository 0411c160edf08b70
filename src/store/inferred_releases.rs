//! Releases that nobody marked, inferred from scripts that changed together: `queries/inferred_releases.sql`. Anybody can
//! report hashes of scripts, so an inferred release is only ever mentioned: no alert, severity or decision depends on one.

use clickhouse::{Client, Row};
use serde::Deserialize;

use super::error::InsertError;
use super::queries;
use crate::base::clock::Timestamp;
use crate::base::domain::registered;
use crate::config::{HostPattern, SiteConfig};

/// A release that nobody marked.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
pub struct InferredRelease {
    /// Where.
    pub site: String,
    /// The registrable domain of the scripts.
    pub domain: String,
    /// When the first of them changed.
    pub at: Timestamp,
    /// When the last of them changed, at most ten minutes later.
    pub until: Timestamp,
    /// How many changed.
    pub changed: u64,
    /// Host and path of ten of them at most.
    pub scripts: Vec<String>,
}

impl InferredRelease {
    /// How many scripts changed together, for people; the domain is not defanged.
    pub fn words(&self) -> String {
        format!("{} scripts of {} changed together", self.changed, self.domain)
    }
}

/// The inferred releases of a site whose scripts are on its own hosts, as far as `sites` has them; the latest first.
///
/// # Errors
/// [`InsertError`].
pub async fn inferred_releases(
    client: &Client,
    (site, sites): (&str, &[SiteConfig]),
    (from, to): (Timestamp, Timestamp),
    limit: u64,
) -> Result<Vec<InferredRelease>, InsertError> {
    let own = own_hosts(site, sites);
    // No pattern would mean all hosts.
    if own.is_empty() {
        return Ok(Vec::new());
    }
    let query = client.query_raw(queries::INFERRED_RELEASES).param("site", site);
    let query = query.param("own_hosts", own).param("from", from).param("to", to);
    Ok(query.param("limit", limit).fetch_all().await?)
}

/// The hosts of a site; of one that is not configured, its domain and all below.
fn own_hosts(site: &str, sites: &[SiteConfig]) -> Vec<String> {
    let configured = sites.iter().find(|configured| configured.name == site);
    let hosts = match configured {
        Some(configured) => configured.hosts.clone(),
        None if sites.is_empty() && registered(site).is_some() => {
            vec![HostPattern::Exact(site.to_owned()), HostPattern::Below(site.to_owned())]
        }
        None => Vec::new(),
    };
    hosts.iter().map(HostPattern::to_string).collect()
}
