//! Finds the ClickHouse engine on this machine.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// The release of libchdb that `deploy/install` fetches and that all tests ran against.
pub const LIBRARY_VERSION: &str = "26.7.3-stable.1";

/// The engine of the embedded server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Engine {
    /// The official `clickhouse` binary.
    Binary(PathBuf),
    /// `libchdb.so`, the same engine as a shared library.
    Library(PathBuf),
}

/// Why no engine was found.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NoEngine {
    /// `CSPWATCH_LIBCHDB` names a file that does not exist.
    #[error("CSPWATCH_LIBCHDB names {}, which is not a file: correct it or unset it", .0.display())]
    NamedButMissing(PathBuf),
    /// There is no engine in any of the places.
    #[error(
        "no ClickHouse on this machine: no `clickhouse` on PATH, CSPWATCH_LIBCHDB is not set{}; \
         run `deploy/install quickstart` to get libchdb {LIBRARY_VERSION}, or point clickhouse.url \
         at a server", .installed.as_ref().map(|path| format!(", no {}", path.display())).unwrap_or_default()
    )]
    NotInstalled {
        /// The path at which an installed library was searched.
        installed: Option<PathBuf>,
    },
}

/// Finds the engine: the `clickhouse` on `PATH`, else the library that `CSPWATCH_LIBCHDB` names,
/// else the installed one below `data_home` (`$XDG_DATA_HOME` or `$HOME/.local/share`).
///
/// # Errors
/// [`NoEngine`], with the command that gets one.
pub fn find_engine(
    path_var: Option<&OsStr>,
    libchdb_env: Option<&OsStr>,
    data_home: Option<&Path>,
) -> Result<Engine, NoEngine> {
    if let Some(binary) = path_var.and_then(binary_on_path) {
        return Ok(Engine::Binary(binary));
    }
    // Shells and unit files unset a variable by making it empty.
    if let Some(named) = libchdb_env.filter(|value| !value.is_empty()).map(PathBuf::from) {
        // Using another library instead would hide the typing mistake.
        return if named.is_file() {
            Ok(Engine::Library(named))
        } else {
            Err(NoEngine::NamedButMissing(named))
        };
    }
    let installed = data_home.map(installed_library);
    match installed {
        Some(path) if path.is_file() => Ok(Engine::Library(path)),
        installed => Err(NoEngine::NotInstalled { installed }),
    }
}

fn installed_library(data_home: &Path) -> PathBuf {
    data_home.join("cspwatch").join(format!("chdb-{LIBRARY_VERSION}")).join("libchdb.so")
}

fn binary_on_path(path_var: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(path_var)
        // An empty element means the current directory, which nobody intends here.
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join("clickhouse"))
        .find(|candidate| is_executable(candidate))
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_binary_comes_first_and_must_be_executable() {
        let place = tempfile::tempdir().unwrap();
        let binary = place.path().join("clickhouse");
        fs::write(&binary, "").unwrap();
        let path_var = Some(place.path().as_os_str());
        let library = Some(binary.as_os_str());
        assert_eq!(
            find_engine(path_var, library, None),
            Ok(Engine::Library(binary.clone())),
            "a file without the x bit is not a program"
        );
        fs::set_permissions(&binary, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(find_engine(path_var, library, None), Ok(Engine::Binary(binary)));
    }

    #[test]
    fn a_named_library_that_is_missing_is_an_error() {
        let home = tempfile::tempdir().unwrap();
        let installed = installed_library(home.path());
        fs::create_dir_all(installed.parent().unwrap()).unwrap();
        fs::write(&installed, "").unwrap();
        let found = find_engine(None, Some(OsStr::new("/nowhere/libchdb.so")), Some(home.path()));
        let error = found.expect_err("the typing mistake must not be hidden").to_string();
        assert!(error.contains("CSPWATCH_LIBCHDB names /nowhere/libchdb.so"), "{error}");
        let found = find_engine(None, Some(OsStr::new("")), Some(home.path()));
        assert_eq!(found, Ok(Engine::Library(installed)), "empty counts as unset");
    }

    #[test]
    fn nothing_found_names_the_command_that_helps() {
        let error = find_engine(None, None, Some(Path::new("/nowhere"))).unwrap_err().to_string();
        assert!(error.contains("deploy/install quickstart"), "{error}");
        assert!(error.contains("/nowhere/cspwatch/chdb-26.7.3-stable.1/libchdb.so"), "{error}");
    }
}
