//! The scripts of sites: what browsers reported of them, and what people decided about them. The table `script_decisions` is
//! a log of which the newest row about each script holds.

use clickhouse::{Client, Row};
use serde::{Deserialize, Serialize};

use super::error::InsertError;
use super::insert::by_people;
use super::queries;
use crate::base::clock::Timestamp;
use crate::decisions::ApprovalTarget;

/// The table.
const SCRIPT_DECISIONS: &str = "script_decisions";

/// What somebody decides about a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScriptDecision {
    /// It may run there.
    Approve,
    /// It may not any more.
    Revoke,
}

impl ScriptDecision {
    /// The code of the column's `Enum8`.
    fn code(self) -> i8 {
        match self {
            Self::Approve => 1,
            Self::Revoke => 2,
        }
    }
}

/// Why and by whom.
#[derive(Clone, Copy, Debug)]
pub struct DecisionReasons<'a> {
    /// Who decides.
    pub by: &'a str,
    /// Who is asked about the script.
    pub owner: &'a str,
    /// Why the pages need it.
    pub justification: &'a str,
}

#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize)]
struct ScriptDecisionRow<'a> {
    decided_at: Timestamp,
    site: &'a str,
    page_group: &'a str,
    script_host: &'a str,
    script_path: &'a str,
    hash: &'a str,
    decision: i8,
    by: &'a str,
    owner: &'a str,
    justification: &'a str,
}

/// What somebody decided last about a script: `script_decisions_newest.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct NewestScriptDecision {
    pub decided_at: Timestamp,
    pub site: String,
    pub page_group: String,
    pub script_host: String,
    pub script_path: String,
    pub hash: String,
    pub is_approved: bool,
}

/// What is known of a script on pages of a group: `scripts_of_site.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct SeenScript {
    pub page_group: String,
    pub script_host: String,
    pub script_path: String,
    /// `csp_hash`: browsers reported what it holds; else the kind of report that says what failed.
    pub kind: String,
    /// Empty: they could not read it.
    pub hash: String,
    pub verdict: String,
    pub disposition: String,
    pub first: Timestamp,
    pub last: Timestamp,
    /// Of what failed.
    pub reports: u64,
}

/// What somebody decided: `script_decisions_of.sql`, `script_decisions_latest.sql`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct RecordedScriptDecision {
    pub decided_at: Timestamp,
    pub site: String,
    pub page_group: String,
    pub script_host: String,
    pub script_path: String,
    pub hash: String,
    pub decision: String,
    pub by: String,
    pub owner: String,
    pub justification: String,
}

/// Whose scripts are asked for.
#[derive(Clone, Copy, Debug)]
pub struct ScriptQuery<'a> {
    /// Of this site.
    pub site: &'a str,
    /// Of these pages; empty: of all.
    pub page_group: &'a str,
    /// Those that were there at this time or later.
    pub from: Timestamp,
    /// And before this one.
    pub to: Timestamp,
}

/// More than a site has, and less than a memory.
const ROWS_MAX: u64 = 1_000_000;

/// What browsers reported of the scripts, by host and path, and what was [`decided`] until then.
///
/// # Errors
/// [`InsertError`].
pub async fn read(
    client: &Client,
    query: ScriptQuery<'_>,
) -> Result<(Vec<SeenScript>, Vec<RecordedScriptDecision>), InsertError> {
    let ScriptQuery { site, page_group, from, to } = query;
    let reported = client.query_raw(queries::SCRIPTS_OF_SITE).param("site", site);
    let reported = reported.param("page_group", page_group).param("limit", ROWS_MAX);
    let reported = reported.param("from", from).param("to", to).fetch_all().await?;
    Ok((reported, decided(client, site, to).await?))
}

/// What was decided about the scripts of a site before a time; the oldest first.
///
/// # Errors
/// [`InsertError`].
pub async fn decided(
    client: &Client,
    site: &str,
    to: Timestamp,
) -> Result<Vec<RecordedScriptDecision>, InsertError> {
    let query = client.query_raw(queries::SCRIPT_DECISIONS_OF);
    Ok(query.param("site", site).param("to", to).fetch_all().await?)
}

/// The latest decisions; `site` empty: about all sites.
///
/// # Errors
/// [`InsertError`].
pub async fn latest(
    client: &Client,
    site: &str,
    limit: u64,
) -> Result<Vec<RecordedScriptDecision>, InsertError> {
    let query = client.query_raw(queries::SCRIPT_DECISIONS_LATEST).param("site", site);
    Ok(query.param("limit", limit).fetch_all().await?)
}

/// Writes decisions, all or none; `decided_at` in milliseconds since 1970.
///
/// # Errors
/// [`InsertError`].
pub async fn decide(
    client: &Client,
    decided_at: Timestamp,
    decisions: impl IntoIterator<Item = (ApprovalTarget<'_>, ScriptDecision, DecisionReasons<'_>)>,
) -> Result<(), InsertError> {
    let mut insert = by_people::<ScriptDecisionRow<'_>>(client, SCRIPT_DECISIONS).await?;
    for (script, decision, reasons) in decisions {
        let row = ScriptDecisionRow {
            decided_at,
            site: script.site,
            page_group: script.page_group,
            script_host: script.host,
            script_path: script.path,
            hash: script.hash,
            decision: decision.code(),
            by: reasons.by,
            owner: reasons.owner,
            justification: reasons.justification,
        };
        insert.write(&row).await?;
    }
    Ok(insert.end().await?)
}

/// The newest decision about each script: what it is about, when it was made, and whether it approves.
///
/// # Errors
/// [`InsertError`].
pub async fn newest(client: &Client) -> Result<Vec<NewestScriptDecision>, InsertError> {
    Ok(client.query_raw(queries::SCRIPT_DECISIONS_NEWEST).fetch_all().await?)
}
