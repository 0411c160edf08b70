//! What the keys of the outcome cache are made of.

use super::Request;
use super::opener::Opener;
use super::volatile::PolicyParts;
use crate::pipeline::decode::{Scalar, WireBody, WireReport};
use crate::pipeline::fingerprint::push_text;
use crate::pipeline::judge::{Endpoint, Headers};

/// The bytes that are hashed into a key.
pub(super) struct KeyMaterial(pub(super) Vec<u8>);

/// Bytes reserved at once: most reports need no more.
const USUAL_BYTES: usize = 1024;

impl KeyMaterial {
    /// No bytes yet.
    pub(super) fn new() -> Self {
        Self(Vec::with_capacity(USUAL_BYTES))
    }

    pub(super) fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        push_text(&mut self.0, text);
    }

    fn scalar(&mut self, scalar: &Scalar<'_>) {
        match scalar {
            Scalar::Absent => {}
            Scalar::Text(value) => self.text(value),
            Scalar::Integer(value) => {
                // No text is that long.
                self.number(u64::MAX);
                self.number(value.cast_unsigned());
            }
            Scalar::Bool(value) => self.number(u64::MAX - 1 - u64::from(*value)),
        }
    }

    /// All of a request that is looked at, but for its body.
    pub(super) fn request(&mut self, request: &Request<'_>, epoch: u64) {
        self.number(epoch << 1 | u64::from(request.verified));
        self.text(match request.endpoint {
            Endpoint::Any => "",
            Endpoint::Site(site) => &site.name,
        });
        let Headers { user_agent, content_type, origin, sec_fetch_dest, sec_fetch_mode } =
            request.headers;
        self.text(user_agent);
        self.text(content_type);
        for header in [origin, sec_fetch_dest, sec_fetch_mode] {
            self.number(u64::from(header.is_some()));
            self.text(header.unwrap_or(""));
        }
    }

    /// All fields: a new one does not compile until it is here.
    pub(super) fn report(&mut self, wire: &WireReport<'_>) {
        let WireReport { type_name, url, age, user_agent, body, is_csp_report } = wire;
        // When it happened is not what happened; but only some browsers say it.
        self.number(u64::from(age.is_empty()) << 1 | u64::from(*is_csp_report));
        let WireBody {
            document_url,
            blocked_url,
            effective_directive,
            violated_directive,
            original_policy,
            disposition,
            status_code,
            sample,
            source_file,
            line_number,
            column_number,
            actual,
            connection,
            destination,
            hash,
            id,
            message,
            next_response_url,
            one_of,
            openee_url,
            initial_popup_url,
            policy_id,
            reason,
            // What counts of it is in the key by itself: the page that it names differs from visitor to visitor.
            referrer: _,
            report_only,
            request,
            subresource_url,
            body_type,
        } = body;
        let fields = [
            type_name,
            url,
            user_agent,
            document_url,
            blocked_url,
            effective_directive,
            violated_directive,
            disposition,
            status_code,
            sample,
            source_file,
            line_number,
            column_number,
            actual,
            connection,
            destination,
            hash,
            id,
            message,
            next_response_url,
            one_of,
            openee_url,
            initial_popup_url,
            policy_id,
            reason,
            report_only,
            request,
            subresource_url,
            body_type,
        ];
        let mut present = 0;
        for (bit, field) in fields.iter().enumerate() {
            present |= u64::from(**field != Scalar::Absent) << bit;
        }
        self.number(present);
        fields.into_iter().for_each(|field| self.scalar(field));
        // Its text has a key of its own; what is no text says nothing.
        self.number(u64::from(matches!(original_policy, Scalar::Text(_))));
    }

    /// The page where cards are entered that the document was opened from.
    pub(super) fn opener(&mut self, opener: Option<&Opener>) {
        if let Some(Opener { site, group }) = opener {
            self.text(site);
            self.text(group);
        }
    }

    /// A policy without the parts that change from page to page. A byte that no text has marks each part that is left out.
    pub(super) fn policy(&mut self, policy: &str, parts: &PolicyParts) {
        let mut copied = 0;
        for range in parts {
            self.0.extend_from_slice(&policy.as_bytes()[copied..range.start]);
            self.0.push(0xFF);
            copied = range.end;
        }
        self.0.extend_from_slice(&policy.as_bytes()[copied..]);
    }
}
