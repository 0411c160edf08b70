//! Removes a person from the sightings, which remain as evidence. ClickHouse rewrites the parts of the table that hold such
//! sightings (a mutation).

use std::time::Duration;

use clickhouse::Client;

use super::error::InsertError;
use super::queries;
use super::schema::{MigrateError, Placement, ask_within, reached};

/// The longest that rewriting may take: every part of 800 days may hold such sightings.
const REWRITE: Duration = Duration::from_secs(3_600);

/// The person to remove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// By the correlation tag that the site gave to the session or order.
    Tag(String),
    /// By the client hash, of which there may be one for each key.
    Client(Vec<u64>),
}

impl Whom {
    fn parameters(&self) -> (&str, &[u64]) {
        match self {
            Self::Tag(tag) => (tag, &[]),
            Self::Client(clients) => ("", clients),
        }
    }
}

/// How many sightings name the person; `site` is empty for all sites.
///
/// # Errors
/// [`InsertError`].
pub async fn count(client: &Client, whom: &Whom, site: &str) -> Result<u64, InsertError> {
    let (tag, hashes) = whom.parameters();
    let query = client.query_raw(queries::SIGHTINGS_OF_SOMEBODY);
    Ok(query.param("tag", tag).param("clients", hashes).param("site", site).fetch_one().await?)
}

/// Removes the person, and returns when that is done. In a cluster without Keeper, only this client's server is changed:
/// then returns true.
///
/// # Errors
/// [`MigrateError`].
pub async fn forget(
    client: &Client,
    placement: &Placement,
    whom: &Whom,
    site: &str,
) -> Result<bool, MigrateError> {
    let placement = reached(client, placement).await?;
    let (change, is_person) = match whom {
        Whom::Tag(_) => ("tag = '', tag_signed = false", "tag = {tag:String}"),
        Whom::Client(_) => ("client = 0", "has({clients:Array(UInt64)}, client)"),
    };
    let statement = placement.fill_in(&format!(
        "ALTER TABLE ${{database}}.sightings${{on_cluster}} UPDATE {change} \
         WHERE {is_person} AND ({{site:String}} = '' OR site = {{site:String}}) SETTINGS mutations_sync = 2"
    ));
    let (tag, hashes) = whom.parameters();
    let query = client.query_raw(&statement).param("tag", tag).param("clients", hashes);
    ask_within(REWRITE, query.param("site", site).execute(), &statement).await?;
    Ok(placement.cluster_name().is_some() && !placement.has_keeper())
}
