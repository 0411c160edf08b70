//! Passwords: Argon2id, with the parameters that OWASP's Password Storage Cheat Sheet names first (19 MiB, 2 passes).

use std::io;
use std::sync::LazyLock;

use argon2::password_hash::phc;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use serde::{Deserialize, Serialize};

use crate::base::random::random;

/// NIST SP 800-63B-4 wants 15 characters where a password stands alone.
pub const PASSWORD_CHARS_MIN: usize = 15;

/// A password as it is kept: `$argon2id$v=19$m=19456,t=2,p=1$…`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Hashes a password, under a salt of its own.
    ///
    /// # Errors
    /// Where the kernel gives no random bytes.
    pub fn of(password: &str) -> io::Result<Self> {
        let salt: [u8; 16] = random()?;
        let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
        let hash: phc::PasswordHash = hash.map_err(|error| io::Error::other(error.to_string()))?;
        Ok(Self(hash.to_string()))
    }

    /// Whether it is the hash of this password. Takes some 20 ms of a core and 19 MiB.
    pub fn is_of(&self, password: &str) -> bool {
        let Ok(hash) = phc::PasswordHash::new(&self.0) else { return false };
        Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
    }

    /// The hash of a password that nobody has: checking it takes as long as checking a real one, so the time of an answer
    /// does not say whether there is such a user.
    pub fn of_nobody() -> &'static Self {
        static NOBODY: LazyLock<PasswordHash> = LazyLock::new(|| {
            let salt = [0; 16];
            let hash: Result<phc::PasswordHash, _> =
                Argon2::default().hash_password_with_salt(b"", &salt);
            PasswordHash(hash.map(|hash| hash.to_string()).unwrap_or_default())
        });
        &NOBODY
    }

    /// What it looks like in the file.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it can be read.
    pub(super) fn is_readable(&self) -> bool {
        phc::PasswordHash::new(&self.0)
            .is_ok_and(|hash| hash.algorithm.as_str() == "argon2id" && hash.hash.is_some())
    }
}

/// A password that nobody can guess: 100 bits, in groups that a person can type.
///
/// # Errors
/// Where the kernel gives no random bytes.
pub fn generated() -> io::Result<String> {
    // Without letters and digits that look alike.
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let bytes: [u8; 20] = random()?;
    let letters: Vec<u8> = bytes.iter().map(|byte| LETTERS[usize::from(byte % 32)]).collect();
    let groups: Vec<String> =
        letters.chunks(5).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    Ok(groups.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_its_own_and_no_other() {
        let hash = PasswordHash::of("correct horse battery").unwrap();
        assert!(hash.is_readable() && hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(hash.is_of("correct horse battery"));
        assert!(!hash.is_of("correct horse batterx") && !hash.is_of(""));
        assert!(PasswordHash::of_nobody().is_readable());
        assert!(!PasswordHash("x".to_owned()).is_of("x"));
    }

    #[test]
    fn generated_passwords_are_long_and_differ() {
        let [one, other] = [generated().unwrap(), generated().unwrap()];
        assert_eq!(one.len(), "abcde-abcde-abcde-abcde".len());
        assert_ne!(one, other);
    }
}
