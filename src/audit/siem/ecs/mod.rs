//! Events for a SIEM, in the Elastic Common Schema (ECS 8.17, elastic.co/docs/reference/ecs). What the schema has no field
//! for is in fields that begin with `cspwatch.`. No I/O.
//!
//! The id of an event is derived from its identity, so that a receiver recognises an event that comes twice. The identity
//! of an alert or a decision is everything that distinguishes it; that of a sighting is its batch, violation, times, and its
//! number among those that share all of these.

mod alert;
mod decision;
mod line;
mod sighting;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use crate::base::clock::Timestamp;

pub use alert::alert;
pub(crate) use alert::key as alert_key;
pub use decision::decision;
pub(crate) use decision::key as decision_key;
pub use line::Charset;
pub use sighting::sighting;

/// The version of the schema.
pub const ECS_VERSION: &str = "8.17.0";

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A collector raised an alert.
    Alert,
    /// A browser reported what may be evidence.
    Sighting,
    /// Somebody decided about a destination or a script.
    Decision,
}

impl EventKind {
    /// The name in `event.dataset`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Sighting => "sighting",
            Self::Decision => "decision",
        }
    }
}

/// How urgent an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventLevel {
    /// An alert that pages the on-call.
    Page,
    /// An alert for working hours.
    Ticket,
    /// A report that may be evidence.
    Sighting,
    /// For the record.
    Record,
}

impl EventLevel {
    /// `event.severity`, on the scale of Elastic's detection rules: 99 critical, 47 medium, 21 low.
    fn number(self) -> u8 {
        match self {
            Self::Page => 99,
            Self::Ticket => 47,
            Self::Sighting => 21,
            Self::Record => 1,
        }
    }
}

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What it is about.
    pub kind: EventKind,
    /// How urgent it is.
    pub level: EventLevel,
    /// The same whenever it is exported.
    pub id: String,
    /// When it happened.
    pub at: Timestamp,
    /// Name of the site.
    pub site: String,
    fields: Value,
}

/// The fields that all events have.
struct Core<'a> {
    kind: EventKind,
    level: EventLevel,
    id: String,
    at: Timestamp,
    site: &'a str,
    page_group: &'a str,
    /// Values that ECS allows together: `event.category`, and `event.type`.
    category: &'a [&'a str],
    types: &'a [&'a str],
    action: &'a str,
    message: String,
    /// The collector's id, where one is known.
    collector: &'a str,
}

impl Core<'_> {
    /// The event with additional fields, which are objects. Empty fields are left out.
    fn event(self, more: Value) -> Event {
        let at = self.at;
        let mut fields = json!({
            "@timestamp": at.to_string(),
            "ecs": { "version": ECS_VERSION },
            "message": self.message,
            "labels": { "site": self.site, "page_group": self.page_group },
            "event": {
                "kind": if self.kind == EventKind::Alert { "alert" } else { "event" },
                "category": self.category,
                "type": self.types,
                "action": self.action,
                "id": self.id,
                "severity": self.level.number(),
                "module": "cspwatch",
                "dataset": format!("cspwatch.{}", self.kind.as_str()),
            },
            "observer": {
                "vendor": "cspwatch",
                "product": "cspwatch",
                "type": "sensor",
                "version": env!("CARGO_PKG_VERSION"),
                "name": self.collector,
            },
            "cspwatch": { "site": self.site, "page_group": self.page_group },
        });
        merge(&mut fields, more);
        prune(&mut fields);
        let Self { kind, level, id, site, .. } = self;
        Event { kind, level, id, at, site: site.to_owned(), fields }
    }
}

/// Merges the fields of one object into another, recursively.
fn merge(into: &mut Value, more: Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (name, value) in more {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more,
    }
}

/// Removes what is empty: null, `""`, `[]`, and objects that hold nothing else.
fn prune(value: &mut Value) {
    if let Value::Object(fields) = value {
        fields.values_mut().for_each(prune);
        fields.retain(|_, value| match value {
            Value::Null => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(values) => !values.is_empty(),
            Value::Object(fields) => !fields.is_empty(),
            Value::Bool(_) | Value::Number(_) => true,
        });
    }
}

/// The fields of a host that data was sent to or code came from.
fn destination(host: &str, registrable: &str, port: u16) -> Value {
    let is_address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok();
    let mut fields = Map::new();
    fields.insert("address".to_owned(), host.into());
    if is_address {
        fields.insert("ip".to_owned(), host.trim_matches(['[', ']']).into());
    } else {
        fields.insert("domain".to_owned(), host.into());
        fields.insert("registered_domain".to_owned(), registrable.into());
    }
    if port != 0 {
        fields.insert("port".to_owned(), port.into());
    }
    fields.into()
}

/// The texts that are not empty.
fn filled<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    texts.into_iter().filter(|text| !text.is_empty()).collect()
}

/// A hash of all parts: half of a BLAKE3 hash, for which nobody can find a second text.
pub(crate) fn identity<'a>(parts: impl IntoIterator<Item = &'a str>) -> u128 {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    let hash = hasher.finalize();
    hash.as_bytes().iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte))
}
