//! Sends one sealed batch: sending it again with the same token changes nothing. And what is written besides batches.

use std::time::Duration;

use clickhouse::insert::Insert;
use clickhouse::{Client, Row, RowWrite};

use super::error::{Class, InsertError};

/// How long a chunk of a batch may take to be sent, or the columns of a table to arrive.
const SEND: Duration = Duration::from_secs(30);

/// Inserts all rows as one block under one deduplication token; returns their number.
///
/// The caller bounds how long ClickHouse may take to write the rows and everything derived from them: dropping the future
/// ends the request, and the token makes it safe to repeat.
///
/// The token outranks the rows: ClickHouse answers the same token with *other* rows by 200, and drops them. So the batch
/// must be sealed before the first attempt, and be the same in each attempt. It must also stay below one block (1,048,449
/// rows, 256 MiB) and within one partition, because ClickHouse deduplicates per block and partition.
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
        // The crate caches the columns of a table for ever, but the operator may just have migrated.
        client.clear_cached_metadata().await;
    }
    result
}

/// Begins to write rows that nobody merges with others'.
///
/// # Errors
/// [`InsertError`].
pub(super) async fn at_once<R: Row>(
    client: &Client,
    table: &str,
) -> Result<Insert<R>, InsertError> {
    // On by default since 26.3; it would merge our rows with others.
    Ok(client.insert::<R>(table).await?.with_setting("async_insert", "0"))
}

/// The same for what people decide or write down: the same again is another row, and the newest counts.
///
/// # Errors
/// [`InsertError`].
pub(super) async fn by_people<R: Row>(
    client: &Client,
    table: &str,
) -> Result<Insert<R>, InsertError> {
    Ok(at_once(client, table).await?.with_setting("insert_deduplicate", "0"))
}

/// Writes one such row.
///
/// # Errors
/// [`InsertError`].
pub(super) async fn one_by_people<'row, R>(
    client: &Client,
    table: &str,
    row: &R::Value<'row>,
) -> Result<(), InsertError>
where
    R: Row + RowWrite,
{
    let mut insert = by_people::<R>(client, table).await?;
    insert.write(row).await?;
    Ok(insert.end().await?)
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
    // This queries the table's columns first, without a timeout of its own.
    let insert = tokio::time::timeout(SEND, client.insert::<R>(table))
        .await
        .map_err(|_| InsertError::timed_out(&format!("describe the columns of {table}")))??;
    let mut insert = insert
        .with_timeouts(Some(SEND), None)
        // On by default since 26.3; it would merge our batch with others.
        .with_setting("async_insert", "0")
        // Twenty by default, which take longer than a server may that has lost Keeper. The journal tries again, and elsewhere.
        .with_setting("insert_keeper_max_retries", "5")
        .with_setting("insert_deduplicate", "1")
        .with_setting("insert_deduplication_token", token)
        // ClickHouse accepts no second query with the same id while the first one runs. So an answer that refuses rows,
        // or does not find them, also means that no earlier attempt will store them later.
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
