//! The file as a running console has it.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::file::{PeopleError, PeopleFile, load};
use crate::base::lock::Mutex;

/// The users and tokens, read again when their file changes.
pub struct LivePeople {
    file: PathBuf,
    state: Mutex<State>,
}

struct State {
    people: Arc<PeopleFile>,
    written: Written,
}

/// What changes with every change of the file: its inode, its size and when it was written, in seconds and nanoseconds.
type Written = Option<(u64, u64, i64, i64)>;

impl LivePeople {
    /// Reads the file.
    ///
    /// # Errors
    /// [`PeopleError`].
    pub fn open(file: &Path) -> Result<Self, PeopleError> {
        let written = written(file);
        let people = Arc::new(load(file)?);
        Ok(Self { file: file.to_owned(), state: Mutex::new(State { people, written }) })
    }

    /// What the file says now. While it is wrong, what it said before holds.
    pub fn now(&self) -> Arc<PeopleFile> {
        let written = written(&self.file);
        let mut state = self.state.lock();
        if written != state.written {
            // Also when it is wrong: that is logged once.
            state.written = written;
            match load(&self.file) {
                Ok(people) => state.people = Arc::new(people),
                Err(error) => {
                    tracing::error!(id = "console-users-refused", %error, "the users and tokens that were read before stay in force");
                }
            }
        }
        Arc::clone(&state.people)
    }
}

fn written(file: &Path) -> Written {
    let found = fs::metadata(file).ok()?;
    Some((found.ino(), found.size(), found.mtime(), found.mtime_nsec()))
}

#[cfg(test)]
mod tests {
    use super::super::{LocalUser, PasswordHash, Role, change};
    use super::*;

    #[test]
    fn a_change_is_in_force_at_once_and_a_wrong_file_never() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("users.toml");
        let live = LivePeople::open(&file).unwrap();
        assert!(live.now().users.is_empty());
        let password = PasswordHash::of_nobody().clone();
        change(&file, |people| {
            people.users.push(LocalUser { name: "ada".into(), role: Role::Admin, password });
            Ok(())
        })
        .unwrap();
        assert_eq!(live.now().users.len(), 1);
        fs::write(&file, "wrong").unwrap();
        assert_eq!(live.now().users.len(), 1);
        fs::remove_file(&file).unwrap();
        assert!(live.now().users.is_empty());
    }
}
