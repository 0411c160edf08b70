//! What is wrong with the words in single quotes of a list of sources: keywords, nonces and hashes.

use super::super::finding::Finding;
use super::super::written::{WrittenDirective, display_word};
use super::names::{KEYWORDS, PREFIXES, nearest};

/// Directives whose lists are about neither scripts nor styles: there is nothing to run in what they load.
const PLAIN: [&str; 11] = [
    "connect-src",
    "img-src",
    "font-src",
    "media-src",
    "object-src",
    "frame-src",
    "fenced-frame-src",
    "manifest-src",
    "form-action",
    "base-uri",
    "frame-ancestors",
];
/// Keywords that mean something in each list.
const UNIVERSAL: [&str; 4] = ["self", "none", "report-sample", "unsafe-allow-redirects"];
/// The digits of each hash in base64, without padding.
const HASHES: [(&str, usize); 3] = [("sha256-", 43), ("sha384-", 64), ("sha512-", 86)];

pub(super) fn finding(place: String, directive: &WrittenDirective, word: &str) -> Option<Finding> {
    let lower = word.to_ascii_lowercase();
    let inner = lower.strip_prefix('\'').and_then(|word| word.strip_suffix('\''));
    let Some(inner) = inner.filter(|inner| is_known(inner)) else {
        return Some(unknown(place, &lower));
    };
    if let Some((prefix, _)) = inner.split_once('-').filter(|_| !KEYWORDS.contains(&inner)) {
        // As it is written: case counts.
        let value = &word[prefix.len() + 2..word.len() - 1];
        if let Some(finding) = malformed(&place, prefix, value) {
            return Some(finding);
        }
    }
    let is_plain = PLAIN.contains(&directive.name.as_str());
    (is_plain && !UNIVERSAL.contains(&inner)).then(|| without_effect(place, word, &directive.name))
}

/// Whether a word, without its quotes, is a keyword, or a nonce or hash with a value.
fn is_known(inner: &str) -> bool {
    let is_whole = |prefix: &&str| inner.len() > prefix.len() && inner.starts_with(*prefix);
    KEYWORDS.contains(&inner) || PREFIXES.iter().any(is_whole)
}

fn unknown(place: String, word: &str) -> Finding {
    let bare = word.trim_matches(['\'', '"']);
    let fix = match nearest(bare, &KEYWORDS) {
        Some(meant) => format!("'{meant}'"),
        None if is_known(bare) => format!("'{}', with a quote at both ends", display_word(bare)),
        None if bare.contains(['.', ':']) => {
            format!("write the host without quotes: {}", display_word(bare))
        }
        None => "remove it".to_owned(),
    };
    Finding::weak("unknown-keyword", place)
        .what(format!("no browser knows the keyword {}", display_word(word)))
        .why("Browsers ignore it, and show that only in the visitor's console")
        .fix(fix)
}

/// The finding about a nonce or hash whose value cannot be one: base64 in either alphabet (CSP3, section 2.3.1).
fn malformed(place: &str, kind: &str, value: &str) -> Option<Finding> {
    let digits = value.trim_end_matches('=');
    let is_base64 = value.len() - digits.len() <= 2
        && !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/-_".contains(&b));
    if kind == "nonce" {
        return (!is_base64).then(|| invalid_nonce(place));
    }
    let (_, length) = HASHES.iter().find(|(name, _)| name.strip_suffix('-') == Some(kind))?;
    (!is_base64 || digits.len() != *length).then(|| invalid_hash(place, kind, digits))
}

fn invalid_nonce(place: &str) -> Finding {
    Finding::weak("invalid-nonce", place)
        .what("the nonce has characters that no nonce may have, as a template has that was not filled in")
        .why("A nonce consists of letters, digits and + / - _, and perhaps = at its end. Browsers ignore any other, so no script has it")
        .fix("'nonce-…' with 128 random bits as base64, new in each response")
}

fn invalid_hash(place: &str, kind: &str, digits: &str) -> Finding {
    let is_hex = digits.len() >= 64 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let what = match is_hex {
        true => format!("the {kind} hash is in hexadecimal digits"),
        false => format!("this is no {kind} hash: its length or its characters are others"),
    };
    Finding::weak("invalid-hash", place)
        .what(what)
        .why("The hash of no script is equal to it, so the script is blocked or reported")
        .fix(format!(
            "write the hash as base64: openssl dgst -{kind} -binary FILE | openssl base64 -A"
        ))
}

fn without_effect(place: String, word: &str, directive: &str) -> Finding {
    Finding::advice("keyword-without-effect", place)
        .what(format!("{} means nothing in {directive}", display_word(word)))
        .why("Nonces, hashes and most keywords are about scripts and styles; browsers ignore them in other lists")
        .fix("remove it")
}
