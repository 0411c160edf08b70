//! A policy suggested from what browsers reported and people approved: for a group of pages, the strictest that would
//! have let the approved pass.
//!
//! A browser reports only what a policy forbade. What the present policy lets pass is never seen. So:
//!
//! - The narrow sources of the present policy stay: hosts, `'self'`, hashes, nonces, `'strict-dynamic'`. Whether they
//!   are in use no report can tell. One goes if it lets pass what reports name and nobody vouches for.
//! - Hosts are added that reports name and that are the site's own, configured as known, or approved by a person: the
//!   origin, `'self'` where it is that of the page, a configured pattern as it is configured. Where more than
//!   [`limits::SUGGESTED_HOSTS`](crate::base::limits::SUGGESTED_HOSTS) hosts of one domain would stand there, and all of the
//!   domain is vouched for, the domain stands there.
//! - What is unknown, ignored, noise or on a threat list is left out.
//! - Broad sources (`*`, `https:`, `*.co.uk`, `data:` for scripts, `'unsafe-inline'`, `'unsafe-eval'`) go only where
//!   another policy that forbade them was in force over the range, so that each use was reported, and none was. A
//!   directive that is missing where nothing decides in its place is as broad as can be.
//! - What is broad and not tried yet stays, and is told; a second, stricter policy is suggested to be tried report-only.
//! - Without a present policy one begins with `default-src 'none'`, and all of it is to be tried first.
//! - Directives that `default-src` does not cover stand always, in the stricter policy at least: `form-action 'self'`,
//!   `base-uri 'none'` and `frame-ancestors 'self'`, with what was approved.
//!
//! No I/O and no clock.

mod additions;
mod breadth;
mod build;
mod draft;
mod evidence;
mod finish;
mod headers;
mod history;
mod integrity;
mod lists;
mod vouch;

pub use additions::LeftOut;
pub use breadth::{Breadth, breadth};
pub use build::{State, Suggestion, Wide, suggest};
pub use draft::{Because, Draft, Entry, List, Told, spelled};
pub use evidence::{Carried, Decided, Evidence, Given, Reported};
pub use headers::{ENDPOINT_NAME, Header, headers};
pub use history::{Fate, Judged, history};
pub use integrity::Integrity;
pub use vouch::{Doubt, Vouch};

#[cfg(test)]
mod tests;
