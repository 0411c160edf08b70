//! Whether a server answers at all. A slow one answers a small question; one that is frozen, or that nothing reaches, does not.

use std::time::Duration;

use clickhouse::Client;
use clickhouse::error::Error as ClientError;
use tokio::time::timeout;

/// Whether ClickHouse answers a small question within so long. An error that it answers with is an answer, too.
pub async fn answers(client: &Client, within: Duration) -> bool {
    let question = client.query("SELECT 1").fetch_one::<u8>();
    match timeout(within, question).await {
        Err(_) | Ok(Err(ClientError::Network(_) | ClientError::TimedOut)) => false,
        Ok(_) => true,
    }
}
