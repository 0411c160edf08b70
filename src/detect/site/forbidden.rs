//! The ticket about what the configuration expects and the page's policy forbids.

use std::sync::Arc;

use super::super::alert::{Alert, AlertKind, Severity};
use super::super::channel_state::ChannelState;
use super::super::forbidden::VISITS_MIN;
use super::super::hits::{Hit, distinct_networks};
use super::super::score::weights::TICKET;
use super::super::score::{self, Basis, Known};
use super::{Observation, SiteState, ticket};
use crate::base::limits;
use crate::journal::Row;
use crate::report::{Cause, Channel, Kind, Reason, Verdict};

/// Why the configuration expects a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// `known` has it.
    Known,
    /// `hosts` has a wildcard over it.
    Wildcard,
}

impl SiteState {
    /// Notes a report of a payment page about a host that the configuration expects, and the page's policy does not. What
    /// somebody approved, and a host of the site by name, are in order.
    pub(super) fn note_expected(
        &mut self,
        observation: &Observation<'_>,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let Observation { report, row, group, now, .. } = observation;
        if !row.payment || row.kind != Kind::Csp || row.destination.is_empty() {
            return;
        }
        let Some(expected) = self.expected(row) else { return };
        let Some(audience) = self.audiences.get(group) else { return };
        let reason = Reason::read(row.reason);
        let visit = (self.traits_of(observation, &reason), audience.reading(*now));
        let reported = self.forbidden.reported_lately(*now);
        let is_reported = self.forbidden.is_reported(group, row.destination, *now);
        let Some(host) = self.forbidden.note(group, report, visit) else {
            return;
        };
        let hits: Vec<&Hit> = host.hits.since(None).collect();
        let score = score::score(&Basis {
            hits: &hits,
            audience,
            visitors: 1.0,
            history: None,
            usual: |_| None,
            known: Known::default(),
            now: *now,
        });
        if score.total < TICKET
            || !score.is_of_most(VISITS_MIN)
            || reported >= limits::FORBIDDEN_HOSTS_REPORTED
        {
            return;
        }
        host.episode.raise_to(Severity::Ticket);
        if is_reported {
            return;
        }
        let networks = distinct_networks(hits.iter().copied()).len();
        let said = words(expected, row.blocked_host);
        let reports = host.state.reports;
        let mut alert =
            ticket(AlertKind::UnknownDestination, group, row.destination, reports, &said);
        alert.clients = host.state.clients();
        alert.reasons.push(format!("{networks} networks say so lately"));
        alert.score = Some(score.total);
        alert.evidence = score.evidence();
        on_alert(alert);
    }

    fn expected(&self, row: &Row<'_>) -> Option<Expected> {
        let cause = Reason::read(row.reason).cause;
        match (row.verdict, cause) {
            (Verdict::Known, Cause::Configured) => Some(Expected::Known),
            (Verdict::Own, Cause::SiteHost) => {
                let site = self.configured.as_ref()?;
                site.has_by_wildcard(row.blocked_host).then_some(Expected::Wildcard)
            }
            _ => None,
        }
    }

    /// The hosts that have a ticket, because most visitors report them though the configuration expects them: page group,
    /// destination, channel, and the reports of each.
    pub fn forbidden(&self) -> impl Iterator<Item = (&Arc<str>, &str, Channel, &ChannelState)> {
        let reported = self.forbidden.reported();
        reported.map(|(group, host)| (group, &*host.destination, host.channel(), &host.state))
    }
}

fn words(expected: Expected, host: &str) -> String {
    let (allows, instead) = match expected {
        Expected::Known => ("known", "narrow the entry of known by a path or remove it"),
        Expected::Wildcard => {
            ("the wildcard in hosts", "write the hosts that the site has in its place")
        }
    };
    format!(
        "{allows} expects {host}, and the page's policy forbids it to most visitors: add it to the policy or approve it \
         if the page needs it; else {instead}"
    )
}
