//! What a release of a site must say.

use crate::base::clock::{HOUR, Timestamp};
use crate::base::display::is_unprintable;
use crate::base::limits;

/// Checks a release that a person or a pipeline marks.
///
/// # Errors
/// What is wrong.
pub fn check_release(
    version: &str,
    environment: &str,
    at: Timestamp,
    now: Timestamp,
) -> Result<(), String> {
    for (name, text, least) in [("version", version, 1), ("environment", environment, 0)] {
        let most = limits::CONSOLE_NAME_CHARS;
        let chars = text.chars().count();
        if chars < least || chars > most || text.contains(is_unprintable) {
            return Err(format!("the {name} must have {least} to {most} printable characters"));
        }
    }
    if at > now + HOUR {
        return Err("the release is in the future; mark it when it happens".to_owned());
    }
    Ok(())
}
