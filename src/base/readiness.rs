//! Whether the collector is ready, and why it is not.

use std::sync::MutexGuard;

use crate::base::lock::Mutex;

/// Why the collector is not ready; empty = it is. Each part of the process owns one reason.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<Vec<(&'static str, String)>>);

impl Readiness {
    /// States why a part is not ready.
    pub fn set(&self, part: &'static str, reason: String) {
        let mut reasons = self.reasons();
        reasons.retain(|(known, _)| *known != part);
        reasons.push((part, reason));
    }

    /// States that a part is ready.
    pub fn clear(&self, part: &'static str) {
        self.reasons().retain(|(known, _)| *known != part);
    }

    /// Why a part is not ready; `None` = it is.
    pub fn reason(&self, part: &str) -> Option<String> {
        let reasons = self.reasons();
        reasons.iter().find(|(known, _)| *known == part).map(|(_, reason)| reason.clone())
    }

    /// The reasons, each with its part.
    pub fn reasons(&self) -> MutexGuard<'_, Vec<(&'static str, String)>> {
        self.0.lock()
    }
}
