//! The two formats of `/metrics`: Prometheus' text (version 0.0.4), and OpenMetrics 1.0 for those that ask for it, in which a
//! page that was cut off is no page.

use std::fmt::{self, Write};

use prometheus::TextEncoder;
use prometheus::proto::{Metric, MetricFamily, MetricType};

/// A format of the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposition {
    /// Prometheus' text.
    Text,
    /// OpenMetrics.
    OpenMetrics,
}

impl Exposition {
    /// The format for a request with this `Accept`.
    pub fn accepted_by(accept: &str) -> Self {
        if accept.contains("application/openmetrics-text") { Self::OpenMetrics } else { Self::Text }
    }

    /// The value of `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    pub(super) fn write(self, families: &[MetricFamily]) -> Result<String, prometheus::Error> {
        match self {
            Self::Text => TextEncoder::new().encode_to_string(families),
            Self::OpenMetrics => {
                open_metrics(families).map_err(|error| prometheus::Error::Msg(error.to_string()))
            }
        }
    }
}

/// Numbers are written as in Prometheus' text, so that a series is the same in both: its `le` is a label.
fn open_metrics(families: &[MetricFamily]) -> Result<String, fmt::Error> {
    let mut page = String::new();
    for family in families {
        let kind = family.get_field_type();
        let name = match kind {
            MetricType::COUNTER => family.name().trim_end_matches("_total"),
            _ => family.name(),
        };
        let word = match kind {
            MetricType::COUNTER => "counter",
            MetricType::HISTOGRAM => "histogram",
            _ => "gauge",
        };
        writeln!(page, "# HELP {name} {}", escaped(family.help()))?;
        writeln!(page, "# TYPE {name} {word}")?;
        for metric in family.get_metric() {
            match kind {
                MetricType::COUNTER => {
                    let value = metric.get_counter().get_value();
                    sample(&mut page, &format!("{name}_total"), metric, None, value)?;
                }
                MetricType::HISTOGRAM => histogram(&mut page, name, metric)?,
                _ => sample(&mut page, name, metric, None, metric.get_gauge().get_value())?,
            }
        }
    }
    page.push_str("# EOF\n");
    Ok(page)
}

#[allow(clippy::cast_precision_loss, reason = "counts stay exact in f64 up to 2^53")]
fn histogram(page: &mut String, name: &str, metric: &Metric) -> fmt::Result {
    let histogram = metric.get_histogram();
    let count = histogram.get_sample_count() as f64;
    let bucket_name = format!("{name}_bucket");
    let finite = histogram.get_bucket().iter().filter(|bucket| bucket.upper_bound().is_finite());
    for bucket in finite {
        let bound = bucket.upper_bound().to_string();
        sample(page, &bucket_name, metric, Some(&bound), bucket.cumulative_count() as f64)?;
    }
    sample(page, &bucket_name, metric, Some("+Inf"), count)?;
    sample(page, &format!("{name}_sum"), metric, None, histogram.get_sample_sum())?;
    sample(page, &format!("{name}_count"), metric, None, count)
}

fn sample(
    page: &mut String,
    name: &str,
    metric: &Metric,
    bound: Option<&str>,
    value: f64,
) -> fmt::Result {
    let own = metric.get_label().iter().map(|pair| (pair.name(), pair.value()));
    let labels: Vec<String> = own
        .chain(bound.map(|bound| ("le", bound)))
        .map(|(label, value)| format!("{label}=\"{}\"", escaped(value)))
        .collect();
    let labels =
        if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
    writeln!(page, "{name}{labels} {value}")
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prometheus_gets_what_it_prefers() {
        let prometheus = "application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        assert_eq!(Exposition::accepted_by(prometheus), Exposition::OpenMetrics);
        for other in ["", "*/*", "text/plain;version=0.0.4"] {
            assert_eq!(Exposition::accepted_by(other), Exposition::Text);
        }
    }
}
