//! How long rows are kept, by class. The files of the schema hold the defaults. A different configuration changes the TTL of
//! the tables, which ClickHouse applies in the background.

use std::collections::HashMap;

use clickhouse::Client;

use super::statements::{MigrateError, ask, run_all};
use super::{Placement, reached};
use crate::config::Retention;

/// The tables that have a row for each thing that is seen, by when it was last seen.
const DESTINATIONS: &str = "destinations";
const POLICIES: &str = "policies";
const SCRIPTS: &str = "scripts";

/// The shortest retention of what is seen, days: a row must be merged with its successors before it expires.
const SEEN_MIN: u32 = 60;

const MERGE_AFTER_A_MONTH: &str = "MODIFY SETTING min_age_to_force_merge_seconds = 2592000";

/// How many days the rows of a table are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
struct RetentionRule {
    table: &'static str,
    /// The column from which the days count.
    since: &'static str,
    /// Days for all rows; `None` for ever.
    all: Option<u32>,
    /// Days for rows with the verdict `noise`, where that differs.
    noise: Option<u32>,
}

impl RetentionRule {
    /// The rules of all tables.
    fn all(retention: &Retention) -> [Self; 13] {
        let Retention { noise, violations, sightings, evidence } = *retention;
        let rule = |table, since, all| RetentionRule { table, since, all, noise: None };
        let seen = |table, all: Option<u32>| {
            rule(table, "toDateTime(last_seen)", all.map(|days| days.max(SEEN_MIN)))
        };
        [
            RetentionRule { noise, ..rule("reports", "toDateTime(received_at)", violations) },
            RetentionRule { noise, ..rule("reports_by_hour", "hour", violations) },
            RetentionRule { noise: violations, ..rule("reports_by_day", "day", evidence) },
            rule("limited", "toDateTime(received_at)", violations),
            rule("script_failures", "toDateTime(last_seen)", violations),
            rule("sightings", "toDateTime(received_at)", sightings),
            rule("violations_by_day", "day", sightings),
            rule("alerts", "toDateTime(told_at)", evidence),
            rule("collectors", "hour", evidence),
            rule("headers", "toDateTime(at)", evidence),
            seen(DESTINATIONS, sightings),
            seen(POLICIES, evidence),
            seen(SCRIPTS, evidence),
        ]
    }

    /// Those that the files of the schema have.
    fn of_files() -> [Self; 13] {
        Self::all(&Retention::default()).map(|rule| match rule.is_of_what_is_seen() {
            true => Self { all: None, ..rule },
            false => rule,
        })
    }

    /// Whether the table has a row for each thing that is seen, which each sighting renews.
    fn is_of_what_is_seen(&self) -> bool {
        [DESTINATIONS, POLICIES, SCRIPTS].contains(&self.table)
    }
}

impl RetentionRule {
    /// The statements that apply the rule.
    fn statements(&self, placement: &Placement) -> Vec<String> {
        let change = match self.clauses() {
            clauses if clauses.is_empty() => "REMOVE TTL".to_owned(),
            clauses => format!("MODIFY TTL {}", clauses.join(", ")),
        };
        // A row of a thing that is still seen must meet its successors before it expires, or the thing seems to be new.
        let merging = self.is_of_what_is_seen().then_some(MERGE_AFTER_A_MONTH);
        let alter = |change: &str| {
            let table = self.table;
            placement.fill_in(&format!("ALTER TABLE ${{database}}.{table}${{on_cluster}} {change}"))
        };
        merging.into_iter().chain([&*change]).map(alter).collect()
    }

    fn clauses(&self) -> Vec<String> {
        let clause = |days, only| format!("{} + INTERVAL {days} DAY DELETE{only}", self.since);
        let all = self.all.map(|days| clause(days, ""));
        let noise = self.noise.map(|days| clause(days, " WHERE verdict = 'noise'"));
        all.into_iter().chain(noise).collect()
    }

    /// Whether the rule is in a table's definition, as ClickHouse writes it.
    fn is_in(&self, definition: &str) -> bool {
        let ttl = definition.split_once(" TTL ").map_or("", |(_, rest)| rest);
        let ttl = ttl.split_once(" SETTINGS ").map_or(ttl, |(ttl, _)| ttl);
        let found = ttl.split("toIntervalDay(").skip(1).map(|clause| {
            let (days, rest) = clause.split_once(')').unwrap_or_default();
            (days.parse().ok(), rest.contains(" WHERE "))
        });
        let all = self.all.map(|days| (Some(days), false));
        let noise = self.noise.map(|days| (Some(days), true));
        found.eq(all.into_iter().chain(noise))
    }
}

/// Applies the retention; returns the tables that had a different one.
///
/// # Errors
/// [`MigrateError`].
pub async fn apply_retention(
    client: &Client,
    placement: &Placement,
    retention: &Retention,
) -> Result<Vec<&'static str>, MigrateError> {
    let placement = &reached(client, placement).await?;
    let sql = format!(
        "SELECT name, create_table_query FROM system.tables WHERE database = '{}'",
        placement.local()
    );
    let tables = ask(client.query_raw(&sql).fetch_all::<(String, String)>(), &sql).await?;
    let definitions: HashMap<String, String> = tables.into_iter().collect();
    let differs = |rule: &RetentionRule| {
        definitions.get(rule.table).is_some_and(|definition| !rule.is_in(definition))
    };
    let mut changed = Vec::new();
    for rule in RetentionRule::all(retention).iter().filter(|rule| differs(rule)) {
        run_all(client, &rule.statements(placement)).await?;
        tracing::info!(table = rule.table, "retention changed");
        changed.push(rule.table);
    }
    Ok(changed)
}

/// The statements that change the retention that the files of the schema have.
pub(super) fn statements(placement: &Placement, retention: &Retention) -> Vec<String> {
    let changed = RetentionRule::all(retention)
        .into_iter()
        .zip(RetentionRule::of_files())
        .filter(|(rule, usual)| rule != usual);
    changed.flat_map(|(rule, _)| rule.statements(placement)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_made_for_what_differs_from_the_defaults() {
        let placement = Placement::single("db");
        let with = |retention: Retention| statements(&placement, &retention);
        let usual = with(Retention::default());
        assert_eq!(
            usual[..2],
            [
                "ALTER TABLE db.destinations MODIFY SETTING min_age_to_force_merge_seconds = 2592000",
                "ALTER TABLE db.destinations MODIFY TTL toDateTime(last_seen) + INTERVAL 800 DAY DELETE",
            ]
        );
        assert_eq!(usual.len(), 6, "{usual:?}");
        let statements = with(Retention { noise: Some(7), ..Retention::default() });
        assert_eq!(
            statements[0],
            "ALTER TABLE db.reports MODIFY TTL toDateTime(received_at) + INTERVAL 400 DAY DELETE, \
             toDateTime(received_at) + INTERVAL 7 DAY DELETE WHERE verdict = 'noise'"
        );
        assert_eq!(statements.len(), 2 + usual.len());
        let for_ever = Retention { noise: None, violations: None, sightings: None, evidence: None };
        let for_ever = with(for_ever);
        assert_eq!(for_ever.len(), 10, "{for_ever:?}");
        assert!(for_ever.iter().all(|statement| statement.ends_with(" REMOVE TTL")));
    }

    #[test]
    fn a_definition_is_read_as_clickhouse_writes_it() {
        let rule = |all, noise| RetentionRule { table: "reports", since: "hour", all, noise };
        let ttl = "ORDER BY site TTL hour + toIntervalDay(400), hour + toIntervalDay(90) WHERE verdict = 'noise' \
                   SETTINGS index_granularity = 8192";
        assert!(rule(Some(400), Some(90)).is_in(ttl));
        assert!(!rule(Some(400), None).is_in(ttl) && !rule(Some(40), Some(90)).is_in(ttl));
        assert!(rule(None, None).is_in("ORDER BY site SETTINGS x = 1"));
        assert!(rule(None, Some(9)).is_in("x TTL hour + toIntervalDay(9) WHERE verdict = 'noise'"));
    }
}
