//! What an alert about a finding says beside its name: how many clients, by which channels, which other destinations, and why.
//! Prometheus could query for it with every evaluation of every alert, which costs more than all else; so it is a series.

use std::collections::{BTreeMap, BTreeSet};

use prometheus::proto::{MetricFamily, MetricType};

use super::family::Snapshot;
use crate::base::limits;
use crate::detect::ChannelState;

/// Site, page group, destination, channel, severity, finding, whether its page was raised again and, of a drill, whom its alert
/// goes to, with the reports of that channel.
pub(super) type ChannelSeries<'d> = ([&'d str; 8], &'d ChannelState);
/// Site, page group, destination and reason.
pub(super) type ReasonSeries<'d> = ([&'d str; 4], f64);

/// The family of the findings.
pub(super) struct FindingFamily(Snapshot);

/// A finding: site, page group, and the destination that leads it.
type FindingKey<'d> = [&'d str; 3];

#[derive(Default)]
struct Finding<'d> {
    clients: usize,
    channels: BTreeSet<&'d str>,
    /// The destinations beside the leader.
    others: BTreeSet<&'d str>,
    /// Those of the leader.
    reasons: Vec<&'d str>,
}

impl FindingFamily {
    pub(super) fn new() -> Result<Self, prometheus::Error> {
        Ok(Self(Snapshot::new(
            MetricType::GAUGE,
            "cspwatch_finding_clients",
            "Distinct clients of the most reported destination of a finding; the labels are what its alert says.",
            &["site", "page_group", "finding", "clients", "channels", "reasons", "more", "others"],
        )?))
    }

    pub(super) fn snapshot(&self) -> &Snapshot {
        &self.0
    }

    #[allow(clippy::cast_precision_loss, reason = "counts stay exact in f64 up to 2^53")]
    pub(super) fn family(
        &self,
        series: &[ChannelSeries<'_>],
        reasons: &[ReasonSeries<'_>],
    ) -> MetricFamily {
        let mut findings: BTreeMap<FindingKey<'_>, Finding<'_>> = BTreeMap::new();
        for ([site, group, destination, channel, _, leader, ..], of) in series {
            let finding = findings.entry([site, group, leader]).or_default();
            finding.clients = finding.clients.max(of.clients());
            finding.channels.insert(channel);
            if destination != leader {
                finding.others.insert(destination);
            }
        }
        for ([site, group, destination, reason], _) in reasons {
            if let Some(finding) = findings.get_mut(&[*site, *group, *destination]) {
                finding.reasons.push(reason);
            }
        }
        let words = findings.iter().map(|(key, finding)| (key, finding.words(), finding.clients));
        let words: Vec<_> = words.collect();
        self.0.family(words.iter().map(|([site, group, leader], words, clients)| {
            let [of_clients, channels, reasons, more, others] =
                words.each_ref().map(String::as_str);
            let labels = [site, group, leader, of_clients, channels, reasons, more, others];
            (labels, *clients as f64)
        }))
    }
}

impl Finding<'_> {
    /// The labels `clients`, `channels`, `reasons`, `more` and `others`.
    fn words(&self) -> [String; 5] {
        let more = match self.others.len() {
            0 => String::new(),
            count => count.to_string(),
        };
        [
            coarse(self.clients).to_string(),
            listed(", ", self.channels.iter().copied()),
            listed("; ", self.reasons.iter().copied()),
            more,
            self.others_named(),
        ]
    }

    /// The first of the other destinations, and whether there are more.
    fn others_named(&self) -> String {
        let named = self.others.iter().take(limits::FINDING_DESTINATIONS_NAMED).copied();
        let mut names = listed(", ", named);
        if names.split(", ").count() < self.others.len() {
            names += " and others";
        }
        names
    }
}

/// A number that is not above this one and seldom changes, because every value of a label is a series: exact below 10, then
/// the first digit.
fn coarse(number: usize) -> usize {
    let magnitude = 10_usize.saturating_pow(number.checked_ilog10().unwrap_or(0));
    number / magnitude * magnitude
}

/// The first words that have room.
fn listed<'w>(between: &str, words: impl Iterator<Item = &'w str>) -> String {
    let mut list = String::new();
    for word in words {
        let separator = if list.is_empty() { "" } else { between };
        if list.len() + separator.len() + word.len() > limits::FINDING_WORDS_BYTES {
            break;
        }
        list += separator;
        list += word;
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_a_label_seldom_changes() {
        let coarse: Vec<usize> = [0, 1, 9, 10, 19, 20, 99, 100, 1234].map(coarse).to_vec();
        assert_eq!(coarse, [0, 1, 9, 10, 10, 20, 90, 100, 1000]);
    }

    #[test]
    fn a_list_ends_with_a_whole_word() {
        let long = "x".repeat(limits::FINDING_WORDS_BYTES - 2);
        assert_eq!(listed(", ", ["a", "b"].into_iter()), "a, b");
        assert_eq!(listed(", ", [&*long, "b"].into_iter()), long);
        assert_eq!(listed(", ", std::iter::empty()), "");
    }
}
