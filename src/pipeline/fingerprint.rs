//! The identity of a violation.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;

use crate::base::client_id::ClientId;
use crate::journal::Identity;
use crate::report::{Fingerprint, Place, Report};

/// The fingerprint of a report on a page group of a site: the first 128 bits of BLAKE3. Anybody may post anything, so a
/// hash whose collisions can be made would let a report hide another one.
///
/// It holds what the violation is, and neither when nor by which channel it came. Of the policy it holds
/// nothing, nor whether it was enforced: a page with two policies reports one violation twice. Line and
/// column count only where a script did it, because the parser's position in markup differs from run to
/// run; the normal form has no source where that is the document.
/// `origin`: whether the report was signed, whether its User-Agent decided that it is noise, and what of its transport is
/// odd. What comes in another way has a row of its own, so that a forged report cannot spoil a true one's, and noise of an
/// app does not hide the same violation in a browser.
pub fn fingerprint(report: &Report<'_>, site: &str, page_group: &str, origin: u8) -> Fingerprint {
    let mut what = Vec::with_capacity(USUAL_BYTES);
    what.extend([report.kind.code(), report.engine.code(), u8::from(report.pan_in_url)]);
    for text in
        [site, page_group, &report.type_name, &report.directive, &report.sample, &report.detail]
    {
        push_text(&mut what, text);
    }
    for place in [&report.document, &report.blocked, &report.source] {
        add_place(&mut what, place);
    }
    if !report.source.scheme.is_empty() {
        what.extend(report.line.to_le_bytes());
        what.extend(report.column.to_le_bytes());
    }
    if origin != 0 {
        what.push(origin);
    }
    let mut head = [0; 16];
    head.copy_from_slice(&blake3::hash(&what).as_bytes()[..16]);
    u128::from_be_bytes(head)
}

/// What a report has beyond its violation: what tells two of them from two deliveries of one.
pub fn delivery(report: &Report<'_>, fingerprint: Fingerprint) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write_u128(fingerprint);
    hasher.write_u64(report.policy_hash);
    hasher.write_u32(report.line);
    hasher.write_u32(report.column);
    hasher.write_u16(report.status_code);
    hasher.write_u8(report.disposition.code());
    hasher.finish()
}

/// What tells two deliveries of one report from two reports of one violation: everything but the age.
pub fn identity(delivery: u64, client: ClientId, tag: &str) -> Identity {
    let mut hasher = SipHasher13::new();
    hasher.write_u64(delivery);
    hasher.write_u64(client.0);
    hasher.write(tag.as_bytes());
    hasher.finish()
}

/// A client and the bytes it sent. A client that makes two of its requests look the same hides one of its
/// own, and nobody else's.
pub(super) fn request_identity(client: ClientId, body: &[u8]) -> Identity {
    let mut hasher = SipHasher13::new();
    hasher.write_u64(client.0);
    hasher.write_u64((body.len() as u64) << 32 | u64::from(crc32c::crc32c(body)));
    hasher.finish()
}

/// Room for what most violations are.
const USUAL_BYTES: usize = 512;

fn add_place(what: &mut Vec<u8>, place: &Place<'_>) {
    push_text(what, &place.scheme);
    push_text(what, &place.host);
    what.extend(place.port.to_le_bytes());
    push_text(what, &place.path);
}

/// Adds a text with its length before it, so that no two lists of texts look the same.
pub(crate) fn push_text(what: &mut Vec<u8>, text: &str) {
    what.extend((text.len() as u64).to_le_bytes());
    what.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::Timestamp;
    use crate::config::KeepQuery;
    use crate::pipeline::decode::decode;
    use crate::pipeline::normalise::{Envelope, normalise};

    fn of(fields: &str) -> Fingerprint {
        let body = format!(r#"{{"csp-report":{{"document-uri":"https://a/p",{fields}}}}}"#);
        let wire = decode(&body, 1).reports.pop().expect("a report");
        let report = normalise(
            wire,
            Envelope {
                received: Timestamp::default(),
                user_agent: "",
                keep_query: &KeepQuery::None,
            },
        );
        fingerprint(&report, "site", "group", 0)
    }

    #[test]
    fn what_differs_between_copies_of_one_violation_does_not_count() {
        let base = r#""blocked-uri":"https://b/x?1","effective-directive":"img-src""#;
        let first =
            of(&format!(r#"{base},"original-policy":"a","line-number":1,"status-code":200"#));
        let second =
            of(&format!(r#"{base},"original-policy":"b","line-number":2,"status-code":0"#));
        assert_eq!(first, second);
    }

    #[test]
    fn what_makes_another_violation_counts() {
        let first = of(r#""blocked-uri":"https://b/x","effective-directive":"img-src""#);
        let directive = of(r#""blocked-uri":"https://b/x","effective-directive":"media-src""#);
        let path = of(r#""blocked-uri":"https://b/y","effective-directive":"img-src""#);
        let card =
            of(r#""blocked-uri":"https://b/x?4111111111111111","effective-directive":"img-src""#);
        assert_eq!(std::collections::BTreeSet::from([first, directive, path, card]).len(), 4);
    }

    #[test]
    fn positions_count_in_scripts_only() {
        let at = |source: &str, line: u32| {
            of(&format!(r#""blocked-uri":"inline","source-file":"{source}","line-number":{line}"#))
        };
        assert_eq!(at("https://a/p", 1), at("https://a/p", 2));
        assert_ne!(at("https://a/s.js", 1), at("https://a/s.js", 2));
    }
}
