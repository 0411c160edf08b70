//! Takes out of the sightings whom they concern, and leaves what they are evidence of. ClickHouse rewrites the parts of
//! the table that hold it (a mutation).

use std::time::Duration;

use clickhouse::Client;

use super::error::InsertError;
use super::queries;
use super::schema::{MigrateError, Placement, ask_within, reached};

/// The longest that rewriting may take: every part of 800 days may hold some.
const REWRITE: Duration = Duration::from_secs(3_600);

/// Whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Whose session or order the site gave this correlation tag.
    Tag(String),
    /// Whose client hash this is.
    Client(u64),
}

impl Whom {
    fn parameters(&self) -> (&str, u64) {
        match self {
            Self::Tag(tag) => (tag, 0),
            Self::Client(client) => ("", *client),
        }
    }
}

/// How many sightings name them; `site` empty: of all sites.
///
/// # Errors
/// [`InsertError`].
pub async fn count(client: &Client, whom: &Whom, site: &str) -> Result<u64, InsertError> {
    let (tag, hash) = whom.parameters();
    let query = client.query_raw(queries::SIGHTINGS_OF_SOMEBODY);
    Ok(query.param("tag", tag).param("client", hash).param("site", site).fetch_one().await?)
}

/// Takes them out, and returns once that is done. In a cluster without Keeper, on this client's server alone, and then
/// true.
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
    let (change, is_theirs) = match whom {
        Whom::Tag(_) => ("tag = '', tag_signed = false", "tag = {tag:String}"),
        Whom::Client(_) => ("client = 0", "client = {client:UInt64}"),
    };
    let statement = placement.fill_in(&format!(
        "ALTER TABLE ${{database}}.sightings${{on_cluster}} UPDATE {change} \
         WHERE {is_theirs} AND ({{site:String}} = '' OR site = {{site:String}}) SETTINGS mutations_sync = 2"
    ));
    let (tag, hash) = whom.parameters();
    let query = client.query_raw(&statement).param("tag", tag).param("client", hash);
    ask_within(REWRITE, query.param("site", site).execute(), &statement).await?;
    Ok(placement.cluster_name().is_some() && !placement.has_keeper())
}
