//! From the wire's report to the normal form: splits and cleans URLs, removes query strings, identifies browsers and
//! directives. A card number in a URL is flagged. The normal form is what a report is judged by; what of it is kept,
//! [`redact`] decides before anything is written anywhere.

mod address;
mod browser;
mod cut;
mod directive;
mod host;
mod kinds;
mod place;
mod plain_url;
mod policy;
mod quirks;
pub mod redact;
mod schemeless;
mod text;

use std::borrow::Cow;
use std::time::Duration;

pub use address::address;
pub use browser::{engine, is_extensionless};
pub use policy::{judged_policy, kept_policy};

use crate::base::clock::Timestamp;
use crate::base::limits;
use crate::config::KeepQuery;
use crate::csp::text::hash as policy_hash_of;
use crate::pipeline::decode::WireReport;
use crate::report::{Kind, Place, Report};
use directive::violated;
use place::Split;
use schemeless::with_scheme;

/// What is known of a report from its request, and what the operator wants to keep.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// When the request arrived.
    pub received: Timestamp,
    /// The request's User-Agent; a report's own `user_agent` takes precedence.
    pub user_agent: &'a str,
    /// What is kept of queries.
    pub keep_query: &'a KeepQuery,
}

/// Brings one report into its normal form.
pub fn normalise<'a>(wire: WireReport<'a>, envelope: Envelope<'a>) -> Report<'a> {
    normalise_with(wire, envelope, None)
}

/// [`normalise`], where the hash of the report's policy may be known already: to work it out costs as much as the rest.
pub(super) fn normalise_with<'a>(
    wire: WireReport<'a>,
    envelope: Envelope<'a>,
    policy_hash: Option<u64>,
) -> Report<'a> {
    let kind = kinds::kind(&wire);
    let user_agent = match wire.user_agent.into_text() {
        own if own.is_empty() => Cow::Borrowed(envelope.user_agent),
        own => own,
    };
    let (engine, engine_version) = browser::engine(&user_agent);
    let mut body = wire.body;
    let parts = kinds::parts(kind, wire.url, &mut body);
    let split = |text| place::split(text, envelope.keep_query);
    let document_url = with_scheme(parts.document.into_text(), HTTPS);
    let source_url = cut::part(body.source_file.into_text(), quirks::without_eval_suffix);
    // Inline code is in the document, and WebKit names it where it knows no source.
    let is_in_document = source_url == document_url;
    let document = split(document_url);
    // What has no scheme of its own was reached by the document's.
    let scheme = if document.place.scheme == "http" { "http" } else { HTTPS };
    let mut blocked = split(with_scheme(parts.blocked.into_text(), scheme));
    let violated = violated(kind, &body.effective_directive, &body.violated_directive);
    if let Some(keyword) = violated.keyword_for(&blocked.place) {
        blocked.place = Place { scheme: Cow::Borrowed(keyword), ..Place::default() };
    }
    let source = if is_in_document { Split::default() } else { split(source_url) };
    Report {
        kind,
        type_name: match kind {
            Kind::Other => text::name(wire.type_name.into_text()),
            _ => Cow::Borrowed(""),
        },
        at: event_time(envelope.received, wire.age.integer()),
        has_age: !wire.age.is_empty(),
        disposition: kinds::disposition(&body.disposition, &body.report_only),
        directive: Cow::Borrowed(violated.name),
        pan_in_url: document.pan || blocked.pan || source.pan,
        source: source_unless_document(source.place, &document.place),
        document: document.place,
        blocked: blocked.place,
        line: position(body.line_number.integer()),
        column: position(body.column_number.integer()),
        status_code: u16::try_from(body.status_code.integer()).unwrap_or(0),
        sample: text::sample(parts.sample.into_text()),
        detail: violated.unknown.unwrap_or(parts.detail),
        policy_hash: policy_hash.unwrap_or_else(|| policy_hash_of(body.original_policy.text())),
        policy: body.original_policy.into_text(),
        user_agent,
        engine,
        engine_version,
    }
}

/// The place of a URL, without its query.
pub(super) fn place_without_query(url: &str) -> Place<'_> {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    place::place(Cow::Borrowed(&url[..end]), &KeepQuery::None)
}

/// The scheme of what has none.
const HTTPS: &str = "https";

/// The time of arrival minus the age, which is clamped between 0 and a day.
pub(crate) fn event_time(received: Timestamp, age_millis: i64) -> Timestamp {
    let age = Duration::from_millis(u64::try_from(age_millis).unwrap_or(0));
    received - age.min(limits::AGE_MAX)
}

fn position(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

/// WebKit reports the document as the source when it knows none.
fn source_unless_document<'a>(source: Place<'a>, document: &Place<'_>) -> Place<'a> {
    if source == *document { Place::default() } else { source }
}

#[cfg(test)]
mod tests;
