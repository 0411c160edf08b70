//! Suggests a policy from what browsers reported and people approved: for a page group, the strictest that would have
//! allowed everything that is approved.
//!
//! A browser reports only what a policy forbids, and never what the current policy allows. So:
//!
//! - The narrow sources of the current policy stay: hosts, `'self'`, hashes, nonces, `'strict-dynamic'`. No report can show
//!   whether the pages use them. One goes if reports name something that it allows and that is not trusted.
//! - A host is added if reports name it and it is trusted: it is the site's own, configured as known, or approved by a
//!   person. The source is its origin, `'self'` if that is the page's, or the configured pattern. If there would be more
//!   than [`limits::SUGGESTED_HOSTS`](crate::base::limits::SUGGESTED_HOSTS) hosts of one domain, and the whole domain is
//!   trusted, the source is the domain.
//! - What is unknown, ignored, noise or on a threat list is left out.
//! - A broad source (`*`, `https:`, `*.co.uk`, `data:` for scripts, `'unsafe-inline'`, `'unsafe-eval'`) goes only if another
//!   policy that forbids it was in force over the range, so that browsers would have reported each use, and reported none.
//!   A missing directive counts as the broadest source if no other decides in its place.
//! - A broad source that was not tried stays, and the advice says so. The second, stricter policy does without it: the site
//!   should try that one report-only.
//! - Without a current policy, the first policy starts with `default-src 'none'`, and the site should try all of it first.
//! - The stricter policy always has the directives that `default-src` does not cover: `form-action 'self'`,
//!   `base-uri 'none'` and `frame-ancestors 'self'`, and in addition what is approved.
//! - An inline script that a person approved is allowed by its hash, except where `'unsafe-inline'` stays.
//! - The Connection-Allowlist is about connections and not about directives: it has every host that is the site's own, known
//!   or approved, whatever for. What is unknown is left out of it, too.
//!
//! No I/O and no clock.

mod additions;
mod advice;
mod broadness;
mod build;
mod connections;
mod draft;
mod enforcing;
mod evidence;
mod finish;
mod headers;
mod inline;
mod integrity;
mod lists;
mod navigation;
pub mod reasons;
mod replay;
mod trials;
mod trust;
mod url_pattern;

pub use additions::UntrustedUse;
pub use advice::{Advice, AdviceContext};
pub use broadness::{Broadness, broadness};
pub use build::{
    BroadSource, DroppedSource, MaskedSource, OmittedSources, Suggestion, TrialState, suggest,
};
pub use connections::{AllowlistEntry, ConnectionAdvice};
pub use draft::{DraftDirective, DraftSource, Occurrences, PolicyDraft, Rationale, source_text};
pub use enforcing::{CAVEATS, Obstacle};
pub use evidence::{Inputs, PolicyEvidence};
pub use headers::{ENDPOINT_NAME, ResponseHeader, headers};
pub use inline::{InlineAdvice, InlineAllowance, InlineScript};
pub use integrity::IntegrityStatus;
pub use navigation::{Navigation, OutgoingLink};
pub use replay::{Fate, ReplayedReport, replay};
pub use trials::trials;
pub use trust::{Distrust, Trust};

#[cfg(test)]
mod tests;
