//! Takes keys from the document one by one, notes every mistake with its place, and in the end every key
//! that nobody asked for.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::document::{Document, Leaf, Problem, Value};

/// Checks the keys of a document; all mistakes are gathered, none stops the check.
pub(super) struct Checker {
    document: Document,
    /// What a mistake in a section's name is answered with.
    sections: &'static str,
    asked: RefCell<BTreeSet<String>>,
    problems: RefCell<Vec<Problem>>,
}

impl Checker {
    pub(super) fn new(document: Document, problems: Vec<Problem>, sections: &'static str) -> Self {
        let (asked, problems) = (RefCell::default(), RefCell::new(problems));
        Self { document, sections, asked, problems }
    }

    /// The value of a key, read by `parse`; `default` where it is not set or wrong.
    pub(super) fn value<T>(
        &self,
        path: &str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        self.optional(path, parse).unwrap_or(default)
    }

    /// The value of a key that may be absent.
    pub(super) fn optional<T>(
        &self,
        path: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let leaf = self.leaf(path)?;
        match &leaf.value {
            Value::Scalar(text) => match parse(text) {
                Ok(value) => Some(value),
                Err(message) => {
                    self.wrong(path, message);
                    None
                }
            },
            Value::List(_) => {
                self.wrong(path, "one value is wanted here, not a list".to_owned());
                None
            }
        }
    }

    /// The text of a key; an empty one counts as absent.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        self.optional(path, |text| Ok(text.to_owned())).filter(|text| !text.is_empty())
    }

    /// The values of a list; wrong ones are noted and left out. One text may hold several, by comma.
    pub(super) fn list<T>(&self, path: &str, parse: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        let Some(leaf) = self.leaf(path) else { return Vec::new() };
        let texts: Vec<&str> = match &leaf.value {
            Value::List(texts) => texts.iter().map(String::as_str).collect(),
            Value::Scalar(text) => {
                text.split(',').map(str::trim).filter(|t| !t.is_empty()).collect()
            }
        };
        self.each(path, &texts, parse)
    }

    /// Likewise, for texts in which a comma is a comma.
    pub(super) fn texts<T>(&self, path: &str, parse: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        let Some(leaf) = self.leaf(path) else { return Vec::new() };
        let texts: Vec<&str> = match &leaf.value {
            Value::List(texts) => texts.iter().map(String::as_str).collect(),
            Value::Scalar(text) => vec![text],
        };
        self.each(path, &texts, parse)
    }

    fn each<T>(
        &self,
        path: &str,
        texts: &[&str],
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        let mut values = Vec::with_capacity(texts.len());
        for text in texts {
            match parse(text) {
                Ok(value) => values.push(value),
                Err(message) => self.wrong(path, message),
            }
        }
        values
    }

    /// How many tables an array of tables has.
    pub(super) fn count(&self, path: &str) -> usize {
        self.document.count(path)
    }

    /// Notes a mistake at a key: where it is set, or where it is missing.
    pub(super) fn wrong(&self, path: &str, message: String) {
        let place = self.place(path);
        let message = format!("{}: {message}", readable(path));
        self.problems.borrow_mut().push(Problem { place, message });
    }

    /// Notes mistakes of another file that belongs to this one.
    pub(super) fn note(&self, problems: Vec<Problem>) {
        self.problems.borrow_mut().extend(problems);
    }

    /// Where a key is set; else where the first key beside it is.
    fn place(&self, path: &str) -> String {
        let leaves = &self.document.leaves;
        let beside = || {
            let table = &path[..path.rfind('.')? + 1];
            leaves.iter().find(|(key, _)| key.starts_with(table)).map(|(_, leaf)| leaf)
        };
        let is_in_list = path.split('.').any(|part| part.parse::<usize>().is_ok());
        let leaf = leaves.get(path).or_else(|| beside().filter(|_| is_in_list));
        leaf.map_or_else(|| "configuration".to_owned(), |leaf| leaf.place.clone())
    }

    /// All mistakes, keys that nobody asked for included.
    pub(super) fn finish(self) -> Vec<Problem> {
        let asked = self.asked.take();
        let mut problems = self.problems.take();
        for (path, leaf) in &self.document.leaves {
            if !asked.contains(path) {
                let message =
                    format!("{}: unknown key; {}", readable(path), self.neighbours(path, &asked));
                problems.push(Problem { place: leaf.place.clone(), message });
            }
        }
        problems
    }

    /// Names the keys that exist in the section of an unknown one.
    fn neighbours(&self, path: &str, asked: &BTreeSet<String>) -> String {
        let section = path.rsplit_once('.').map_or("", |(section, _)| section);
        let keys: Vec<&str> = asked
            .iter()
            .filter_map(|known| known.rsplit_once('.').filter(|(parent, _)| *parent == section))
            .map(|(_, key)| key)
            .collect();
        if keys.is_empty() {
            return format!("known sections: {}", self.sections);
        }
        format!("known here: {}", keys.join(", "))
    }

    fn leaf(&self, path: &str) -> Option<&Leaf> {
        self.asked.borrow_mut().insert(path.to_owned());
        self.document.leaves.get(path)
    }
}

/// `site.0.page_group.1.paths` as people count: `site 1, page_group 2, paths`.
fn readable(path: &str) -> String {
    let mut readable = String::new();
    for part in path.split('.') {
        match part.parse::<usize>() {
            Ok(index) => readable.push_str(&format!(" {}", index + 1)),
            Err(_) if readable.is_empty() => readable.push_str(part),
            Err(_) if readable.ends_with(|c: char| c.is_ascii_digit()) => {
                readable.push_str(&format!(", {part}"));
            }
            Err(_) => readable.push_str(&format!(".{part}")),
        }
    }
    readable
}
