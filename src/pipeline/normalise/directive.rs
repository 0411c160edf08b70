//! The directive that was violated, out of a closed set: nobody can invent one, and whatever compares directives compares
//! the same words for all browsers.

use std::borrow::Cow;

use super::text;
use crate::pipeline::decode::Scalar;
use crate::report::{
    CONNECTION_ALLOWLIST, Kind, OTHER_DIRECTIVE, Place, first_word, reported_directive,
};

/// The directive of a report, and what it says beside its name.
#[derive(Debug, Default)]
pub(super) struct ViolatedDirective {
    /// Its name, or [`OTHER_DIRECTIVE`], or empty.
    pub(super) name: &'static str,
    /// What was blocked, where the directive's text says it.
    keyword: Option<&'static str>,
    /// The name that no version of CSP has, as it may be kept.
    pub(super) unknown: Option<Cow<'static, str>>,
}

/// The effective directive; where it is missing or none that is known, the violated one: CSP1 browsers send that alone, with
/// its whole list of sources.
pub(super) fn violated(
    kind: Kind,
    effective: &Scalar<'_>,
    violated: &Scalar<'_>,
) -> ViolatedDirective {
    if kind == Kind::ConnectionAllowlist {
        return ViolatedDirective { name: CONNECTION_ALLOWLIST, ..ViolatedDirective::default() };
    }
    if kind == Kind::InlineHash {
        return ViolatedDirective { name: "script-src-elem", ..ViolatedDirective::default() };
    }
    let (effective, violated) = (effective.text(), violated.text());
    if let Some(found) = reported_directive(effective).or_else(|| reported_directive(violated)) {
        return ViolatedDirective { name: found.name, keyword: found.keyword, unknown: None };
    }
    let word = [effective, violated].map(first_word).into_iter().find(|word| !word.is_empty());
    let Some(word) = word else { return ViolatedDirective::default() };
    let unknown = (kind == Kind::Csp).then(|| text::name(Cow::Owned(word.to_owned())));
    ViolatedDirective { name: OTHER_DIRECTIVE, keyword: None, unknown }
}

impl ViolatedDirective {
    /// What was blocked, where the report has no URL and the directive says it. Engines before CSP3 name nothing for inline
    /// code, also where the default applies to it, and Firefox before 57 the page itself.
    pub(super) fn keyword_for(&self, blocked: &Place<'_>) -> Option<&'static str> {
        let is_code = matches!(
            self.name,
            "default-src"
                | "script-src"
                | "script-src-elem"
                | "script-src-attr"
                | "style-src"
                | "style-src-elem"
                | "style-src-attr"
        );
        match &*blocked.scheme {
            "" => self.keyword.or(is_code.then_some("inline")),
            "self" => self.keyword,
            _ => None,
        }
    }
}
