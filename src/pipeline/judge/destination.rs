//! The destination of a report, and the verdict on it: by people's decisions, the site, its configuration and the report's own
//! policy.

use std::borrow::Cow;

use super::context::JudgeContext;
use super::known::Contact;
use super::noise::NoiseMatch;
use super::page_group::PageGroup;
use super::sites::Attribution;
use crate::base::destination::{VISITOR_NETWORK, WEBRTC, is_local, plain_name};
use crate::base::domain::registrable;
use crate::config::serves_strangers;
use crate::csp::{CheckResult, Policy};
use crate::decisions::{ContactedFrom, Decision};
use crate::report::{Cause, Engine, Kind, Reason, Report, Resemblance, Verdict};

/// Whether a report names a destination: a host in the network, or a peer-to-peer connection.
pub(super) fn has_destination(report: &Report<'_>) -> bool {
    report.blocked.is_in_network() || report.is_webrtc()
}

/// The destination that a report is counted under: a registrable domain, an IP address, [`WEBRTC`], or [`VISITOR_NETWORK`] for
/// all hosts there that the site neither owns nor knows, or a word for what has no plain name ([`plain_name`]). Empty where there is none.
pub(super) fn destination<'a>(
    report: &Report<'a>,
    owner: &Attribution,
    group: &PageGroup,
    contact: &Contact<'_>,
) -> Cow<'a, str> {
    if !has_destination(report) {
        return Cow::Borrowed("");
    }
    if report.is_webrtc() {
        return Cow::Borrowed(WEBRTC);
    }
    let host = &report.blocked.host;
    let is_the_sites = || {
        owner.site.owns(host, &report.document.host) || owner.site.knows_host_itself(group, contact)
    };
    if contact.is_local && !is_the_sites() {
        return Cow::Borrowed(VISITOR_NETWORK);
    }
    match host {
        Cow::Borrowed(host) => Cow::Borrowed(plain_name(registrable(host))),
        Cow::Owned(host) => Cow::Owned(plain_name(registrable(host)).to_owned()),
    }
}

/// What a person decided about a destination, or about the very host. `about`: the decision in force about a name.
///
/// A decision about a domain does not cover a host of it where anybody can have an account: a person who approves google.com for
/// an advertising pixel does not approve everybody's scripts at script.google.com.
pub fn decided(
    destination: &str,
    host: &str,
    about: impl Fn(&str) -> Option<Decision>,
) -> Option<Decision> {
    let is_covered = destination == host || !serves_strangers(host);
    let by_host = || about(if is_local(host) { registrable(host) } else { host });
    about(destination).filter(|_| is_covered).or_else(by_host)
}

/// A report that names a destination, with what decides about it.
pub(super) struct Question<'q, 'a, 'p> {
    pub(super) report: &'q Report<'a>,
    pub(super) owner: &'q Attribution,
    pub(super) group: &'q PageGroup,
    pub(super) contact: Contact<'q>,
    pub(super) found: Option<NoiseMatch<'a>>,
    pub(super) context: &'q JudgeContext<'a, 'p>,
    pub(super) destination: &'q str,
}

impl<'a> Question<'_, 'a, '_> {
    /// The verdict on a destination. What a person decided or configured goes before what rules and lists say.
    pub(super) fn verdict(&self) -> (Verdict, Reason<'a>) {
        let because = |verdict, cause| (verdict, Reason::new(cause));
        let site = &self.owner.site;
        match self.decision() {
            Some(Decision::Approve) => return because(Verdict::Known, Cause::Approved),
            Some(Decision::Ignore) => return because(Verdict::Noise, Cause::Ignored),
            Some(Decision::Forget | Decision::Theft) | None => {}
        }
        let noise = match self.found {
            Some(NoiseMatch::Noise(rule)) => Some(rule),
            _ => None,
        };
        let is_own = site.owns(self.contact.host, &self.report.document.host);
        if let Some(redirected) = self.redirected(is_own) {
            return because(redirected, Cause::Redirected);
        }
        let checked = self.check();
        // Either a redirect through an allowed host, because browsers report where it began, or a forged report. For the
        // site's own hosts only a browser's report counts: others can contain policies that no page has.
        let is_believed = !(is_own && self.report.engine == Engine::Other);
        if noise.is_none() && checked == CheckResult::Allowed && is_believed {
            return because(Verdict::Impossible, Cause::AllowedByPolicy);
        }
        if is_own {
            return because(Verdict::Own, Cause::SiteHost);
        }
        if site.knows(self.group, &self.contact) {
            return because(Verdict::Known, Cause::Configured);
        }
        if let Some(rule) = noise {
            return because(Verdict::Noise, Cause::Word(Cow::Borrowed(rule)));
        }
        if !matches!(self.report.kind, Kind::Csp | Kind::ConnectionAllowlist) {
            // Other kinds report things that were loaded, measured or changed: no policy was violated.
            return because(Verdict::Other, Cause::NoViolation);
        }
        let mut reason = self.unknown(checked);
        let list = self.context.threats.find(self.contact.host);
        reason.threat_list = list.map(|list| Cow::Owned(list.to_owned()));
        (Verdict::Unknown, reason)
    }

    fn decision(&self) -> Option<Decision> {
        let Self { context, destination, .. } = *self;
        let (site, directive) = (&self.owner.site.name, self.contact.directive);
        let from = ContactedFrom { directive, page_group: &self.group.name };
        let about = |name: &str| context.decisions.in_force(site, name, from, context.now);
        decided(destination, self.contact.host, about)
    }

    /// The verdict on a connection that the allowlist has: what was blocked is a redirect, and browsers report where it began
    /// (recorded with Chromium 156).
    fn redirected(&self, is_own: bool) -> Option<Verdict> {
        if self.report.kind != Kind::ConnectionAllowlist {
            return None;
        }
        if is_own {
            return Some(Verdict::Own);
        }
        let allowlist = &self.report.policy;
        if allowlist.is_empty() {
            return None;
        }
        // Its origins are written as CSP's sources are.
        let policy = Policy::parse(&format!("connect-src {allowlist}"));
        let Report { blocked, document, .. } = self.report;
        let is_listed = policy.check("connect-src", blocked, document) == CheckResult::Allowed;
        is_listed.then_some(Verdict::Known)
    }

    /// What the report's own policy says of it.
    fn check(&self) -> CheckResult<'_> {
        let Report { directive, blocked, document, .. } = self.report;
        self.context.policy.map_or(CheckResult::Unknown, |policy| {
            policy.parsed().check(directive, blocked, document)
        })
    }

    /// Why a destination is unknown.
    fn unknown(&self, checked: CheckResult<'_>) -> Reason<'a> {
        let (host, site) = (self.contact.host, &self.owner.site);
        if let Some(NoiseMatch::Unproven(rule)) = self.found {
            return Reason::new(Cause::Unproven(Cow::Borrowed(rule)));
        }
        if self.destination == VISITOR_NETWORK {
            return Reason::new(Cause::LocalAddress);
        }
        if let CheckResult::ListedElsewhere(directive) = checked {
            return Reason::new(Cause::AllowedFor(Cow::Owned(directive.to_owned())));
        }
        if site.is_related(self.destination) {
            return Reason::new(Cause::SiblingOfKnown);
        }
        let resemblance = site.likeness(host).map(|likeness| Resemblance {
            of: Cow::Owned(likeness.of.to_string()),
            is_strong: likeness.kind.is_strong(),
        });
        Reason { resemblance, ..Reason::new(Cause::Unlisted) }
    }
}
