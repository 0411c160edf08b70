//! Sends one sealed batch. A repetition with the same token changes nothing.

use std::time::Duration;

use clickhouse::{Client, Row, RowWrite};

use super::error::{Class, InsertError};

/// The longest that one chunk of a batch may take into the socket, or a table's columns to come.
const SEND: Duration = Duration::from_secs(30);

/// Inserts all rows as one block under one deduplication token; returns how many there were.
///
/// How long ClickHouse may take to write them, and everything derived from them, is for the caller to
/// bound: dropping the future ends the request, and the token makes it safe to repeat.
///
/// The token outranks the rows: the same token with *other* rows is answered with 200 and drops
/// them. So the batch must be sealed before the first attempt and be the same on each one. It must
/// also stay below one block (1,048,449 rows, 256 MiB) and within one partition, because ClickHouse
/// deduplicates per block and partition.
///
/// # Errors
/// [`InsertError`], whose class says whether to send the same batch again.
pub async fn insert_batch<'row, R>(
    client: &Client,
    table: &str,
    token: &str,
    rows: impl IntoIterator<Item = R::Value<'row>>,
) -> Result<u64, InsertError>
where
    R: Row + RowWrite,
{
    let mut rows = rows.into_iter().peekable();
    if rows.peek().is_none() {
        return Ok(0);
    }
    let result = send::<R>(client, table, token, rows).await;
    if result.as_ref().is_err_and(|error| error.class == Class::Hold) {
        // The crate remembers a table's columns for ever; the operator may just have migrated.
        client.clear_cached_metadata().await;
    }
    result
}

async fn send<'row, R>(
    client: &Client,
    table: &str,
    token: &str,
    rows: impl Iterator<Item = R::Value<'row>>,
) -> Result<u64, InsertError>
where
    R: Row + RowWrite,
{
    // This first asks for the table's columns, which has no timeout of its own.
    let insert = tokio::time::timeout(SEND, client.insert::<R>(table))
        .await
        .map_err(|_| InsertError::timed_out(&format!("what columns has {table}")))??;
    let mut insert = insert
        .with_timeouts(Some(SEND), None)
        // On by default since 26.3; it would put our batch together with others.
        .with_setting("async_insert", "0")
        .with_setting("insert_deduplicate", "1")
        .with_setting("insert_deduplication_token", token)
        // ClickHouse takes no second query of a name while the first one runs: so whoever is told that
        // rows are refused, or are not there, knows that no earlier attempt will still store them.
        .with_setting("query_id", format!("{table}-{token}"))
        .with_setting("deduplicate_blocks_in_dependent_materialized_views", "1");
    let mut sent = 0;
    for row in rows {
        insert.write(&row).await?;
        sent += 1;
    }
    insert.end().await?;
    Ok(sent)
}
