//! What a report of an unknown destination, or of code that the policy does not allow, adds to what is known of the site.

use std::sync::Arc;

use super::super::alert::{Alert, AlertKind, Severity};
use super::super::destination_state::DestinationState;
use super::super::destinations::DestinationKey;
use super::super::hits::{Noted, OriginId, Traits, is_own_script};
use super::super::one_network::{Witness, are_most};
use super::super::origins::origin;
use super::super::placed_by::PlacedBy;
use super::super::policies::is_near;
use super::assessment::{Subject, may_wait};
use super::{Observation, SiteState, ticket};
use crate::base::clock::Timestamp;
use crate::base::domain::is_hosted;
use crate::base::sip::sip;
use crate::config::serves_strangers;
use crate::journal::Row;
use crate::pipeline::judge::Site;
use crate::report::{Cause, Reason, Verdict};

impl SiteState {
    /// Learns a report that names an unknown destination.
    pub(super) fn note_destination(
        &mut self,
        observation: &Observation<'_>,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let Observation { row, group, network, now, .. } = observation;
        let key = DestinationKey::new(group, row.destination);
        let changed = !row.source_host.is_empty()
            && self.scripts.changed_lately(group, row.source_host, row.source_path, *now);
        let reason = Reason::read(row.reason);
        let traits = Traits {
            changed_script: changed,
            configured_page: observation.placed_by != PlacedBy::Likeness,
            carried: row.payment && self.destinations.is_carried_by(row.destination, *network),
            ..self.traits_of(observation, &reason)
        };
        let is_wrapped = self.is_wrapped(observation, &key, traits);
        let traits = if is_wrapped { traits.through_wrapper() } else { traits };
        let is_like_bank = traits.form || traits.frame;
        if is_like_bank {
            let issuers = self.issuers.entry(Arc::clone(group)).or_default();
            issuers.note(key.hash_of_destination(), traits.form, *network, *now);
        }
        // One line of the shop's script sends each buyer on to another bank.
        let is_bank = is_like_bank && self.has_issuers(group, *now);
        let origin = origin(row).filter(|_| !is_bank && !is_wrapped);
        let read = (&reason, traits);
        self.note_jointly(observation, read);
        let is_new = self.note(Subject::Destination, observation, &key, read, origin, on_alert);
        if is_new {
            self.digest.note(&key, *now);
            if is_like_bank {
                self.note_issuer(&key, *now);
            }
            if row.verdict == Verdict::Unknown && !reason.is_unproven() {
                self.new_destinations.note(*now);
            }
        }
        if !is_bank {
            self.note_scattered(observation, &key, traits, on_alert);
        }
        self.note_flood(*now, on_alert);
    }

    /// Learns a report of a drill: what a report of a theft by a form says, of a destination of its own. Nothing else learns of it.
    pub(super) fn note_drill(
        &mut self,
        observation: &Observation<'_>,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let Observation { row, group, .. } = observation;
        let key = DestinationKey::new(group, row.destination);
        let reason = Reason::read(row.reason);
        let read = (&reason, self.traits_of(observation, &reason));
        self.note(Subject::Drill, observation, &key, read, None, on_alert);
    }

    /// Learns a report of code in a payment page that its policy does not allow: inline, in a `data:` URL, out of a text.
    pub(super) fn note_code(
        &mut self,
        observation: &Observation<'_>,
        on_alert: &mut impl FnMut(Alert),
    ) {
        let Observation { row, group, .. } = observation;
        let reason = Reason::read(row.reason);
        let traits = self.traits_of(observation, &reason);
        let is_inline = row.blocked_scheme == "inline";
        let traits = Traits {
            // The page is the source of all code within it, whoever put it there.
            own_script: traits.own_script && !is_inline,
            own_markup: traits.own_markup && !is_inline,
            ..traits
        };
        let key = DestinationKey::new(group, &code_id(row));
        let place = (group, "code", row.directive, row.blocked_scheme);
        self.note(Subject::Code, observation, &key, (&reason, traits), Some(sip(place)), on_alert);
    }

    /// Learns a report of a destination or of code, and assesses it. Returns whether it is new.
    fn note(
        &mut self,
        subject: Subject,
        observation: &Observation<'_>,
        key: &DestinationKey,
        (reason, traits): (&Reason<'_>, Traits),
        origin: Option<OriginId>,
        on_alert: &mut impl FnMut(Alert),
    ) -> bool {
        let Observation { report, row, group, network, now, placed_by, .. } = observation;
        if subject != Subject::Drill {
            self.collectors.record(report.taken_elsewhere);
        }
        let reading = self.audiences.get(group).map(|audience| audience.reading(*now));
        let of_shared_service = self.is_of_shared_service(row, reason);
        let changed = self.policies.changed(group);
        let visitors = self.watched(subject, observation, key, traits);
        let (state, is_new) = self.tables(subject).0.get_or_insert(key, row.payment, *now);
        let (first, before) = (state.first, state.evidence.clone());
        state.add(report, reason);
        if let Some(visitors) = visitors {
            let witnesses = state.add_witness(report.witness());
            state.evidence.of_network |= are_most(witnesses, &visitors);
        }
        state.evidence.changed_script |= traits.changed_script;
        state.evidence.of_shared_service |= of_shared_service;
        state.evidence.after_new_policy |= changed.is_some_and(|at| is_near(at, first));
        state.evidence.place(*placed_by);
        let reading = reading.unwrap_or_default();
        state.first_reading.get_or_insert(reading);
        let noted = state.hits.add(*network, traits, reading, *now);
        state.origin = origin.or(state.origin);
        if state.evidence == before && !state.is_due {
            match noted {
                // Most reports repeat what is known. Then only time has passed, and that takes nothing back.
                Noted::Same => return is_new,
                Noted::New if may_wait(state, *now) => {
                    if !std::mem::replace(&mut state.is_postponed, true) {
                        self.postponed.push_back((*now, subject, key.clone()));
                    }
                    return is_new;
                }
                Noted::New | Noted::More => {}
            }
        }
        self.assess(subject, key, *now, on_alert);
        let is_unexpected = matches!(row.verdict, Verdict::Unknown | Verdict::Inline);
        if let Some(origin) = origin.filter(|_| row.payment && is_unexpected) {
            let visit = (*network, traits, reading);
            self.assess_origin(subject, (origin, first), key, visit, *now, on_alert);
        }
        is_new
    }

    /// The visitors of the network that sends a report, if it matters how many of them report the same: where a script of the
    /// site's own reaches a destination, and no second network has reported that.
    fn watched(
        &mut self,
        subject: Subject,
        Observation { report, row, group, network, now, .. }: &Observation<'_>,
        key: &DestinationKey,
        traits: Traits,
    ) -> Option<Vec<Witness>> {
        let is_proven = self.states(subject).get(key).is_some_and(DestinationState::is_proven);
        let is_watched = subject == Subject::Destination && row.payment && traits.own_script;
        (is_watched && !is_proven)
            .then(|| self.watched_networks.watch(group, *network, report.witness(), *now))
    }

    /// Whether a report has an explanation that explains little: a script of the site itself reached a host where anybody can
    /// have an account. That another account is known, or that the policy allows the host for images, does not make this one
    /// the site's.
    fn is_of_shared_service(&self, row: &Row<'_>, reason: &Reason<'_>) -> bool {
        let may_be_another_tenants =
            |site: &Arc<Site>| site.may_be_another_tenants(row.blocked_host);
        match reason.cause {
            _ if !is_own_script(row) => false,
            Cause::AllowedFor(_) => {
                serves_strangers(row.blocked_host) || is_hosted(row.blocked_host)
            }
            Cause::SiblingOfKnown => {
                serves_strangers(row.blocked_host)
                    || self.configured.as_ref().is_some_and(may_be_another_tenants)
            }
            _ => false,
        }
    }

    fn note_flood(&mut self, now: Timestamp, on_alert: &mut impl FnMut(Alert)) {
        let Some(count) = self.new_destinations.flood(now) else { return };
        if self.flood.record(Severity::Ticket, now) {
            let reason = format!(
                "{count} new destinations within an hour: somebody invents reports, or a skimmer names them"
            );
            on_alert(ticket(AlertKind::ReportFlood, &Arc::from(""), "", count as u64, &reason));
        }
    }
}

/// Whether a report is about code, and not about a style or an image.
pub(super) fn is_code(row: &Row<'_>) -> bool {
    row.directive.starts_with("script-src")
        || matches!(
            row.directive,
            "worker-src" | "default-src" | "require-trusted-types-for" | "trusted-types"
        )
}

/// A short name for code: of the place where it stands and of its beginning.
fn code_id(row: &Row<'_>) -> String {
    let place = (row.source_host, row.source_path, row.line, row.column);
    let id = sip((row.blocked_scheme, row.directive, place, row.sample)) >> 32;
    format!("{id:08x}")
}
