//! The queries to Prometheus about the notifications that Alertmanager sent.

use std::time::Duration;

use url::Url;

use super::super::Failure;
use super::super::http::Get;
use crate::audit::evidence::{NotificationCounts, NotificationMetric};
use crate::base::clock::Timestamp;

/// Prometheus itself gives up on a query after two minutes.
const PATIENCE: Duration = Duration::from_secs(130);
/// Enough for years of days of a few integrations.
const ANSWER_BYTES: usize = 16 << 20;

/// Counts the notifications of each day of the period.
pub(super) fn count(
    prometheus: &Url,
    from: Timestamp,
    to: Timestamp,
) -> Result<NotificationCounts, Failure> {
    let mut counts = NotificationCounts::default();
    for metric in NotificationMetric::ALL {
        let url = metric.range_query(prometheus, from, to);
        let get =
            Get { url: url.as_str(), token: None, patience: PATIENCE, bytes_max: ANSWER_BYTES };
        let (_, answer) = get.send()?;
        counts
            .add(metric, &answer)
            .map_err(|wrong| format!("--prometheus {prometheus}: {wrong}"))?;
    }
    Ok(counts)
}
