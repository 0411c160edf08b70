//! A policy as it is written, with the mistakes in it: [`crate::csp::Policy`] reads what browsers make of it.

use crate::base::limits;
use crate::csp::text;
use crate::csp::{Form, form};

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
pub struct Written {
    /// What it came in.
    pub carrier: Carrier,
    /// Where: the carrier, with a number where there are more of it.
    pub place: String,
    /// All of it.
    pub text: String,
    /// Whether a comma in the header's value makes it a policy of its own.
    pub is_after_comma: bool,
    /// In their order.
    pub directives: Vec<Directive>,
}

/// A directive as it is written.
#[derive(Clone, Debug)]
pub struct Directive {
    /// Lower-case.
    pub name: String,
    /// What it lists.
    pub words: Vec<String>,
    /// How they are to be read.
    pub form: Form,
    /// Whether browsers take it: the first of its name, and all of it ASCII (CSP3, section 2.2.1).
    pub counts: bool,
}

impl Carrier {
    /// What a policy came in, as people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Enforced => "Content-Security-Policy",
            Self::ReportOnly => "Content-Security-Policy-Report-Only",
            Self::Meta => "<meta http-equiv=\"Content-Security-Policy\">",
        }
    }
}

impl Written {
    /// Takes the text apart, of a bounded length.
    pub fn parse(carrier: Carrier, place: String, whole: &str, is_after_comma: bool) -> Self {
        let whole = whole.trim();
        let read = &whole[..whole.floor_char_boundary(limits::POLICY_BYTES)];
        let mut directives: Vec<Directive> = Vec::new();
        for (name, words) in text::directives(read) {
            let name = name.to_ascii_lowercase();
            let words: Vec<String> = words.map(str::to_owned).collect();
            let is_ascii = name.is_ascii() && words.iter().all(|word| word.is_ascii());
            let is_first = !directives.iter().any(|other| other.counts && other.name == name);
            let form = form(&name);
            directives.push(Directive { name, words, form, counts: is_ascii && is_first });
        }
        Self { carrier, place, text: whole.to_owned(), is_after_comma, directives }
    }

    /// The directive that browsers take under this name.
    pub fn directive(&self, name: &str) -> Option<&Directive> {
        self.directives.iter().find(|directive| directive.counts && directive.name == name)
    }

    /// The one that decides in place of all these.
    pub fn deciding(&self, chain: &[&str]) -> Option<&Directive> {
        chain.iter().find_map(|name| self.directive(name))
    }

    /// Where a directive is.
    pub fn at(&self, directive: &Directive) -> String {
        format!("{}: {}", self.place, shown(&directive.name))
    }

    /// Where a word of it is.
    pub fn at_word(&self, directive: &Directive, word: &str) -> String {
        format!("{} {}", self.at(directive), shown(word))
    }
}

impl Directive {
    /// Whether it has a keyword, which is lower-case and has its quotes.
    pub fn has(&self, keyword: &str) -> bool {
        self.words.iter().any(|word| word.eq_ignore_ascii_case(keyword))
    }

    /// Whether browsers are to tell the hash of each script that they load.
    pub fn asks_for_hashes(&self) -> bool {
        ["'report-sha256'", "'report-sha384'", "'report-sha512'"].iter().any(|word| self.has(word))
    }

    /// Its nonces.
    pub fn nonces(&self) -> impl Iterator<Item = &str> {
        let nonce = |word: &String| text::without_nonce(word) != word.as_str();
        self.words.iter().filter(move |word| nonce(word)).map(String::as_str)
    }

    /// Whether nonces or hashes say which inline scripts may run.
    pub fn names_scripts(&self) -> bool {
        let is_hash = |word: &String| {
            let word = word.to_ascii_lowercase();
            ["'sha256-", "'sha384-", "'sha512-"].iter().any(|algorithm| word.starts_with(algorithm))
        };
        self.nonces().next().is_some() || self.words.iter().any(is_hash)
    }
}

/// Whether a word is a nonce, or is meant to be one.
pub fn is_nonce(word: &str) -> bool {
    let bare = word.trim_start_matches(['\'', '"']);
    bare.get(.."nonce-".len()).is_some_and(|head| head.eq_ignore_ascii_case("nonce-"))
}

/// A word as it is shown: without a nonce or a query, which differ from answer to answer, and of bounded length.
pub fn shown(word: &str) -> String {
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
    fn a_directive_counts_where_browsers_take_it() {
        let text = "Img-Src a; img-src b; font-src ‘self’; font-src c;; script-src 'nonce-x' d";
        let policy = Written::parse(Carrier::Enforced, "x".to_owned(), text, false);
        let counts: Vec<_> =
            policy.directives.iter().map(|it| (it.name.as_str(), it.counts)).collect();
        let names = ["img-src", "img-src", "font-src", "font-src", "script-src"];
        let expected: Vec<_> = names.into_iter().zip([true, false, false, true, true]).collect();
        assert_eq!(counts, expected);
        assert_eq!(policy.directive("font-src").map(|it| it.words.join(" ")), Some("c".to_owned()));
        assert_eq!(
            policy.deciding(&["worker-src", "script-src"]).map(|it| it.nonces().count()),
            Some(1)
        );
    }

    #[test]
    fn what_changes_with_each_answer_is_not_shown() {
        for (word, seen) in [
            ("'nonce-abc'", "'nonce-…'"),
            ("NONCE-abc", "nonce-…"),
            ("https://a.example/report?tag=order-1", "https://a.example/report?…"),
            ("'self'", "'self'"),
        ] {
            assert_eq!(shown(word), seen);
        }
        assert!(shown(&"é".repeat(1000)).len() < 210);
    }
}
