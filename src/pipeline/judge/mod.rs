//! The verdict on one report: whether its destination is the site's own, expected, noise, or unknown. Pure functions of the
//! report and the site's configuration; what was seen before is considered by [`crate::detect`].

mod context;
mod destination;
mod families;
mod host_set;
mod known;
mod lookalike;
mod noise;
mod page_group;
mod site;
mod sites;
mod transport;

use std::borrow::Cow;

pub use context::JudgeContext;
pub use destination::decided;
pub use known::Contact;
pub(crate) use lookalike::distance::within;
pub use lookalike::{Likeness, LikenessKind, Lookalikes};
pub use noise::{NoiseMatch, NoiseRules};
pub use page_group::PageGroup;
pub use site::Site;
pub use sites::{Attribution, Endpoint, Sites};
pub use transport::Headers;

use crate::report::{
    CONNECTION_ALLOWLIST, Cause, Channel, Kind, Reason, Report, Verdict, WEBRTC_DIRECTIVE,
    is_keyword, is_network_scheme,
};
use destination::{Question, destination, has_destination};

/// What a report means to its site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement<'a> {
    /// The verdict.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason<'a>,
    /// The registrable domain of what was blocked, its IP address, a word for what has neither
    /// ([`crate::base::destination`]), or empty where there is none.
    pub destination: Cow<'a, str>,
    /// What the directive would have allowed it to do.
    pub channel: Channel,
}

/// Judges a report of the site in `owner`.
pub fn judge<'a>(
    report: &Report<'a>,
    owner: &Attribution,
    context: &JudgeContext<'a, '_>,
) -> Judgement<'a> {
    let channel = channel(report.kind, &report.directive);
    let group = owner.site.page_group(&report.document.path);
    let contact = Contact::of(report);
    let destination = destination(report, owner, group, &contact);
    let found = context.noise.find(report, group.payment);
    let (verdict, reason) = match without_destination(report, owner, found, context) {
        Some(decided) => decided,
        None => {
            Question { report, owner, group, contact, found, context, destination: &destination }
                .verdict()
        }
    };
    Judgement { verdict, reason, destination, channel }
}

/// The verdict where the destination does not matter; `None` where it does.
fn without_destination<'a>(
    report: &Report<'a>,
    owner: &Attribution,
    found: Option<NoiseMatch<'a>>,
    context: &JudgeContext<'a, '_>,
) -> Option<(Verdict, Reason<'a>)> {
    let (verdict, cause) = if owner.is_foreign {
        (Verdict::Foreign, Cause::DocumentHost)
    } else if !has_destination(report) {
        match found {
            Some(NoiseMatch::Noise(rule)) => (Verdict::Noise, Cause::Word(Cow::Borrowed(rule))),
            _ => in_place_of_url(report, context),
        }
    } else if report.kind == Kind::Csp && report.directive == "frame-ancestors" {
        // What was blocked is a page that tried to embed this one; nothing left this page.
        (Verdict::Other, Cause::EmbeddedBy)
    } else {
        return None;
    };
    Some((verdict, Reason::new(cause)))
}

/// The verdict on a report that names no destination.
fn in_place_of_url<'a>(
    report: &Report<'a>,
    context: &JudgeContext<'a, '_>,
) -> (Verdict, Cause<'a>) {
    match &*report.blocked.scheme {
        // The client script lists what ran; nothing was violated.
        _ if report.kind == Kind::InlineHash => (Verdict::Other, Cause::NoViolation),
        // The browser names no address of a program: that of `mailto:` and `tel:` links.
        "" if report.kind == Kind::ConnectionAllowlist => (Verdict::Other, Cause::AppScheme),
        "" | "null" | "unparsable" => (Verdict::Other, Cause::NoDestination),
        // Firefox before 57 reports inline code and eval as "self".
        "self" if !report.sample.is_empty() => (Verdict::Inline, Cause::Word("self".into())),
        "self" => (Verdict::Own, Cause::KeywordSelf),
        // Inline code, eval, trusted types; and code or content that the page carries itself.
        keyword if is_keyword(keyword) => {
            let policy = context.policy.filter(|_| report.kind == Kind::Csp);
            match policy
                .is_some_and(|policy| policy.parsed().allows_code(&report.directive, keyword))
            {
                true => (Verdict::Impossible, Cause::AllowedByPolicy),
                false => (Verdict::Inline, Cause::Word(Cow::Owned(keyword.to_owned()))),
            }
        }
        // `normalise` writes `?` for what is in no scheme; and a network's scheme alone leads nowhere.
        odd if odd.contains('?') || is_network_scheme(odd) => {
            (Verdict::Other, Cause::NoDestination)
        }
        _ => (Verdict::Other, Cause::AppScheme),
    }
}

/// What a violated directive would have allowed the destination to do (CSP3, section 6).
fn channel(kind: Kind, directive: &str) -> Channel {
    match directive {
        "connect-src" | "form-action" | "img-src" | "media-src" | "font-src" | "frame-src"
        | "child-src" | "fenced-frame-src" | "prefetch-src" | "manifest-src" | "navigate-to"
        // Browsers report prefetches under default-src.
        | "default-src" | CONNECTION_ALLOWLIST | WEBRTC_DIRECTIVE => Channel::Send,
        "script-src" | "script-src-elem" | "script-src-attr" | "style-src" | "style-src-elem"
        | "style-src-attr" | "worker-src" | "object-src" | "base-uri" => Channel::Load,
        _ if matches!(kind, Kind::CspHash | Kind::Integrity | Kind::SriFailure) => Channel::Load,
        _ => Channel::Other,
    }
}

#[cfg(test)]
mod tests;
