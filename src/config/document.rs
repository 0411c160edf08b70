//! The configuration as it is written: every key with its value and its place, nothing checked yet.
//!
//! The file and the environment become one flat map from a dotted path (`listen.public`,
//! `site.0.page_group.1.paths`) to a value, so that both are checked by the same code.

use std::collections::BTreeMap;
use std::fmt;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Prefix of environment variables that override keys: `CSPWATCH__LISTEN__PUBLIC`.
pub const ENVIRONMENT_PREFIX: &str = "CSPWATCH__";

/// A mistake and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `cspwatch.toml:12:5`, or the name of an environment variable.
    pub place: String,
    /// What is wrong, and what to do.
    pub message: String,
}

impl Problem {
    /// Where it comes in a list: the mistakes of the file `name` in the order of its lines, then those of other files, then
    /// those without a line.
    pub(super) fn position(&self, name: &str) -> (bool, bool, String, usize, usize) {
        let mut parts = self.place.rsplitn(3, ':');
        let (column, line, file) = (parts.next(), parts.next(), parts.next());
        let number = |part: Option<&str>| part.and_then(|part| part.parse().ok());
        match (file, number(line), number(column)) {
            (Some(file), Some(line), Some(column)) => {
                (false, file != name, file.to_owned(), line, column)
            }
            _ => (true, false, self.place.clone(), 0, 0),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.message)
    }
}

/// A value as text; the check decides what type it must have. Numbers and booleans keep their spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RawValue {
    Scalar(String),
    List(Vec<String>),
}

/// The value of a key, and where it is set.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) value: RawValue,
    pub(super) place: String,
}

/// All keys that are set, by their dotted paths.
#[derive(Clone, Debug, Default)]
pub(super) struct Document {
    pub(super) settings: BTreeMap<String, Setting>,
}

impl Document {
    /// Reads a TOML text; mistakes are reported under `name`.
    pub(super) fn read(name: &str, text: &str, problems: &mut Vec<Problem>) -> Self {
        let (table, errors) = DeTable::parse_recoverable(text);
        let reader = TomlReader { name, text };
        for error in errors {
            let start = error.span().map_or(0, |span| span.start);
            problems.push(Problem {
                place: reader.place(start),
                message: format!("this is not TOML: {}", error.message()),
            });
        }
        let mut document = Self::default();
        reader.table("", table.get_ref(), &mut document, problems);
        document
    }

    /// Overrides the file's keys by variables of the environment.
    pub(super) fn override_by(&mut self, environment: &BTreeMap<String, String>) {
        for (variable, text) in environment {
            let Some(rest) = variable.strip_prefix(ENVIRONMENT_PREFIX) else { continue };
            let path = rest.to_ascii_lowercase().replace("__", ".");
            let setting =
                Setting { value: RawValue::Scalar(text.clone()), place: variable.clone() };
            self.settings.insert(path, setting);
        }
    }

    /// The number of tables in the array of tables at `path`.
    pub(super) fn count(&self, path: &str) -> usize {
        let prefix = format!("{path}.");
        let indexes = self
            .settings
            .keys()
            .filter_map(|key| key.strip_prefix(&prefix)?.split('.').next()?.parse::<usize>().ok());
        indexes.max().map_or(0, |last| last + 1)
    }
}

struct TomlReader<'a> {
    name: &'a str,
    text: &'a str,
}

impl TomlReader<'_> {
    /// `file:line:column` of a byte offset, both 1-based.
    fn place(&self, offset: usize) -> String {
        let before = &self.text[..self.text.floor_char_boundary(offset)];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        format!("{}:{line}:{column}", self.name)
    }

    fn table(
        &self,
        path: &str,
        table: &DeTable<'_>,
        document: &mut Document,
        problems: &mut Vec<Problem>,
    ) {
        for (key, value) in table {
            let path = if path.is_empty() {
                key.get_ref().to_string()
            } else {
                format!("{path}.{}", key.get_ref())
            };
            self.value(path, key.span().start, value, document, problems);
        }
    }

    fn value(
        &self,
        path: String,
        offset: usize,
        value: &Spanned<DeValue<'_>>,
        document: &mut Document,
        problems: &mut Vec<Problem>,
    ) {
        let place = self.place(offset);
        let value = match value.get_ref() {
            DeValue::Table(table) => return self.table(&path, table, document, problems),
            DeValue::Array(array) if array.iter().any(|item| item.get_ref().is_table()) => {
                for (index, item) in array.iter().enumerate() {
                    let path = format!("{path}.{index}");
                    self.value(path, item.span().start, item, document, problems);
                }
                return;
            }
            DeValue::Array(array) => {
                RawValue::List(array.iter().filter_map(|item| scalar(item.get_ref())).collect())
            }
            value => match scalar(value) {
                Some(text) => RawValue::Scalar(text),
                None => return,
            },
        };
        document.settings.insert(path, Setting { value, place });
    }
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    Some(match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(_) | DeValue::Table(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_paths_with_places() {
        let mut problems = Vec::new();
        let text = "[listen]\npublic = \"a\"\n[[site]]\nname='s'\n [[site.page_group]]\n paths=['/a', 1]\n";
        let document = Document::read("f", text, &mut problems);
        let found: Vec<_> = document
            .settings
            .iter()
            .map(|(path, setting)| format!("{path} {:?} {}", setting.value, setting.place))
            .collect();
        assert_eq!(
            found,
            [
                "listen.public Scalar(\"a\") f:2:1",
                "site.0.name Scalar(\"s\") f:4:1",
                "site.0.page_group.0.paths List([\"/a\", \"1\"]) f:6:2",
            ]
        );
        assert_eq!(document.count("site"), 1);
        assert_eq!(document.count("site.0.page_group"), 1);
        assert_eq!(problems, []);
    }

    #[test]
    fn every_syntax_error_has_its_place() {
        let mut problems = Vec::new();
        Document::read("f", "a = \nb = 1\nc d\n", &mut problems);
        let places: Vec<_> = problems.iter().map(|problem| problem.place.as_str()).collect();
        assert!(places.iter().any(|place| place.starts_with("f:1:")), "{problems:?}");
        assert!(places.iter().any(|place| place.starts_with("f:3:")), "{problems:?}");
    }

    #[test]
    fn the_environment_overrides() {
        let mut document = Document::read("f", "[listen]\npublic = 'a'", &mut Vec::new());
        let environment = [("CSPWATCH__LISTEN__PUBLIC", "b"), ("CSPWATCH_CONFIG", "c")];
        document.override_by(
            &environment.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        );
        assert_eq!(document.settings["listen.public"].value, RawValue::Scalar("b".to_owned()));
        assert_eq!(document.settings.len(), 1);
    }
}
