//! Who visits a page group, and whether it still reports.

use std::sync::Arc;

use super::super::alert::{Alert, AlertKind};
use super::super::audience::{Audience, CountedBy, Counts};
use super::super::hits::Traits;
use super::super::newcomers::{Lack, Newcomers};
use super::super::report_rate::usual_between;
use super::{Observation, SiteState, ticket};
use crate::base::clock::Timestamp;
use crate::report::{Kind, OneOf, Reason};

impl SiteState {
    /// Counts a report as one of a visitor, and as a sign that the page group reports. The census of the client script is no
    /// such sign: it goes on where somebody removes the policy.
    pub(super) fn note_visitor(&mut self, observation: &Observation<'_>) {
        let Observation { row, group, resembled, network, now, .. } = observation;
        let counts = match row.kind {
            Kind::CspHash => Counts::Hash,
            Kind::Census => match OneOf::read(row.detail) {
                Some(one_of) => Counts::View(one_of),
                None => return,
            },
            // Several of a page view, and a sample: they count nobody.
            Kind::InlineHash => return,
            _ => Counts::Report,
        };
        if row.kind.is_sign_of_life()
            && let Some(rate) = self.rates.get_mut(group)
        {
            rate.record(*network, *now);
            let new = || Newcomers::new(*now);
            self.newcomers.entry(Arc::clone(group)).or_insert_with(new).record(*network, *now);
        }
        self.watched_networks.note(group, *network, observation.report.witness());
        let counts = (counts, Reason::is_odd(row.reason));
        if (row.payment || resembled.is_some()) && self.has_several_payment_groups() {
            self.buyers.record(*network, counts, *now);
        }
        let visited = resembled.as_ref().unwrap_or(group);
        self.audiences.entry(Arc::clone(visited)).or_default().record(*network, counts, *now);
    }

    /// What a report shows of a visit.
    pub(super) fn traits_of(&self, observation: &Observation<'_>, reason: &Reason<'_>) -> Traits {
        let Observation { report, group, resembled, .. } = observation;
        let audience = self.audiences.get(resembled.as_ref().unwrap_or(group));
        let traits = Traits::of(report, reason);
        let is_usual = traits.is_usual || audience.is_some_and(Audience::is_mostly_odd);
        Traits { is_usual, ..traits }
    }

    /// Raises an alert for each page group that has fallen silent, or that only networks report which reported before.
    pub(super) fn report_silence(&mut self, now: Timestamp, on_alert: &mut impl FnMut(Alert)) {
        for (group, rate) in &mut self.rates {
            let is_silent = rate.silence_deadline().is_some_and(|deadline| now > deadline);
            let mut is_reported = rate.is_silence_reported;
            rate.is_silence_reported |= is_silent;
            let mut lacking = None;
            if let Some(newcomers) = self.newcomers.get_mut(group) {
                is_reported |= newcomers.is_reported();
                lacking = newcomers.find_lack().filter(|lack| now > lack.deadline);
                lacking.into_iter().for_each(|lack| newcomers.set_reported(lack));
            }
            let reason = match lacking {
                _ if is_silent => {
                    let minutes = now.since(rate.last()).as_secs() / 60;
                    format!("no report for {minutes} minutes, in which several were due")
                }
                Some(lack) => in_words(lack, now),
                None => continue,
            };
            if !is_reported {
                on_alert(ticket(AlertKind::SiteSilent, group, "", 0, &reason));
            }
        }
    }

    /// How many visits of a page group there usually are between two times, by what they are counted by now; `None`: not known
    /// yet.
    pub(super) fn usual_visits(
        &self,
        group: &Arc<str>,
        now: Timestamp,
    ) -> impl Fn(Timestamp) -> Option<f64> {
        let audience = self.audiences.get(group);
        let by_views =
            audience.filter(|audience| matches!(audience.counted_by(now), CountedBy::Views(_)));
        let reports = self.rates.get(group);
        move |from| match by_views {
            Some(audience) => audience.usual_views(from, now),
            None => Some(usual_between(reports?.usual_day()?, from, now)),
        }
    }
}

fn in_words(Lack { since, came, .. }: Lack, now: Timestamp) -> String {
    let minutes = now.since(since).as_secs() / 60;
    let came = if came == 0 { "none".to_owned() } else { format!("only {came}") };
    format!(
        "of the networks that report, {came} is new within {minutes} minutes, in which many were due: the visitors no longer report"
    )
}
