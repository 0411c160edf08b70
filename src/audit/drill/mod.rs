//! A drill: a theft that nobody commits, on its way from the public endpoint to the pager. What is sent, by which stages it
//! goes, and what the answers mean that are asked for at each. Asking is left to the command.

pub mod alertmanager;
pub mod report;

/// A place that a drill passes, in their order. Each is reached after those before it, but for [`Stage::Stored`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The page has a policy that reports.
    Page,
    /// The endpoint answered that it keeps the report.
    Accepted,
    /// Detection has raised the alert.
    Detected,
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
            Self::Accepted => "accepted",
            Self::Detected => "detected",
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
            Self::Accepted => "the endpoint does not take reports",
            Self::Detected => {
                "the endpoint took the report, and this collector has no alert of it. Does the endpoint lead here, with the same \
                 privacy.client_key_file? Is the site's page group configured as here?"
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
