//! The text that is kept of a policy.

use std::borrow::Cow;

use super::redact::{self, RedactionKey};
use crate::base::limits;
use crate::csp::Policy;

/// The normal text of a policy that a report carries, the one that is hashed: to be judged by. Empty where it is too long
/// or not ASCII.
pub fn judged_policy(sent: &str) -> String {
    let is_read = sent.len() <= limits::POLICY_BYTES
        && sent.bytes().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace());
    if is_read { Policy::normalised(sent) } else { String::new() }
}

/// What is kept of the normal text: its words, redacted one by one. Hashes of scripts and styles stay, as far as they are
/// some; so do the names of directives and what else is harmless.
pub fn kept_policy(judged: &str, key: &RedactionKey) -> String {
    if redact::holds_card(judged) {
        // Whatever is beside it: only the hash is kept.
        return String::new();
    }
    let words = judged.split(' ').map(|word| kept_word(word, key));
    let mut text = String::with_capacity(judged.len());
    for word in words {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&word);
    }
    text
}

fn kept_word<'a>(word: &'a str, key: &RedactionKey) -> Cow<'a, str> {
    let end = word.find(';').unwrap_or(word.len());
    let source = word[..end].trim_matches('\'');
    let is_hash = super::text::integrity(Cow::Borrowed(source)) == source && !source.is_empty();
    if is_hash {
        return Cow::Borrowed(word);
    }
    redact::text(Cow::Borrowed(word), limits::POLICY_BYTES, key)
}
