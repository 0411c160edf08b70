//! The rollups of `reports`, and what each of them is made of.
//!
//! Reports that are received from a certain moment on go through a view; those received before are filled in later (`fill`).
//! On which side of that moment a report is depends on the report alone, so no report counts twice, whatever is inserted
//! meanwhile and however often. The moment is written in the view itself, so every process reads the same one.

use clickhouse::Client;

use super::statements::{MigrateError, ask, run_all};
use super::{FROM_THE_START, Placement, ddl};

/// Rollups that are filled together: each from the one before it, the first from `reports`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Family {
    pub(super) rollups: &'static [Rollup],
    /// The condition on the reports that it counts.
    pub(super) about: &'static str,
    /// How many days back it is filled, at most as many as `reports` has.
    pub(super) days: u32,
}

/// The table of a rollup and its view.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rollup {
    pub(super) table: &'static str,
    pub(super) view: &'static str,
    /// The table that it is filled from.
    pub(super) source: &'static str,
    /// The column of time.
    pub(super) time: &'static str,
    /// The condition on rows under which each report counts once.
    pub(super) once: &'static str,
    /// The partition into which a day is filled.
    pub(super) partition: &'static str,
}

const BY_DAY: &str = "(toYYYYMMDD(toDate('{day}')), true)";
const BY_MONTH: &str = "(toYYYYMM(toDate('{day}')), toDayOfMonth(toDate('{day}')))";

pub(super) const FAMILIES: [Family; 3] = [
    Family {
        rollups: &[Rollup {
            table: "reports_by_minute",
            view: "minutes_of_reports",
            source: "reports",
            time: "minute",
            once: "true",
            partition: BY_DAY,
        }],
        about: "true",
        days: 30,
    },
    Family {
        rollups: &[
            Rollup {
                table: "reports_by_hour",
                view: "hours_of_reports",
                source: "reports",
                time: "hour",
                once: "dimension = 'kind'",
                partition: BY_DAY,
            },
            Rollup {
                table: "reports_by_day",
                view: "days_of_reports",
                source: "reports_by_hour",
                time: "day",
                once: "dimension = 'kind'",
                partition: BY_MONTH,
            },
        ],
        about: "true",
        days: 400,
    },
    Family {
        rollups: &[Rollup {
            table: "violations_by_day",
            view: "days_of_violations",
            source: "reports",
            time: "day",
            once: "true",
            partition: BY_MONTH,
        }],
        about: "verdict IN ('unknown', 'impossible') AND destination != ''",
        days: 400,
    },
];

impl Family {
    /// The rollup whose view has the moment from which the views count.
    pub(super) fn first(&self) -> &'static Rollup {
        &self.rollups[0]
    }

    /// The rollup that is filled last.
    pub(super) fn last(&self) -> &'static Rollup {
        &self.rollups[self.rollups.len() - 1]
    }
}

impl Rollup {
    /// The statement that fills `target` with the rows of `source` that were received from `from` until before `to`.
    pub(super) fn filling(
        &self,
        database: &str,
        source: &str,
        target: &str,
        from: &str,
        to: &str,
    ) -> String {
        let head = format!("CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.{}\n", self.view);
        let migrations = ddl(&Placement::single(database)).into_iter();
        let mut statements = migrations.flat_map(|migration| migration.statements);
        let view = statements.find(|statement| statement.contains(&head)).unwrap_or_default();
        let (_, select) = view.split_once("\nAS SELECT\n").unwrap_or_default();
        let select = select
            .replace("false AS filled", "true AS filled")
            .replace(
                &format!("received_at >= '{FROM_THE_START}'"),
                &format!("received_at >= {from} AND r.received_at < {to}"),
            )
            // The view bounds the rows of one seal; here are all seals of some hours.
            .replace("place <= 1000", "place <= 100000")
            .replace(
                &format!("FROM {database}.{} AS", self.source),
                &format!("FROM {database}.{source} AS"),
            );
        format!("INSERT INTO {database}.{target}\nSELECT\n{select}")
    }
}

/// The rollup whose view a migration changes. It goes on from the moment from which it counts.
pub(super) fn changed_by(sql: &str) -> Option<&'static Rollup> {
    let changes = |rollup: &&Rollup| {
        let head =
            format!("ALTER TABLE ${{database}}.{}${{on_cluster}}\n    MODIFY QUERY", rollup.view);
        sql.contains(&head)
    };
    FAMILIES.iter().flat_map(|family| family.rollups).find(changes)
}

/// The moment from which views that are created now count. It is far enough ahead that they exist by then, even if a
/// collector's clock is ahead of ClickHouse's. `is_new`: no collector can be storing reports already.
pub(super) async fn begin(
    client: &Client,
    database: &str,
    is_new: bool,
) -> Result<String, MigrateError> {
    let sql = format!(
        "SELECT if({is_new} AND count() = 0, '{FROM_THE_START}', \
         toString(toStartOfMinute(now('UTC')) + INTERVAL 3 MINUTE)) FROM {database}.reports"
    );
    ask(client.query_raw(&sql).fetch_one::<String>(), &sql).await
}

/// The moment from which a rollup's view counts.
pub(super) async fn since(
    client: &Client,
    database: &str,
    rollup: &Rollup,
) -> Result<String, MigrateError> {
    let sql = format!(
        "SELECT extract(create_table_query, 'received_at >= \\'([0-9: -]+)\\'') FROM system.tables \
         WHERE database = '{database}' AND name = '{}'",
        rollup.view
    );
    ask(client.query_raw(&sql).fetch_one::<String>(), &sql).await
}

/// The moment from which the views of this server count; where it has none of them, views would count everything.
pub(super) async fn since_of_any(client: &Client, database: &str) -> Result<String, MigrateError> {
    let views = FAMILIES.iter().map(|family| family.first().view).collect::<Vec<_>>();
    let sql = format!(
        "SELECT max(extract(create_table_query, 'received_at >= \\'([0-9: -]+)\\'')) FROM system.tables \
         WHERE database = '{database}' AND name IN ('{}')",
        views.join("', '")
    );
    let since = ask(client.query_raw(&sql).fetch_one::<String>(), &sql).await?;
    Ok(if since.is_empty() { FROM_THE_START.to_owned() } else { since })
}

/// Drops the rest of rollups of which a table or view is missing: what the rest holds would count twice when the rollup is
/// filled again. Not for replicated tables: those of the other replicas are whole.
pub(super) async fn drop_broken(
    client: &Client,
    placement: &Placement,
) -> Result<(), MigrateError> {
    let database = &placement.local();
    for family in &FAMILIES {
        let views = family.rollups.iter().map(|rollup| rollup.view);
        let pieces: Vec<_> =
            views.chain(family.rollups.iter().map(|rollup| rollup.table)).collect();
        let sql = format!(
            "SELECT count() FROM system.tables WHERE database = '{database}' AND name IN ('{}')",
            pieces.join("', '")
        );
        let found = ask(client.query_raw(&sql).fetch_one::<u64>(), &sql).await?;
        if found == 0 || found == pieces.len() as u64 {
            continue;
        }
        tracing::warn!(
            id = "rollup-recreated",
            database,
            "{} is incomplete; it is created again from reports",
            family.last().table
        );
        let drop = |piece| {
            placement
                .fill_in(&format!("DROP TABLE IF EXISTS ${{database}}.{piece}${{on_cluster}} SYNC"))
        };
        run_all(client, &pieces.into_iter().map(drop).collect::<Vec<_>>()).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::FILES;
    use super::*;

    #[test]
    fn a_migration_that_changes_a_view_is_known_to() {
        let changed =
            FILES.iter().filter_map(|(version, _, sql)| Some((*version, changed_by(sql)?.view)));
        assert_eq!(changed.collect::<Vec<_>>(), [(16, "days_of_violations")]);
        let modifying = FILES.iter().filter(|(.., sql)| sql.contains("MODIFY QUERY")).count();
        assert_eq!(modifying, 1);
    }

    #[test]
    fn a_rollup_is_filled_by_the_query_of_its_view() {
        for rollup in FAMILIES.iter().flat_map(|family| family.rollups) {
            let sql = rollup.filling("db", "from_here", "to_there", "A", "B");
            assert!(sql.starts_with("INSERT INTO db.to_there\nSELECT\n"), "{sql}");
            assert!(sql.contains("FROM db.from_here AS"), "{sql}");
            assert!(!sql.contains("1970") && !sql.contains("false AS filled"), "{sql}");
            let is_first = rollup.source == "reports";
            let range = "r.received_at >= A AND r.received_at < B";
            assert_eq!(sql.matches(range).count(), usize::from(is_first), "{sql}");
            assert!(!sql.contains("<= 1000)") && !sql.contains("<= 1000,"), "{sql}");
        }
    }
}
