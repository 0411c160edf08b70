//! A drill: a theft that nobody commits, on its way from the public endpoint to the pager. What is sent, by which stages it
//! goes, and what the answers mean that are asked for at each. Asking is left to the commands: `cspwatch drill` goes to the
//! pager, `cspwatch doctor` until the report is stored and counts.

pub mod alertmanager;
mod exposition;
pub mod figures;
pub mod report;

use crate::report::Verdict;

/// A place that a drill passes, in their order. Each is reached after those before it, but for [`Stage::Stored`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The page has a policy that reports.
    Page,
    /// The endpoint is one of the collector that is asked; a request without a report showed it.
    Probed,
    /// The endpoint answered that it keeps the report.
    Accepted,
    /// Detection has raised the alert.
    Detected,
    /// The collector's `/metrics` count it, as a drill.
    Counted,
    /// ClickHouse has the report.
    Stored,
    /// Prometheus has the series.
    Scraped,
    /// Alertmanager has the alert.
    Alerted,
    /// Alertmanager has delivered it.
    Delivered,
}

impl Stage {
    /// The name in the table `drills`, in JSON and in the terminal.
    pub fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Probed => "probed",
            Self::Accepted => "accepted",
            Self::Detected => "detected",
            Self::Counted => "counted",
            Self::Stored => "stored",
            Self::Scraped => "scraped",
            Self::Alerted => "alerted",
            Self::Delivered => "delivered",
        }
    }

    /// What is wrong where a drill did not get there, and what to look at.
    pub fn missing(self) -> &'static str {
        match self {
            Self::Page => {
                "no policy of the page reports: its headers are gone, or something on the way removes them. `cspwatch doctor` says more"
            }
            Self::Probed => {
                "the endpoint belongs to another collector: it answered, and the collector that was asked (--admin) counted no \
                 request. Nothing was sent there, because the mark of a drill may be unknown there"
            }
            Self::Accepted => "the endpoint does not take reports",
            Self::Detected => {
                "the endpoint took the report, and this collector has no alert of it. Does the endpoint lead here, with the same \
                 privacy.client_key_file? Is the site's page group configured as here?"
            }
            Self::Counted => {
                "the collector has the alert, and its /metrics have no series of it with the label drill"
            }
            Self::Stored => {
                "ClickHouse does not have the report: `cspwatch health --ready` says whether the collector reaches it"
            }
            Self::Scraped => {
                "the collector shows the drill on /metrics, and Prometheus has no such series: see its page Targets for the job cspwatch"
            }
            Self::Alerted => {
                "no Alertmanager has the alert. Does Prometheus have the rules of deploy/prometheus/rules/cspwatch.yml, scrape the \
                 collector, and know this Alertmanager?"
            }
            Self::Delivered => "Alertmanager has the alert, and has delivered nothing since",
        }
    }
}

/// What is wrong where the report of a drill is stored otherwise than as one, and what to look at.
pub fn misjudged(stored_site: &str, site: &str, verdict: &str) -> Option<String> {
    if stored_site == site && verdict == Verdict::Unknown.as_str() {
        return None;
    }
    let advice = match Verdict::named(verdict) {
        Some(Verdict::Foreign) => {
            "the collector does not count the page's host as the site's: add it to the site's `hosts`, and check the path of \
             the endpoint"
        }
        Some(Verdict::Noise) => {
            "a noise rule of yours matches it, and may match a theft, too: see noise.rules"
        }
        Some(Verdict::Known | Verdict::Own) => {
            "the configuration expects its destination: see the site's `known`"
        }
        _ => "the collector judges it otherwise: is its configuration the one that was read here?",
    };
    Some(format!(
        "it is stored as {verdict} of the site {stored_site}, so it raises no alert: {advice}"
    ))
}

#[cfg(test)]
mod tests {
    use super::misjudged;

    #[test]
    fn only_an_unknown_destination_of_the_site_counts() {
        assert_eq!(misjudged("shop", "shop", "unknown"), None);
        for (site, verdict, words) in [
            ("shop", "noise", "noise.rules"),
            ("shop", "foreign", "`hosts`"),
            ("other", "foreign", "the site other"),
            ("other", "unknown", "its configuration"),
            ("shop", "known", "`known`"),
        ] {
            let why = misjudged(site, "shop", verdict).unwrap();
            assert!(why.contains(words) && why.contains(verdict), "{why}");
        }
    }
}
