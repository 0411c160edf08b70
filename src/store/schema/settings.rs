//! Whether the tables that are there deduplicate: without that, a repeated batch counts twice and
//! nobody notices.

use clickhouse::Client;

use super::migrate::{MigrateError, ask};

/// The tables that batches go into, directly or through a view.
const FILLED: &str = "'reports', 'sightings', 'limited', 'destinations', 'reports_by_minute', 'reports_by_hour', \
                      'reports_by_day', 'violations_by_day'";

/// Refuses when somebody made one of the tables without its deduplication window.
pub(super) async fn check_windows(client: &Client, database: &str) -> Result<(), MigrateError> {
    // Replicated tables deduplicate by default; their setting has another name.
    let sql = format!(
        "SELECT name FROM system.tables WHERE database = '{database}' AND name IN ({FILLED}) \
         AND engine NOT LIKE 'Replicated%' AND engine LIKE '%MergeTree' \
         AND NOT match(create_table_query, 'non_replicated_deduplication_window = [1-9]') \
         ORDER BY name"
    );
    let without = ask(client.query_raw(&sql).fetch_all::<String>(), &sql).await?;
    match without.first() {
        None => Ok(()),
        Some(table) => {
            Err(MigrateError::NoWindow { table: table.clone(), database: database.to_owned() })
        }
    }
}
