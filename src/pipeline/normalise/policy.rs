//! What is kept of a policy's text.

use super::redact;
use crate::base::limits;
use crate::csp::Policy;

/// What is kept of a policy that a report carries: what is hashed. Empty where it is too long, not ASCII, or holds what
/// looks like the number of a card: of those only the hash is known.
pub fn kept_policy(sent: &str) -> String {
    let is_kept = sent.len() <= limits::POLICY_BYTES
        && sent.bytes().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace())
        && !redact::holds_card(sent);
    if is_kept { Policy::normalised(sent) } else { String::new() }
}
