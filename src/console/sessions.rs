//! Who is logged in. Sessions live in the process's memory, under the hash of their token: no file of them can be stolen or
//! restored, and a restart of the console asks everybody to log in again.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::people::{PeopleFile, Person};
use crate::base::clock::{HOUR, Timestamp};
use crate::base::lock::Mutex;
use crate::base::random::random;
use crate::base::{hex, limits};

/// How long a session lasts at the most.
pub const LENGTH: Duration = HOUR.saturating_mul(12);
/// How long it lasts without a request.
pub const IDLE: Duration = HOUR;

/// All sessions.
#[derive(Default)]
pub struct Sessions(Mutex<HashMap<[u8; 32], Session>>);

struct Session {
    person: Arc<Person>,
    basis: Basis,
    began: Timestamp,
    used: Timestamp,
}

/// What a session rests on, which may change while it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The record of a local user, by its digest.
    LocalUser([u8; 32]),
    /// What an identity provider said at login.
    Provider,
}

impl Sessions {
    /// Begins a session; returns its token, which only the browser keeps.
    ///
    /// # Errors
    /// Where the kernel gives no random bytes.
    pub fn begin(&self, person: Person, basis: Basis, now: Timestamp) -> io::Result<String> {
        let token = URL_SAFE_NO_PAD.encode(random::<32>()?);
        let session = Session { person: Arc::new(person), basis, began: now, used: now };
        let mut sessions = self.0.lock();
        sessions.retain(|_, session| session.lasts(now));
        let same = |other: &Session| other.person.name == session.person.name;
        if sessions.values().filter(|other| same(other)).count() >= limits::CONSOLE_SESSIONS {
            let oldest = sessions.iter().filter(|(_, other)| same(other));
            let oldest = oldest.min_by_key(|(_, other)| other.used).map(|(hash, _)| *hash);
            oldest.and_then(|hash| sessions.remove(&hash));
        }
        sessions.insert(hash(&token), session);
        Ok(token)
    }

    /// The person of a session that lasts, and whose basis is still what it was at login.
    pub fn person(&self, token: &str, people: &PeopleFile, now: Timestamp) -> Option<Arc<Person>> {
        let mut sessions = self.0.lock();
        let session = sessions.get_mut(&hash(token))?;
        if !session.lasts(now) || !session.basis.holds(people) {
            sessions.remove(&hash(token));
            return None;
        }
        session.used = session.used.max(now);
        Some(Arc::clone(&session.person))
    }

    /// Ends a session.
    pub fn end(&self, token: &str) {
        self.0.lock().remove(&hash(token));
    }
}

impl Session {
    fn lasts(&self, now: Timestamp) -> bool {
        // A clock that was set back by hours must not lengthen it.
        let age = now.since(self.began).max(self.used.since(now));
        age < LENGTH && now.since(self.used) < IDLE
    }
}

impl Basis {
    fn holds(self, people: &PeopleFile) -> bool {
        match self {
            Self::LocalUser(digest) => people.users.iter().any(|user| user.digest() == digest),
            Self::Provider => true,
        }
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// What the forms of a session carry, so that no other site can send them. Each page writes it in another way, under a mask:
/// pages are compressed, and repeat what an address says, so a constant secret could be guessed letter by letter from the
/// length of answers (BREACH).
///
/// # Errors
/// Where the kernel gives no random bytes.
pub fn form_token(session: &str) -> io::Result<String> {
    let mask: [u8; 32] = random()?;
    let mut masked = form_secret(session);
    masked.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    Ok(format!("{}{}", hex::to_hex(&mask), hex::to_hex(&masked)))
}

/// Whether a form carries what a page of this session wrote.
pub fn is_form_token(session: &str, token: &str) -> bool {
    let Some((mask, masked)) = token.split_at_checked(64) else { return false };
    let (Some(mask), Some(mut secret)) = (hex::from_hex::<32>(mask), hex::from_hex::<32>(masked))
    else {
        return false;
    };
    secret.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    // Digests are compared, so that the time it takes reveals nothing.
    Sha256::digest(secret) == Sha256::digest(form_secret(session))
}

fn form_secret(session: &str) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(session.as_bytes()).expect("any length");
    mac.update(b"forms");
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::super::people::{LocalUser, PasswordHash, Role};
    use super::*;
    use crate::base::clock::{MINUTE, SECOND};

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn ada(role: Role) -> (PeopleFile, Person, Basis) {
        let password = PasswordHash::of_nobody().clone();
        let user = LocalUser { name: "ada".to_owned(), role, password };
        let basis = Basis::LocalUser(user.digest());
        let person = Person { name: "ada".into(), role };
        (PeopleFile { users: vec![user], tokens: Vec::new() }, person, basis)
    }

    #[test]
    fn a_session_ends_when_idle_when_old_and_when_its_user_changes() {
        let (people, person, basis) = ada(Role::Viewer);
        let sessions = Sessions::default();
        let begin = || sessions.begin(person.clone(), basis, NOW).unwrap();
        let lasts = |token: &str, people: &PeopleFile, at: Timestamp| {
            sessions.person(token, people, at).is_some()
        };
        let token = begin();
        assert!(lasts(&token, &people, NOW + IDLE - SECOND));
        assert!(!lasts(&token, &people, NOW + IDLE + IDLE));
        assert!(!lasts(&token, &people, NOW), "it does not come back");
        let token = begin();
        let mut at = NOW;
        while at.since(NOW) < LENGTH {
            assert!(lasts(&token, &people, at), "{at}");
            at = at + 50 * MINUTE;
        }
        assert!(!lasts(&token, &people, at));
        let token = begin();
        assert!(!lasts(&token, &ada(Role::Admin).0, NOW), "the role changed");
        let token = begin();
        assert!(!lasts(&token, &PeopleFile::default(), NOW), "the user is gone");
        let token = begin();
        sessions.end(&token);
        assert!(!lasts(&token, &people, NOW));
        assert!(!lasts("", &people, NOW));
    }

    #[test]
    fn nobody_has_more_sessions_than_allowed() {
        let (people, person, basis) = ada(Role::Viewer);
        let sessions = Sessions::default();
        let first = sessions.begin(person.clone(), basis, NOW).unwrap();
        for second in 1..=u32::try_from(limits::CONSOLE_SESSIONS).expect("few") {
            sessions.begin(person.clone(), basis, NOW + second * SECOND).unwrap();
        }
        assert!(sessions.person(&first, &people, NOW + MINUTE).is_none());
        assert_eq!(sessions.0.lock().len(), limits::CONSOLE_SESSIONS);
    }

    #[test]
    fn a_form_token_is_of_its_session_and_never_the_same() {
        let [one, other] = [form_token("s").unwrap(), form_token("s").unwrap()];
        assert_ne!(one, other);
        assert!(is_form_token("s", &one) && is_form_token("s", &other));
        assert!(!is_form_token("t", &one) && !is_form_token("s", "") && !is_form_token("s", "é"));
        assert!(!is_form_token("s", &one.replace(&one[64..], &other[64..])));
    }
}
