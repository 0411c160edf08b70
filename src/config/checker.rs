//! Takes keys from the document one by one and collects every mistake with its place; at the end, every key of the
//! document that no section has asked for is a mistake too.

use std::any::TypeId;
use std::cell::RefCell;
use std::collections::BTreeMap;

use super::document::{Document, ENVIRONMENT_PREFIX, Problem, RawValue, Setting};
use super::named_file::NamedFile;

/// Checks the keys of a document. Mistakes are collected; none stops the check.
pub(super) struct Checker {
    document: Document,
    /// The names of the sections there are, for the message about an unknown one.
    sections: &'static str,
    /// The keys that exist: those that a section asked for.
    known: RefCell<BTreeMap<String, KeyType>>,
    problems: RefCell<Vec<Problem>>,
    /// The kinds of named files that are read.
    reads: &'static [NamedFile],
}

/// What the value of a key is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyType {
    Boolean,
    Count,
    /// Also a size or a duration.
    Text,
    List,
}

impl KeyType {
    fn of<T: 'static>() -> Self {
        let is = |other: TypeId| TypeId::of::<T>() == other;
        if is(TypeId::of::<bool>()) {
            Self::Boolean
        } else if is(TypeId::of::<usize>()) {
            Self::Count
        } else {
            Self::Text
        }
    }
}

impl Checker {
    pub(super) fn new(document: Document, problems: Vec<Problem>, sections: &'static str) -> Self {
        let (known, problems) = (RefCell::default(), RefCell::new(problems));
        Self { document, sections, known, problems, reads: NamedFile::ALL }
    }

    /// Reads only named files of these kinds.
    pub(super) fn reading(self, reads: &'static [NamedFile]) -> Self {
        Self { reads, ..self }
    }

    /// Whether named files of a kind are read.
    pub(super) fn reads(&self, kind: NamedFile) -> bool {
        self.reads.contains(&kind)
    }

    /// The value of a key, parsed by `parse`; `default` where it is not set or wrong.
    pub(super) fn value<T: 'static>(
        &self,
        path: &str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        self.optional(path, parse).unwrap_or(default)
    }

    /// The value of a key that may be absent.
    pub(super) fn optional<T: 'static>(
        &self,
        path: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let setting = self.setting(path, KeyType::of::<T>())?;
        match &setting.value {
            RawValue::Scalar(text) => match parse(text) {
                Ok(value) => Some(value),
                Err(message) => {
                    self.add_problem(path, message);
                    None
                }
            },
            RawValue::List(_) => {
                self.add_problem(path, "this is a list; write one value".to_owned());
                None
            }
        }
    }

    /// The text of a key; an empty text counts as absent.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        self.optional(path, |text| Ok(text.to_owned())).filter(|text| !text.is_empty())
    }

    /// The values of a list; wrong ones are left out. One text may hold several values, separated by commas.
    pub(super) fn list<T>(&self, path: &str, parse: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        let Some(setting) = self.setting(path, KeyType::List) else { return Vec::new() };
        let texts: Vec<&str> = match &setting.value {
            RawValue::List(texts) => texts.iter().map(String::as_str).collect(),
            RawValue::Scalar(text) => {
                text.split(',').map(str::trim).filter(|text| !text.is_empty()).collect()
            }
        };
        self.parse_each(path, &texts, parse)
    }

    /// As [`Checker::list`], for texts that may contain commas: one text is one value.
    pub(super) fn texts<T>(&self, path: &str, parse: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        let Some(setting) = self.setting(path, KeyType::List) else { return Vec::new() };
        let texts: Vec<&str> = match &setting.value {
            RawValue::List(texts) => texts.iter().map(String::as_str).collect(),
            RawValue::Scalar(text) => vec![text],
        };
        self.parse_each(path, &texts, parse)
    }

    fn parse_each<T>(
        &self,
        path: &str,
        texts: &[&str],
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        let mut values = Vec::with_capacity(texts.len());
        for text in texts {
            match parse(text) {
                Ok(value) => values.push(value),
                Err(message) => self.add_problem(path, message),
            }
        }
        values
    }

    /// As [`Checker::list`], for a key that must have a value; `missing` says so where it has none. A wrong value is a mistake
    /// of its own.
    pub(super) fn needed_list<T>(
        &self,
        path: &str,
        missing: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        let before = self.problems.borrow().len();
        let values = self.list(path, parse);
        if values.is_empty() && self.problems.borrow().len() == before {
            self.add_problem(path, missing.to_owned());
        }
        values
    }

    /// The number of tables in an array of tables.
    pub(super) fn count(&self, path: &str) -> usize {
        self.document.count(path)
    }

    /// Adds a mistake at a key that is set, or missing.
    pub(super) fn add_problem(&self, path: &str, message: String) {
        let place = self.place(path);
        let message = format!("{}: {message}", readable(path));
        self.problems.borrow_mut().push(Problem { place, message });
    }

    /// Adds the mistakes of another file that the document names.
    pub(super) fn add_problems(&self, problems: Vec<Problem>) {
        self.problems.borrow_mut().extend(problems);
    }

    /// Where a key is set; else, in an array of tables, where the first key beside it is.
    fn place(&self, path: &str) -> String {
        let settings = &self.document.settings;
        let beside = || {
            let table = &path[..path.rfind('.')? + 1];
            settings.iter().find(|(key, _)| key.starts_with(table)).map(|(_, setting)| setting)
        };
        let is_in_list = path.split('.').any(|part| part.parse::<usize>().is_ok());
        let setting = settings.get(path).or_else(|| beside().filter(|_| is_in_list));
        setting.map_or_else(|| "configuration".to_owned(), |setting| setting.place.clone())
    }

    /// The keys that exist.
    pub(super) fn keys(self) -> BTreeMap<String, KeyType> {
        self.known.take()
    }

    /// All mistakes, unknown keys included.
    pub(super) fn finish(self) -> Vec<Problem> {
        let known = self.known.take();
        let mut problems = self.problems.take();
        for (path, setting) in &self.document.settings {
            if !known.contains_key(path) {
                let why =
                    if path.starts_with("site.") && setting.place.starts_with(ENVIRONMENT_PREFIX) {
                        "keys of sites are set in the file: a variable would not say of which site"
                            .to_owned()
                    } else {
                        format!("unknown key; {}", known_beside(path, &known, self.sections))
                    };
                let message = format!("{}: {why}", readable(path));
                problems.push(Problem { place: setting.place.clone(), message });
            }
        }
        problems
    }

    fn setting(&self, path: &str, of_type: KeyType) -> Option<&Setting> {
        self.known.borrow_mut().entry(path.to_owned()).or_insert(of_type);
        self.document.settings.get(path)
    }
}

/// The keys that exist in the section of an unknown key, or else the sections.
fn known_beside(path: &str, known: &BTreeMap<String, KeyType>, sections: &str) -> String {
    let section = path.rsplit_once('.').map_or("", |(section, _)| section);
    let keys: Vec<&str> = known
        .keys()
        .filter_map(|key| key.rsplit_once('.').filter(|(parent, _)| *parent == section))
        .map(|(_, key)| key)
        .collect();
    if keys.is_empty() {
        return format!("known sections: {sections}");
    }
    format!("known here: {}", keys.join(", "))
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
