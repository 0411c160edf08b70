//! The identity of a policy. Real pages put a fresh nonce into every response, so the raw text never
//! repeats; without nonces and what report endpoints are called it does.

use std::str::SplitAsciiWhitespace;

use sha2::{Digest, Sha256};

/// Hash of the policy without nonces and report endpoints' names; 0 for an empty policy.
///
/// The first eight bytes (big-endian) of SHA-256 over [`normalised`].
pub(crate) fn hash(policy: &str) -> u64 {
    let mut hasher = Sha256::new();
    let mut is_empty = true;
    each_piece(policy, |piece| {
        is_empty &= ENDPOINTS.iter().any(|(_, kept)| *kept == piece);
        hasher.update(piece);
    });
    if is_empty {
        return 0;
    }
    let digest = hasher.finalize();
    let mut head = [0; 8];
    head.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(head)
}

/// What of a policy is hashed: its directives, each with single spaces between its words and followed by
/// `;`, without nonces; last those that name report endpoints, without the names.
pub(crate) fn normalised(policy: &str) -> String {
    let mut text = String::with_capacity(policy.len());
    each_piece(policy, |piece| text.push_str(piece));
    text
}

/// The name and the words of each directive that has a name (CSP3, section 2.2.1).
pub(crate) fn directives(policy: &str) -> impl Iterator<Item = (&str, SplitAsciiWhitespace<'_>)> {
    policy.split(';').filter_map(|directive| {
        let mut words = directive.split_ascii_whitespace();
        Some((words.next()?, words))
    })
}

/// The directives that only say where reports go, and what is kept of them.
const ENDPOINTS: [(&str, &str); 2] = [("report-uri", "report-uri;"), ("report-to", "report-to;")];

/// Which of [`ENDPOINTS`] a directive is.
fn endpoint(name: &str) -> Option<usize> {
    ENDPOINTS.iter().position(|(endpoint, _)| name.eq_ignore_ascii_case(endpoint))
}

/// A word of a directive; of a nonce only that it is one.
pub(crate) fn without_nonce(word: &str) -> &str {
    match word.get(..NONCE.len()) {
        Some(head) if head.eq_ignore_ascii_case(NONCE) => NONCE,
        _ => word,
    }
}

/// What is left of a nonce.
pub(crate) const NONCE: &str = "'nonce-";

/// Calls `with` for the pieces of [`normalised`].
fn each_piece(policy: &str, mut with: impl FnMut(&str)) {
    let mut has = [false; ENDPOINTS.len()];
    for (name, words) in directives(policy) {
        if let Some(endpoint) = endpoint(name) {
            has[endpoint] = true;
            continue;
        }
        with(&name.to_ascii_lowercase());
        for word in words {
            with(" ");
            with(without_nonce(word));
        }
        with(";");
    }
    for ((_, kept), _) in ENDPOINTS.iter().zip(has).filter(|(_, has)| *has) {
        with(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonces_names_of_endpoints_and_spaces_do_not_count() {
        let policy =
            "default-src 'self'; script-src 'nonce-abc' https://cdn.example; report-uri /a";
        let same =
            "Default-Src  'self' ;REPORT-URI b c;script-src 'NONCE-xyz' https://cdn.example;";
        assert_eq!(hash(policy), hash(same));
        assert_ne!(hash(policy), 0);
    }

    #[test]
    fn sources_count() {
        assert_ne!(hash("img-src a"), hash("img-src b"));
        assert_ne!(hash("img-src a b"), hash("img-src a; b"));
        assert_ne!(hash("img-src a; report-to b"), hash("img-src a"), "a way for reports");
        assert_eq!(hash(" ; report-uri x"), 0);
    }

    #[test]
    fn the_text_that_is_hashed_stands_for_its_policy() {
        let policy = " Script-Src  'nonce-abc'\thttps://A.example ;; report-uri /a;img-src;";
        let text = normalised(policy);
        assert_eq!(text, "script-src 'nonce- https://A.example;img-src;report-uri;");
        assert_eq!(normalised(&text), text);
        assert_eq!(hash(&text), hash(policy));
        // Hashes are stored: this one stays.
        assert_eq!(hash("default-src 'self'"), 0xf1f5_e46c_108c_f63a);
    }
}
