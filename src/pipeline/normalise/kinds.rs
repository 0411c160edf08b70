//! The fields in which each kind of report has its document, what was blocked, and what happened.

use std::borrow::Cow;

use super::{cut, text};
use crate::pipeline::decode::{Scalar, WireBody, WireReport};
use crate::report::{Disposition, Kind, OneOf};

/// The fields of the normal form that differ from kind to kind.
#[derive(Debug, Default)]
pub(super) struct KindFields<'a> {
    pub(super) document: Scalar<'a>,
    pub(super) blocked: Scalar<'a>,
    pub(super) sample: Scalar<'a>,
    /// What exactly happened, by kind; see [`crate::report::Report::detail`].
    pub(super) detail: Cow<'a, str>,
}

/// Type names of the Reporting API's registry, of the specifications that add to it, and our own.
pub(super) fn kind(wire: &WireReport<'_>) -> Kind {
    if wire.is_csp_report {
        return Kind::Csp;
    }
    let name = wire.type_name.text();
    kind_of_type(name).unwrap_or_else(|| {
        let folded = name.trim().to_ascii_lowercase().replace('_', "-");
        kind_of_type(&folded).unwrap_or(Kind::Other)
    })
}

/// Today's name first, then those of earlier versions; `docs/reports.md` has the versions.
fn kind_of_type(name: &str) -> Option<Kind> {
    Some(match name {
        "" | "csp-violation" | "csp" | "csp-report" => Kind::Csp,
        "csp-hash" => Kind::CspHash,
        "integrity-violation" => Kind::Integrity,
        "sri-failure" => Kind::SriFailure,
        "network-error" | "nel" => Kind::Nel,
        "coep" => Kind::Coep,
        "coop" => Kind::Coop,
        "permissions-policy-violation"
        | "potential-permissions-policy-violation"
        | "permissions-policy"
        | "feature-policy-violation"
        | "feature-policy" => Kind::PermissionsPolicy,
        "document-policy-violation" | "document-policy" => Kind::DocumentPolicy,
        "deprecation" => Kind::Deprecation,
        "intervention" => Kind::Intervention,
        "crash" => Kind::Crash,
        "connection-allowlist" => Kind::ConnectionAllowlist,
        "census" => Kind::Census,
        "inline-hash" => Kind::InlineHash,
        _ => return None,
    })
}

/// Moves the fields of the normal form out of a report of this kind.
pub(super) fn parts<'a>(kind: Kind, url: Scalar<'a>, body: &mut WireBody<'a>) -> KindFields<'a> {
    let take = std::mem::take::<Scalar<'a>>;
    let named = |scalar: Scalar<'a>| text::name(scalar.into_text());
    let page = |request: Scalar<'a>| Scalar::Text(cut::part(request.into_text(), target));
    let document = match (take(&mut body.document_url), take(&mut body.request)) {
        (document, request) if document.is_empty() && !request.is_empty() => page(request),
        (document, _) if document.is_empty() => url,
        (document, _) => document,
    };
    let parts = KindFields { document, ..KindFields::default() };
    match kind {
        Kind::Csp => KindFields {
            blocked: take(&mut body.blocked_url),
            sample: take(&mut body.sample),
            ..parts
        },
        Kind::CspHash => KindFields {
            blocked: take(&mut body.subresource_url),
            detail: text::integrity(take(&mut body.hash).into_text()),
            ..parts
        },
        Kind::Integrity => KindFields {
            blocked: take(&mut body.blocked_url),
            detail: named(take(&mut body.destination)),
            ..parts
        },
        Kind::SriFailure => KindFields {
            blocked: take(&mut body.blocked_url),
            sample: Scalar::Text(text::integrity(take(&mut body.actual).into_text())),
            detail: named(take(&mut body.reason)),
            ..parts
        },
        Kind::Coep => KindFields {
            blocked: take(&mut body.blocked_url),
            detail: named(take(&mut body.body_type)),
            ..parts
        },
        Kind::Coop => KindFields {
            blocked: other_window(body),
            detail: named(take(&mut body.body_type)),
            ..parts
        },
        Kind::PermissionsPolicy | Kind::DocumentPolicy => KindFields {
            sample: take(&mut body.message),
            detail: named(take(&mut body.policy_id)),
            ..parts
        },
        Kind::Deprecation | Kind::Intervention => KindFields {
            sample: take(&mut body.message),
            detail: named(take(&mut body.id)),
            ..parts
        },
        // The URL of a network error report is the request that failed; the body has the error.
        Kind::Nel => KindFields { detail: named(take(&mut body.body_type)), ..parts },
        Kind::Crash => KindFields { detail: named(take(&mut body.reason)), ..parts },
        Kind::ConnectionAllowlist => KindFields { blocked: take(&mut body.connection), ..parts },
        Kind::Census => {
            let one_of = OneOf::new(take(&mut body.one_of).integer());
            let detail = one_of.map_or(Cow::Borrowed(""), |one_of| one_of.to_string().into());
            KindFields { detail, ..parts }
        }
        // What else such a report says is not looked at: it names no URL.
        Kind::InlineHash => KindFields {
            blocked: Scalar::Text(Cow::Borrowed("inline")),
            sample: match body.sample.text() {
                NONCE => Scalar::Text(Cow::Borrowed(NONCE)),
                _ => Scalar::Absent,
            },
            detail: text::sha256(take(&mut body.hash).into_text()),
            ..parts
        },
        Kind::Other => parts,
    }
}

/// What the client script says of an inline script that has a nonce.
const NONCE: &str = "nonce";

/// The URL of a request's first line, `GET https://shop.example/ HTTP/1.1`.
fn target(request: &str) -> &str {
    let mut words = request.split_ascii_whitespace();
    let first = words.next().unwrap_or("");
    words.next().unwrap_or(first)
}

/// The other window of a COOP report; each type has another name for it.
fn other_window<'a>(body: &mut WireBody<'a>) -> Scalar<'a> {
    let urls = [&mut body.next_response_url, &mut body.openee_url, &mut body.initial_popup_url];
    urls.into_iter().map(std::mem::take).find(|url| !url.is_empty()).unwrap_or_default()
}

/// Whether it was blocked. Integrity-Policy has a boolean for it; COOP and COEP write `reporting`.
pub(super) fn disposition(disposition: &Scalar<'_>, report_only: &Scalar<'_>) -> Disposition {
    match (report_only, disposition.text()) {
        (Scalar::Bool(true), _) | (_, "report" | "reporting") => Disposition::Report,
        (Scalar::Bool(false), _) | (_, "enforce") => Disposition::Enforce,
        _ => Disposition::Unknown,
    }
}
