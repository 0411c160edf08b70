//! Parsing a policy, and checking a URL against it.

use super::directive::Directive;
use super::known_directives::{self, DirectiveKind, fallbacks};
use super::matching::FetchedUrl;
use super::path::Match;
use super::source::Source;
use super::text;
use crate::base::limits;
use crate::report::Place;

/// A policy, without its nonces and without the names of its report endpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    pub(super) directives: Vec<Directive>,
    pub(super) reporting: ReportingDirectives,
    is_whole: bool,
}

/// Which reporting directives it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ReportingDirectives {
    pub(super) report_uri: bool,
    pub(super) report_to: bool,
}

/// The result of checking a URL against a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckResult<'a> {
    /// The policy blocks it.
    Blocked,
    /// The policy allows it under the very directive that is reported as violated.
    Allowed,
    /// The policy blocks it under that directive, but the list of this other fetch directive names the host: by its name,
    /// or as one below a registrable domain, not by `*`, a scheme or `'self'`.
    ListedElsewhere(&'a str),
    /// Not certain.
    Unknown,
}

impl Policy {
    /// Parses a policy, as a report has it or as [`Policy::normalised`] returns it. Never fails: what is beyond the bounds
    /// or not ASCII is left out, and the policy is no longer [whole](Self::is_whole).
    pub fn parse(text: &str) -> Self {
        let end = text.floor_char_boundary(limits::POLICY_BYTES);
        let mut policy = Self { is_whole: end == text.len(), ..Self::default() };
        let mut room = limits::POLICY_SOURCES;
        for (name, words) in text::directives(&text[..end]) {
            let name = name.to_ascii_lowercase();
            match name.as_str() {
                "report-uri" => policy.reporting.report_uri = true,
                "report-to" => policy.reporting.report_to = true,
                // Of two directives with the same name the first applies (section 2.2.1).
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
        let kind = known_directives::directive_kind(&name);
        let mut sources = Vec::new();
        for word in words {
            if *room == 0 || !is_readable(word) {
                self.is_whole = false;
                continue;
            }
            *room -= 1;
            match kind {
                DirectiveKind::Fetch | DirectiveKind::SourceList => {
                    sources.extend(Source::parse(word))
                }
                _ => sources.push(Source::Word(word.into())),
            }
        }
        self.directives.push(Directive { name: name.into(), kind, sources });
    }

    /// A policy's text without nonces and endpoints' names, with single spaces. The hash
    /// ([`crate::report::Report::policy_hash`]) is computed from it, so each hash has one text. It is at most as long as
    /// the policy, and everything else in it is as the browser sent it.
    pub fn normalised(text: &str) -> String {
        text::normalised(text)
    }

    /// Whether all of it was read.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Checks a URL that is reported to have violated a directive of the policy of a document. `directive` is lower-case.
    /// Allocates nothing.
    pub fn check(
        &self,
        directive: &str,
        blocked: &Place<'_>,
        document: &Place<'_>,
    ) -> CheckResult<'_> {
        if !self.is_whole || blocked.host.is_empty() {
            return CheckResult::Unknown;
        }
        let mut candidates = known_directives::deciding(directive).iter();
        let Some(deciding) = candidates.find_map(|name| self.directive(name)) else {
            return CheckResult::Unknown;
        };
        let url = FetchedUrl { blocked, document, is_sandboxed: self.is_sandboxed() };
        match deciding.allows(directive, &url) {
            Match::Yes => CheckResult::Allowed,
            Match::Maybe => CheckResult::Unknown,
            Match::No => {
                let others = self.directives.iter().filter(|other| other.name != deciding.name);
                let mut naming = others.filter(|other| other.names(blocked));
                naming
                    .next()
                    .map_or(CheckResult::Blocked, |other| CheckResult::ListedElsewhere(&other.name))
            }
        }
    }

    /// Its directives with their lists, in their order, without the reporting directives.
    pub fn directives(&self) -> impl Iterator<Item = (&str, &[Source])> {
        self.directives.iter().map(|directive| (&*directive.name, &*directive.sources))
    }

    /// The directive that applies for this one, and its list: itself, else the first that it falls back to.
    pub fn deciding(&self, directive: &str) -> Option<(&str, &[Source])> {
        let own = self.directive(directive);
        let found = own.or_else(|| self.fallback(directive))?;
        Some((&found.name, &found.sources))
    }

    pub(super) fn directive(&self, name: &str) -> Option<&Directive> {
        self.directives.iter().find(|directive| &*directive.name == name)
    }

    /// The directive that applies where this one is missing.
    pub(super) fn fallback(&self, name: &str) -> Option<&Directive> {
        fallbacks(name).iter().skip(1).find_map(|name| self.directive(name))
    }

    fn is_sandboxed(&self) -> bool {
        let is_origin =
            |word: &Source| matches!(word, Source::Word(word) if &**word == "allow-same-origin");
        self.directive("sandbox").is_some_and(|sandbox| !sandbox.sources.iter().any(is_origin))
    }
}

/// Whether a word is printable ASCII of a bounded length. Browsers ignore a directive with other words.
fn is_readable(word: &str) -> bool {
    word.len() <= limits::POLICY_SOURCE_BYTES && word.bytes().all(|b| b.is_ascii_graphic())
}
