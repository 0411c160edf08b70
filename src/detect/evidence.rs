//! What the reports of a destination say, all of them together.

use serde::{Deserialize, Serialize};

use super::ObservedReport;
use super::hits::is_strange_form;
use super::placed_by::PlacedBy;
use crate::report::{Cause, Disposition, Reason, Verdict};

/// What they say.
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
    /// It was first reported within a day of a new policy of the page group.
    pub(super) after_new_policy: bool,
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
    /// Some report has such an explanation of a host where anybody can have an account, and that a script of the site itself
    /// reached: then it explains little.
    pub(super) of_shared_service: bool,
    /// Most visitors of the one network that reports it do, by a script of the site's own.
    pub(super) of_network: bool,
    /// Some report's path only looks like one of the page group.
    pub(super) placed_by_likeness: bool,
    /// Some report names another page than the one that its sender had opened, or none.
    pub(super) placed_by_sender: bool,
    /// Some report says that the browser blocked it.
    pub(super) blocked: bool,
    /// Some report says that the browser did not block it, because the policy only reports.
    pub(super) let_pass: bool,
}

impl Evidence {
    /// Notes what says that a report belongs to the page group.
    pub(super) fn place(&mut self, placed_by: PlacedBy) {
        self.placed_by_likeness |= placed_by == PlacedBy::Likeness;
        self.placed_by_sender |= placed_by == PlacedBy::Sender;
    }

    /// Adds what a report says.
    pub(super) fn add(&mut self, report: &ObservedReport<'_>, reason: &Reason<'_>) {
        let row = report.row;
        self.form_action |= is_strange_form(row, reason);
        self.on_page |= !row.document_host.is_empty();
        self.card_number |= row.pan_in_url;
        self.own_script |= row.own_source;
        self.blocked |= report.disposition == Disposition::Enforce;
        self.let_pass |= report.disposition == Disposition::Report;
        self.proven |= !reason.is_unproven();
        self.unexplained |= row.verdict == Verdict::Inline
            || row.verdict == Verdict::Unknown
                && matches!(reason.cause, Cause::Unlisted | Cause::Unproven(_));
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
