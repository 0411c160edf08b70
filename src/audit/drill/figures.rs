//! What a collector's `/metrics` say of the report of a drill, and of what it may have become instead.

use super::exposition;
use crate::base::drill::DrillRoute;

/// The figures of a collector at one time.
#[derive(Clone, Debug)]
pub struct Figures(String);

impl Figures {
    /// Reads the exposition.
    pub fn read(exposition: &str) -> Self {
        Self(exposition.to_owned())
    }

    /// How many requests to the public listeners were answered with this status.
    pub fn requests(&self, status: u16) -> f64 {
        self.sum("cspwatch_requests_total", &[("status", &status.to_string())]).unwrap_or_default()
    }

    /// Whether the collector recognises the drills of the key with this fingerprint.
    pub fn knows_key(&self, fingerprint: &str) -> bool {
        self.sum("cspwatch_drill_key_info", &[("fingerprint", fingerprint)]).is_some()
    }

    /// Whether a destination is counted as that of a drill whose alert pages nobody.
    pub fn has_drill(&self, destination: &str) -> bool {
        let labels = [("destination", destination), ("drill", DrillRoute::Own.label())];
        self.sum("cspwatch_unknown_destination_last_seen_timestamp_seconds", &labels).is_some()
    }

    /// What became of reports of a site since an earlier time, where it is not what a drill becomes; in words.
    pub fn otherwise_since(&self, before: &Self, site: &str) -> Option<String> {
        let rose = |name: &str, label: (&str, &str)| {
            let labels = [("site", site), label];
            let count = |figures: &Self| figures.sum(name, &labels).unwrap_or_default();
            count(self) > count(before)
        };
        if rose("cspwatch_reports_total", ("outcome", "limited")) {
            return Some(format!(
                "meanwhile the collector counted reports of {site} as limited, so it may have been over a quota: see [limits]"
            ));
        }
        let verdict =
            ["noise", "foreign"].into_iter().find(|verdict| rose(VERDICTS, ("verdict", verdict)));
        Some(format!(
            "meanwhile the collector counted reports of {site} as {}, and this may be one of them",
            verdict?
        ))
    }

    /// The sum of the series of a metric that have all of these labels. `None`: there is none.
    fn sum(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let is_asked_for = |of_series: &str| {
            labels.iter().all(|(name, value)| exposition::label(of_series, name) == Some(*value))
        };
        let series = exposition::series(&self.0, name).filter(|(labels, _)| is_asked_for(labels));
        series.fold(None, |sum, (_, value)| Some(sum.unwrap_or_default() + value))
    }
}

const VERDICTS: &str = "cspwatch_verdicts_total";

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "# TYPE cspwatch_requests_total counter\n\
        cspwatch_requests_total{status=\"204\"} 3\n\
        cspwatch_requests_total{status=\"400\"} 2\n\
        cspwatch_reports_total{kind=\"csp\",outcome=\"limited\",site=\"shop\"} 1\n";

    #[test]
    fn figures_are_sums_of_series() {
        let figures = Figures::read(BEFORE);
        assert!((figures.requests(400) - 2.0).abs() < f64::EPSILON);
        assert!(figures.requests(404).abs() < f64::EPSILON);
    }

    #[test]
    fn a_destination_counts_as_a_drill_by_its_label() {
        let series = |labels: &str| {
            let name = "cspwatch_unknown_destination_last_seen_timestamp_seconds";
            Figures::read(&format!("{name}{{{labels}}} 1\n"))
        };
        let drill =
            series("channel=\"form\",destination=\"a.invalid\",drill=\"true\",site=\"shop\"");
        assert!(drill.has_drill("a.invalid") && !drill.has_drill("b.invalid"));
        let unmarked = series("channel=\"form\",destination=\"a.invalid\",site=\"shop\"");
        assert!(!unmarked.has_drill("a.invalid"));
    }

    #[test]
    fn what_rose_says_what_a_report_became() {
        let before = Figures::read(BEFORE);
        let limited = Figures::read(&format!(
            "{BEFORE}cspwatch_reports_total{{kind=\"nel\",outcome=\"limited\",site=\"shop\"}} 1\n"
        ));
        assert!(limited.otherwise_since(&before, "shop").unwrap().contains("limited"));
        assert_eq!(limited.otherwise_since(&before, "other"), None);
        assert_eq!(limited.otherwise_since(&limited, "shop"), None);
        let noise = Figures::read("cspwatch_verdicts_total{site=\"shop\",verdict=\"noise\"} 1\n");
        assert!(noise.otherwise_since(&before, "shop").unwrap().contains("noise"));
    }
}
