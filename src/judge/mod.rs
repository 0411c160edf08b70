//! The verdict on one report: is its destination the site's own, expected, noise, or unknown? Pure
//! functions over the report and the site's configuration; what was seen before is the business of
//! [`crate::destinations`].

mod domain;
mod lookalike;
mod noise;
mod policy;
mod site;
mod transport;

use std::borrow::Cow;

pub use domain::registrable;
pub use lookalike::{How, Likeness, Lookalikes};
pub use noise::{Found, NoiseRules};
pub use policy::{Change, Effect, HostSource, Policy, Port, Source, Standing};
pub use site::{Attribution, Endpoint, PageGroup, Site, Sites};
pub use transport::{Headers, Oddities};

use crate::report::{Channel, Kind, Place, Report, Verdict};

/// What a report means to its site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement<'a> {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, for machines: a noise rule's id, a keyword, or the name of the test that decided; then, after
    /// a space, what of the report's transport was odd ([`Oddities::suffix`]).
    pub reason: Cow<'a, str>,
    /// The registrable domain of what was blocked, its IP address, or empty where there is none.
    pub destination: Cow<'a, str>,
    /// What the directive would have let it do.
    pub channel: Channel,
}

/// Begins the reason of an unknown destination that a rule would call noise, if a thief could not make
/// it look so; the rule's id follows.
pub const UNPROVEN: &str = "unproven:";

/// Judges a report. `owner`: whose it is.
pub fn judge<'a>(report: &Report<'a>, owner: &Attribution, noise: &'a NoiseRules) -> Judgement<'a> {
    let channel = channel(report.kind, &report.directive);
    let destination = destination(&report.blocked);
    let (verdict, reason) = verdict(report, owner, noise);
    Judgement { verdict, reason, destination, channel }
}

fn verdict<'a>(
    report: &Report<'a>,
    owner: &Attribution,
    noise: &'a NoiseRules,
) -> (Verdict, Cow<'a, str>) {
    let because = |verdict, reason: &'static str| (verdict, Cow::Borrowed(reason));
    let (blocked, site) = (&report.blocked, &owner.site);
    if owner.is_foreign {
        return because(Verdict::Foreign, "document-host");
    }
    let payment = site.page_group(&report.document.path).payment;
    let found = noise.find(report, payment);
    if let Some(Found::Noise(rule)) = found {
        return (Verdict::Noise, Cow::Borrowed(rule));
    }
    if blocked.host.is_empty() {
        return match &*blocked.scheme {
            "" | "unparsable" => because(Verdict::Other, "no-destination"),
            // So Firefox before 57 names inline code and eval.
            "self" if !report.sample.is_empty() => because(Verdict::Inline, "self"),
            "self" => because(Verdict::Own, "keyword-self"),
            // Inline code, eval, trusted types; and code or content that the page carries itself.
            keyword => (Verdict::Inline, Cow::Owned(keyword.to_owned())),
        };
    }
    if report.kind == Kind::Csp && report.directive == "frame-ancestors" {
        // What was blocked is a page that wanted to embed this one; nothing left it.
        return because(Verdict::Other, "embedded-by");
    }
    if site.owns(&blocked.host, &report.document.host) {
        return because(Verdict::Own, "site-host");
    }
    if site.knows(&blocked.host) {
        return because(Verdict::Known, "configured");
    }
    match report.kind {
        Kind::Csp | Kind::ConnectionAllowlist if let Some(Found::Unproven(rule)) = found => {
            (Verdict::Unknown, Cow::Owned(format!("{UNPROVEN}{rule}")))
        }
        Kind::Csp | Kind::ConnectionAllowlist => because(Verdict::Unknown, "unlisted"),
        // Other kinds tell of things that were loaded, measured or changed: no policy was broken.
        _ => because(Verdict::Other, "no-violation"),
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
