//! The two ways to make a metric family: counters over a closed label, which all exist from the start, and snapshots of
//! state that lives elsewhere.

use prometheus::core::Desc;
use prometheus::proto::{Counter, Gauge, LabelPair, Metric, MetricFamily, MetricType};
use prometheus::{IntCounter, IntCounterVec, Opts, Registry};

/// Counters over the values of one label, in the order of the values.
pub(super) struct CounterFamily(Vec<IntCounter>);

impl CounterFamily {
    /// Registers one counter for each value of a label.
    #[allow(clippy::disallowed_methods, reason = "this label's values are a closed set")]
    pub(super) fn new(
        registry: &Registry,
        name: &str,
        help: &str,
        label: &str,
        values: &[String],
    ) -> Result<Self, prometheus::Error> {
        let vector = IntCounterVec::new(Opts::new(name, help), &[label])?;
        registry.register(Box::new(vector.clone()))?;
        Ok(Self(values.iter().map(|value| vector.with_label_values(&[value])).collect()))
    }

    /// The counter of the value at `index`. Panics when there is no such value.
    pub(super) fn child(&self, index: usize) -> IntCounter {
        self.0[index].clone()
    }
}

/// The labels that only some series of a family have. An empty one means the same to Prometheus.
const OF_SOME: [&str; 2] = ["confirmed", "drill"];

/// A family whose series are made at every scrape.
pub(super) struct Snapshot {
    desc: Desc,
    kind: MetricType,
    labels: &'static [&'static str],
}

impl Snapshot {
    pub(super) fn new(
        kind: MetricType,
        name: &str,
        help: &str,
        labels: &'static [&'static str],
    ) -> Result<Self, prometheus::Error> {
        let names = labels.iter().map(|label| (*label).to_owned()).collect();
        let desc = Desc::new(name.to_owned(), help.to_owned(), names, Default::default())?;
        Ok(Self { desc, kind, labels })
    }

    pub(super) fn desc(&self) -> &Desc {
        &self.desc
    }

    /// The family with these series. Each has the values of its labels, in the order of `labels`, and its value.
    pub(super) fn family<'v, const N: usize>(
        &self,
        series: impl IntoIterator<Item = ([&'v str; N], f64)>,
    ) -> MetricFamily {
        let mut family = MetricFamily::default();
        family.set_name(self.desc.fq_name.clone());
        family.set_help(self.desc.help.clone());
        family.set_field_type(self.kind);
        family.set_metric(
            series.into_iter().map(|(values, value)| self.metric(values, value)).collect(),
        );
        family
    }

    fn metric<const N: usize>(&self, values: [&str; N], value: f64) -> Metric {
        debug_assert_eq!(N, self.labels.len());
        let labels = self.labels.iter().zip(values);
        let labels = labels.filter(|(name, value)| !OF_SOME.contains(*name) || !value.is_empty());
        let labels = labels.map(|(name, value)| {
            let mut pair = LabelPair::default();
            pair.set_name((*name).to_owned());
            pair.set_value(value.to_owned());
            pair
        });
        let mut metric = Metric::from_label(labels.collect());
        if self.kind == MetricType::COUNTER {
            let mut counter = Counter::default();
            counter.set_value(value);
            metric.set_counter(counter);
        } else {
            let mut gauge = Gauge::default();
            gauge.set_value(value);
            metric.set_gauge(gauge);
        }
        metric
    }
}
