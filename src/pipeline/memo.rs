//! What became of reports like this one. Most reports repeat a violation that was just taken apart on another page view:
//! the same fields, but for the age and the nonce in the policy. Finding that out costs a tenth of taking it apart again.
//!
//! What is remembered follows from the key alone: it holds every field that is read, all of the request that is looked
//! at, and a number that changes with people's decisions and threat lists. Its hash is keyed with a secret of this
//! process, so that nobody can make two different reports one.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, LazyLock};

use memchr::memmem::Finder;
use siphasher::sip128::{Hasher128, SipHasher13};

use super::Request;
use crate::decode::{Scalar, WireBody, WireReport};
use crate::fold::Fingerprint;
use crate::judge::{Endpoint, Headers};
use crate::limits;
use crate::recent::Recent;
use crate::report::{Disposition, Kind, Verdict};

/// What becomes of a report, but for who sent it and when.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) site: Arc<str>,
    pub(super) kind: Kind,
    pub(super) verdict: Verdict,
    pub(super) disposition: Disposition,
    pub(super) fingerprint: Fingerprint,
    /// What its deliveries have in common; `None` where browsers do not deliver again.
    pub(super) delivery: Option<u64>,
    /// An encoded row.
    pub(super) row: Arc<[u8]>,
    /// The policy that it carries, and the key of that policy on its pages.
    pub(super) policy: Option<(u64, u64)>,
}

/// Tells reports with one outcome from all others.
pub(super) type Key = u128;

/// Outcomes of reports that came lately.
#[derive(Debug)]
pub struct Memo {
    keys: [u64; 2],
    shards: [Recent<Key, Outcome>; SHARDS],
    /// Hashes of policies ([`crate::report::Report::policy_hash`]).
    policies: Recent<Key, u64>,
}

/// Threads wait for each other only where their reports fall into one.
const SHARDS: usize = 16;

/// What an outcome weighs beside its row.
const OUTCOME_BYTES: usize = 256;

impl Default for Memo {
    fn default() -> Self {
        let secret = RandomState::new();
        Self {
            keys: [secret.hash_one(0), secret.hash_one(1)],
            policies: Recent::new(limits::POLICIES_PER_GENERATION),
            shards: std::array::from_fn(|_| {
                Recent::new(limits::OUTCOME_BYTES_PER_GENERATION / SHARDS)
            }),
        }
    }
}

impl Memo {
    /// The key of the policy that a report carries.
    pub(super) fn policy_key(&self, wire: &WireReport<'_>) -> Key {
        let mut hasher = self.hasher();
        add_policy(&mut hasher, wire.body.original_policy.text());
        hasher.finish128().as_u128()
    }

    /// The key of a report; `epoch` changes with what people and lists say.
    pub(super) fn key(
        &self,
        wire: &WireReport<'_>,
        request: &Request<'_>,
        policy: Key,
        epoch: u64,
    ) -> Key {
        let mut hasher = self.hasher();
        let of = &mut hasher;
        std::hash::Hasher::write_u128(of, policy);
        number(of, epoch << 1 | u64::from(request.verified));
        text(
            of,
            match request.endpoint {
                Endpoint::Any => "",
                Endpoint::Site(site) => &site.name,
            },
        );
        add_headers(of, &request.headers);
        add_report(of, wire);
        hasher.finish128().as_u128()
    }

    fn hasher(&self) -> SipHasher13 {
        SipHasher13::new_with_keys(self.keys[0], self.keys[1])
    }

    /// The hash of a policy, if it is known.
    pub(super) fn policy_hash(&self, key: Key) -> Option<u64> {
        self.policies.get(&key).map(|hash| *hash)
    }

    pub(super) fn put_policy_hash(&self, key: Key, hash: u64) {
        self.policies.put(key, Arc::new(hash), 1);
    }

    pub(super) fn get(&self, key: Key) -> Option<Arc<Outcome>> {
        self.shard(key).get(&key)
    }

    pub(super) fn put(&self, key: Key, outcome: Arc<Outcome>) {
        let weight = outcome.row.len() + OUTCOME_BYTES;
        self.shard(key).put(key, outcome, weight);
    }

    fn shard(&self, key: Key) -> &Recent<Key, Outcome> {
        &self.shards[(key % SHARDS as u128) as usize]
    }
}

fn add_headers(of: &mut SipHasher13, headers: &Headers<'_>) {
    let Headers { user_agent, content_type, origin, sec_fetch_dest, sec_fetch_mode } = *headers;
    text(of, user_agent);
    text(of, content_type);
    for header in [origin, sec_fetch_dest, sec_fetch_mode] {
        number(of, u64::from(header.is_some()));
        text(of, header.unwrap_or(""));
    }
}

/// All fields: a new one does not compile until it is here.
fn add_report(of: &mut SipHasher13, wire: &WireReport<'_>) {
    let WireReport { type_name, url, age, user_agent, body, is_csp_report } = wire;
    // When it happened is not what happened; but only some browsers say it.
    number(of, u64::from(age.is_empty()) << 1 | u64::from(*is_csp_report));
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
        openee_url,
        initial_popup_url,
        policy_id,
        reason,
        report_only,
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
        openee_url,
        initial_popup_url,
        policy_id,
        reason,
        report_only,
        subresource_url,
        body_type,
    ];
    let mut present = 0;
    for (bit, field) in fields.iter().enumerate() {
        present |= u64::from(**field != Scalar::Absent) << bit;
    }
    number(of, present);
    fields.into_iter().for_each(|field| scalar(of, field));
    // Its text has a key of its own; what is no text says nothing.
    number(of, u64::from(matches!(original_policy, Scalar::Text(_))));
}

fn scalar(of: &mut SipHasher13, scalar: &Scalar<'_>) {
    match scalar {
        Scalar::Absent => {}
        Scalar::Text(value) => text(of, value),
        Scalar::Integer(value) => {
            // No text is that long.
            number(of, u64::MAX);
            number(of, value.cast_unsigned());
        }
        Scalar::Bool(value) => number(of, u64::MAX - 1 - u64::from(*value)),
    }
}

/// A policy without what changes from page to page: nonces, and where reports go. What is left out here has no part in
/// the policy's hash either ([`crate::normalise::policy`]), so policies that are the same here are the same there.
fn add_policy(of: &mut SipHasher13, policy: &str) {
    static NONCE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("'nonce-"));
    for directive in policy.split(';') {
        number(of, u64::MAX - 4);
        let mut rest = directive;
        if let Some(name) = endpoint(directive) {
            rest = name;
        }
        while let Some(at) = NONCE.find(rest.as_bytes()) {
            let (before, nonce) = rest.split_at(at);
            let is_word = before.ends_with(|c: char| c.is_ascii_whitespace());
            let end = nonce.find(|c: char| c.is_ascii_whitespace()).unwrap_or(nonce.len());
            let kept = if is_word { "'nonce-" } else { &nonce[..end] };
            text(of, before);
            text(of, kept);
            rest = &nonce[end..];
        }
        text(of, rest);
    }
}

/// The name of a directive that says where reports go.
fn endpoint(directive: &str) -> Option<&str> {
    let directive = directive.trim_ascii_start();
    let name = directive.split(|c: char| c.is_ascii_whitespace()).next()?;
    matches!(name, "report-uri" | "report-to").then_some(name)
}

fn number(of: &mut SipHasher13, number: u64) {
    std::hash::Hasher::write_u64(of, number);
}

/// With its length before it, so that no two lists of texts look the same.
fn text(of: &mut SipHasher13, text: &str) {
    number(of, text.len() as u64);
    std::hash::Hasher::write(of, text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::decode::decode;

    fn key(memo: &Memo, body: &str) -> Key {
        let wire = decode(body, 1).reports.pop().expect("a report");
        let request = Request {
            received: Timestamp(0),
            client: 0,
            endpoint: Endpoint::Any,
            tag: "",
            verified: false,
            headers: Headers::default(),
            body: b"",
        };
        memo.key(&wire, &request, memo.policy_key(&wire), 0)
    }

    fn of_policy(policy: &str) -> String {
        format!(
            r#"{{"csp-report":{{"document-uri":"https://a/","blocked-uri":"https://b/","original-policy":"{policy}"}}}}"#
        )
    }

    #[test]
    fn ages_nonces_and_endpoints_make_no_difference() {
        let memo = Memo::default();
        let (a, b) = (
            "script-src 'nonce-abc' 'self' 'nonce-d';report-uri /a?tag=1; img-src *",
            "script-src 'nonce-xyz1' 'self' 'nonce-efg';report-uri /b /c; img-src *",
        );
        assert_eq!(key(&memo, &of_policy(a)), key(&memo, &of_policy(b)));
        let aged = |age: u32| {
            format!(r#"[{{"type":"csp-violation","age":{age},"url":"https://a/","body":{{}}}}]"#)
        };
        assert_eq!(key(&memo, &aged(1)), key(&memo, &aged(2)));
    }

    #[test]
    fn what_counts_in_a_policy_counts_here() {
        let memo = Memo::default();
        let policies = [
            "script-src 'nonce-abc' 'self'",
            "script-src 'nonce-abc'; 'self'",
            "script-src x'nonce-abc 'self'",
            "script-src x'nonce-abd 'self'",
            "script-src 'nonce-abc' 'self'; report-uri /a",
            "script-src 'nonce-abc' 'self'; report-to a",
            "script-src 'nonce-abc' 'self' report-to a",
            "script-src 'nonce-abc' 'self' report-to b",
            "",
        ];
        let keys: std::collections::HashSet<Key> =
            policies.iter().map(|policy| key(&memo, &of_policy(policy))).collect();
        assert_eq!(keys.len(), policies.len());
    }

    #[test]
    fn values_of_other_types_and_places_count() {
        let memo = Memo::default();
        let bodies = [
            r#"{"document-uri":"https://a/","blocked-uri":"b","line-number":1}"#,
            r#"{"document-uri":"https://a/","blocked-uri":"b","line-number":"1"}"#,
            r#"{"document-uri":"https://a/","blocked-uri":"b","column-number":1}"#,
            r#"{"document-uri":"https://a/","blocked-uri":"b","line-number":true}"#,
            r#"{"document-uri":"https://a/","blocked-uri":"b"}"#,
            r#"{"csp-report":{"document-uri":"https://a/","blocked-uri":"b"}}"#,
        ];
        let keys: std::collections::HashSet<Key> =
            bodies.iter().map(|body| key(&memo, body)).collect();
        assert_eq!(keys.len(), bodies.len());
        let other = Memo::default();
        assert_ne!(key(&memo, bodies[0]), key(&other, bodies[0]), "each has a secret of its own");
    }
}
