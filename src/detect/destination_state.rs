//! What is known of one unknown destination on one page group.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ObservedReport;
use super::alert::{Episode, Severity};
use super::audience::Reading;
use super::channel_state::ChannelState;
use super::distinct::{Distinct, push};
use super::evidence::Evidence;
use super::hits::{Hit, Hits, OriginId, distinct_networks};
use super::one_network::Witness;
use super::raised_page::{Grounds, RaisedPage};
use super::score::History;
use crate::base::client_id::NetworkId;
use crate::base::clock::Timestamp;
use crate::base::limits;
use crate::decisions::SeenAt;
use crate::journal::Row;
use crate::report::{Channel, Reason, Verdict};

/// What is known of one destination on one page group.
#[derive(Debug, Serialize, Deserialize)]
pub struct DestinationState {
    /// When the first report of it arrived.
    pub first: Timestamp,
    /// When the last report of it arrived.
    pub last: Timestamp,
    /// How many reports this collector took.
    pub reports: u64,
    /// Whether cards are entered on the page group.
    pub payment: bool,
    /// The severity of the present episode; `None`: there is too little evidence for an alert.
    pub severity: Option<Severity>,
    /// The destination that leads the finding that this one is part of; `None`: it leads its own.
    pub finding: Option<Box<str>>,
    /// The finding that it was part of is over, so that it is to be looked at again.
    pub(super) is_due: bool,
    /// When it was last assessed.
    #[serde(skip)]
    pub(super) assessed: Option<Timestamp>,
    /// New visits came since, and it waits to be assessed.
    #[serde(skip)]
    pub(super) is_postponed: bool,
    /// How likely it is that the page does it, as a natural logarithm of odds: the sum of the parts in docs/detection.md.
    pub score: f64,
    /// How much of the score is due to the number of visitors.
    pub(super) prevalence: f64,
    /// The counters of the page group's visitors when the first report arrived since the latest alert that is over.
    pub(super) first_reading: Option<Reading>,
    /// The networks that reported it before that.
    networks_before: usize,
    /// Those of them whose reports were credible.
    credible_before: usize,
    /// The latest visits that reported it.
    pub(super) hits: Hits,
    /// Only visits since then count: those before were in an alert of an earlier episode.
    hits_since: Option<Timestamp>,
    /// Its reports by channel: by what a page could do with the destination.
    channels: [Option<ChannelState>; Channel::ALL.len()],
    clients: Distinct,
    networks: Distinct,
    /// Those of them whose reports neither are odd nor can be an extension's.
    credible: Distinct,
    /// The first networks that reported it as unknown, in the order in which they did.
    first_networks: Vec<NetworkId>,
    /// While one network alone reports it: the visitors of that network who do, by a script of the site's own.
    witnesses: Vec<Witness>,
    /// Days since 1970 on which it was reported, in no order.
    days: Vec<i64>,
    /// The first paths of the pages that reported it, shortened.
    pages: Vec<Box<str>>,
    /// The directives that reports of it named, out of a closed set.
    directives: Vec<Box<str>>,
    pub(super) evidence: Evidence,
    /// What it may have in common with other destinations.
    pub(super) origin: Option<OriginId>,
    /// What the code is, where it is code and no destination: what kind, where it stands, and how it begins.
    pub(super) code: Option<Box<str>>,
    /// Host and path of the script that reached it last.
    pub(super) script: Option<(Box<str>, Box<str>)>,
    pub(super) episode: Episode,
    /// The page that was raised in the present episode.
    page: Option<RaisedPage>,
    /// It is one of many that each a visit of its own brought, and they have an alert.
    pub(super) is_scattered: bool,
    /// The silence before the present episode, in milliseconds: that is what the file of the memory holds.
    silence_millis: Option<i64>,
}

impl DestinationState {
    pub(super) fn new(payment: bool, received: Timestamp) -> Self {
        Self {
            first: received,
            last: received,
            reports: 0,
            payment,
            severity: None,
            finding: None,
            is_due: false,
            assessed: None,
            is_postponed: false,
            score: 0.0,
            prevalence: 0.0,
            first_reading: None,
            networks_before: 0,
            credible_before: 0,
            hits: Hits::default(),
            hits_since: None,
            channels: Default::default(),
            clients: Distinct::default(),
            networks: Distinct::default(),
            credible: Distinct::default(),
            first_networks: Vec::new(),
            witnesses: Vec::new(),
            days: Vec::new(),
            pages: Vec::new(),
            directives: Vec::new(),
            evidence: Evidence::default(),
            origin: None,
            code: None,
            script: None,
            episode: Episode::default(),
            page: None,
            is_scattered: false,
            silence_millis: None,
        }
    }

    /// Learns a report of the destination.
    pub(super) fn add(&mut self, report: &ObservedReport<'_>, reason: &Reason<'_>) {
        let ObservedReport { row, client, received, .. } = *report;
        if self.episode.renew(received) {
            self.is_scattered = false;
            let silence = received.since(self.last).as_millis();
            self.silence_millis = i64::try_from(silence).ok();
            if self.severity.is_some() {
                // What the alert was about does not make it common.
                self.hits_since = Some(received);
                (self.first_reading, self.networks_before) = (None, self.networks.count());
                self.credible_before = self.credible.count();
            }
            (self.severity, self.finding, self.page) = (None, None, None);
        }
        self.first = self.first.min(received);
        self.last = self.last.max(received);
        // Every collector exports its own reports, and Prometheus adds them.
        let reports = u64::from(!report.taken_elsewhere);
        self.reports += reports;
        self.payment |= row.payment;
        self.clients.add(client.0);
        self.add_day(received.day());
        self.add_page(row.document_path);
        self.add_directive(row.directive);
        let new = || ChannelState::new(received);
        let channel = self.channels[row.channel as usize].get_or_insert_with(new);
        channel.add(client, reports, received);
        self.evidence.add(report, reason);
        if matches!(row.verdict, Verdict::Unknown | Verdict::Inline) {
            self.add_network(client.network());
            if reason.oddities.is_empty() && !reason.is_unproven() {
                self.credible.add(u64::from(client.network().0));
            }
        }
        if row.verdict == Verdict::Inline && self.code.is_none() {
            self.code = Some(code_in_words(row));
        }
        if !row.source_host.is_empty() {
            self.script = Some((Box::from(row.source_host), Box::from(row.source_path)));
        }
    }

    fn add_day(&mut self, day: i64) {
        // It is nearly always one of the latest, which are at the end.
        if self.days.len() < limits::ACTIVE_DAYS
            && !self.days.iter().rev().any(|known| *known == day)
        {
            push(&mut self.days, day);
        }
    }

    fn add_page(&mut self, path: &str) {
        let path = &path[..path.floor_char_boundary(limits::PAGE_BYTES)];
        if self.pages.len() < limits::PAGES_PER_DESTINATION
            && !path.is_empty()
            && !self.pages.iter().any(|page| **page == *path)
        {
            push(&mut self.pages, Box::from(path));
        }
    }

    fn add_directive(&mut self, directive: &str) {
        if !self.directives.iter().any(|known| **known == *directive) {
            push(&mut self.directives, Box::from(directive));
        }
    }

    /// Where it was seen, given its page group: what a decision must cover to be about all of it.
    pub(super) fn seen_at<'s>(&'s self, page_group: &'s str) -> SeenAt<'s> {
        SeenAt { directives: &self.directives, page_group, last: self.last }
    }

    fn add_network(&mut self, network: NetworkId) {
        self.networks.add(u64::from(network.0));
        if self.first_networks.len() < limits::WITNESSES_PER_DESTINATION
            && !self.first_networks.contains(&network)
        {
            push(&mut self.first_networks, network);
        }
    }

    /// Notes a visitor who reports it by a script of the site's own. Returns all of them while they are of one network; when a
    /// second reports it, networks are counted.
    pub(super) fn add_witness(&mut self, visitor: Witness) -> &[Witness] {
        if self.is_proven() {
            self.witnesses = Vec::new();
        } else if self.witnesses.len() < limits::VISITORS_OF_NETWORK
            && !self.witnesses.contains(&visitor)
        {
            push(&mut self.witnesses, visitor);
        }
        &self.witnesses
    }

    /// What it did until now, alerts that are over left out.
    pub(super) fn history(&self) -> Option<History> {
        let networks = self.networks.count().saturating_sub(self.networks_before);
        let credible = self.credible.count().saturating_sub(self.credible_before);
        Some(History { first: self.first_reading?, networks, credible })
    }

    /// Raises the alert about it to this severity. Returns whether that is news: there was none so urgent in the present
    /// episode, or what it rests on now confirms a page of before.
    pub(super) fn raise_to(
        &mut self,
        severity: Severity,
        grounds: Grounds,
        now: Timestamp,
    ) -> bool {
        let rises = self.episode.raise_to(severity);
        if severity < Severity::Page {
            return rises;
        }
        match &mut self.page {
            Some(page) => page.confirm(grounds, now),
            None => {
                self.page = Some(RaisedPage::new(grounds, now));
                rises
            }
        }
    }

    /// Whether a page about it was raised.
    pub(super) fn has_paged(&self) -> bool {
        self.page.is_some()
    }

    /// Whether a page about it was raised again, because more than before confirms it.
    pub fn is_confirmed(&self) -> bool {
        self.page.is_some_and(|page| page.is_confirmed())
    }

    /// The visits that count, the oldest first.
    pub(super) fn hits(&self) -> Vec<&Hit> {
        self.hits.since(self.hits_since).collect()
    }

    /// Whether more than half of the latest networks that report it are among these.
    pub(super) fn is_mostly_of(&self, networks: &[NetworkId]) -> bool {
        let own = distinct_networks(self.hits());
        let shared = own.iter().filter(|network| networks.contains(network)).count();
        2 * shared > own.len()
    }

    /// Distinct clients, exact up to [`limits::COUNTED_EXACTLY`].
    pub fn clients(&self) -> usize {
        self.clients.count()
    }

    /// Distinct networks that reported it as unknown, exact up to [`limits::COUNTED_EXACTLY`].
    pub fn distinct_networks(&self) -> usize {
        self.networks.count()
    }

    /// The first networks that reported it as unknown, in the order in which they did.
    pub(super) fn first_networks(&self) -> &[NetworkId] {
        &self.first_networks
    }

    /// The network that was the first to report it as unknown; 0 where none did.
    pub(super) fn first_network(&self) -> NetworkId {
        self.first_networks.first().copied().unwrap_or_default()
    }

    /// The silence before the present episode, when it is not the first.
    pub(super) fn silence(&self) -> Option<Duration> {
        Some(Duration::from_millis(u64::try_from(self.silence_millis?).ok()?))
    }

    /// The channels by which it was reported.
    pub fn channels(&self) -> impl Iterator<Item = (Channel, &ChannelState)> {
        let all = Channel::ALL.iter().zip(&self.channels);
        all.filter_map(|(channel, state)| Some((*channel, state.as_ref()?)))
    }

    /// The first paths of the pages that reported it, shortened to [`limits::PAGE_BYTES`].
    pub fn pages(&self) -> &[Box<str>] {
        &self.pages
    }

    /// How many days it was reported on, and how many days there are from the first to the last of them, both included.
    pub(super) fn days(&self) -> (usize, i64) {
        (self.days.len(), self.last.day() - self.first.day() + 1)
    }

    /// Whether an alert may be raised. If the policy allows what a report says was blocked, that may be the mistake of one
    /// client.
    pub(super) fn is_reportable(&self) -> bool {
        !self.first_networks.is_empty() || self.clients.count() > 1
    }

    /// Makes a network report it.
    #[cfg(test)]
    pub(super) fn make_reportable(&mut self) {
        self.first_networks.push(NetworkId(1));
    }

    /// Whether more than one network reported it.
    pub(super) fn is_proven(&self) -> bool {
        self.first_networks.len() > 1
    }
}

/// What the code of a report is.
fn code_in_words(row: &Row<'_>) -> Box<str> {
    let Row { blocked_scheme, source_host, source_path, line, sample, .. } = row;
    let kind = if *blocked_scheme == "inline" { "inline code" } else { blocked_scheme };
    let sample = &sample[..sample.floor_char_boundary(limits::CODE_SAMPLE_BYTES)];
    let begins = if sample.is_empty() { "" } else { ", it begins with " };
    format!("{kind} in {source_host}{source_path}, line {line}{begins}{sample}").into()
}
