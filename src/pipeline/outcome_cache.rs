//! The outcomes of recent reports. Most reports repeat a violation that was just processed for another page view: the same
//! fields, but for the age and the nonce in the policy. To recognise one costs a tenth of processing it again; and where
//! the whole body is the same but for these ([`Volatile`]), its JSON is not parsed.
//!
//! An outcome follows from its key alone: the key holds every field that is read, all of the request that matters, and a
//! number that changes with people's decisions and threat lists. Its hash (HighwayHash) is keyed with a
//! secret of this process, so that nobody can make two different reports one.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use highway::{HighwayHash, HighwayHasher};

use super::Request;
use super::cache_key::KeyMaterial;
use super::opener::Opener;
use super::outcome::Outcome;
use super::volatile::{PolicyParts, Volatile, in_policy};
use crate::base::cache::Cache;
use crate::base::limits;
use crate::pipeline::decode::WireReport;

/// Identifies reports with one outcome.
pub(super) type CacheKey = u128;

/// Outcomes of recent reports, bounded by bytes.
#[derive(Debug)]
pub struct OutcomeCache {
    secret: highway::Key,
    shards: [Cache<CacheKey, Outcome>; SHARDS],
    /// Outcomes of the reports of whole bodies, in their order.
    bodies: [Cache<CacheKey, Vec<Arc<Outcome>>>; SHARDS],
    /// Hashes of policies ([`crate::report::Report::policy_hash`]).
    policies: Cache<CacheKey, u64>,
}

/// Threads wait for each other only if their reports fall into the same shard.
const SHARDS: usize = 16;

/// Bytes of an outcome besides its row.
const OUTCOME_BYTES: usize = 256;

impl Default for OutcomeCache {
    fn default() -> Self {
        let random = RandomState::new();
        let room = limits::OUTCOME_BYTES_PER_GENERATION / SHARDS;
        Self {
            secret: highway::Key([0, 1, 2, 3].map(|word| random.hash_one(word))),
            policies: Cache::new(limits::POLICIES_PER_GENERATION),
            shards: std::array::from_fn(|_| Cache::new(room)),
            bodies: std::array::from_fn(|_| Cache::new(room)),
        }
    }
}

impl OutcomeCache {
    /// The key of the policy that a report carries. `parts`: its parts that change, where they were found before.
    pub(super) fn policy_key(&self, policy: &str, parts: Option<PolicyParts>) -> CacheKey {
        let mut material = KeyMaterial(Vec::with_capacity(policy.len()));
        material.policy(policy, &parts.unwrap_or_else(|| in_policy(policy.as_bytes()).collect()));
        self.hash(&material)
    }

    /// The key of a report; `epoch` changes with what people and lists say.
    pub(super) fn report_key(
        &self,
        wire: &WireReport<'_>,
        (request, opener): (&Request<'_>, Option<&Opener>),
        policy: CacheKey,
        epoch: u64,
    ) -> CacheKey {
        let mut material = KeyMaterial::new();
        material.0.extend_from_slice(&policy.to_le_bytes());
        material.request(request, epoch);
        material.report(wire);
        material.opener(opener);
        self.hash(&material)
    }

    /// The key of a whole body without what is left out of it.
    pub(super) fn body_key(
        &self,
        request: &Request<'_>,
        volatile: &Volatile,
        epoch: u64,
    ) -> CacheKey {
        let mut pieces = KeyMaterial::new();
        pieces.request(request, epoch);
        let mut hasher = HighwayHasher::new(self.secret);
        let mut start = 0;
        for range in &volatile.ranges {
            hasher.append(&request.body[start..range.start]);
            pieces.number((range.start - start) as u64);
            start = range.end;
        }
        let rest = &request.body[start..];
        hasher.append(rest);
        // What has another length before it was cut differs here.
        pieces.number(rest.len() as u64);
        pieces.number(volatile.ranges.len() as u64);
        hasher.append(&pieces.0);
        whole(hasher.finalize128())
    }

    fn hash(&self, material: &KeyMaterial) -> CacheKey {
        whole(HighwayHasher::new(self.secret).hash128(&material.0))
    }

    /// The hash of a policy, if it is known.
    pub(super) fn policy_hash(&self, key: CacheKey) -> Option<u64> {
        self.policies.get(&key).map(|hash| *hash)
    }

    pub(super) fn put_policy_hash(&self, key: CacheKey, hash: u64) {
        self.policies.put(key, Arc::new(hash), 1);
    }

    pub(super) fn report(&self, key: CacheKey) -> Option<Arc<Outcome>> {
        shard(&self.shards, key).get(&key)
    }

    pub(super) fn put_report(&self, key: CacheKey, outcome: Arc<Outcome>) {
        let weight = outcome.weight();
        shard(&self.shards, key).put(key, outcome, weight);
    }

    pub(super) fn body(&self, key: CacheKey) -> Option<Arc<Vec<Arc<Outcome>>>> {
        shard(&self.bodies, key).get(&key)
    }

    pub(super) fn put_body(&self, key: CacheKey, outcomes: Vec<Arc<Outcome>>) {
        let weight = OUTCOME_BYTES + outcomes.iter().map(|outcome| outcome.weight()).sum::<usize>();
        shard(&self.bodies, key).put(key, Arc::new(outcomes), weight);
    }
}

impl Outcome {
    /// Bytes that it takes.
    fn weight(&self) -> usize {
        self.row.bytes() + OUTCOME_BYTES
    }
}

fn shard<V>(shards: &[Cache<CacheKey, V>; SHARDS], key: CacheKey) -> &Cache<CacheKey, V> {
    &shards[(key % SHARDS as u128) as usize]
}

fn whole([low, high]: [u64; 2]) -> CacheKey {
    u128::from(high) << 64 | u128::from(low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::client_id::ClientId;
    use crate::base::clock::Timestamp;
    use crate::pipeline::decode::decode;
    use crate::pipeline::judge::{Endpoint, Headers};

    fn key(cache: &OutcomeCache, body: &str) -> CacheKey {
        let wire = decode(body, 1).reports.pop().expect("a report");
        let request = Request {
            received: Timestamp::default(),
            client: ClientId(0),
            endpoint: Endpoint::Any,
            tag: "",
            is_tag_signed: false,
            verified: false,
            headers: Headers::default(),
            body: b"",
        };
        let policy = cache.policy_key(wire.body.original_policy.text(), None);
        cache.report_key(&wire, (&request, None), policy, 0)
    }

    fn of_policy(policy: &str) -> String {
        format!(
            r#"{{"csp-report":{{"document-uri":"https://a/","blocked-uri":"https://b/","original-policy":"{policy}"}}}}"#
        )
    }

    #[test]
    fn ages_nonces_and_endpoints_make_no_difference() {
        let cache = OutcomeCache::default();
        let (a, b) = (
            "script-src 'nonce-abc' 'self' 'nonce-d';report-uri /a?tag=1; img-src *",
            "script-src 'nonce-xyz1' 'self' 'nonce-efg';report-uri /b /c; img-src *",
        );
        assert_eq!(key(&cache, &of_policy(a)), key(&cache, &of_policy(b)));
        let aged = |age: u32| {
            format!(r#"[{{"type":"csp-violation","age":{age},"url":"https://a/","body":{{}}}}]"#)
        };
        assert_eq!(key(&cache, &aged(1)), key(&cache, &aged(2)));
    }

    #[test]
    fn what_counts_in_a_policy_counts_here() {
        let cache = OutcomeCache::default();
        let policies = [
            "script-src 'nonce-abc' 'self'",
            "script-src 'nonce-abc'; 'self'",
            "script-src x'nonce-abc 'self'",
            "script-src x'nonce-abd 'self'",
            "script-src 'nonce-abc' 'self'; report-uri /a",
            "script-src 'nonce-abc' 'self'; report-to a",
            "script-src 'nonce-abc' 'self' report-to a",
            "script-src 'nonce-abc' 'self' report-to b",
            "img-src a; 'nonce-abc'",
            "img-src a; 'nonce-abd'",
            "img-src a; report-url a",
            "img-src a; report-url b",
            "",
        ];
        let keys: std::collections::HashSet<CacheKey> =
            policies.iter().map(|policy| key(&cache, &of_policy(policy))).collect();
        assert_eq!(keys.len(), policies.len());
    }

    #[test]
    fn values_of_other_types_and_places_count() {
        let cache = OutcomeCache::default();
        let bodies = [
            r#"{"document-uri":"https://a/","blocked-uri":"b","line-number":1}"#,
            r#"{"document-uri":"https://a/","blocked-uri":"b","line-number":"1"}"#,
            r#"{"document-uri":"https://a/","blocked-uri":"b","column-number":1}"#,
            r#"{"document-uri":"https://a/","blocked-uri":"b","line-number":true}"#,
            r#"{"document-uri":"https://a/","blocked-uri":"b"}"#,
            r#"{"csp-report":{"document-uri":"https://a/","blocked-uri":"b"}}"#,
        ];
        let keys: std::collections::HashSet<CacheKey> =
            bodies.iter().map(|body| key(&cache, body)).collect();
        assert_eq!(keys.len(), bodies.len());
        let other = OutcomeCache::default();
        assert_ne!(key(&cache, bodies[0]), key(&other, bodies[0]), "each has a secret of its own");
    }
}
