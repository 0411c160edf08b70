//! Bytes to typed reports. Knows the wire, knows no policy.
//!
//! The collector classifies a body by its JSON structure, never by its media type: browsers disagree about the media
//! type, and WebKit sends Reporting API objects as `application/csp-report`. It understands an array of reports, a single
//! report object (`type` and `body`), an object with `csp-report`, and a bare CSP body. Fields may have any JSON type, so
//! one bad report cannot spoil its batch.
//!
//! Sources: Reporting API (w3c.github.io/reporting, section 3.5), CSP3 (section 5.3 and `csp-hash`), CSP2
//! (section 4.4), SRI (Integrity-Policy), NEL, HTML (COOP and COEP), Permissions Policy, Deprecation and
//! Crash Reporting, Connection Allowlists; and recordings of Chromium 156, Firefox 153 and WebKitGTK 2.50
//! in `tests/corpus`.

mod field_name;
mod obsolete;
mod repair;
mod shape;
mod skip;
mod value;

pub use repair::repair;
pub use value::Scalar;

/// One report as it is on the wire. Every field may be absent or of an unexpected type.
#[derive(Clone, Debug, Default)]
pub struct WireReport<'a> {
    /// `type` of a Reporting API report.
    pub type_name: Scalar<'a>,
    /// `url` of a Reporting API report: the page.
    pub url: Scalar<'a>,
    /// Milliseconds between the event and this delivery.
    pub age: Scalar<'a>,
    /// The User-Agent that the report itself contains.
    pub user_agent: Scalar<'a>,
    /// The body: of `csp-report`, of `body`, or the bare object itself.
    pub body: WireBody<'a>,
    /// Whether there was a `csp-report` object.
    pub is_csp_report: bool,
}

/// The fields of all report bodies together; kinds share most of them under one name or another.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "the names are those of the specifications")]
pub struct WireBody<'a> {
    pub document_url: Scalar<'a>,
    pub blocked_url: Scalar<'a>,
    pub effective_directive: Scalar<'a>,
    pub violated_directive: Scalar<'a>,
    /// The policy; of a Connection-Allowlist its origins, with a space between two.
    pub original_policy: Scalar<'a>,
    pub disposition: Scalar<'a>,
    pub status_code: Scalar<'a>,
    pub sample: Scalar<'a>,
    pub source_file: Scalar<'a>,
    pub line_number: Scalar<'a>,
    pub column_number: Scalar<'a>,
    pub actual: Scalar<'a>,
    pub connection: Scalar<'a>,
    pub destination: Scalar<'a>,
    pub hash: Scalar<'a>,
    pub id: Scalar<'a>,
    pub message: Scalar<'a>,
    pub next_response_url: Scalar<'a>,
    /// Of how many page views one is counted: the client script's census.
    pub one_of: Scalar<'a>,
    pub openee_url: Scalar<'a>,
    pub initial_popup_url: Scalar<'a>,
    pub policy_id: Scalar<'a>,
    pub reason: Scalar<'a>,
    /// The page that the document was opened from. Nothing of it is kept but the name of its page group, if cards are entered there.
    pub referrer: Scalar<'a>,
    pub report_only: Scalar<'a>,
    /// The first line of the page's request: Firefox 4 to 14 sent it in place of the page's URL.
    pub request: Scalar<'a>,
    pub subresource_url: Scalar<'a>,
    pub body_type: Scalar<'a>,
}

/// The content of a request's body.
#[derive(Debug, Default)]
pub struct Decoded<'a> {
    /// The reports that were understood, in order.
    pub reports: Vec<WireReport<'a>>,
    /// How many elements are not reports; a tail that is not JSON counts as one.
    pub malformed: usize,
    /// How many elements are beyond the limit; they are not read, well-formed or not.
    pub refused: usize,
}

/// Reads the reports of `body`, at most `reports_max` of them. `body` comes from [`repair()`].
pub fn decode(body: &str, reports_max: usize) -> Decoded<'_> {
    let mut decoded = Decoded::default();
    let mut deserializer = serde_json::Deserializer::from_str(body);
    let seed = shape::TopLevel { into: &mut decoded, reports_max };
    let result = serde::de::DeserializeSeed::deserialize(seed, &mut deserializer);
    if result.and_then(|()| deserializer.end()).is_err() {
        // A body that was cut keeps the reports before the cut.
        decoded.malformed += 1;
    }
    decoded
}

impl WireReport<'_> {
    /// Whether it is a report: it has a type, or enough fields of a CSP body.
    pub(crate) fn is_understood(&self) -> bool {
        let body = &self.body;
        let has_csp_fields = !body.effective_directive.is_empty()
            || !body.violated_directive.is_empty()
            || !body.blocked_url.is_empty();
        if self.is_csp_report {
            return has_csp_fields || !body.document_url.is_empty() || !body.request.is_empty();
        }
        matches!(&self.type_name, Scalar::Text(name) if !name.is_empty())
            || (has_csp_fields && !body.document_url.is_empty())
    }
}

#[cfg(test)]
mod tests;
