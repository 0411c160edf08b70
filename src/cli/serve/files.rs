//! How many connections the limit of open files allows.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::base::limits;

/// The configured number of connections, or fewer where the process may not open that many files. The collector keeps
/// some files for itself: the journal must be able to open its next segment however many browsers are connected.
pub(super) fn connections_within_limit(connections: usize) -> usize {
    let mut files = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: files.maximum, maximum: files.maximum };
    if setrlimit(Resource::Nofile, raised).is_ok() {
        files = raised;
    }
    let Some(files_max) = files.current else { return connections };
    let connections_max = files_max.saturating_sub(limits::FILES_RESERVED);
    let connections_max = usize::try_from(connections_max).unwrap_or(usize::MAX).max(1);
    if connections > connections_max {
        tracing::warn!(
            id = "open-files-limit",
            "limits.connections is {connections}, but the limit of open files allows only {connections_max}; raise it \
             (LimitNOFILE, ulimit -n)"
        );
    }
    connections.min(connections_max)
}
