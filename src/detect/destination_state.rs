//! What is known of one unknown destination on one page group.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ObservedReport;
use super::alert::{Episode, Severity};
use super::distinct::{Distinct, push};
use crate::base::client_id::NetworkId;
use crate::base::clock::Timestamp;
use crate::base::limits;
use crate::report::{Cause, Channel, Disposition, Reason, Verdict};

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
    /// The severity of the present episode.
    pub severity: Severity,
    /// Its reports by channel: by what a page could do with the destination.
    channels: [Option<ChannelState>; Channel::ALL.len()],
    clients: Distinct,
    networks: Distinct,
    /// The first networks that reported it as unknown, in the order in which they did.
    first_networks: Vec<ReportingNetwork>,
    /// Days since 1970 on which it was reported, in no order.
    days: Vec<i64>,
    /// The first paths of the pages that reported it, shortened.
    pages: Vec<Box<str>>,
    pub(super) evidence: Evidence,
    /// What was known of the rest of the site when it was reported last.
    pub(super) context: SiteContext,
    /// Host and path of the script that reached it last.
    pub(super) script: Option<(Box<str>, Box<str>)>,
    pub(super) episode: Episode,
    /// The silence before the present episode, in milliseconds: that is what the file of the memory holds.
    silence_millis: Option<i64>,
}

/// A network that reported the destination as unknown.
#[derive(Debug, Serialize, Deserialize)]
struct ReportingNetwork {
    network: NetworkId,
    /// When it last did so to this collector; to another one it may have done so later.
    last_here: Option<Timestamp>,
}

/// What the reports of a destination say, all of them together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Evidence {
    /// A form of the page posts there.
    pub(super) form_action: bool,
    /// A URL of it had a card number.
    pub(super) card_number: bool,
    /// The name that it resembles.
    pub(super) look_alike: Option<Box<str>>,
    /// The threat list that has it.
    pub(super) threat: Option<Box<str>>,
    /// A script that changed lately reached it.
    pub(super) changed_script: bool,
    /// A script of the site itself reached it.
    pub(super) own_script: bool,
    /// Some report names the page. Reports of workers and of frames without an address do not.
    pub(super) on_page: bool,
    /// Some report cannot be an extension's.
    pub(super) proven: bool,
    /// Some report has no better explanation: none of the four that follow, and no noise rule's.
    pub(super) unexplained: bool,
    /// Some report's own policy allows what it says was blocked.
    pub(super) allowed: bool,
    /// Some report's own policy allows the destination for something else.
    pub(super) allowed_elsewhere: bool,
    /// A known destination shares its domain.
    pub(super) related: bool,
    /// It is in the visitors' own network.
    pub(super) local: bool,
    /// Some report says that the browser blocked it.
    pub(super) blocked: bool,
    /// Some report says that the browser did not block it, because the policy only reports.
    pub(super) let_pass: bool,
}

/// What is known of the rest of the site, as far as it matters for a destination.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct SiteContext {
    /// The networks that report it are credible.
    pub(super) is_credible: bool,
    /// Pages without cards reach it too, and no script of the site does it.
    pub(super) is_everywhere: bool,
    /// At least half of the networks that reported on this page group within a day report it.
    pub(super) is_common: bool,
}

/// The reports of a destination by one channel.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChannelState {
    /// When the last of them arrived.
    pub last: Timestamp,
    /// How many this collector took.
    pub reports: u64,
    clients: Distinct,
}

impl DestinationState {
    pub(super) fn new(payment: bool, received: Timestamp) -> Self {
        Self {
            first: received,
            last: received,
            reports: 0,
            payment,
            severity: Severity::Ticket,
            channels: Default::default(),
            clients: Distinct::default(),
            networks: Distinct::default(),
            first_networks: Vec::new(),
            days: Vec::new(),
            pages: Vec::new(),
            evidence: Evidence::default(),
            context: SiteContext::default(),
            script: None,
            episode: Episode::default(),
            silence_millis: None,
        }
    }

    /// Learns a report of the destination.
    pub(super) fn add(&mut self, report: &ObservedReport<'_>, reason: &Reason<'_>) {
        let ObservedReport { row, client, received, .. } = *report;
        if self.episode.renew(received) {
            let silence = received.since(self.last).as_millis();
            self.silence_millis = i64::try_from(silence).ok();
            self.severity = Severity::Ticket;
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
        let channel = self.channels[row.channel as usize].get_or_insert_with(|| ChannelState {
            last: received,
            reports: 0,
            clients: Distinct::default(),
        });
        channel.last = channel.last.max(received);
        channel.reports += reports;
        channel.clients.add(client.0);
        self.evidence.add(report, reason);
        if row.verdict == Verdict::Unknown {
            self.add_network(client.network(), (!report.taken_elsewhere).then_some(received));
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

    fn add_network(&mut self, network: NetworkId, here: Option<Timestamp>) {
        self.networks.add(u64::from(network.0));
        let has_room = self.first_networks.len() < limits::WITNESSES_PER_DESTINATION;
        match self.first_networks.iter_mut().find(|known| known.network == network) {
            Some(known) => known.last_here = known.last_here.max(here),
            None if has_room => {
                push(&mut self.first_networks, ReportingNetwork { network, last_here: here })
            }
            None => {}
        }
    }

    /// How many of the first networks have reported it to this collector since then.
    pub(super) fn networks_since(&self, since: Timestamp) -> usize {
        self.first_networks.iter().filter(|known| known.last_here >= Some(since)).count()
    }

    /// Distinct clients, exact up to [`limits::COUNTED_EXACTLY`].
    pub fn clients(&self) -> usize {
        self.clients.count()
    }

    /// Distinct networks that reported it as unknown, exact up to [`limits::COUNTED_EXACTLY`].
    pub fn distinct_networks(&self) -> usize {
        self.networks.count()
    }

    /// The first networks that reported it as unknown.
    pub(super) fn networks(&self) -> impl Iterator<Item = NetworkId> + Clone {
        self.first_networks.iter().map(|known| known.network)
    }

    /// The network that was the first to report it as unknown; 0 where none did.
    pub(super) fn first_network(&self) -> NetworkId {
        self.networks().next().unwrap_or_default()
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

    /// Whether more than one network reported it.
    pub(super) fn is_proven(&self) -> bool {
        self.first_networks.len() > 1
    }
}

impl ChannelState {
    /// Distinct clients, exact up to [`limits::COUNTED_EXACTLY`].
    pub fn clients(&self) -> usize {
        self.clients.count()
    }
}

impl Evidence {
    fn add(&mut self, report: &ObservedReport<'_>, reason: &Reason<'_>) {
        let row = report.row;
        // A form to a host that the policy allows was redirected by that host, because browsers report where it began; and a
        // form to the visitor's own network is a filter's or a portal's. Neither is a thief's mailbox.
        let is_harmless = row.verdict != Verdict::Unknown || reason.cause == Cause::LocalAddress;
        self.form_action |= row.directive == "form-action" && !is_harmless;
        self.on_page |= !row.document_host.is_empty();
        self.card_number |= row.pan_in_url;
        self.own_script |= row.own_source;
        self.blocked |= report.disposition == Disposition::Enforce;
        self.let_pass |= report.disposition == Disposition::Report;
        self.proven |= !reason.is_unproven();
        self.unexplained |= row.verdict == Verdict::Unknown && reason.cause == Cause::Unlisted;
        self.allowed |= row.verdict == Verdict::Impossible;
        self.allowed_elsewhere |= matches!(reason.cause, Cause::AllowedFor(_));
        self.related |= reason.cause == Cause::SiblingOfKnown;
        self.local |= reason.cause == Cause::LocalAddress;
        let resemblance = reason.resemblance.as_ref().filter(|likeness| likeness.is_strong);
        if let (Some(strong), None) = (resemblance, &self.look_alike) {
            self.look_alike = Some(Box::from(&*strong.of));
        }
        if let (Some(list), None) = (&reason.threat_list, &self.threat) {
            self.threat = Some(Box::from(&**list));
        }
    }
}
