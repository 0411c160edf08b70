//! Programs that tests need and that are no part of the crate.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A command that runs the first of `names` or paths that the machine has. The kernel ends it with the
/// tests, also when nobody is left to do so because they were killed.
pub fn command(names: &[&str]) -> Command {
    let mut command = Command::new(find(&["setpriv"]));
    command.args(["--pdeathsig", "KILL", "--"]).arg(find(names));
    command
}

/// Where the first of `names` is.
pub fn path(names: &[&str]) -> PathBuf {
    find(names)
}

/// Runs a tool from the top of the repository until it ends; fails the test when the tool fails.
#[track_caller]
pub fn check(tool: &str, arguments: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(find(&[tool])).args(arguments).current_dir(root).output().unwrap();
    let words = [output.stdout, output.stderr].concat();
    let words = String::from_utf8_lossy(&words).into_owned();
    assert!(output.status.success(), "{tool} {}: {}\n{words}", arguments.join(" "), output.status);
    words
}

/// The folder of a ClickHouse of tests/engines, from where `deploy/install tests` puts it.
pub fn engine(version: &str) -> PathBuf {
    let folder = data_home().join(format!("cspwatch/engine-{version}"));
    assert!(folder.exists(), "there is no {}: run deploy/install tests", folder.display());
    folder
}

/// Alertmanager or amtool of a version that knows all receivers, from where `deploy/install tests` puts it.
pub fn newer(program: &str) -> PathBuf {
    let file = data_home().join("cspwatch/alertmanager-of-testing/usr/bin").join(program);
    assert!(file.exists(), "there is no {}: run deploy/install tests", file.display());
    file
}

#[allow(clippy::disallowed_methods, reason = "a test has no configuration to take it from")]
fn data_home() -> PathBuf {
    let data = env::var_os("XDG_DATA_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let home = || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".local/share");
    data.unwrap_or_else(home)
}

/// Python with the packages of tests/python/requirements.txt, from where `deploy/install tests` puts it.
pub fn python() -> Command {
    let requirements = include_str!("../python/requirements.txt");
    let version = requirements.lines().find_map(|line| line.strip_prefix("kubernetes-validate=="));
    let version = version.and_then(|rest| rest.split(' ').next()).unwrap();
    let folder = format!("cspwatch/kubernetes-validate-{version}");
    let python = data_home().join(folder).join("bin/python");
    assert!(python.exists(), "there is no {}: run deploy/install tests", python.display());
    Command::new(python)
}

/// The directory of the packages of tests/node/package.json, where `deploy/install tests` puts them.
#[allow(clippy::disallowed_methods, reason = "a test has no configuration to take them from")]
pub fn node_modules() -> PathBuf {
    let digest = <sha2::Sha256 as sha2::Digest>::digest(include_str!("../node/package-lock.json"));
    let digest: String = digest[..6].iter().map(|byte| format!("{byte:02x}")).collect();
    let data = env::var_os("XDG_DATA_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let home = || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".local/share");
    let folder = data.unwrap_or_else(home).join(format!("cspwatch/node-{digest}"));
    assert!(folder.exists(), "there is no {}: run deploy/install tests", folder.display());
    folder
}

#[allow(clippy::disallowed_methods, reason = "a test has no configuration to take PATH from")]
fn find(names: &[&str]) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = names.iter().find_map(|name| {
        env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
    });
    found.unwrap_or_else(|| panic!("{} is not installed: run deploy/install tests", names[0]))
}
