//! E-mail addresses and tokens in text.

use std::ops::Range;

use super::{Finding, Mark};

/// Characters of the shortest token that is looked for.
pub(super) const TOKEN_MIN: usize = 16;

/// Beginnings by which services mark their keys (as published in their documentation, so that leaks can be
/// found).
const KEY_PREFIXES: &[&str] = &[
    "sk_live_",
    "sk_test_",
    "rk_live_",
    "whsec_",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "AKIA",
    "AIza",
    "ya29.",
    "SG.",
];

/// Finds them.
pub(super) fn find(bytes: &[u8], findings: &mut Vec<Finding>) {
    findings.extend(emails(bytes).map(|range| (range, Mark::Email)));
    find_web_tokens(bytes, findings);
    find_after_bearer(bytes, findings);
    for prefix in KEY_PREFIXES {
        find_keys(bytes, prefix.as_bytes(), findings);
    }
}

/// `local@domain.tld` (RFC 5321, section 4.1.2, as far as people use it).
fn emails(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let is_local = |byte: &u8| byte.is_ascii_alphanumeric() || b"._+-'~".contains(byte);
    let is_domain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let ats = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'@').map(|(at, _)| at);
    ats.filter_map(move |at| {
        let local = bytes[..at].iter().rev().take_while(|byte| is_local(byte)).count();
        let domain = bytes[at + 1..].iter().take_while(|byte| is_domain(byte)).count();
        let domain = bytes[at + 1..at + 1 + domain].trim_ascii_end();
        let top = domain.rsplit(|byte| *byte == b'.').next()?;
        let has_top =
            top.len() >= 2 && top.len() < domain.len() && top.iter().all(u8::is_ascii_alphabetic);
        (local > 0 && has_top).then(|| at - local..at + 1 + domain.len())
    })
}

/// JSON Web Tokens (RFC 7519): two or three parts of base64url, the first of which begins with `{"`.
fn find_web_tokens(bytes: &[u8], findings: &mut Vec<Finding>) {
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
    for start in positions(bytes, b"eyJ") {
        let run = bytes[start..].iter().take_while(is_part).count();
        let token = &bytes[start..start + run];
        if run >= TOKEN_MIN && token.contains(&b'.') {
            findings.push((start..start + run, Mark::Token));
        }
    }
}

/// `Bearer …` (RFC 6750, section 2.1).
fn find_after_bearer(bytes: &[u8], findings: &mut Vec<Finding>) {
    const BEARER: &[u8] = b"bearer ";
    let windows = bytes.windows(BEARER.len()).enumerate();
    for (start, _) in windows.filter(|(_, window)| window.eq_ignore_ascii_case(BEARER)) {
        let start = start + BEARER.len();
        let run = token_run(&bytes[start..]);
        if run >= TOKEN_MIN {
            findings.push((start..start + run, Mark::Token));
        }
    }
}

fn find_keys(bytes: &[u8], prefix: &[u8], findings: &mut Vec<Finding>) {
    for start in positions(bytes, prefix) {
        let is_inside = start > 0 && bytes[start - 1].is_ascii_alphanumeric();
        let run = token_run(&bytes[start..]);
        if !is_inside && run >= TOKEN_MIN {
            findings.push((start..start + run, Mark::Token));
        }
    }
}

fn token_run(bytes: &[u8]) -> usize {
    let is_token = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte);
    bytes.iter().take_while(is_token).count()
}

fn positions<'b>(bytes: &'b [u8], needle: &'b [u8]) -> impl Iterator<Item = usize> + 'b {
    let windows = bytes.windows(needle.len()).enumerate();
    windows.filter(move |(_, window)| *window == needle).map(|(position, _)| position)
}
