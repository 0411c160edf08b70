//! Why there are two policies, and until when the site should only try them.

use super::Suggestion;
use crate::base::clock::{DAY, Timestamp};

/// Which of the policies the site should try report-only, and until when: as long as the range that they are made of.
pub fn trials(
    suggestion: &Suggestion,
    (from, to): (Timestamp, Timestamp),
    now: Timestamp,
) -> Vec<String> {
    let days = to.since(from).as_millis().div_ceil(DAY.as_millis());
    let until = now + DAY * u32::try_from(days).unwrap_or(u32::MAX);
    let until = until.to_string();
    let until = format!("until {} ({days} days, as long as the range)", &until[..10]);
    let mut notes = Vec::new();
    if !suggestion.may_enforce {
        notes.push(format!(
            "The first policy is report-only, too: no policy that forbids as much was in force over the range. Send it like \
             that {until}, then look again."
        ));
    }
    if !suggestion.broad.is_empty() {
        notes.push(format!(
            "The second policy is stricter: it tries to do without what is broad in the first. Send it {until}, then look \
             again: what it did not report can go."
        ));
    }
    notes
}
