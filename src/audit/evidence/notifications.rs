//! How many notifications Alertmanager sent on each day, as Prometheus counted them: which query answers that, and what
//! the answer means. Asking is left to the command.

use std::collections::BTreeMap;

use serde::Deserialize;
use url::Url;

use crate::audit::url_below;
use crate::base::clock::{DAY, MILLISECOND, Timestamp};
use crate::base::display::day;

/// The notifications of one day to one integration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NotificationCount {
    /// How many Alertmanager tried to send.
    pub tried: u64,
    /// How many of them failed.
    pub failed: u64,
}

/// The notifications by day and integration (webhook, email, pagerduty, …).
#[derive(Debug, Default, PartialEq, Eq)]
pub struct NotificationCounts(BTreeMap<(String, String), NotificationCount>);

/// The two metrics of Alertmanager that are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotificationMetric {
    /// `alertmanager_notifications_total`.
    Tried,
    /// `alertmanager_notifications_failed_total`.
    Failed,
}

/// <https://prometheus.io/docs/prometheus/latest/querying/api/>, "Range queries".
#[derive(Deserialize)]
struct RangeAnswer {
    #[serde(default)]
    error: String,
    data: Option<RangeData>,
}

#[derive(Deserialize)]
struct RangeData {
    result: Vec<RangeSeries>,
}

#[derive(Deserialize)]
struct RangeSeries {
    metric: BTreeMap<String, String>,
    /// Seconds since 1970, and the number as a text.
    values: Vec<(f64, String)>,
}

impl NotificationMetric {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Tried, Self::Failed];

    /// The URL of the range query that counts this metric on each day of a period.
    pub fn range_query(self, prometheus: &Url, from: Timestamp, to: Timestamp) -> Url {
        let metric = match self {
            Self::Tried => "alertmanager_notifications_total",
            Self::Failed => "alertmanager_notifications_failed_total",
        };
        let query = format!("sum by (integration) (round(increase({metric}[1d]))) > 0");
        let mut url = url_below(prometheus, "/api/v1/query_range");
        // Each value counts the day before its time.
        let [start, end] = [from + DAY, to].map(|time| time.seconds().to_string());
        url.query_pairs_mut()
            .append_pair("query", &query)
            .append_pair("start", &start)
            .append_pair("end", &end)
            .append_pair("step", "1d");
        url
    }
}

impl NotificationCounts {
    /// Adds what Prometheus answered about a metric; the error says why that is no such answer.
    pub fn add(&mut self, metric: NotificationMetric, answer: &[u8]) -> Result<(), String> {
        let answer: RangeAnswer = serde_json::from_slice(answer)
            .map_err(|error| format!("is that a Prometheus? {error}"))?;
        let data = answer.data.ok_or(answer.error)?;
        for series in data.result {
            let integration = series.metric.get("integration").cloned().unwrap_or_default();
            for (at, value) in series.values {
                let count = self.0.entry((day_before(at), integration.clone())).or_default();
                match metric {
                    NotificationMetric::Tried => count.tried = number(&value),
                    NotificationMetric::Failed => count.failed = number(&value),
                }
            }
        }
        Ok(())
    }

    /// Whether none was counted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each day and integration with its count, in the order of time.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, NotificationCount)> {
        self.0.iter().map(|((day, integration), count)| (&**day, &**integration, *count))
    }

    /// All together.
    pub fn total(&self) -> NotificationCount {
        let add = |total: NotificationCount, count: &NotificationCount| NotificationCount {
            tried: total.tried + count.tried,
            failed: total.failed + count.failed,
        };
        self.0.values().fold(NotificationCount::default(), add)
    }
}

/// The day that a value counts: the one that ends at its time.
#[expect(clippy::cast_possible_truncation, reason = "seconds since 1970")]
fn day_before(at: f64) -> String {
    day((Timestamp::from_seconds(at as i64) - MILLISECOND).day())
}

/// A count, which Prometheus may write as 1e+06.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn number(value: &str) -> u64 {
    value.parse::<f64>().unwrap_or_default().round().clamp(0.0, 1e15) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_counts_each_day_of_the_period() {
        let prometheus = "http://127.0.0.1:9090/prefix/".parse().unwrap();
        let (from, to) = (Timestamp::from_day(0), Timestamp::from_day(3));
        let url = NotificationMetric::Tried.range_query(&prometheus, from, to);
        assert_eq!(url.path(), "/prefix/api/v1/query_range");
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let [query, start, end, step] = &pairs[..] else { panic!("{pairs:?}") };
        assert!(query.1.contains("increase(alertmanager_notifications_total[1d])"), "{query:?}");
        assert_eq!([&*start.1, &*end.1, &*step.1], ["86400", "259200", "1d"]);
    }

    #[test]
    fn answers_are_counted_by_day_and_integration() {
        let answer = |values: &str| {
            format!(
                r#"{{"data":{{"result":[{{"metric":{{"integration":"email"}},"values":{values}}}]}}}}"#
            )
        };
        let mut counts = NotificationCounts::default();
        let tried = answer(r#"[[86400, "3"], [172800, "1e+06"]]"#);
        counts.add(NotificationMetric::Tried, tried.as_bytes()).unwrap();
        let failed = answer(r#"[[86400, "1"]]"#);
        counts.add(NotificationMetric::Failed, failed.as_bytes()).unwrap();
        let days: Vec<_> = counts.iter().collect();
        assert_eq!(
            days,
            [
                ("1970-01-01", "email", NotificationCount { tried: 3, failed: 1 }),
                ("1970-01-02", "email", NotificationCount { tried: 1_000_000, failed: 0 }),
            ]
        );
        assert_eq!(counts.total(), NotificationCount { tried: 1_000_003, failed: 1 });
    }

    #[test]
    fn what_is_no_answer_of_prometheus_is_an_error() {
        let mut counts = NotificationCounts::default();
        let mut error =
            |answer: &str| counts.add(NotificationMetric::Tried, answer.as_bytes()).unwrap_err();
        assert!(error("<html>").starts_with("is that a Prometheus?"));
        assert_eq!(error(r#"{"status":"error","error":"bad query"}"#), "bad query");
        assert!(counts.is_empty());
    }
}
