//! The file of users and tokens.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::password::PasswordHash;
use super::role::Role;
use crate::base::clock::Timestamp;
use crate::base::display::is_unprintable;
use crate::base::hex::to_hex;
use crate::base::limits;

/// All users and tokens.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeopleFile {
    /// Local users.
    #[serde(default, rename = "user")]
    pub users: Vec<LocalUser>,
    /// Tokens of the API.
    #[serde(default, rename = "token")]
    pub tokens: Vec<ApiToken>,
}

/// A person with a password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalUser {
    /// The name that they log in with, and that decisions are kept with.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The hash of their password.
    pub password: PasswordHash,
}

/// A program with a token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiToken {
    /// The name that decisions are kept with.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The SHA-256 of the token, in hex.
    pub sha256: String,
    /// From when on it is void (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("console.users_file {file}: {why}", file = .file.display())]
pub struct PeopleError {
    file: PathBuf,
    why: String,
}

impl LocalUser {
    /// A digest of all that a session rests on: when it changes, the user's sessions end.
    pub(in crate::console) fn digest(&self) -> [u8; 32] {
        let Self { name, role, password } = self;
        Sha256::digest(format!("{name}\n{}\n{}", role.as_str(), password.as_str())).into()
    }
}

impl ApiToken {
    /// Whether a token is this one, and not void.
    pub(in crate::console) fn is(&self, token: &str, now: Timestamp) -> bool {
        // Digests are compared, so that the time it takes reveals nothing of the token.
        let is_it = to_hex(&Sha256::digest(token)) == self.sha256;
        is_it && self.expires().is_none_or(|expires| now < expires)
    }

    /// From when on it is void.
    pub fn expires(&self) -> Option<Timestamp> {
        // Checked when the file was read.
        self.expires.as_deref().and_then(Timestamp::parse)
    }
}

impl PeopleFile {
    fn check(&self) -> Result<(), String> {
        let mut names = BTreeSet::new();
        for user in &self.users {
            check_name(&user.name).map_err(|wrong| format!("the user {:?} {wrong}", user.name))?;
            if !names.insert(&user.name) {
                return Err(format!("there are two users {:?}", user.name));
            }
            if !user.password.is_readable() {
                return Err(format!("the password of {:?} is no argon2id hash", user.name));
            }
        }
        let mut names = BTreeSet::new();
        for token in &self.tokens {
            check_name(&token.name)
                .map_err(|wrong| format!("the token {:?} {wrong}", token.name))?;
            if !names.insert(&token.name) {
                return Err(format!("there are two tokens {:?}", token.name));
            }
            if token.sha256.len() != 64 {
                return Err(format!("sha256 of the token {:?} is no SHA-256", token.name));
            }
            if token.expires.is_some() && token.expires().is_none() {
                return Err(format!("expires of the token {:?} is no time (RFC 3339)", token.name));
            }
        }
        Ok(())
    }
}

/// Checks the name of a user or token; the message completes "the name …".
///
/// # Errors
/// What is wrong with it.
pub fn check_name(name: &str) -> Result<(), String> {
    let (chars, most) = (name.chars().count(), limits::CONSOLE_NAME_CHARS);
    if chars == 0 || chars > most || name.trim() != name || name.contains(is_unprintable) {
        return Err(format!(
            "must have 1 to {most} printable characters, and no space at its ends"
        ));
    }
    Ok(())
}

/// Reads the file; without it there is nobody.
///
/// # Errors
/// [`PeopleError`] where it cannot be read, is wrong, or others may write it.
pub fn load(file: &Path) -> Result<PeopleFile, PeopleError> {
    let failed = |why: String| PeopleError { file: file.to_owned(), why };
    let text = match fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(PeopleFile::default()),
        text => text.map_err(|error| failed(format!("cannot be read: {error}")))?,
    };
    if fs::metadata(file).is_ok_and(|found| found.mode() & 0o022 != 0) {
        return Err(failed(format!("others may write to it: chmod go-w {}", file.display())));
    }
    let people: PeopleFile =
        toml::from_str(&text).map_err(|error| failed(error.to_string().trim_end().to_owned()))?;
    people.check().map_err(failed)?;
    Ok(people)
}

/// Changes the file. Two changes at once are one after the other, and whoever reads meanwhile has the file before or after.
///
/// # Errors
/// [`PeopleError`], also where `change` says what is wrong with it; then nothing has changed.
pub fn change(
    file: &Path,
    change: impl FnOnce(&mut PeopleFile) -> Result<(), String>,
) -> Result<(), PeopleError> {
    let failed = |why: String| PeopleError { file: file.to_owned(), why };
    let written = |error: io::Error| failed(format!("cannot be written: {error}"));
    if let Some(dir) = file.parent().filter(|dir| !dir.as_os_str().is_empty()) {
        fs::create_dir_all(dir).map_err(written)?;
    }
    let lock = open(&beside(file, "lock"), false).map_err(written)?;
    flock(&lock, FlockOperation::LockExclusive).map_err(|error| written(error.into()))?;
    let mut people = load(file)?;
    change(&mut people).map_err(failed)?;
    people.check().map_err(failed)?;
    let text = toml::to_string(&people).map_err(|error| failed(error.to_string()))?;
    replace(file, &text).map_err(written)
}

/// Writes it under another name and renames it, durably.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    let temporary = beside(file, "new");
    let mut out = open(&temporary, true)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    fs::rename(&temporary, file)?;
    match file.parent().filter(|dir| !dir.as_os_str().is_empty()) {
        Some(dir) => File::open(dir)?.sync_all(),
        None => Ok(()),
    }
}

/// Opens a file that only this user may read.
fn open(file: &Path, truncate: bool) -> io::Result<File> {
    File::options().write(true).create(true).truncate(truncate).mode(0o600).open(file)
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn add(name: &str) -> impl FnOnce(&mut PeopleFile) -> Result<(), String> {
        let password = PasswordHash::of_nobody().clone();
        let user = LocalUser { name: name.to_owned(), role: Role::Viewer, password };
        |people| {
            people.users.push(user);
            Ok(())
        }
    }

    #[test]
    fn a_change_is_whole_and_for_its_owner_only() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("below/users.toml");
        assert!(load(&file).unwrap() == PeopleFile::default());
        change(&file, add("ada")).unwrap();
        change(&file, add("bert")).unwrap();
        let names: Vec<_> = load(&file).unwrap().users.into_iter().map(|user| user.name).collect();
        assert_eq!(names, ["ada", "bert"]);
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        assert!(change(&file, add("ada")).is_err_and(|error| error.why.contains("two users")));
        assert_eq!(load(&file).unwrap().users.len(), 2);
    }

    #[test]
    fn a_file_that_cannot_be_trusted_is_an_error() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("users.toml");
        let user = |password: &str| {
            format!("[[user]]\nname = 'ada'\nrole = 'admin'\npassword = '{password}'\n")
        };
        for (text, expected) in [
            ("[[user]]\nname = 'ada'\nrole = 'king'\npassword = ''\n", "unknown variant"),
            (&user("hunter2"), "no argon2id hash"),
            (&user("$argon2id$v=19$m=19456,t=2,p=1$"), "no argon2id hash"),
            ("[[token]]\nname = 'ci'\nrole = 'viewer'\nsha256 = '00'\n", "no SHA-256"),
            ("[[user]]\nname = ' '\nrole = 'admin'\npassword = ''\n", "printable"),
        ] {
            fs::write(&file, text).unwrap();
            let error = load(&file).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(expected), "{text}: {error}");
        }
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o660)).unwrap();
        assert!(load(&file).is_err_and(|error| error.why.contains("chmod go-w")));
    }
}
