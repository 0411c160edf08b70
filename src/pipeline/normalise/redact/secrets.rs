//! E-mail addresses and keys of services in text.

use std::ops::Range;

use memchr::memchr_iter;

use super::look;

/// Characters of the shortest key.
const KEY_MIN: usize = 16;

/// Prefixes of the keys of services, which their documentation publishes so that leaks can be found, and the beginning of a
/// JSON object in base64 (a JSON Web Token, RFC 7519). Most keys look like no word anyway; these are found also where their
/// letters do.
const KEY_PREFIXES: &[&str] = &[
    // Stripe, "API keys": secret, restricted, publishable; "Webhooks": signing secrets.
    "sk_live_",
    "sk_test_",
    "rk_live_",
    "rk_test_",
    "pk_live_",
    "pk_test_",
    "whsec_",
    // GitHub, "About authentication to GitHub", token formats; GitLab, "Token overview".
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "gldt-",
    "glrt-",
    // Slack, "Token types".
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xoxr-",
    "xoxs-",
    "xapp-",
    // AWS IAM, "Unique identifiers"; Google Cloud, "API keys" and OAuth 2.0 access tokens.
    "AKIA",
    "ASIA",
    "AIza",
    "ya29.",
    "GOCSPX-",
    // SendGrid, Mailgun and DigitalOcean API keys, Shopify, "Access tokens".
    "SG.",
    "key-",
    "dop_v1_",
    "doo_v1_",
    "shpat_",
    "shpss_",
    "shpca_",
    "shppa_",
    // npm and PyPI, "API tokens"; Hugging Face, "User access tokens".
    "npm_",
    "pypi-",
    "hf_",
    // Anthropic and OpenAI API keys; Square and Telegram have digits.
    "sk-ant-",
    "sk-proj-",
    "sk-svcacct-",
    "sq0atp-",
    "sq0csp-",
    "EAAA",
    "eyJ",
];

/// For each byte with which one of [`KEY_PREFIXES`] begins, the low five bits of those at the second place and of those at the
/// third, a bit each.
const BEGINS_KEY: [[u32; 2]; 256] = {
    let mut begins = [[0; 2]; 256];
    let mut index = 0;
    while index < KEY_PREFIXES.len() {
        let prefix = KEY_PREFIXES[index].as_bytes();
        let of_first = &mut begins[prefix[0] as usize];
        of_first[0] |= 1 << (prefix[1] & 31);
        of_first[1] |= 1 << (prefix[2] & 31);
        index += 1;
    }
    begins
};

/// Where a key ends that begins with the word at `start`: with a known prefix, or behind `Bearer` (RFC 6750, section 2.1).
pub(super) fn key_end(bytes: &[u8], start: usize) -> Option<usize> {
    if may_begin_key(&bytes[start..])
        && KEY_PREFIXES.iter().any(|prefix| bytes[start..].starts_with(prefix.as_bytes()))
    {
        let end = start + bytes[start..].iter().take_while(|byte| is_token(**byte)).count();
        return (end - start >= KEY_MIN).then_some(end);
    }
    if start > 0 && bytes[start - 1] == b' ' && is_after_bearer(&bytes[..start]) {
        let end = start + bytes[start..].iter().take_while(|byte| is_token(**byte)).count();
        return (end - start >= KEY_MIN / 2).then_some(end);
    }
    None
}

/// Passes nearly all words. Each prefix has three characters.
fn may_begin_key(word: &[u8]) -> bool {
    let Some([first, second, third]) = word.first_chunk() else { return false };
    let [at_second, at_third] = BEGINS_KEY[usize::from(*first)];
    at_second >> (second & 31) & at_third >> (third & 31) & 1 == 1
}

fn is_after_bearer(before: &[u8]) -> bool {
    const BEARER: &[u8] = b"bearer ";
    before.len() >= BEARER.len()
        && before[before.len() - BEARER.len()..].eq_ignore_ascii_case(BEARER)
}

fn is_token(byte: u8) -> bool {
    let byte = look(byte);
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'=')
}

/// `local@domain.tld` (RFC 5321, section 4.1.2, as far as people use it).
pub(super) fn emails(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let is_local = |byte: &u8| look(*byte).is_ascii_alphanumeric() || b"._+-'~".contains(byte);
    let is_domain = |byte: &u8| look(*byte).is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    memchr_iter(b'@', bytes).filter_map(move |at| {
        let local = bytes[..at].iter().rev().take_while(|byte| is_local(byte)).count();
        let domain = bytes[at + 1..].iter().take_while(|byte| is_domain(byte)).count();
        let domain = bytes[at + 1..at + 1 + domain].trim_ascii_end();
        let top = domain.rsplit(|byte| *byte == b'.').next()?;
        let has_top =
            top.len() >= 2 && top.len() < domain.len() && top.iter().all(u8::is_ascii_alphabetic);
        (local > 0 && has_top).then(|| at - local..at + 1 + domain.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let bytes = text.as_bytes();
        let is_start = |at: &usize| {
            bytes[*at].is_ascii_alphanumeric()
                && (*at == 0 || !bytes[*at - 1].is_ascii_alphanumeric())
        };
        let found = (0..bytes.len()).filter(is_start);
        let found = found.filter_map(|start| Some(&text[start..key_end(bytes, start)?])).next();
        assert_eq!(found, expected);
    }

    #[test]
    fn keys_reach_to_the_end_of_their_run() {
        check("a=sk_live_abcdefgh-eyJx/z z", Some("sk_live_abcdefgh-eyJx"));
        check("key:AKIAABCDEFGHIJKLMNOP,x", Some("AKIAABCDEFGHIJKLMNOP"));
        check("beArer abcdefghijklmnop", Some("abcdefghijklmnop"));
        check("bearer abc", None);
        check("task_live_abcdefghijklmnop", None);
    }

    #[test]
    fn every_beginning_of_a_key_is_found() {
        for prefix in KEY_PREFIXES {
            let key = format!("{prefix}abcdefghijklmnop");
            check(&format!("({key})"), Some(&key));
        }
    }
}
