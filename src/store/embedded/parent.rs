//! ClickHouse must not outlive the collector that started it, even when that is killed by SIGKILL.

use rustix::process::{Signal, getppid, set_parent_process_death_signal};

use super::LaunchError;

/// Asks the kernel for SIGTERM when the parent's *thread* that started this process ends.
///
/// SIGTERM, not SIGKILL, so that an operator's own engine can close its files; libchdb leaves the signal at its default
/// action and ends at once. The request survives `execve`, unless the
/// executed file carries capabilities or is set-user-id: then the kernel clears it.
pub(super) fn die_with(parent: u32) -> Result<(), LaunchError> {
    set_parent_process_death_signal(Some(Signal::TERM))
        .map_err(|errno| LaunchError::DeathSignal(errno.into()))?;
    // If the parent died before the request, the signal will never be sent.
    let now = getppid().map(|pid| pid.as_raw_nonzero().get().unsigned_abs());
    if now == Some(parent) { Ok(()) } else { Err(LaunchError::ParentGone { parent }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_that_is_not_ours_has_ended() {
        // Runs in a thread of the test program: the request ends with the thread.
        let error = die_with(u32::MAX).expect_err("no process has that id");
        assert!(matches!(error, LaunchError::ParentGone { parent: u32::MAX }), "{error}");
        set_parent_process_death_signal(None).unwrap();
    }
}
