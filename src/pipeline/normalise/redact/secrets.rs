//! E-mail addresses and tokens in text.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memmem};

use super::encoded::runs;
use super::{Mark, MaskedSpan};

/// Characters of the shortest token that is looked for.
pub(super) const TOKEN_MIN: usize = 16;

/// Prefixes of the keys of services, which their documentation publishes so that leaks can be found.
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

/// For each byte, whether one of [`KEY_PREFIXES`] begins with it.
const BEGINS_KEY: [bool; 256] = {
    let mut begins = [false; 256];
    let mut index = 0;
    while index < KEY_PREFIXES.len() {
        begins[KEY_PREFIXES[index].as_bytes()[0] as usize] = true;
        index += 1;
    }
    begins
};

/// Adds the e-mail addresses and tokens of a text.
pub(super) fn find(bytes: &[u8], findings: &mut Vec<MaskedSpan>) {
    findings.extend(emails(bytes).map(|range| (range, Mark::Email)));
    if memmem::find(bytes, WEB_TOKEN).is_some() {
        findings.extend(web_tokens(bytes).map(|range| (range, Mark::Token)));
    }
    if memchr(b' ', bytes).is_some() || (0..bytes.len()).any(|start| is_key(bytes, start)) {
        findings.extend(keys(bytes).map(|range| (range, Mark::Token)));
    }
}

/// `local@domain.tld` (RFC 5321, section 4.1.2, as far as people use it).
fn emails(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let is_local = |byte: &u8| {
        let byte = look(*byte);
        byte.is_ascii_alphanumeric() || b"._+-'~".contains(&byte)
    };
    let is_domain = |byte: &u8| {
        let byte = look(*byte);
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')
    };
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

// A token reaches to the end of a run of its characters, so only the first that begins in a run matters. Searching each
// run once keeps a text of nothing but beginnings cheap.

/// The beginning of a JSON object in base64.
const WEB_TOKEN: &[u8] = b"eyJ";

/// JSON Web Tokens (RFC 7519): two or three parts of base64url, the first of which begins with `{"`.
fn web_tokens(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let is_part = |byte: u8| {
        let byte = look(byte);
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
    };
    runs(bytes, TOKEN_MIN, is_part).filter_map(|run| {
        let start = starts(&run).find(|start| bytes[*start..].starts_with(WEB_TOKEN))?;
        bytes[start..run.end].contains(&b'.').then_some(start..run.end)
    })
}

/// Keys of services, and what follows `Bearer` (RFC 6750, section 2.1).
fn keys(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    runs(bytes, TOKEN_MIN, is_token).filter_map(|run| {
        if is_after_bearer(&bytes[..run.start]) {
            return Some(run);
        }
        let start = starts(&run).find(|start| is_key(bytes, *start))?;
        Some(start..run.end)
    })
}

/// Where a token may begin in a run and be long enough.
fn starts(run: &Range<usize>) -> impl Iterator<Item = usize> + use<> {
    run.start..=run.end - TOKEN_MIN
}

fn is_after_bearer(before: &[u8]) -> bool {
    const BEARER: &[u8] = b"bearer ";
    before.len() >= BEARER.len()
        && before[before.len() - BEARER.len()..].eq_ignore_ascii_case(BEARER)
}

fn is_key(bytes: &[u8], start: usize) -> bool {
    // No key begins with most letters.
    BEGINS_KEY[usize::from(look(bytes[start]))]
        && (start == 0 || !bytes[start - 1].is_ascii_alphanumeric())
        && KEY_PREFIXES.iter().any(|prefix| bytes[start..].starts_with(prefix.as_bytes()))
}

fn is_token(byte: u8) -> bool {
    let byte = look(byte);
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
}

/// The byte that is asked about. Tests count the calls; elsewhere it is nothing.
#[inline]
fn look(byte: u8) -> u8 {
    #[cfg(test)]
    tests::LOOKS.set(tests::LOOKS.get() + 1);
    byte
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        /// How many times a byte was asked about.
        pub(super) static LOOKS: Cell<usize> = const { Cell::new(0) };
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let mut findings = Vec::new();
        find(text.as_bytes(), &mut findings);
        let found: Vec<_> = findings.into_iter().map(|(range, _)| &text[range]).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn tokens_reach_to_the_end_of_their_run() {
        check("a=sk_live_abcdefgh-eyJx/z z", &["sk_live_abcdefgh-eyJx/z"]);
        check("key:AKIAABCDEFGHIJKLMNOP,xAKIAABCDEFGHIJKLMNOP", &["AKIAABCDEFGHIJKLMNOP"]);
        check("beArer abcdefghijklmnop", &["abcdefghijklmnop"]);
        check("bearer abcdefghijklmno", &[]);
        check("xeyJhbGciOiJIUzI1NiJ9.e/z", &["eyJhbGciOiJIUzI1NiJ9.e"]);
        check("x.eyJhbGciOiJIUzI1NiJ9", &[]);
    }

    #[test]
    fn every_beginning_of_a_key_is_found() {
        for prefix in KEY_PREFIXES {
            let key = format!("{prefix}abcdefghijklmnop");
            check(&format!("({key})"), &[&key]);
        }
    }

    /// A body may be nothing else. When each of these beginnings was followed to the end of its run, a byte was asked
    /// about as often as there were beginnings before it.
    #[test]
    fn many_beginnings_stay_cheap() {
        for beginning in ["eyJ", "SG.", "bearer ", "ghp_", "a@", "aAKIA"] {
            let text = beginning.repeat(3_000);
            LOOKS.set(0);
            find(text.as_bytes(), &mut Vec::new());
            let looks = LOOKS.get();
            assert!(looks >= text.len(), "{beginning}: not all is asked about");
            assert!(looks <= 6 * text.len(), "{beginning}: {looks} for {}", text.len());
        }
    }
}
