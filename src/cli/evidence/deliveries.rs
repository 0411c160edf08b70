//! How many notifications Alertmanager sent, as Prometheus counted them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use url::Url;

use super::super::Failure;
use super::super::http::Get;
use super::operation::DAY_MILLIS;
use crate::base::clock::Timestamp;
use crate::base::display::day;

/// Prometheus itself gives up after two minutes.
const PATIENCE: Duration = Duration::from_secs(130);
/// Years of days of a few integrations.
const ANSWER_BYTES: usize = 16 << 20;

/// By day and integration (webhook, email, pagerduty, …): those that were tried, and those of them that failed.
pub(super) type Deliveries = BTreeMap<(String, String), (u64, u64)>;

/// <https://prometheus.io/docs/prometheus/latest/querying/api/>, "Range queries".
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    error: String,
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    result: Vec<Series>,
}

#[derive(Deserialize)]
struct Series {
    metric: BTreeMap<String, String>,
    /// Seconds since 1970, and the number as a text.
    values: Vec<(f64, String)>,
}

/// Asks for each day of the period.
pub(super) fn ask(prometheus: &Url, from: Timestamp, to: Timestamp) -> Result<Deliveries, Failure> {
    let mut deliveries = Deliveries::new();
    for (metric, is_failure) in [
        ("alertmanager_notifications_total", false),
        ("alertmanager_notifications_failed_total", true),
    ] {
        let query = format!("sum by (integration) (round(increase({metric}[1d]))) > 0");
        for series in range(prometheus, &query, from, to)? {
            let integration = series.metric.get("integration").cloned().unwrap_or_default();
            for (at, value) in series.values {
                let counted = deliveries.entry((day_before(at), integration.clone())).or_default();
                let number = number(&value);
                if is_failure { counted.1 = number } else { counted.0 = number }
            }
        }
    }
    Ok(deliveries)
}

fn range(
    prometheus: &Url,
    query: &str,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Series>, Failure> {
    let mut url = prometheus.clone();
    let path = format!("{}/api/v1/query_range", prometheus.path().trim_end_matches('/'));
    url.set_path(&path);
    // Each value is about the day before it.
    let ends = [from.minus_millis(-DAY_MILLIS), to];
    let [start, end] = ends.map(|it| (it.0 / 1000).to_string());
    url.query_pairs_mut()
        .append_pair("query", query)
        .append_pair("start", &start)
        .append_pair("end", &end)
        .append_pair("step", "1d");
    let get = Get { url: url.as_str(), token: None, patience: PATIENCE, bytes_max: ANSWER_BYTES };
    let (_, body) = get.ask()?;
    let answer: Answer = serde_json::from_slice(&body)
        .map_err(|error| format!("--prometheus {prometheus}: is that a Prometheus? {error}"))?;
    let wrong = || format!("--prometheus {prometheus}: {}", answer.error);
    Ok(answer.data.ok_or_else(wrong)?.result)
}

/// The day that a value is about: that which ends with it.
#[expect(clippy::cast_possible_truncation, reason = "seconds since 1970")]
fn day_before(at: f64) -> String {
    day((at as i64 * 1000 - 1).div_euclid(DAY_MILLIS))
}

/// Counts, which may be written as 1e+06.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn number(value: &str) -> u64 {
    value.parse::<f64>().unwrap_or_default().round().clamp(0.0, 1e15) as u64
}
