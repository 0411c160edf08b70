//! The ClickHouse configuration of the embedded server, unless the operator gives another one.

use std::fs;
use std::path::{Path, PathBuf};

use super::LaunchError;

/// The file itself explains each of its lines, because that is where an operator looks.
const CONFIG: &str = include_str!("default_config.xml");
const NAME: &str = "cspwatch-clickhouse.xml";

/// Writes the configuration into the data directory at each start, so that a newer binary replaces the file of an older one.
pub(super) fn write(data: &Path) -> Result<PathBuf, LaunchError> {
    let path = data.join(NAME);
    let escaped = path.to_string_lossy().replace('&', "&amp;").replace('<', "&lt;");
    match fs::write(&path, CONFIG.replace("@PATH@", &escaped)) {
        Ok(()) => Ok(path),
        Err(cause) => Err(LaunchError::File { what: "write", path, cause }),
    }
}
