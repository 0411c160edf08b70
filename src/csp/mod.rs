//! Content Security Policies as reports carry them (CSP3, <https://www.w3.org/TR/CSP3/>): parsing, checking a URL, and
//! comparing two of them.
//!
//! If a report's own policy allows the URL that it reports as blocked, there are two possible causes: a redirect - the
//! report has the URL before it, and the URL behind it violates the policy - or a forged report. So
//! [`CheckResult::Allowed`] must have no other cause, and every doubt is [`CheckResult::Unknown`]; the doubts are listed
//! in [`matching`]. Two causes remain that a report cannot show: a frame that is sandboxed by its attribute, and a host
//! that is written with a trailing dot.

mod code;
mod diff;
mod directive;
mod display;
mod effect;
mod known_directives;
mod matching;
mod nearest;
mod path;
mod policy;
mod reported_policy;
mod source;
pub(crate) mod text;

pub use diff::PolicyChange;
pub use effect::Effect;
pub use known_directives::lists_sources;
pub(crate) use known_directives::{DirectiveKind, directive_kind, fallbacks};
pub use nearest::{differ_in_reporting_alone, differences};
pub use path::is_path_below;
pub use policy::{CheckResult, Policy};
pub use reported_policy::{PolicyCache, ReportedPolicy};
pub use source::{HostSource, Port, Source};

#[cfg(test)]
pub(crate) use tests::servo::servo_allows;

#[cfg(test)]
pub(crate) mod tests;
