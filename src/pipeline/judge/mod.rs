//! The verdict on one report: is its destination the site's own, expected, noise, or unknown? Pure
//! functions over the report and the site's configuration; what was seen before is the business of
//! [`crate::detect`].

mod lookalike;
mod noise;
mod site;
mod transport;

use std::borrow::Cow;
use std::net::IpAddr;

pub(crate) use lookalike::distance::within;
pub use lookalike::{How, Likeness, Lookalikes};
pub use noise::{Found, NoiseRules};
pub use site::{Attribution, Endpoint, PageGroup, Site, Sites};
pub use transport::Headers;

use crate::base::clock::Timestamp;
use crate::base::domain::registrable;
use crate::csp::{ReportedPolicy, Standing};
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
    /// What the directive would have let it do.
    pub channel: Channel,
}

/// What a report is held against, beside its site.
#[derive(Clone, Copy, Debug)]
pub struct Against<'a, 'p> {
    /// What is noise.
    pub noise: &'a NoiseRules,
    /// The policy that it carries.
    pub policy: Option<&'p ReportedPolicy>,
    /// What people decided.
    pub decisions: &'p Decisions,
    /// What threat lists say.
    pub threats: &'p ThreatLists,
    /// When it arrived: decisions have their time.
    pub now: Timestamp,
}

/// Judges a report. `owner`: whose it is.
pub fn judge<'a>(
    report: &Report<'a>,
    owner: &Attribution,
    against: &Against<'a, '_>,
) -> Judgement<'a> {
    let channel = channel(report.kind, &report.directive);
    let destination = destination(&report.blocked);
    let payment = owner.site.page_group(&report.document.path).payment;
    let found = against.noise.find(report, payment);
    let (verdict, reason) = match without_destination(report, owner, found) {
        Some(decided) => decided,
        None => of_destination(report, owner, found, against, &destination),
    };
    Judgement { verdict, reason, destination, channel }
}

/// What can be said without looking at the destination; `None`: it decides.
fn without_destination<'a>(
    report: &Report<'a>,
    owner: &Attribution,
    found: Option<Found<'a>>,
) -> Option<(Verdict, Reason<'a>)> {
    let blocked = &report.blocked;
    let (verdict, cause) = if owner.is_foreign {
        (Verdict::Foreign, Cause::DocumentHost)
    } else if let Some(Found::Noise(rule)) = found {
        (Verdict::Noise, Cause::Word(Cow::Borrowed(rule)))
    } else if blocked.host.is_empty() {
        match &*blocked.scheme {
            "" | "unparsable" => (Verdict::Other, Cause::NoDestination),
            // So Firefox before 57 names inline code and eval.
            "self" if !report.sample.is_empty() => (Verdict::Inline, Cause::Word("self".into())),
            "self" => (Verdict::Own, Cause::KeywordSelf),
            // Inline code, eval, trusted types; and code or content that the page carries itself.
            keyword => (Verdict::Inline, Cause::Word(Cow::Owned(keyword.to_owned()))),
        }
    } else if report.kind == Kind::Csp && report.directive == "frame-ancestors" {
        // What was blocked is a page that wanted to embed this one; nothing left it.
        (Verdict::Other, Cause::EmbeddedBy)
    } else {
        return None;
    };
    Some((verdict, Reason::new(cause)))
}

/// What the site, its configuration and the report's own policy say of the destination.
fn of_destination<'a>(
    report: &Report<'a>,
    owner: &Attribution,
    found: Option<Found<'a>>,
    against: &Against<'a, '_>,
    destination: &str,
) -> (Verdict, Reason<'a>) {
    let because = |verdict, cause| (verdict, Reason::new(cause));
    let (host, site) = (&*report.blocked.host, &owner.site);
    let is_violation = matches!(report.kind, Kind::Csp | Kind::ConnectionAllowlist);
    let standing = against.policy.map_or(Standing::Unknown, |policy| {
        policy.parsed().standing(&report.directive, &report.blocked, &report.document)
    });
    let is_own = site.owns(host, &report.document.host);
    // A redirect through an allowed host: browsers name where it began. Or somebody tampers. That the site's own
    // host is behind it takes the word of a browser: others write policies that no page has.
    if standing == Standing::Allowed && !(is_own && report.engine == Engine::Other) {
        return because(Verdict::Impossible, Cause::AllowedByPolicy);
    }
    if is_own {
        return because(Verdict::Own, Cause::SiteHost);
    }
    if site.knows(host) {
        return because(Verdict::Known, Cause::Configured);
    }
    match against.decisions.in_force(&site.name, destination, against.now) {
        Some(Decision::Approve) => return because(Verdict::Known, Cause::Approved),
        Some(Decision::Ignore) => return because(Verdict::Noise, Cause::Ignored),
        Some(Decision::Forget) | None => {}
    }
    if !is_violation {
        // Other kinds tell of things that were loaded, measured or changed: no policy was broken.
        return because(Verdict::Other, Cause::NoViolation);
    }
    let mut reason = unknown(host, found, site, standing, destination);
    reason.threat_list = against.threats.find(host).map(|list| Cow::Owned(list.to_owned()));
    (Verdict::Unknown, reason)
}

/// Why a destination is unknown.
fn unknown<'a>(
    host: &str,
    found: Option<Found<'a>>,
    site: &Site,
    standing: Standing<'_>,
    destination: &str,
) -> Reason<'a> {
    if let Some(Found::Unproven(rule)) = found {
        return Reason::new(Cause::Unproven(Cow::Borrowed(rule)));
    }
    if is_local(host) {
        return Reason::new(Cause::LocalAddress);
    }
    if let Standing::AllowedFor(directive) = standing {
        return Reason::new(Cause::AllowedFor(Cow::Owned(directive.to_owned())));
    }
    if site.is_related(destination) {
        return Reason::new(Cause::SiblingOfKnown);
    }
    let resemblance = site.likeness(host).map(|likeness| Resemblance {
        of: Cow::Owned(likeness.of.to_string()),
        is_strong: likeness.how.is_strong(),
    });
    Reason { resemblance, ..Reason::new(Cause::Unlisted) }
}

/// Whether a host leads nowhere in the public network: what answers there is in the visitor's own.
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
        // RFC 6761, 6762, 8375; `internal` is reserved by ICANN, the others are what routers use.
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

/// What a violated directive would have let the destination do. CSP3, section 6.
fn channel(kind: Kind, directive: &str) -> Channel {
    match directive {
        "connect-src" | "form-action" | "img-src" | "media-src" | "font-src" | "frame-src"
        | "child-src" | "fenced-frame-src" | "prefetch-src" | "manifest-src" | "navigate-to"
        // Browsers name default-src for prefetches.
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
