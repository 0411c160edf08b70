//! Prometheus' text format, as far as a drill reads it: series with labels whose values have neither quotes nor commas.

/// The series of a metric: their labels, as they are between the braces, and their values.
pub(super) fn series<'e>(exposition: &'e str, name: &str) -> impl Iterator<Item = (&'e str, f64)> {
    exposition.lines().filter_map(move |line| {
        let series = line.strip_prefix(name)?.strip_prefix('{')?;
        let (labels, value) = series.rsplit_once('}')?;
        Some((labels, value.trim().parse().ok()?))
    })
}

/// The value of a label.
pub(super) fn label<'l>(labels: &'l str, name: &str) -> Option<&'l str> {
    let value = |pair: &'l str| pair.strip_prefix(name)?.strip_prefix("=\"")?.strip_suffix('"');
    labels.split(',').find_map(value)
}
