//! The ClickHouse configuration of the embedded server, where the operator gave none.

use std::fs;
use std::path::{Path, PathBuf};

use super::Error;

/// Why each line is there is said in the file itself: this is where an operator will look.
const CONFIG: &str = include_str!("default_config.xml");
const NAME: &str = "cspwatch-clickhouse.xml";

/// Writes the configuration into the data directory, anew at each start: a newer binary brings its
/// own, and a changed file would silently stay behind otherwise.
pub(super) fn write(data: &Path) -> Result<PathBuf, Error> {
    let path = data.join(NAME);
    let escaped = path.to_string_lossy().replace('&', "&amp;").replace('<', "&lt;");
    match fs::write(&path, CONFIG.replace("@PATH@", &escaped)) {
        Ok(()) => Ok(path),
        Err(cause) => Err(Error::File { what: "write", path, cause }),
    }
}
