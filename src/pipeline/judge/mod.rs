//! The verdict on one report: whether its destination is the site's own, expected, noise, or unknown. Pure functions of the
//! report and the site's configuration; what was seen before is considered by [`crate::detect`].

mod lookalike;
mod noise;
mod site;
mod transport;

use std::borrow::Cow;
use std::net::IpAddr;

pub(crate) use lookalike::distance::within;
pub use lookalike::{Likeness, LikenessKind, Lookalikes};
pub use noise::{NoiseMatch, NoiseRules};
pub use site::{Attribution, Endpoint, PageGroup, Site, Sites};
pub use transport::Headers;

use crate::base::clock::Timestamp;
use crate::base::domain::registrable;
use crate::csp::{CheckResult, ReportedPolicy};
use crate::decisions::{Decision, Decisions, ThreatLists};
use crate::report::{Cause, Channel, Engine, Kind, Place, Reason, Report, Resemblance, Verdict};

/// What a report means to its site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement<'a> {
    /// The verdict.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason<'a>,
    /// The registrable domain of what was blocked, its IP address, or empty where there is none.
    pub destination: Cow<'a, str>,
    /// What the directive would have allowed it to do.
    pub channel: Channel,
}

/// What a report is judged by, apart from its site.
#[derive(Clone, Copy, Debug)]
pub struct JudgeContext<'a, 'p> {
    /// The rules that identify noise.
    pub noise: &'a NoiseRules,
    /// The policy that it carries.
    pub policy: Option<&'p ReportedPolicy>,
    /// People's decisions.
    pub decisions: &'p Decisions,
    /// The threat lists.
    pub threats: &'p ThreatLists,
    /// When the report arrived: decisions expire.
    pub now: Timestamp,
}

/// Judges a report of the site in `owner`.
pub fn judge<'a>(
    report: &Report<'a>,
    owner: &Attribution,
    context: &JudgeContext<'a, '_>,
) -> Judgement<'a> {
    let channel = channel(report.kind, &report.directive);
    let destination = destination(&report.blocked);
    let payment = owner.site.page_group(&report.document.path).payment;
    let found = context.noise.find(report, payment);
    let (verdict, reason) = match without_destination(report, owner, found) {
        Some(decided) => decided,
        None => of_destination(report, owner, found, context, &destination),
    };
    Judgement { verdict, reason, destination, channel }
}

/// The verdict where the destination does not matter; `None` where it does.
fn without_destination<'a>(
    report: &Report<'a>,
    owner: &Attribution,
    found: Option<NoiseMatch<'a>>,
) -> Option<(Verdict, Reason<'a>)> {
    let blocked = &report.blocked;
    let (verdict, cause) = if owner.is_foreign {
        (Verdict::Foreign, Cause::DocumentHost)
    } else if let Some(NoiseMatch::Noise(rule)) = found {
        (Verdict::Noise, Cause::Word(Cow::Borrowed(rule)))
    } else if blocked.host.is_empty() {
        match &*blocked.scheme {
            "" | "unparsable" => (Verdict::Other, Cause::NoDestination),
            // Firefox before 57 reports inline code and eval as "self".
            "self" if !report.sample.is_empty() => (Verdict::Inline, Cause::Word("self".into())),
            "self" => (Verdict::Own, Cause::KeywordSelf),
            // Inline code, eval, trusted types; and code or content that the page carries itself.
            keyword => (Verdict::Inline, Cause::Word(Cow::Owned(keyword.to_owned()))),
        }
    } else if report.kind == Kind::Csp && report.directive == "frame-ancestors" {
        // What was blocked is a page that tried to embed this one; nothing left this page.
        (Verdict::Other, Cause::EmbeddedBy)
    } else {
        return None;
    };
    Some((verdict, Reason::new(cause)))
}

/// The verdict on a destination, by the site, its configuration and the report's own policy.
fn of_destination<'a>(
    report: &Report<'a>,
    owner: &Attribution,
    found: Option<NoiseMatch<'a>>,
    context: &JudgeContext<'a, '_>,
    destination: &str,
) -> (Verdict, Reason<'a>) {
    let because = |verdict, cause| (verdict, Reason::new(cause));
    let (host, site) = (&*report.blocked.host, &owner.site);
    let is_violation = matches!(report.kind, Kind::Csp | Kind::ConnectionAllowlist);
    let checked = context.policy.map_or(CheckResult::Unknown, |policy| {
        policy.parsed().check(&report.directive, &report.blocked, &report.document)
    });
    let is_own = site.owns(host, &report.document.host);
    // Either a redirect through an allowed host, because browsers report where it began, or a forged report. For the
    // site's own hosts only a browser's report counts: others can contain policies that no page has.
    if checked == CheckResult::Allowed && !(is_own && report.engine == Engine::Other) {
        return because(Verdict::Impossible, Cause::AllowedByPolicy);
    }
    if is_own {
        return because(Verdict::Own, Cause::SiteHost);
    }
    if site.knows(host) {
        return because(Verdict::Known, Cause::Configured);
    }
    match context.decisions.in_force(&site.name, destination, context.now) {
        Some(Decision::Approve) => return because(Verdict::Known, Cause::Approved),
        Some(Decision::Ignore) => return because(Verdict::Noise, Cause::Ignored),
        Some(Decision::Forget) | None => {}
    }
    if !is_violation {
        // Other kinds report things that were loaded, measured or changed: no policy was violated.
        return because(Verdict::Other, Cause::NoViolation);
    }
    let mut reason = unknown(host, found, site, checked, destination);
    reason.threat_list = context.threats.find(host).map(|list| Cow::Owned(list.to_owned()));
    (Verdict::Unknown, reason)
}

/// Why a destination is unknown.
fn unknown<'a>(
    host: &str,
    found: Option<NoiseMatch<'a>>,
    site: &Site,
    checked: CheckResult<'_>,
    destination: &str,
) -> Reason<'a> {
    if let Some(NoiseMatch::Unproven(rule)) = found {
        return Reason::new(Cause::Unproven(Cow::Borrowed(rule)));
    }
    if is_local(host) {
        return Reason::new(Cause::LocalAddress);
    }
    if let CheckResult::ListedElsewhere(directive) = checked {
        return Reason::new(Cause::AllowedFor(Cow::Owned(directive.to_owned())));
    }
    if site.is_related(destination) {
        return Reason::new(Cause::SiblingOfKnown);
    }
    let resemblance = site.likeness(host).map(|likeness| Resemblance {
        of: Cow::Owned(likeness.of.to_string()),
        is_strong: likeness.kind.is_strong(),
    });
    Reason { resemblance, ..Reason::new(Cause::Unlisted) }
}

/// Whether a host is not in the public network: what answers there is in the visitor's own network.
fn is_local(host: &str) -> bool {
    match host.parse() {
        Ok(IpAddr::V4(v4)) => {
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified()
        }
        Ok(IpAddr::V6(v6)) => {
            v6.is_loopback()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
                || v6.is_unspecified()
        }
        // RFC 6761, 6762, 8375; `internal` is reserved by ICANN, routers use the others.
        Err(_) => {
            let last = host.rsplit('.').next().unwrap_or(host);
            last.len() == host.len()
                || matches!(
                    last,
                    "local" | "localhost" | "internal" | "lan" | "home" | "localdomain"
                )
                || host.ends_with(".home.arpa")
                || host == "fritz.box"
        }
    }
}

/// What a violated directive would have allowed the destination to do (CSP3, section 6).
fn channel(kind: Kind, directive: &str) -> Channel {
    match directive {
        "connect-src" | "form-action" | "img-src" | "media-src" | "font-src" | "frame-src"
        | "child-src" | "fenced-frame-src" | "prefetch-src" | "manifest-src" | "navigate-to"
        // Browsers report prefetches under default-src.
        | "default-src" => Channel::Send,
        "script-src" | "script-src-elem" | "script-src-attr" | "style-src" | "style-src-elem"
        | "style-src-attr" | "worker-src" | "object-src" | "base-uri" => Channel::Load,
        _ if kind == Kind::ConnectionAllowlist => Channel::Send,
        _ if matches!(kind, Kind::CspHash | Kind::Integrity | Kind::SriFailure) => Channel::Load,
        _ => Channel::Other,
    }
}

fn destination<'a>(blocked: &Place<'a>) -> Cow<'a, str> {
    match &blocked.host {
        Cow::Borrowed(host) => Cow::Borrowed(registrable(host)),
        Cow::Owned(host) => Cow::Owned(registrable(host).to_owned()),
    }
}

#[cfg(test)]
mod tests;
