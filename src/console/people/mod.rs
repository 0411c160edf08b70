//! Who may use the console: local users and tokens of a file, and what each of them may do.
//!
//! The file is TOML; `cspwatch console user` and `cspwatch console token` write it, and a running console reads it again
//! when it changes:
//!
//! ```toml
//! [[user]]
//! name = "ada"
//! role = "responder"
//! password = "$argon2id$v=19$…"
//!
//! [[token]]
//! name = "ci"
//! role = "viewer"
//! sha256 = "…"
//! expires = "2027-03-31T00:00:00Z"
//! ```

mod file;
mod live;
mod password;
mod role;

pub use file::{ApiToken, LocalUser, PeopleError, PeopleFile, change, check_name, load};
pub use live::LivePeople;
pub use password::{PASSWORD_CHARS_MIN, PasswordHash, generated};
pub use role::Role;

use std::sync::Arc;

/// Somebody who is logged in, or a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The name that decisions are kept with.
    pub name: Arc<str>,
    /// What they may do.
    pub role: Role,
}
