//! The two formats of `/metrics`: Prometheus' text (version 0.0.4), and OpenMetrics 1.0 for those that ask for it, in which a
//! page that was cut off is no page.

use std::fmt::{self, Write};

use prometheus::TextEncoder;
use prometheus::proto::{Metric, MetricFamily, MetricType};

use super::exemplars::{Exemplar, TracedHistogram};

/// A format of the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposition {
    /// Prometheus' text.
    Text,
    /// OpenMetrics.
    OpenMetrics,
}

impl Exposition {
    /// The format for a request with this `Accept` (RFC 9110, section 12.5.1): OpenMetrics where it is named and nothing that we
    /// have is preferred to it.
    pub fn accepted_by(accept: &str) -> Self {
        let open_metrics = quality(accept, "application/openmetrics-text");
        let text = quality(accept, "text/plain");
        if open_metrics > 0.0 && open_metrics >= text { Self::OpenMetrics } else { Self::Text }
    }

    /// The value of `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    /// Exemplars are in OpenMetrics only: Prometheus' text has no place for them.
    pub(super) fn write(
        self,
        families: &[MetricFamily],
        traced: &TracedHistogram,
    ) -> Result<String, prometheus::Error> {
        match self {
            Self::Text => TextEncoder::new().encode_to_string(families),
            Self::OpenMetrics => open_metrics(families, traced)
                .map_err(|error| prometheus::Error::Msg(error.to_string())),
        }
    }
}

/// How much a format is wanted, from 0 to 1; 0 where it is not named.
fn quality(accept: &str, media_type: &str) -> f32 {
    let qualities = accept.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let is_meant = parts.next()?.eq_ignore_ascii_case(media_type);
        let quality = parts.find_map(|part| part.strip_prefix("q="));
        is_meant.then(|| quality.map_or(1.0, |quality| quality.parse().unwrap_or(0.0)))
    });
    qualities.fold(0.0, f32::max)
}

/// Numbers are written as in Prometheus' text, so that a series is the same in both: its `le` is a label.
fn open_metrics(families: &[MetricFamily], traced: &TracedHistogram) -> Result<String, fmt::Error> {
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
                MetricType::HISTOGRAM => {
                    histogram(&mut page, name, metric, &traced.exemplars_of(name))?;
                }
                _ => sample(&mut page, name, metric, None, metric.get_gauge().get_value())?,
            }
        }
    }
    page.push_str("# EOF\n");
    Ok(page)
}

#[allow(clippy::cast_precision_loss, reason = "counts stay exact in f64 up to 2^53")]
fn histogram(
    page: &mut String,
    name: &str,
    metric: &Metric,
    exemplars: &[Option<Exemplar>],
) -> fmt::Result {
    let histogram = metric.get_histogram();
    let count = histogram.get_sample_count() as f64;
    let bucket_name = format!("{name}_bucket");
    let finite = histogram.get_bucket().iter().filter(|bucket| bucket.upper_bound().is_finite());
    let finite = finite.map(|bucket| (bucket.upper_bound().to_string(), bucket.cumulative_count()));
    let infinite = ("+Inf".to_owned(), histogram.get_sample_count());
    let mut exemplars = exemplars.iter();
    for (bound, cumulative) in finite.chain([infinite]) {
        sample(page, &bucket_name, metric, Some(&bound), cumulative as f64)?;
        if let Some(Some(exemplar)) = exemplars.next() {
            append(page, exemplar)?;
        }
    }
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

/// Puts an exemplar at the end of the last line.
fn append(page: &mut String, exemplar: &Exemplar) -> fmt::Result {
    let Exemplar { trace, value, at } = exemplar;
    page.pop();
    writeln!(page, " # {{trace_id=\"{}\"}} {value} {}", trace.0, at.as_seconds())
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scraper_gets_what_it_prefers() {
        for (accept, expected) in [
            // Prometheus 2 and 3.
            (
                "application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                Exposition::OpenMetrics,
            ),
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                 application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,*/*;q=0.2",
                Exposition::OpenMetrics,
            ),
            ("text/plain;q=0.5, Application/OpenMetrics-Text", Exposition::OpenMetrics),
            ("text/plain, application/openmetrics-text;q=0.9", Exposition::Text),
            ("application/openmetrics-text;q=0", Exposition::Text),
            ("application/openmetrics-text;q=much", Exposition::Text),
            ("", Exposition::Text),
            ("*/*", Exposition::Text),
            ("text/plain;version=0.0.4", Exposition::Text),
        ] {
            assert_eq!(Exposition::accepted_by(accept), expected, "{accept}");
        }
    }
}
