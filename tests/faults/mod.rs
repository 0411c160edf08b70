//! What goes wrong, and what must hold all the same. Each test lets one kind of thing happen under load,
//! then asks the oracle (`support/oracle.rs`).

mod answers;
mod certificate;
mod clickhouse;
mod clickhouse_disk;
mod clock;
mod copies;
mod disk_errors;
mod disk_full;
mod first_start;
mod journal_gone;
mod kills;
mod network;
mod random;
mod refused;
mod refusing;
mod servers;
mod shards;
mod tables;
mod tokens;

use std::path::Path;

/// Options of strace: tampers with a system call of the collector, as `inject=` takes it.
fn tamper(call: &str, how: &str) -> Vec<String> {
    let trace = format!("trace={call}");
    let inject = format!("inject={call}:{how}");
    ["-e", &trace, "-e", &inject].map(str::to_owned).into()
}

/// Likewise, only where it is about one of the first segments of a journal: every thread writes, also to
/// the log and to wake others.
fn tamper_with_segments(journal: &Path, call: &str, how: &str) -> Vec<String> {
    let path = |number| journal.join(format!("segment-{number:016x}.log"));
    let paths = (1..=40).flat_map(|number| ["-P".to_owned(), path(number).display().to_string()]);
    tamper(call, how).into_iter().chain(paths).collect()
}
