//! What `cspwatch --version` prints: enough for somebody else to find the same program.

use std::env::consts::{ARCH, OS};
use std::sync::LazyLock;

use crate::store::embedded::LIBRARY_VERSION;

/// The commit that this was built from: `deploy/build` names it, because an archive of the sources has no history.
const COMMIT: Option<&str> = option_env!("CSPWATCH_COMMIT");

/// The version, the commit, and what it was built as. `-V` prints the first line alone.
pub fn long_version() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let commit = COMMIT.filter(|commit| !commit.is_empty());
        let commit = commit.unwrap_or("unknown, not built by deploy/build");
        let kind = if cfg!(debug_assertions) { "debug" } else { "release" };
        let with = |is_in: bool| if is_in { "with" } else { "without" };
        let (jemalloc, otlp) = (with(cfg!(feature = "jemalloc")), with(cfg!(feature = "otlp")));
        format!(
            "{}\ncommit: {commit}\nbuilt for: {OS} {ARCH}, {kind}, {jemalloc} jemalloc, {otlp} OTLP\nembedded ClickHouse: libchdb \
             {LIBRARY_VERSION}, or a clickhouse program",
            env!("CARGO_PKG_VERSION")
        )
    });
    &TEXT
}
