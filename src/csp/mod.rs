//! The policy that a report carries, and what it says of a URL (CSP3, <https://www.w3.org/TR/CSP3/>).
//!
//! A report whose own policy allows what it says was blocked has two causes: a redirect - the report names
//! the URL before it, the policy was broken by the one behind it - or somebody who made the report up. So
//! [`Standing::Allowed`] must not come of anything else, and every doubt is [`Standing::Unknown`]; the
//! doubts are listed in [`matching`]. What a report cannot show remains: a frame that is sandboxed by its
//! attribute, and a host that was written with a dot at its end.

mod diff;
mod directives;
mod effect;
mod list;
mod matching;
mod nearest;
mod path;
mod policy;
mod reported;
mod source;
pub(crate) mod text;
mod words;

pub use diff::Change;
pub use directives::lists_sources;
pub(crate) use directives::{Form, fallbacks, form};
pub use effect::Effect;
pub use nearest::differences;
pub use policy::{Policy, Standing};
pub use reported::{PolicyCache, ReportedPolicy};
pub use source::{HostSource, Port, Source};

#[cfg(test)]
pub(crate) use tests::servo::servo_allows;

#[cfg(test)]
pub(crate) mod tests;
