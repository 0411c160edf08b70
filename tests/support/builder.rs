//! A collector that is about to start, and its configuration as values:
//!
//! ```ignore
//! let collector = Collector::build().config(SHOP)
//!     .clickhouse(&clickhouse.url(), &database)
//!     .set("journal.seal_every", "500ms")
//!     .start();
//! collector.reconfigure(|config| config.set("site.0.known", vec!["cdn.example"]));
//! ```

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use toml::{Table, Value};

use super::certificates::Leaf;
use super::clickhouse::ClickHouse;
use super::collector::{Collector, Places};
use super::ports::free_address;

/// A configuration. Keys are named as in messages of the program: `journal.seal_every`, and `site.0.known` is a key of
/// the first site.
#[derive(Clone, Default)]
pub struct Config(Table);

impl Config {
    /// Takes in what a text of TOML says. A section joins what is there of it already.
    pub fn add(&mut self, text: &str) {
        let added: Table = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
        for (name, value) in added {
            match (self.0.get_mut(&name), value) {
                (Some(Value::Table(section)), Value::Table(more)) => section.extend(more),
                (Some(Value::Array(tables)), Value::Array(more)) => tables.extend(more),
                (_, value) => drop(self.0.insert(name, value)),
            }
        }
    }

    /// Sets a key, whether it is there or not. Its section may be missing, its site may not.
    #[track_caller]
    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        let (section, name) = key.rsplit_once('.').unwrap();
        self.section(section).insert(name.to_owned(), value.into());
    }

    /// Takes a key out, which must be there.
    #[track_caller]
    pub fn unset(&mut self, key: &str) {
        let (section, name) = key.rsplit_once('.').unwrap();
        let value = self.section(section).remove(name);
        assert!(value.is_some(), "{key} is not set:\n{}", self.0);
    }

    #[track_caller]
    fn section(&mut self, path: &str) -> &mut Table {
        let mut parts = path.split('.');
        let first = parts.next().unwrap().to_owned();
        let section = self.0.entry(first).or_insert_with(|| Table::new().into());
        let section = parts.fold(section, |value, part| match part.parse::<usize>() {
            Ok(number) => &mut value[number],
            Err(_) => &mut value[part],
        });
        section.as_table_mut().unwrap_or_else(|| panic!("{path} is no section"))
    }

    /// Trusts a proxy: whoever comes from loopback.
    pub fn behind_proxy(&mut self) {
        self.set("listen.trusted_proxies", vec!["127.0.0.0/8"]);
    }

    /// Writes it.
    pub fn write(&self, file: &Path) {
        fs::write(file, self.0.to_string()).unwrap();
    }
}

/// A collector that is about to start. Nothing answers where its ClickHouse should be, unless [`Self::clickhouse`] is
/// called.
pub struct Builder {
    place: TempDir,
    config: Config,
    places: Places,
}

impl Builder {
    pub(super) fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let places = Places { public: free_address(), admin: free_address(), https: None };
        let mut config = Config::default();
        config.set("listen.public", places.public.to_string());
        config.set("listen.admin", places.admin.to_string());
        // The port discard, where nobody listens.
        config.set("clickhouse.url", "http://127.0.0.1:9");
        config.set("journal.dir", path_text(&place.path().join("journal")));
        config.set("journal.seal_every", "200ms");
        Self { place, config, places }
    }

    /// What the configuration says besides, as TOML.
    pub fn config(mut self, text: &str) -> Self {
        self.config.add(text);
        self
    }

    /// Sets a key, as [`Config::set`].
    #[track_caller]
    pub fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.config.set(key, value);
        self
    }

    /// It sends to a database of the ClickHouse at this URL.
    pub fn clickhouse(self, url: &str, database: &str) -> Self {
        self.set("clickhouse.url", url).set("clickhouse.database", database)
    }

    /// It sends to the ClickHouse of the run, to a database of its own, whose name is returned.
    pub fn storing(self) -> (Self, String) {
        let clickhouse = ClickHouse::shared();
        let database = clickhouse.fresh_database();
        (self.clickhouse(&clickhouse.url(), &database), database)
    }

    /// As [`Config::behind_proxy`].
    pub fn behind_proxy(mut self) -> Self {
        self.config.behind_proxy();
        self
    }

    /// Browsers may come by https as well, to [`Collector::https`].
    pub fn tls(mut self, leaf: &Leaf) -> Self {
        let https = free_address();
        self.places.https = Some(https);
        let [cert, key] = ["cert.pem", "key.pem"].map(|name| self.place.path().join(name));
        fs::write(&cert, &leaf.certificate).unwrap();
        fs::write(&key, &leaf.key).unwrap();
        self.set("listen.public_tls", https.to_string())
            .set("listen.tls_cert", path_text(&cert))
            .set("listen.tls_key", path_text(&key))
    }

    /// Starts it, and waits until it takes requests.
    pub fn start(self) -> Collector {
        let mut collector = Collector::new(self.place, self.config, self.places);
        collector.restart();
        collector
    }
}

/// A path as a value.
pub fn path_text(path: &Path) -> &str {
    path.to_str().unwrap()
}
