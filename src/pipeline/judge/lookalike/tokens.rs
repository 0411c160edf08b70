//! A name within a longer one: `payment-mastercard`, `jquerycdnlib`.

use std::sync::LazyLock;

use super::label::Label;
use super::vendors::VENDORS;
use crate::base::collections::HashMap;

/// Tokens, indexed by their first letters.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    /// By their first two letters; longer ones first.
    tokens: HashMap<[u8; 2], Vec<Token>>,
}

/// A text that marks a name within another.
#[derive(Debug)]
pub(super) struct Token {
    text: Box<[u8]>,
    name: usize,
    is_everyday: bool,
}

/// The built-in words of infrastructure by their first letter, indexed once for all sites.
static WORDS: LazyLock<Vec<Vec<&'static [u8]>>> = LazyLock::new(|| {
    let mut filed = vec![Vec::new(); LETTERS];
    for word in &VENDORS.words {
        if let Some(key) = word.bytes().next().and_then(letter) {
            filed[key].push(word.as_bytes());
        }
    }
    filed
});

const LETTERS: usize = 36;

impl Token {
    /// Of how many letters it is.
    pub(super) fn length(&self) -> usize {
        self.text.len()
    }

    /// What to answer.
    pub(super) fn name(&self) -> usize {
        self.name
    }
}

impl Tokens {
    /// Adds a token. `name`: what is answered; `is_everyday`: it needs infrastructure all around.
    pub(super) fn add(&mut self, text: &[u8], name: usize, is_everyday: bool) {
        let Some(key) = text.first_chunk() else { return };
        let tokens = self.tokens.entry(*key).or_default();
        let at = tokens.partition_point(|other| other.text.len() >= text.len());
        tokens.insert(at, Token { text: text.into(), name, is_everyday });
    }

    /// The longest token by which a longer name imitates another.
    pub(super) fn find(&self, label: &Label) -> Option<&Token> {
        let text = label.plain();
        let mut found: Option<&Token> = None;
        for start in 0..text.len() {
            let Some(key) = text[start..].first_chunk() else { continue };
            let Some(tokens) = self.tokens.get(key) else { continue };
            let is_longer = |token: &&Token| {
                found.is_none_or(|found| found.text.len() < token.text.len())
                    && text[start..].starts_with(&token.text)
                    && pretends(label, start, start + token.text.len(), token.is_everyday)
            };
            found = tokens.iter().find(is_longer).or(found);
        }
        found
    }
}

/// Whether the text around a token makes it a name: a hyphen, or words of infrastructure; around an everyday word, only
/// the latter.
fn pretends(label: &Label, start: usize, end: usize, is_everyday: bool) -> bool {
    let text = label.plain();
    if start == 0 && end == text.len() {
        return false;
    }
    let (left, right) = if is_everyday { (0, text.len()) } else { label.segment(start, end) };
    is_infrastructure(&text[left..start]) && is_infrastructure(&text[end..right])
}

/// Whether a text consists of words of infrastructure and numbers, or is empty.
fn is_infrastructure(text: &[u8]) -> bool {
    // Bit i: letters up to i are words.
    let mut reached = 1_u64;
    for at in 0..text.len() {
        if reached >> at & 1 == 0 {
            continue;
        }
        if text[at].is_ascii_digit() {
            reached |= 1 << (at + 1);
        }
        let words = letter(text[at]).map_or(&[][..], |key| &WORDS[key]);
        for word in words.iter().filter(|word| text[at..].starts_with(word)) {
            reached |= 1 << (at + word.len());
        }
    }
    reached >> text.len() & 1 == 1
}

fn letter(byte: u8) -> Option<usize> {
    match byte {
        b'a'..=b'z' => Some(usize::from(byte - b'a')),
        b'0'..=b'9' => Some(usize::from(byte - b'0') + 26),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_names_within_names() {
        let mut tokens = Tokens::default();
        tokens.add(b"jquery", 1, false);
        tokens.add(b"jqueryui", 2, false);
        tokens.add(b"stripe", 3, true);
        for (label, expected) in [
            ("jquery", None),
            ("jquery-cdn", Some(1)),
            ("my-jquery", Some(1)),
            ("jquerycdnlib", Some(1)),
            ("cdn2jquery3", Some(1)),
            ("jquerycdnx", None),
            ("a-jquerycdnx", None),
            ("jqueryfans", None),
            ("jqueryui-js", Some(2)),
            ("j-query-js", Some(1)),
            ("stripe-js", Some(3)),
            ("apistripe", Some(3)),
            ("zebra-stripe", None),
            ("zebra-stripe-js", None),
            ("", None),
            ("-", None),
        ] {
            assert_eq!(tokens.find(&Label::new(label)).map(Token::name), expected, "{label}");
        }
    }
}
