//! From the wire's report to the normal form: URLs split and cleaned, card numbers and query strings
//! taken out, browsers and directives named. Runs before anything is written anywhere; what was found
//! is kept as a flag, never as a value.

mod browser;
mod pan;
mod place;
mod policy;
mod text;

use std::borrow::Cow;

pub(crate) use text::printable;

use crate::clock::Timestamp;
use crate::decode::{Scalar, WireReport};
use crate::limits;
use crate::report::{Disposition, Kind, Place, Report};

/// What the request around a report tells about it.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// When the request arrived.
    pub received: Timestamp,
    /// The request's User-Agent; a report's own `user_agent` goes before it.
    pub user_agent: &'a str,
}

/// Brings one report into its normal form.
pub fn normalise<'a>(wire: WireReport<'a>, envelope: Envelope<'_>) -> Report<'a> {
    let kind = kind(&wire);
    let (engine, engine_version) = match wire.user_agent.text() {
        "" => browser::engine(envelope.user_agent),
        user_agent => browser::engine(user_agent),
    };
    let body = wire.body;
    let directive = directive(&body.effective_directive, body.violated_directive);
    let document = if body.document_url.is_empty() { wire.url } else { body.document_url };
    let document = place::split(document.into_text());
    let blocked = place::split(body.blocked_url.into_text());
    let source = place::split(body.source_file.into_text());
    Report {
        kind,
        type_name: match kind {
            Kind::Other => text::name(wire.type_name.into_text()),
            _ => Cow::Borrowed(""),
        },
        at: event_time(envelope.received, wire.age.integer()),
        disposition: disposition(body.disposition.text()),
        directive,
        pan_in_url: document.pan || blocked.pan || source.pan,
        source: source_unless_document(source.place, &document.place),
        document: document.place,
        blocked: blocked.place,
        line: position(body.line_number.integer()),
        column: position(body.column_number.integer()),
        status_code: u16::try_from(body.status_code.integer()).unwrap_or(0),
        sample: text::sample(body.sample.into_text()),
        policy_hash: policy::hash(body.original_policy.text()),
        engine,
        engine_version,
    }
}

/// Type names of the Reporting API's registry and of the specifications that add to it.
fn kind(wire: &WireReport<'_>) -> Kind {
    if wire.is_csp_report {
        return Kind::Csp;
    }
    match wire.type_name.text() {
        "" | "csp-violation" => Kind::Csp,
        "csp-hash" => Kind::CspHash,
        "integrity-violation" => Kind::Integrity,
        "network-error" => Kind::Nel,
        "coep" => Kind::Coep,
        "coop" => Kind::Coop,
        "permissions-policy-violation" | "potential-permissions-policy-violation" => {
            Kind::PermissionsPolicy
        }
        "document-policy-violation" => Kind::DocumentPolicy,
        "deprecation" => Kind::Deprecation,
        "intervention" => Kind::Intervention,
        "crash" => Kind::Crash,
        "connection-allowlist" => Kind::ConnectionAllowlist,
        _ => Kind::Other,
    }
}

/// CSP1 browsers send no effective directive, but the violated one with its whole source list.
fn directive<'a>(effective: &Scalar<'a>, violated: Scalar<'a>) -> Cow<'a, str> {
    if !effective.is_empty() {
        return text::name(effective.clone().into_text());
    }
    let first_word = |text: &str| text.split_ascii_whitespace().next().unwrap_or("").len();
    match violated.into_text() {
        Cow::Borrowed(text) => {
            let text = text.trim_ascii_start();
            text::name(Cow::Borrowed(&text[..first_word(text)]))
        }
        Cow::Owned(text) => {
            let text = text.trim_ascii_start();
            text::name(Cow::Owned(text[..first_word(text)].to_owned()))
        }
    }
}

fn disposition(text: &str) -> Disposition {
    match text {
        "enforce" => Disposition::Enforce,
        // COOP and COEP say `reporting`.
        "report" | "reporting" => Disposition::Report,
        _ => Disposition::Unknown,
    }
}

/// Received minus age, the age clamped to a day and never negative.
fn event_time(received: Timestamp, age_millis: i64) -> Timestamp {
    received.minus_millis(age_millis.clamp(0, limits::AGE_MILLIS_MAX))
}

fn position(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

/// WebKit names the document as the source when it knows none; that says nothing.
fn source_unless_document<'a>(source: Place<'a>, document: &Place<'_>) -> Place<'a> {
    if source == *document { Place::default() } else { source }
}

#[cfg(test)]
mod tests;
