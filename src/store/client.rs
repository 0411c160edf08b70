//! How a ClickHouse is reached.

use std::fmt;

use clickhouse::Client;

/// The address of a ClickHouse and who we are to it.
#[derive(Clone, PartialEq, Eq)]
pub struct Connection {
    /// `http://host:8123` or `https://host:8443`.
    pub url: String,
    /// The user.
    pub user: String,
    /// The password; empty for none. Never part of the URL, never printed.
    pub password: String,
    /// The database of all tables.
    pub database: String,
}

impl Connection {
    /// A client of this server. Clones share connections and what they learnt about the tables.
    #[must_use]
    pub fn client(&self) -> Client {
        let client = Client::default()
            .with_url(&self.url)
            .with_database(&self.database)
            .with_product_info("cspwatch", env!("CARGO_PKG_VERSION"));
        let client = if self.user.is_empty() { client } else { client.with_user(&self.user) };
        if self.password.is_empty() { client } else { client.with_password(&self.password) }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Somebody will put the password into the URL, whatever the manual says.
        let origin = url::Url::parse(&self.url)
            .map_or_else(|_| "<not a URL>".to_owned(), |url| url.origin().ascii_serialization());
        formatter
            .debug_struct("Connection")
            .field("url", &origin)
            .field("user", &self.user)
            .field("password", &if self.password.is_empty() { "none" } else { "***" })
            .field("database", &self.database)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_password_wherever_it_is() {
        let connection = Connection {
            url: "https://me:hunter2@db.example:8443/?password=hunter2".into(),
            user: "me".into(),
            password: "hunter2".into(),
            database: "cspwatch".into(),
        };
        let text = format!("{connection:?} {:?}", connection.client());
        assert!(text.contains("https://db.example:8443"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}
