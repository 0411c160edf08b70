//! What stays of a drill: a row in the table `drills`, and the decision that ends its alert.

use super::super::Failure;
use super::{Outcome, Road};
use crate::base::clock::Timestamp;
use crate::decisions::{Decision, Extent};
use crate::store::decisions::{self, DecisionRow};
use crate::store::drills::{self, Drill};

impl Road<'_> {
    /// Notes the drill that somebody began, and ignores its destination, which ends the alert.
    pub(in crate::cli) fn record(&self, outcome: &Outcome, by: &str) -> Result<(), Failure> {
        let stages =
            outcome.stages.iter().map(|(stage, seconds)| (stage.name().to_owned(), *seconds));
        let why = match &outcome.failed {
            Some((stage, why)) => format!("{}: {why}", stage.name()),
            None => String::new(),
        };
        let drill = Drill {
            site: self.site.to_owned(),
            page_group: self.page.page_group.clone(),
            at: self.began,
            destination: self.destination.clone(),
            stages: stages.collect(),
            passed: outcome.failed.is_none(),
            why,
            by: by.to_owned(),
            goal: self.goal.name().to_owned(),
        };
        self.client.run(async {
            drills::note(&self.client, &drill).await?;
            if outcome.is_accepted() {
                decisions::decide(&self.client, &self.end(by)).await?;
            }
            Ok(())
        })
    }

    fn end<'a>(&'a self, by: &'a str) -> DecisionRow<'a> {
        DecisionRow {
            decided_at: Timestamp::now(),
            site: self.site,
            destination: &self.destination,
            decision: decisions::code(Decision::Ignore, &Extent::default()),
            directive: "",
            page_group: "",
            by,
            why: "a drill, which is over",
            until: None,
        }
    }
}
