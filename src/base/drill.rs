//! Drills: thefts that nobody commits, by which people find out whether a report reaches the pager.
//!
//! A drill names a destination that only somebody with the secret of this installation can make up: the name says until when it
//! is a drill, and a keyed hash of that and of the site proves it. Any other report of such a name, forged or late, is what a
//! report of an unknown destination always is. Nothing can leave to it, because `.invalid` never resolves (RFC 6761).

use crate::base::clock::Timestamp;

const PURPOSE: &str = "cspwatch 2026-11-29 names of drills";
const FINGERPRINT: &str = "cspwatch 2026-11-29 fingerprints of the keys of drills";
/// Letters of a key's fingerprint: 64 bits.
const FINGERPRINT_LETTERS: usize = 16;
const BEGIN: &str = "drill-";
const END: &str = ".invalid";
/// Letters of the time in milliseconds since 1970, each four bits.
const TIME_LETTERS: usize = 12;
/// Letters of the hash: 80 bits.
const HASH_LETTERS: usize = 20;

/// Makes and recognises the names of drills. Collectors with the same secret recognise the same ones.
#[derive(Clone)]
pub struct DrillKey([u8; 32]);

impl std::fmt::Debug for DrillKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("DrillKey")
    }
}

/// Whom the alert about a drill goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrillRoute {
    /// Those who look after the drills.
    Own,
    /// Those whom an alert about a theft wakes.
    OnCall,
}

impl DrillRoute {
    /// The value of the label `drill` of metrics and alerts.
    pub fn label(self) -> &'static str {
        match self {
            Self::Own => "true",
            Self::OnCall => "on-call",
        }
    }

    fn letter(self) -> char {
        match self {
            Self::Own => 'd',
            Self::OnCall => 'o',
        }
    }

    fn of_letter(letter: char) -> Option<Self> {
        [Self::Own, Self::OnCall].into_iter().find(|route| route.letter() == letter)
    }
}

impl DrillKey {
    /// The key of an installation, from the secret of its client hash.
    pub fn derive(secret: &[u8]) -> Self {
        Self(blake3::derive_key(PURPOSE, secret))
    }

    /// The destination of a drill that is over at `expires`. Each millisecond has another one.
    pub fn name(&self, site: &str, expires: Timestamp, route: DrillRoute) -> String {
        let time = &expires.millis().to_be_bytes()[8 - TIME_LETTERS / 2..];
        format!(
            "{BEGIN}{}{}{}{END}",
            route.letter(),
            letters(time),
            self.hash(site, expires, route)
        )
    }

    /// The route of a drill of this site that is not over. `None`: the destination is no such drill.
    pub fn verify(&self, site: &str, destination: &str, now: Timestamp) -> Option<DrillRoute> {
        let (route, expires, hash) = read(destination)?;
        let is_genuine = is_same(&self.hash(site, expires, route), hash);
        (is_genuine && now <= expires).then_some(route)
    }

    /// What tells this key from others, and says nothing of it.
    pub fn fingerprint(&self) -> String {
        letters(&blake3::derive_key(FINGERPRINT, &self.0)[..FINGERPRINT_LETTERS / 2])
    }

    fn hash(&self, site: &str, expires: Timestamp, route: DrillRoute) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(&expires.millis().to_be_bytes());
        hasher.update(route.label().as_bytes());
        hasher.update(b"\n");
        hasher.update(site.as_bytes());
        letters(&hasher.finalize().as_bytes()[..HASH_LETTERS / 2])
    }
}

/// The route that the name of a drill says, whoever made the name.
pub fn said_route(destination: &str) -> Option<DrillRoute> {
    Some(read(destination)?.0)
}

/// Route, end and hash of what has the form of a drill's name.
fn read(destination: &str) -> Option<(DrillRoute, Timestamp, &str)> {
    let name = destination.strip_prefix(BEGIN)?.strip_suffix(END)?;
    let route = DrillRoute::of_letter(name.chars().next()?)?;
    let rest = name.get(1..)?;
    if rest.len() != TIME_LETTERS + HASH_LETTERS || !rest.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    let (time, hash) = rest.split_at(TIME_LETTERS);
    let millis = time.bytes().fold(0, |sum, letter| 16 * sum + i64::from(letter - b'a'));
    Some((route, Timestamp::from_millis(millis), hash))
}

/// Each half byte as one of sixteen letters: digits would look like a card number.
fn letters(bytes: &[u8]) -> String {
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    halves.map(|half| char::from(b'a' + half)).collect()
}

/// Whether two texts are the same, in a time that says nothing of where they differ.
fn is_same(one: &str, other: &str) -> bool {
    let differences = one.bytes().zip(other.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::{HOUR, MILLISECOND};

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn a_drill_is_one_of_its_site_until_it_is_over() {
        let (key, end) = (DrillKey::derive(b"secret"), NOW + HOUR);
        for route in [DrillRoute::Own, DrillRoute::OnCall] {
            let name = key.name("shop", end, route);
            assert_eq!(key.verify("shop", &name, NOW), Some(route), "{name}");
            assert_eq!(key.verify("shop", &name, end), Some(route));
            assert_eq!(key.verify("shop", &name, end + MILLISECOND), None);
            assert_eq!(key.verify("other", &name, NOW), None);
            let another = DrillKey::derive(b"another");
            assert_eq!(another.verify("shop", &name, NOW), None);
            assert_ne!(another.fingerprint(), key.fingerprint());
            assert_eq!(said_route(&name), Some(route));
        }
    }

    #[test]
    fn a_name_that_somebody_changed_is_no_drill() {
        let key = DrillKey::derive(b"secret");
        let name = key.name("shop", NOW + HOUR, DrillRoute::Own);
        for at in BEGIN.len()..name.len() - END.len() {
            for letter in ['a', 'b', 'd', 'o', 'p', 'z', '0', '-'] {
                let mut changed: Vec<char> = name.chars().collect();
                changed[at] = letter;
                let changed: String = changed.into_iter().collect();
                assert!(
                    changed == name || key.verify("shop", &changed, NOW).is_none(),
                    "{changed}"
                );
            }
        }
        for other in [
            "",
            "drill-.invalid",
            "drill-d.invalid",
            "drill-\u{e4}.invalid",
            "evil.example",
            &name.replace("invalid", "example"),
            &name.to_uppercase(),
            &format!("www.{name}"),
            &name[..name.len() - 1],
        ] {
            assert_eq!(key.verify("shop", other, NOW), None, "{other}");
        }
    }
}
