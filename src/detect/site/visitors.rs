//! Who visits a page group, and whether it still reports.

use std::sync::Arc;

use super::super::audience::{CountedBy, Counts};
use super::super::report_rate::usual_between;
use super::{Observation, SiteState};
use crate::base::clock::Timestamp;
use crate::report::{Kind, OneOf};

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
        }
        if (row.payment || resembled.is_some()) && self.has_several_payment_groups() {
            self.buyers.record(*network, counts, *now);
        }
        let visited = resembled.as_ref().unwrap_or(group);
        self.audiences.entry(Arc::clone(visited)).or_default().record(*network, counts, *now);
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
