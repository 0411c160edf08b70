//! Counters by site. A site is a configured name or, where none is configured, a registrable domain; `judge::Sites` bounds
//! their number.

use std::collections::BTreeMap;
use std::sync::{Arc, MutexGuard};

use prometheus::core::{Collector, Desc};
use prometheus::proto::{MetricFamily, MetricType};

use super::events::{EventFamilies, Events};
use super::family::Snapshot;
use crate::base::clock::Timestamp;
use crate::base::lock::Mutex;
use crate::journal::Row;
use crate::report::{Kind, Verdict};

/// What became of a report: the label `outcome`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportOutcome {
    /// The first of its kind in the open segment.
    New,
    /// The same violation again, counted.
    Folded,
    /// The same report, delivered again by the browser; not counted.
    Repeated,
    /// Over a quota.
    Limited,
    /// It could not be read as a report.
    Malformed,
    /// It was not taken: its request had too many reports, or the journal refused it.
    Refused,
}

const OUTCOMES: [&str; 6] = ["new", "folded", "repeated", "limited", "malformed", "refused"];

/// The counters of all sites.
#[derive(Debug, Default)]
pub struct SiteTable(Mutex<BTreeMap<Arc<str>, SiteCounters>>);

/// The counters of one site.
#[derive(Debug)]
pub struct SiteCounters {
    reports: [[u64; OUTCOMES.len()]; Kind::ALL.len()],
    verdicts: [u64; Verdict::ALL.len()],
    groups: BTreeMap<Arc<str>, GroupCounters>,
    /// Tags without the site's signature; `None` where the site does not sign them.
    unsigned_tags: Option<u64>,
}

/// The counters of one page group.
#[derive(Debug, Default)]
pub struct GroupCounters {
    /// Reports of the integrity kinds.
    pub integrity_failures: u64,
    /// Reports with a card number in a URL.
    pub pan_in_url: u64,
    /// When the last report arrived.
    pub last_report: Option<Timestamp>,
    events: Events,
}

impl Default for SiteCounters {
    fn default() -> Self {
        Self {
            reports: [[0; OUTCOMES.len()]; Kind::ALL.len()],
            verdicts: [0; Verdict::ALL.len()],
            groups: BTreeMap::new(),
            unsigned_tags: None,
        }
    }
}

impl SiteTable {
    /// Makes the series of a site exist at 0, because `increase()` misses the first report of a series that begins at 1.
    pub fn announce<'g>(&self, site: &str, groups: impl IntoIterator<Item = &'g Arc<str>>) {
        self.with(site, |counters| {
            for group in groups {
                counters.groups.entry(Arc::clone(group)).or_default();
            }
        });
    }

    /// Makes the series of unsigned tags exist at 0. Call it for sites that sign their tags.
    pub fn announce_unsigned_tags(&self, site: &str) {
        self.with(site, |counters| _ = counters.unsigned_tags.get_or_insert(0));
    }

    /// Calls `change` with the counters of a site, while no scrape reads them.
    pub fn with(&self, site: &str, change: impl FnOnce(&mut SiteCounters)) {
        change(get_or_default(&mut self.sites(), site));
    }

    fn sites(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, SiteCounters>> {
        self.0.lock()
    }
}

impl SiteCounters {
    /// Counts reports of one kind and outcome.
    pub fn count(&mut self, kind: Kind, outcome: ReportOutcome, reports: u64) {
        self.reports[kind as usize][outcome as usize] += reports;
    }

    /// Counts a report that is kept, by its verdict.
    pub fn count_verdict(&mut self, verdict: Verdict) {
        self.verdicts[verdict as usize] += 1;
    }

    /// Counts a tag without a valid signature of a site that signs its tags.
    pub fn count_unsigned_tag(&mut self) {
        *self.unsigned_tags.get_or_insert(0) += 1;
    }

    /// Notes when a report came that has an alert by itself, if it is one.
    pub fn note_event(&mut self, row: &Row<'_>, received: Timestamp) {
        if Events::concern(row) {
            self.group(row.page_group).events.note(row, received);
        }
    }

    /// The counters of a page group, which begin at 0.
    pub fn group(&mut self, name: &str) -> &mut GroupCounters {
        get_or_default(&mut self.groups, name)
    }
}

/// The value of a name. It allocates the name only when that is new, not for every report.
fn get_or_default<'m, V: Default>(map: &'m mut BTreeMap<Arc<str>, V>, name: &str) -> &'m mut V {
    if !map.contains_key(name) {
        map.insert(Arc::from(name), V::default());
    }
    map.get_mut(name).expect("it was put there if it was missing")
}

/// Exports the counters of a [`SiteTable`].
pub(super) struct SiteCollector {
    table: Arc<SiteTable>,
    reports: Snapshot,
    verdicts: Snapshot,
    integrity_failures: Snapshot,
    pan_in_url: Snapshot,
    last_report: Snapshot,
    unsigned_tags: Snapshot,
    events: EventFamilies,
}

impl SiteCollector {
    pub(super) fn new(table: Arc<SiteTable>) -> Result<Self, prometheus::Error> {
        let counter = |name, help, labels| Snapshot::new(MetricType::COUNTER, name, help, labels);
        Ok(Self {
            table,
            reports: counter(
                "cspwatch_reports_total",
                "Reports, by what became of them.",
                &["site", "kind", "outcome"],
            )?,
            verdicts: counter(
                "cspwatch_verdicts_total",
                "Reports kept, by what their destination is to the site.",
                &["site", "verdict"],
            )?,
            integrity_failures: counter(
                "cspwatch_integrity_failures_total",
                "Reports of failed or missing integrity.",
                &["site", "page_group"],
            )?,
            pan_in_url: counter(
                "cspwatch_pan_in_url_total",
                "Reports with a card number in a URL (taken out before anything was written).",
                &["site", "page_group"],
            )?,
            last_report: Snapshot::new(
                MetricType::GAUGE,
                "cspwatch_site_last_report_timestamp_seconds",
                "When the last report of a page group arrived.",
                &["site", "page_group"],
            )?,
            unsigned_tags: counter(
                "cspwatch_unsigned_tags_total",
                "Requests with a correlation tag that the site did not sign, although it signs them.",
                &["site"],
            )?,
            events: EventFamilies::new()?,
        })
    }
}

impl Collector for SiteCollector {
    fn desc(&self) -> Vec<&Desc> {
        let all = [
            &self.reports,
            &self.verdicts,
            &self.integrity_failures,
            &self.pan_in_url,
            &self.last_report,
            &self.unsigned_tags,
        ];
        all.into_iter().chain(self.events.snapshots()).map(Snapshot::desc).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let sites = self.table.sites();
        let groups = || {
            sites.iter().flat_map(|(site, counters)| {
                counters.groups.iter().map(move |(group, counters)| ([&**site, &**group], counters))
            })
        };
        let reports = sites.iter().flat_map(|(site, counters)| report_series(site, counters));
        let verdicts = sites.iter().flat_map(|(site, counters)| {
            let verdicts = Verdict::ALL.iter().zip(counters.verdicts);
            verdicts.map(|(verdict, count)| ([&**site, verdict.as_str()], exact(count)))
        });
        let last_reports =
            groups().filter_map(|(labels, group)| Some((labels, group.last_report?.as_seconds())));
        let unsigned_tags = sites.iter().filter_map(|(site, counters)| {
            counters.unsigned_tags.map(|count| ([&**site], exact(count)))
        });
        let mut families = vec![
            self.reports.family(reports),
            self.verdicts.family(verdicts),
            self.integrity_failures
                .family(groups().map(|(labels, group)| (labels, exact(group.integrity_failures)))),
            self.pan_in_url
                .family(groups().map(|(labels, group)| (labels, exact(group.pan_in_url)))),
            self.last_report.family(last_reports),
            self.unsigned_tags.family(unsigned_tags),
        ];
        let events = groups().map(|(labels, group)| (labels, &group.events));
        families.extend(self.events.collect(&events.collect::<Vec<_>>()));
        families
    }
}

/// The series of CSP exist from the start. Those of other kinds exist once there was one, which keeps the output short.
fn report_series<'a>(
    site: &'a str,
    counters: &'a SiteCounters,
) -> impl Iterator<Item = ([&'a str; 3], f64)> {
    let kinds = Kind::ALL.iter().zip(&counters.reports);
    let present =
        kinds.filter(|(kind, counts)| **kind == Kind::Csp || counts.iter().any(|count| *count > 0));
    present.flat_map(move |(kind, counts)| {
        let outcomes = OUTCOMES.iter().zip(counts);
        outcomes
            .filter(move |(_, count)| *kind == Kind::Csp || **count > 0)
            .map(move |(outcome, count)| ([site, kind.as_str(), outcome], exact(*count)))
    })
}

/// Counts stay exact in f64 up to 2^53.
#[allow(clippy::cast_precision_loss, reason = "see above")]
fn exact(count: u64) -> f64 {
    count as f64
}
