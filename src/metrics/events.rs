//! When reports came that have an alert each by itself: a card number in a URL, failed or missing integrity, a script that is
//! not what the page's hash says. Times and no counters: a Prometheus that looks late or loses its memory takes a counter that
//! rose long ago for one that rises now.

use std::collections::BTreeMap;

use prometheus::proto::{MetricFamily, MetricType};

use super::family::Snapshot;
use crate::base::clock::Timestamp;
use crate::base::limits;
use crate::journal::Row;
use crate::report::{Engine, Kind};

/// The latest of each of a page group.
#[derive(Debug, Default)]
pub(super) struct Events {
    card_number: Option<Timestamp>,
    integrity: Option<Timestamp>,
    /// By the script's name, at most [`limits::MISMATCHES_PER_PAGE_GROUP`].
    mismatches: BTreeMap<Box<str>, Timestamp>,
}

impl Events {
    /// Whether a report has an alert by itself.
    pub(super) fn concern(row: &Row<'_>) -> bool {
        row.leaks_card_number() || matches!(row.kind, Kind::Integrity | Kind::SriFailure)
    }

    pub(super) fn note(&mut self, row: &Row<'_>, received: Timestamp) {
        if row.leaks_card_number() {
            self.card_number = self.card_number.max(Some(received));
        }
        match row.kind {
            Kind::SriFailure if row.detail == "mismatch" => self.note_mismatch(row, received),
            Kind::SriFailure => self.integrity = self.integrity.max(Some(received)),
            // WebKit reports scripts that are in order, too.
            Kind::Integrity if row.engine != Engine::Webkit => {
                self.integrity = self.integrity.max(Some(received));
            }
            _ => {}
        }
    }

    fn note_mismatch(&mut self, row: &Row<'_>, received: Timestamp) {
        let script = script_name(row.blocked_host, row.blocked_path);
        let last = self.mismatches.entry(script).or_insert(received);
        *last = (*last).max(received);
        if self.mismatches.len() > limits::MISMATCHES_PER_PAGE_GROUP {
            let oldest = self.mismatches.iter().min_by_key(|(_, last)| **last);
            if let Some(oldest) = oldest.map(|(script, _)| script.clone()) {
                self.mismatches.remove(&oldest);
            }
        }
    }
}

/// Host and path of a script, as a label: what a shell or a template could take for its own is `_`.
fn script_name(host: &str, path: &str) -> Box<str> {
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || "._:-/".contains(*c);
    let name = host.chars().chain(path.chars()).map(|c| if is_plain(&c) { c } else { '_' });
    name.take(limits::SCRIPT_BYTES_NAMED).collect::<String>().into()
}

/// One family for each of them.
pub(super) struct EventFamilies {
    card_number: Snapshot,
    integrity: Snapshot,
    mismatch: Snapshot,
}

impl EventFamilies {
    pub(super) fn new() -> Result<Self, prometheus::Error> {
        let gauge = |name, help, labels| Snapshot::new(MetricType::GAUGE, name, help, labels);
        Ok(Self {
            card_number: gauge(
                "cspwatch_pan_in_url_last_seen_timestamp_seconds",
                "When the last report with a card number in a URL arrived.",
                &["site", "page_group"],
            )?,
            integrity: gauge(
                "cspwatch_integrity_last_failure_timestamp_seconds",
                "When a script without integrity metadata, or one that did not load, was last reported.",
                &["site", "page_group"],
            )?,
            mismatch: gauge(
                "cspwatch_sri_mismatch_timestamp_seconds",
                "When sri.js last reported that the content of this script does not match its hash.",
                &["site", "page_group", "script"],
            )?,
        })
    }

    pub(super) fn snapshots(&self) -> [&Snapshot; 3] {
        [&self.card_number, &self.integrity, &self.mismatch]
    }

    /// The families of page groups, each with its site and its name.
    pub(super) fn collect(&self, groups: &[([&str; 2], &Events)]) -> [MetricFamily; 3] {
        let times = |time: fn(&Events) -> Option<Timestamp>| {
            groups
                .iter()
                .filter_map(move |(labels, events)| Some((*labels, time(events)?.as_seconds())))
        };
        let mismatches = groups.iter().flat_map(|([site, group], events)| {
            let scripts = events.mismatches.iter();
            scripts.map(|(script, last)| ([*site, *group, &**script], last.as_seconds()))
        });
        [
            self.card_number.family(times(|events| events.card_number)),
            self.integrity.family(times(|events| events.integrity)),
            self.mismatch.family(mismatches),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::SECOND;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn mismatch(path: &str) -> Row<'_> {
        let (kind, detail) = (Kind::SriFailure, "mismatch");
        Row { kind, detail, blocked_host: "cdn.example", blocked_path: path, ..Row::EMPTY }
    }

    #[test]
    fn a_mismatch_is_no_missing_metadata_and_names_its_script() {
        let mut events = Events::default();
        events.note(&mismatch("/pay$(id).js"), NOW);
        events.note(&Row { detail: "outage", ..mismatch("/gone.js") }, NOW + SECOND);
        assert_eq!(events.mismatches, BTreeMap::from([("cdn.example/pay__id_.js".into(), NOW)]));
        assert_eq!(events.integrity, Some(NOW + SECOND));
    }

    #[test]
    fn invented_scripts_are_bounded_and_the_latest_stay() {
        let mut events = Events::default();
        for index in 0..100 {
            events.note(&mismatch(&format!("/{index}.js")), NOW + index * SECOND);
        }
        assert_eq!(events.mismatches.len(), limits::MISMATCHES_PER_PAGE_GROUP);
        assert!(events.mismatches.contains_key("cdn.example/99.js"));
    }

    #[test]
    fn webkit_reports_scripts_that_are_in_order() {
        let mut events = Events::default();
        let report = Row { kind: Kind::Integrity, engine: Engine::Webkit, ..Row::EMPTY };
        events.note(&report, NOW);
        assert_eq!(events.integrity, None);
        events.note(&Row { engine: Engine::Chromium, ..report }, NOW);
        assert_eq!(events.integrity, Some(NOW));
    }
}
