//! Stored sightings, each with its row of `reports`: for detection, what other collectors saw; for `cspwatch backtest`, what
//! a configuration is tried on.

use clickhouse::{Client, Row};
use serde::Deserialize;

use super::error::InsertError;
use super::queries;
use crate::base::clock::Timestamp;

/// Defines a sighting, or a violation, with its report, as a query selects it: the columns that every such query has, and
/// further ones.
macro_rules! define_sighting {
    ($(#[$meta:meta])* $name:ident { $($(#[$column_meta:meta])* $column:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, ::clickhouse::Row, ::serde::Deserialize)]
        #[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
        pub struct $name {
            pub received_at: $crate::base::clock::Timestamp,
            pub seen_at: $crate::base::clock::Timestamp,
            pub site: String,
            pub page_group: String,
            pub destination: String,
            pub directive: String,
            pub disposition: String,
            pub channel: String,
            pub verdict: String,
            pub kind: String,
            pub document_path: String,
            pub client: u64,
            pub batch_id: String,
            pub fingerprint: u128,
            pub reason: String,
            pub blocked_scheme: String,
            pub blocked_host: String,
            pub blocked_port: u16,
            pub blocked_path: String,
            pub document_host: String,
            pub source_scheme: String,
            pub source_host: String,
            pub source_path: String,
            pub sample: String,
            pub detail: String,
            pub policy_hash: String,
            pub engine: String,
            pub engine_version: u16,
            pub pan_in_url: bool,
            $($(#[$column_meta])* pub $column: $type,)*
        }

        impl $name {
            /// Its report, as far as it is stored: not the User-Agent. `policy` is the text of the policy that it carried.
            /// `None` for a row with values of a newer version.
            pub fn report<'a>(&'a self, policy: &'a str) -> Option<$crate::report::Report<'a>> {
                let place = |scheme: &'a str, host: &'a str, port, path: &'a str| {
                    $crate::report::Place {
                        scheme: scheme.into(),
                        host: host.into(),
                        port,
                        path: path.into(),
                    }
                };
                let (host, port) = (&self.blocked_host, self.blocked_port);
                // The scheme of a document is not stored; sites use https.
                let scheme = if self.document_host.is_empty() { "" } else { "https" };
                Some($crate::report::Report {
                    kind: $crate::report::Kind::named(&self.kind)?,
                    type_name: "".into(),
                    at: self.seen_at,
                    has_age: false,
                    disposition: $crate::report::Disposition::named(&self.disposition)?,
                    policy: policy.into(),
                    directive: self.directive.as_str().into(),
                    document: place(scheme, &self.document_host, 0, &self.document_path),
                    blocked: place(&self.blocked_scheme, host, port, &self.blocked_path),
                    source: place(&self.source_scheme, &self.source_host, 0, &self.source_path),
                    line: 0,
                    column: 0,
                    status_code: 0,
                    sample: self.sample.as_str().into(),
                    detail: self.detail.as_str().into(),
                    policy_hash: u64::from_str_radix(&self.policy_hash, 16).unwrap_or(0),
                    user_agent: "".into(),
                    engine: $crate::report::Engine::named(&self.engine)?,
                    engine_version: self.engine_version,
                    pan_in_url: self.pan_in_url,
                })
            }
        }
    };
}

pub(super) use define_sighting;

define_sighting! {
    /// A sighting and its report.
    StoredSighting {
        line: u32,
        extensionless: bool,
    }
}

/// A batch with sightings that another collector sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SightedBatch {
    /// Its id.
    pub batch_id: String,
    /// When the first of its sightings was received.
    pub first_received: Timestamp,
    /// And the last.
    pub last_received: Timestamp,
}

/// What is new since a collector asked last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// How many decisions about destinations there are. Rows are only ever added, so an equal number means no news.
    pub decisions: u64,
    /// The same about scripts.
    pub script_decisions: u64,
    /// When ClickHouse was asked, by its clock.
    pub asked_at: Timestamp,
    /// Batches of others, by name; at most [`BATCHES_MAX`].
    pub batches: Vec<SightedBatch>,
}

#[derive(Row, Deserialize)]
struct HourRow {
    hour: Timestamp,
    sightings: u64,
}

/// As the query selects it.
#[derive(Row, Deserialize)]
struct NewsRow {
    decisions: u64,
    script_decisions: u64,
    asked_at: Timestamp,
    batches: Vec<(String, Timestamp, Timestamp)>,
}

/// The most batches that are news at once. Whoever has more to learn reads the past by time.
pub const BATCHES_MAX: usize = 20_000;

/// Which batches are asked for.
#[derive(Debug, Clone, Copy)]
pub struct NewsQuery<'a> {
    /// How the ids of the asking collector's own batches begin.
    pub own_prefix: &'a str,
    /// Those that were stored since then, by ClickHouse's clock.
    pub since: Timestamp,
    /// Those that were received before.
    pub received_before: Timestamp,
}

/// What is new.
///
/// # Errors
/// [`InsertError`].
pub async fn news(client: &Client, query: NewsQuery<'_>) -> Result<News, InsertError> {
    let NewsQuery { own_prefix, since, received_before } = query;
    let query = client.query_raw(queries::EXCHANGE_NEWS).param("since", since);
    let query = query.param("collector", own_prefix).param("received_before", received_before);
    let NewsRow { decisions, script_decisions, asked_at, batches } = query.fetch_one().await?;
    let batches = batches.into_iter().map(|(batch_id, first_received, last_received)| {
        SightedBatch { batch_id, first_received, last_received }
    });
    Ok(News { decisions, script_decisions, asked_at, batches: batches.collect() })
}

/// What some batches have seen, in the order of time. Of each destination the word of twenty clients is enough, and of each
/// network a hundred: whoever floods another collector must not flood this one. `reports` are inserted last, so a batch that is
/// not whole yet gives nothing.
///
/// # Errors
/// [`InsertError`].
pub async fn of_batches(
    client: &Client,
    batches: &[SightedBatch],
) -> Result<Vec<StoredSighting>, InsertError> {
    let from = batches.iter().map(|batch| batch.first_received).min().unwrap_or_default();
    let to = batches.iter().map(|batch| batch.last_received).max().unwrap_or_default();
    let ids: Vec<&str> = batches.iter().map(|batch| batch.batch_id.as_str()).collect();
    let query = client.query_raw(queries::SIGHTINGS_OF_BATCHES).param("from", from).param("to", to);
    Ok(query.param("batches", ids).fetch_all().await?)
}

/// The hours in which sightings were received from `from` until before `to`, and how many, in the order of time.
///
/// # Errors
/// [`InsertError`].
pub async fn hours(
    client: &Client,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<(Timestamp, u64)>, InsertError> {
    let query = client.query_raw(queries::SIGHTINGS_HOURS).param("from", from).param("to", to);
    let hours: Vec<HourRow> = query.fetch_all().await?;
    Ok(hours.into_iter().map(|row| (row.hour, row.sightings)).collect())
}

/// What others have seen from `from` until before `to`, as [`of_batches`].
///
/// # Errors
/// [`InsertError`].
pub async fn past(
    client: &Client,
    own_prefix: &str,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<StoredSighting>, InsertError> {
    let query = client.query_raw(queries::SIGHTINGS_PAST).param("from", from).param("to", to);
    Ok(query.param("collector", own_prefix).fetch_all().await?)
}

/// A stored policy.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct StoredPolicy {
    pub policy_hash: String,
    pub policy: String,
}

/// All stored policies.
///
/// # Errors
/// [`InsertError`].
pub async fn policies(client: &Client) -> Result<Vec<StoredPolicy>, InsertError> {
    Ok(client.query_raw(queries::POLICIES_ALL).fetch_all().await?)
}

/// The number of sightings that were received from `from` until before `to`.
///
/// # Errors
/// [`InsertError`].
pub async fn count(client: &Client, from: Timestamp, to: Timestamp) -> Result<u64, InsertError> {
    let query = client.query_raw(queries::SIGHTINGS_COUNT);
    Ok(query.param("from", from).param("to", to).fetch_one().await?)
}

/// Calls `on_sighting` for every sighting received from `from` until before `to`, in the order of time.
///
/// # Errors
/// [`InsertError`], or the error of `on_sighting`.
pub async fn each<E: From<InsertError>>(
    client: &Client,
    from: Timestamp,
    to: Timestamp,
    mut each: impl FnMut(&StoredSighting) -> Result<(), E>,
) -> Result<(), E> {
    let query = client.query_raw(queries::SIGHTINGS_BETWEEN).param("from", from).param("to", to);
    let mut cursor = query.fetch::<StoredSighting>().map_err(InsertError::from)?;
    while let Some(sighting) = cursor.next().await.map_err(InsertError::from)? {
        each(&sighting)?;
    }
    Ok(())
}
