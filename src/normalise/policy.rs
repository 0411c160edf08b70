//! The identity of a policy. Real pages put a fresh nonce into every response, so the raw text never
//! repeats; without nonces and report endpoints it does.

use sha2::{Digest, Sha256};

/// Hash of the policy without nonces and report endpoints; 0 for an empty policy.
///
/// The first eight bytes (big-endian) of SHA-256 over the directives, each with single spaces between its
/// words and followed by `;`.
pub(super) fn hash(policy: &str) -> u64 {
    let mut hasher = Sha256::new();
    let mut is_empty = true;
    for directive in policy.split(';') {
        let mut words = directive.split_ascii_whitespace();
        let Some(name) = words.next() else { continue };
        if name.eq_ignore_ascii_case("report-uri") || name.eq_ignore_ascii_case("report-to") {
            continue;
        }
        is_empty = false;
        hasher.update(name.to_ascii_lowercase());
        for word in words {
            hasher.update(b" ");
            hasher.update(without_nonce(word));
        }
        hasher.update(b";");
    }
    if is_empty {
        return 0;
    }
    let digest = hasher.finalize();
    let mut head = [0; 8];
    head.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(head)
}

fn without_nonce(word: &str) -> &str {
    const PREFIX: &str = "'nonce-";
    match word.get(..PREFIX.len()) {
        Some(head) if head.eq_ignore_ascii_case(PREFIX) => PREFIX,
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonces_endpoints_and_spaces_do_not_count() {
        let policy =
            "default-src 'self'; script-src 'nonce-abc' https://cdn.example; report-uri /a";
        let same = "Default-Src  'self' ;script-src 'NONCE-xyz' https://cdn.example;report-to b;";
        assert_eq!(hash(policy), hash(same));
        assert_ne!(hash(policy), 0);
    }

    #[test]
    fn sources_count() {
        assert_ne!(hash("img-src a"), hash("img-src b"));
        assert_ne!(hash("img-src a b"), hash("img-src a; b"));
        assert_eq!(hash(" ; report-uri x"), 0);
    }
}
