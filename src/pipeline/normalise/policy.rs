//! The text that is kept of a policy.

use super::redact;
use crate::base::limits;
use crate::csp::Policy;

/// The text that is kept of a policy that a report carries: the one that is hashed. Empty where it is too long, is not
/// ASCII, or contains what looks like a card number: of such a policy only the hash is kept.
pub fn kept_policy(sent: &str) -> String {
    let is_kept = sent.len() <= limits::POLICY_BYTES
        && sent.bytes().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace())
        && !redact::holds_card(sent);
    if is_kept { Policy::normalised(sent) } else { String::new() }
}
