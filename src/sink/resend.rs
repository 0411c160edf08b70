//! `cspwatch journal resend`: sends again what is in quarantine.

use std::io;

use super::Inserter;
use super::pace::Pace;
use super::rows::{SegmentRows, Shift};
use crate::journal::Quarantine;
use crate::store::error::InsertError;

/// What became of a segment in quarantine.
#[derive(Debug, Default)]
pub struct Resent {
    /// Rows that were stored.
    pub stored: u64,
    /// Rows that are still refused.
    pub refused: u64,
    /// ClickHouse's words about the last of these.
    pub error: Option<String>,
}

/// Why a segment could not be sent once more. What was stored until then is noted.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum ResendError {
    #[error("{0}")]
    Disk(#[from] io::Error),
    #[error("it is damaged; `cspwatch journal verify` shows where")]
    Damaged,
    #[error("{0}")]
    ClickHouse(#[from] InsertError),
}

/// Sends what was rejected of a segment, under the same tokens as the first time. When nothing is left, the segment
/// leaves the quarantine.
pub async fn resend(inserter: &Inserter, segment: &Quarantine) -> Result<Resent, ResendError> {
    let bytes = segment.read()?;
    let rows =
        SegmentRows::read(&bytes, Shift::default(), Pace::Hurried).ok_or(ResendError::Damaged)?;
    let shift = inserter.shift(rows.opened(), true).await?;
    let rows =
        inserter.read(&bytes, shift, true, Pace::Hurried).await?.ok_or(ResendError::Damaged)?;
    let mut rejections = segment.rejections()?;
    let mut resent = Resent::default();
    let parked: Vec<_> = rejections.parked().map(|(part, _)| part).collect();
    for part in parked {
        match inserter.insert_again(&rows, &part).await {
            Ok(stored) => {
                resent.stored += stored;
                rejections.set_stored(&part);
                segment.set_rejections(&rejections)?;
            }
            Err(InsertError { message, .. }) => {
                resent.refused += rows.count(&part);
                resent.error = Some(message);
            }
        }
    }
    if resent.refused == 0 {
        segment.remove()?;
    }
    Ok(resent)
}
