//! No ClickHouse may outlive the collector that started it, even when that one was killed -9.

use rustix::process::{Signal, getppid, set_parent_process_death_signal};

use super::Error;

/// Asks the kernel for SIGTERM when the parent's *thread* that started this process ends.
///
/// SIGTERM, not SIGKILL, so that an operator's own engine may close its files; libchdb leaves the
/// signal at its default action and ends at once. The request survives `execve`, unless the
/// executed file carries capabilities or is set-user-id: then the kernel clears it.
pub(super) fn die_with(parent: u32) -> Result<(), Error> {
    set_parent_process_death_signal(Some(Signal::TERM))
        .map_err(|errno| Error::DeathSignal(errno.into()))?;
    // The parent may have died before the request: then nobody will ever send the signal.
    let now = getppid().map(|pid| pid.as_raw_nonzero().get().unsigned_abs());
    if now == Some(parent) { Ok(()) } else { Err(Error::ParentGone { parent }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_that_is_not_ours_is_gone() {
        // Runs in a thread of the test program: the request ends with the thread.
        let error = die_with(u32::MAX).expect_err("nobody has that pid");
        assert!(matches!(error, Error::ParentGone { parent: u32::MAX }), "{error}");
        set_parent_process_death_signal(None).unwrap();
    }
}
