//! A policy that a report carries, and what it says of a URL.

use super::directives::{self, Form, fallbacks};
use super::list::Directive;
use super::matching::Request;
use super::path::Match;
use super::source::Source;
use super::text;

use crate::base::limits;
use crate::report::Place;

/// A policy, without its nonces and what its report endpoints are called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    pub(super) directives: Vec<Directive>,
    pub(super) endpoints: Endpoints,
    is_whole: bool,
}

/// Which directives for reports it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Endpoints {
    pub(super) uri: bool,
    pub(super) to: bool,
}

/// What a policy says of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing<'a> {
    /// It forbids it.
    Forbidden,
    /// It allows it under the very directive that is said to be violated.
    Allowed,
    /// It forbids it there, and the list of this other fetch directive names the host: by its name or as
    /// one below a registrable domain, not by `*`, a scheme or `'self'`.
    AllowedFor(&'a str),
    /// It cannot be told.
    Unknown,
}

impl Policy {
    /// Reads a policy, as a report has it or as [`Policy::normalised`] made it. Never fails: of what is
    /// beyond the bounds or not ASCII it is only known that it is there, and then nothing is certain.
    pub fn parse(text: &str) -> Self {
        let end = text.floor_char_boundary(limits::POLICY_BYTES);
        let mut policy = Self { is_whole: end == text.len(), ..Self::default() };
        let mut room = limits::POLICY_SOURCES;
        for (name, words) in text::directives(&text[..end]) {
            let name = name.to_ascii_lowercase();
            match name.as_str() {
                "report-uri" => policy.endpoints.uri = true,
                "report-to" => policy.endpoints.to = true,
                // Of two directives with one name the first counts (section 2.2.1).
                name if policy.directive(name).is_some() => {}
                _ if policy.directives.len() == limits::POLICY_DIRECTIVES
                    || !is_readable(&name) =>
                {
                    policy.is_whole = false;
                }
                _ => policy.add(name, words, &mut room),
            }
        }
        policy
    }

    fn add<'t>(&mut self, name: String, words: impl Iterator<Item = &'t str>, room: &mut usize) {
        let form = directives::form(&name);
        let mut sources = Vec::new();
        for word in words {
            if *room == 0 || !is_readable(word) {
                self.is_whole = false;
                continue;
            }
            *room -= 1;
            match form {
                Form::Fetch | Form::Sources => sources.extend(Source::parse(word)),
                _ => sources.push(Source::Word(word.into())),
            }
        }
        self.directives.push(Directive { name: name.into(), form, sources });
    }

    /// A policy's text without nonces and endpoints' names, with single spaces: what its hash is made of
    /// ([`crate::report::Report::policy_hash`]), so one text stands for one hash. It is as long as the
    /// policy, and everything else in it is as the network sent it.
    pub fn normalised(text: &str) -> String {
        text::normalised(text)
    }

    /// Whether all of it was read.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// What it says of a URL that is said to have violated a directive, on a document. `directive` is
    /// lower-case. Allocates nothing.
    pub fn standing(
        &self,
        directive: &str,
        blocked: &Place<'_>,
        document: &Place<'_>,
    ) -> Standing<'_> {
        if !self.is_whole || blocked.host.is_empty() {
            return Standing::Unknown;
        }
        let mut candidates = directives::deciding(directive).iter();
        let Some(deciding) = candidates.find_map(|name| self.directive(name)) else {
            return Standing::Unknown;
        };
        let request = Request { blocked, document, is_sandboxed: self.is_sandboxed() };
        match deciding.allows(directive, &request) {
            Match::Yes => Standing::Allowed,
            Match::Maybe => Standing::Unknown,
            Match::No => {
                let others = self.directives.iter().filter(|other| other.name != deciding.name);
                let mut naming = others.filter(|other| other.names(blocked));
                naming.next().map_or(Standing::Forbidden, |other| Standing::AllowedFor(&other.name))
            }
        }
    }

    /// Its directives and what each lists, in their order; those for reports are none of them.
    pub fn lists(&self) -> impl Iterator<Item = (&str, &[Source])> {
        self.directives.iter().map(|directive| (&*directive.name, &*directive.sources))
    }

    /// The directive that decides where this one is asked, and its list: its own, else that of the first that it
    /// falls back to.
    pub fn deciding(&self, directive: &str) -> Option<(&str, &[Source])> {
        let own = self.directive(directive);
        let found = own.or_else(|| self.fallback(directive))?;
        Some((&found.name, &found.sources))
    }

    pub(super) fn directive(&self, name: &str) -> Option<&Directive> {
        self.directives.iter().find(|directive| &*directive.name == name)
    }

    /// The directive that decides where this one is missing.
    pub(super) fn fallback(&self, name: &str) -> Option<&Directive> {
        fallbacks(name).iter().skip(1).find_map(|name| self.directive(name))
    }

    fn is_sandboxed(&self) -> bool {
        let is_origin =
            |word: &Source| matches!(word, Source::Word(word) if &**word == "allow-same-origin");
        self.directive("sandbox").is_some_and(|sandbox| !sandbox.sources.iter().any(is_origin))
    }
}

/// Whether a word is printable ASCII of a bounded length. Browsers leave out a directive that is not.
fn is_readable(word: &str) -> bool {
    word.len() <= limits::POLICY_SOURCE_BYTES && word.bytes().all(|b| b.is_ascii_graphic())
}
