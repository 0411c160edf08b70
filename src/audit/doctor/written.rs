//! A policy as it is written, mistakes included. What browsers make of it, [`crate::csp::Policy`] says.

use crate::base::limits;
use crate::csp::text;
use crate::csp::{DirectiveKind, directive_kind};

/// What a policy came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// `Content-Security-Policy`.
    Enforced,
    /// `Content-Security-Policy-Report-Only`.
    ReportOnly,
    /// `<meta http-equiv="Content-Security-Policy">`.
    Meta,
}

/// A policy of a page.
#[derive(Clone, Debug)]
pub struct WrittenPolicy {
    /// What it came in.
    pub carrier: Carrier,
    /// The name of the carrier, with a number if several policies came in such a carrier.
    pub place: String,
    /// The whole text, trimmed.
    pub text: String,
    /// Whether it is a policy of its own because of a comma in the header's value.
    pub is_after_comma: bool,
    /// The directives in their order, those included that browsers ignore.
    pub directives: Vec<WrittenDirective>,
}

/// A directive as it is written.
#[derive(Clone, Debug)]
pub struct WrittenDirective {
    /// The name, lower-case.
    pub name: String,
    /// The words after the name.
    pub words: Vec<String>,
    /// What the words are.
    pub kind: DirectiveKind,
    /// Whether browsers use it: it is the first of its name, and all ASCII (CSP3, section 2.2.1).
    pub is_effective: bool,
}

impl Carrier {
    /// The name of the header, or the tag of the element.
    pub fn name(self) -> &'static str {
        match self {
            Self::Enforced => "Content-Security-Policy",
            Self::ReportOnly => "Content-Security-Policy-Report-Only",
            Self::Meta => "<meta http-equiv=\"Content-Security-Policy\">",
        }
    }
}

impl WrittenPolicy {
    /// Parses the text of a policy up to [`limits::POLICY_BYTES`].
    pub fn parse(carrier: Carrier, place: String, whole: &str, is_after_comma: bool) -> Self {
        let whole = whole.trim();
        let read = &whole[..whole.floor_char_boundary(limits::POLICY_BYTES)];
        let mut directives: Vec<WrittenDirective> = Vec::new();
        for (name, words) in text::directives(read) {
            let name = name.to_ascii_lowercase();
            let words: Vec<String> = words.map(str::to_owned).collect();
            let is_ascii = name.is_ascii() && words.iter().all(|word| word.is_ascii());
            let is_first = !directives.iter().any(|other| other.is_effective && other.name == name);
            let (kind, is_effective) = (directive_kind(&name), is_ascii && is_first);
            directives.push(WrittenDirective { name, words, kind, is_effective });
        }
        Self { carrier, place, text: whole.to_owned(), is_after_comma, directives }
    }

    /// The directive that browsers use under this name.
    pub fn directive(&self, name: &str) -> Option<&WrittenDirective> {
        self.directives.iter().find(|directive| directive.is_effective && directive.name == name)
    }

    /// The directive that decides: the first of these names that the policy has.
    pub fn deciding(&self, chain: &[&str]) -> Option<&WrittenDirective> {
        chain.iter().find_map(|name| self.directive(name))
    }

    /// The place of a directive, for a finding.
    pub fn at(&self, directive: &WrittenDirective) -> String {
        format!("{}: {}", self.place, display_word(&directive.name))
    }

    /// The place of a word of a directive, for a finding.
    pub fn at_word(&self, directive: &WrittenDirective, word: &str) -> String {
        format!("{} {}", self.at(directive), display_word(word))
    }
}

impl WrittenDirective {
    /// Whether it lists a keyword. `keyword` is lower-case, with its quotes.
    pub fn has(&self, keyword: &str) -> bool {
        self.words.iter().any(|word| word.eq_ignore_ascii_case(keyword))
    }

    /// Whether it requests a report of each loaded script's hash.
    pub fn requests_hashes(&self) -> bool {
        ["'report-sha256'", "'report-sha384'", "'report-sha512'"].iter().any(|word| self.has(word))
    }

    /// The nonces that it lists, with their quotes.
    pub fn nonces(&self) -> impl Iterator<Item = &str> {
        let is_nonce = |word: &String| text::without_nonce(word) != word.as_str();
        self.words.iter().filter(move |word| is_nonce(word)).map(String::as_str)
    }

    /// Whether it lists nonces or hashes, by which browsers choose the inline scripts to run.
    pub fn has_nonce_or_hash(&self) -> bool {
        let is_hash = |word: &String| {
            let word = word.to_ascii_lowercase();
            ["'sha256-", "'sha384-", "'sha512-"].iter().any(|algorithm| word.starts_with(algorithm))
        };
        self.nonces().next().is_some() || self.words.iter().any(is_hash)
    }
}

/// Whether a word is a nonce, or is meant to be one: the quotes may be missing.
pub fn is_nonce(word: &str) -> bool {
    let bare = word.trim_start_matches(['\'', '"']);
    bare.get(.."nonce-".len()).is_some_and(|head| head.eq_ignore_ascii_case("nonce-"))
}

/// A word for a finding: without a nonce or a query, which differ in each response, and of bounded length.
pub fn display_word(word: &str) -> String {
    if is_nonce(word) {
        let quote = if word.starts_with(['\'', '"']) { &word[..1] } else { "" };
        return format!("{quote}nonce-…{quote}");
    }
    let word = word.split_once('?').map_or(word.to_owned(), |(head, _)| format!("{head}?…"));
    match word.floor_char_boundary(limits::POLICY_WORD_BYTES) {
        end if end < word.len() => format!("{}…", &word[..end]),
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directive_is_effective_if_browsers_use_it() {
        let text = "Img-Src a; img-src b; font-src ‘self’; font-src c;; script-src 'nonce-x' d";
        let policy = WrittenPolicy::parse(Carrier::Enforced, "x".to_owned(), text, false);
        let directives = policy.directives.iter();
        let found: Vec<_> =
            directives.map(|directive| (directive.name.as_str(), directive.is_effective)).collect();
        let names = ["img-src", "img-src", "font-src", "font-src", "script-src"];
        let expected: Vec<_> = names.into_iter().zip([true, false, false, true, true]).collect();
        assert_eq!(found, expected);
        assert_eq!(
            policy.directive("font-src").map(|font| font.words.join(" ")),
            Some("c".to_owned())
        );
        let scripts = policy.deciding(&["worker-src", "script-src"]);
        assert_eq!(scripts.map(|directive| directive.nonces().count()), Some(1));
    }

    #[test]
    fn findings_do_not_show_what_differs_in_each_response() {
        for (word, expected) in [
            ("'nonce-abc'", "'nonce-…'"),
            ("NONCE-abc", "nonce-…"),
            ("https://a.example/report?tag=order-1", "https://a.example/report?…"),
            ("'self'", "'self'"),
        ] {
            assert_eq!(display_word(word), expected);
        }
        assert!(display_word(&"é".repeat(1000)).len() < 210);
    }
}
