//! The destinations that were seen, for people: the tables `destinations`, `reports` and `decisions`.

use clickhouse::{Client, Row};
use serde::{Deserialize, Serialize};

use super::error::InsertError;

/// A destination on a page group, and the newest decision about it. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize, Serialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct Destination {
    pub site: String,
    pub page_group: String,
    pub destination: String,
    pub first_seen: i64,
    pub last_seen: i64,
    pub reports: u64,
    pub clients: u64,
    pub active_days: u64,
    pub channels: Vec<String>,
    pub engines: Vec<String>,
    pub dispositions: Vec<String>,
    /// Empty where nobody decided.
    pub decision: String,
    pub by: String,
    pub why: String,
    pub until: Option<i64>,
}

/// A destination's last report on a page group, for comparing with threat lists.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
#[expect(missing_docs, reason = "named as the columns, which are described in the SQL")]
pub struct Past {
    pub site: String,
    pub page_group: String,
    pub destination: String,
    pub last_seen: i64,
    pub reports: u64,
    pub clients: u64,
}

/// Which destinations to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Of this site; empty: of all.
    pub site: &'a str,
    /// At most so many.
    pub limit: u64,
}

/// The engines and dispositions stand in `reports`, which hold a row per violation and so are few; what people decided
/// about a destination without having seen it has no row.
const LIST: &str = "
SELECT seen.site AS site, seen.page_group AS page_group, seen.destination AS destination, first_seen, last_seen, reports, clients, active_days,
       channels, engines, dispositions, decision, `by`, why, until
FROM (
    SELECT toString(d.site) AS site, toString(d.page_group) AS page_group, d.destination AS destination,
           min(d.first_seen) AS first_seen, max(d.last_seen) AS last_seen, sum(d.reports) AS reports,
           uniqMerge(d.clients) AS clients, length(groupUniqArrayArray(d.active_days)) AS active_days,
           arraySort(groupUniqArray(toString(d.channel))) AS channels
    FROM destinations AS d
    WHERE ? = '' OR d.site = ?
    GROUP BY d.site, d.page_group, d.destination
    ORDER BY max(d.last_seen) DESC
    LIMIT ?
) AS seen
LEFT JOIN (
    SELECT toString(r.site) AS site, toString(r.page_group) AS page_group, r.destination AS destination,
           arraySort(groupUniqArray(toString(r.engine))) AS engines,
           arraySort(groupUniqArray(toString(r.disposition))) AS dispositions
    FROM reports AS r
    WHERE r.verdict IN ('unknown', 'impossible') AND (? = '' OR r.site = ?)
    GROUP BY r.site, r.page_group, r.destination
) AS told USING (site, page_group, destination)
LEFT JOIN (
    SELECT toString(n.site) AS site, n.destination AS destination, toString(n.decision) AS decision,
           n.by AS `by`, n.why AS why, n.until AS until
    FROM decisions AS n
    ORDER BY n.decided_at DESC LIMIT 1 BY n.site, n.destination
) AS decided USING (site, destination)
ORDER BY last_seen DESC, site, page_group, destination";

/// The destinations that were seen last, the latest first.
///
/// # Errors
/// [`InsertError`].
pub async fn list(client: &Client, wanted: Wanted<'_>) -> Result<Vec<Destination>, InsertError> {
    let Wanted { site, limit } = wanted;
    let query = client.query(LIST).bind(site).bind(site).bind(limit).bind(site).bind(site);
    Ok(query.fetch_all().await?)
}

/// Calls `each` for all destinations that were ever seen.
///
/// # Errors
/// [`InsertError`].
pub async fn each(client: &Client, mut each: impl FnMut(&Past)) -> Result<(), InsertError> {
    let sql = "SELECT toString(d.site) AS site, toString(d.page_group) AS page_group, \
               d.destination AS destination, max(d.last_seen) AS last_seen, sum(d.reports) AS reports, \
               uniqMerge(d.clients) AS clients \
               FROM destinations AS d GROUP BY d.site, d.page_group, d.destination";
    let mut cursor = client.query(sql).fetch::<Past>()?;
    while let Some(past) = cursor.next().await? {
        each(&past);
    }
    Ok(())
}
