//! The configuration as a JSON Schema, for editors and for checks before a deployment. The keys and their types are those that
//! the check asks for; what they mean is in docs/configuration.md.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Config;
use super::checker::{Checker, KeyType};
use super::document::Document;

/// A configuration with one table of each array of tables: without it, the check does not ask for their keys.
const EVERY_TABLE: &str = "[[site]]\nname = 'site'\n[[site.page_group]]\nname = 'group'\n";

const REFERENCE: &str = include_str!("../../docs/configuration.md");

/// The schema, of draft 2020-12.
pub fn schema() -> Value {
    let document = Document::read("schema", EVERY_TABLE, &mut Vec::new());
    let checker = Checker::new(document, Vec::new(), "");
    Config::checked(&checker);
    let meanings = meanings();
    let mut root = table();
    for (path, of_type) in checker.keys() {
        let parts: Vec<&str> = path.split('.').filter(|part| !is_index(part)).collect();
        let key = of_key(of_type, meanings.get(&parts.join(".")));
        insert(&mut root, &path.split('.').collect::<Vec<_>>(), key);
    }
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("The configuration of cspwatch");
    root
}

fn table() -> Value {
    json!({"type": "object", "properties": {}, "additionalProperties": false})
}

fn is_index(part: &str) -> bool {
    part.parse::<usize>().is_ok()
}

/// Puts a key into the table that its path leads to. A number in a path means any table of an array.
fn insert(table: &mut Value, path: &[&str], key: Value) {
    match path {
        [name] => table["properties"][name] = key,
        [name, index, rest @ ..] if is_index(index) => {
            let array = &mut table["properties"][name];
            if array.is_null() {
                *array = json!({"type": "array", "items": self::table()});
            }
            insert(&mut array["items"], rest, key);
        }
        [name, rest @ ..] => {
            let inner = &mut table["properties"][name];
            if inner.is_null() {
                *inner = self::table();
            }
            insert(inner, rest, key);
        }
        [] => {}
    }
}

fn of_key(of_type: KeyType, meaning: Option<&Meaning>) -> Value {
    let mut key = match of_type {
        KeyType::Boolean => json!({"type": "boolean"}),
        KeyType::Count => json!({"type": "integer", "minimum": 0}),
        KeyType::Text => json!({"type": ["string", "integer"]}),
        // One value may be written without the list.
        KeyType::List => json!({
            "type": ["array", "string"],
            "items": {"type": ["string", "integer"]},
        }),
    };
    if let Some(Meaning { default, text }) = meaning {
        key["description"] = json!(format!("Default: {default}. {text}"));
    }
    key
}

/// What docs/configuration.md says of a key.
struct Meaning {
    default: String,
    text: String,
}

/// The meanings of all keys, by their paths: the rows of the tables `| key | default | meaning |`.
fn meanings() -> BTreeMap<String, Meaning> {
    let mut meanings = BTreeMap::new();
    for row in REFERENCE.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [keys, default, text] = cells[..] else { continue };
        for key in keys.split('`').skip(1).step_by(2) {
            let meaning = Meaning { default: plain(default), text: sentence(&plain(text)) };
            meanings.insert(key.to_owned(), meaning);
        }
    }
    meanings
}

/// A text without the marks of Markdown.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("](") {
        out.push_str(before);
        rest = after.split_once(')').map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    out.replace(['`', '['], "")
}

/// A text that begins and ends as a sentence.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str().trim_end_matches('.'))
}
