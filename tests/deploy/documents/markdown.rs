//! Markdown, as far as the documents use it: headings, links, code and tables, each with its line.

use std::collections::{BTreeSet, HashMap};
use std::fs;

use super::super::{relative, root};

/// A document of the repository.
pub struct Document {
    /// Its path, from the root.
    pub path: String,
    text: String,
}

/// A piece of a document.
pub struct Piece {
    /// The line that it begins in, from 1.
    pub line: usize,
    /// What it says.
    pub text: String,
}

/// A table: the cells of its rows, without the heading.
pub struct Table {
    /// The heading's cells.
    pub heading: Vec<String>,
    /// The other rows.
    pub rows: Vec<Vec<String>>,
}

impl Document {
    /// Reads one.
    pub fn read(path: &str) -> Self {
        let text = fs::read_to_string(root().join(path));
        Self { path: path.to_owned(), text: text.unwrap_or_else(|error| panic!("{path}: {error}")) }
    }

    /// All documents of the repository.
    pub fn all() -> Vec<Self> {
        let mut found = files(&["."], &|name| name.ends_with(".md"));
        found.sort();
        assert!(found.len() > 30, "{found:?}");
        found.iter().map(|path| Self::read(path)).collect()
    }

    /// The folder that relative paths in it begin at, with a slash at its end or empty.
    pub fn folder(&self) -> &str {
        self.path.rfind('/').map_or("", |slash| &self.path[..=slash])
    }

    /// How many lines it has.
    pub fn lines(&self) -> usize {
        self.text.lines().count()
    }

    /// The lines outside of blocks of code.
    pub fn prose(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut is_code = false;
        self.text.lines().enumerate().filter_map(move |(index, line)| {
            let is_fence = line.trim_start().starts_with("```");
            let is_prose = !is_code && !is_fence;
            is_code ^= is_fence;
            is_prose.then_some((index + 1, line))
        })
    }

    /// The lines of blocks of code; one that ends in a backslash goes on with the next.
    pub fn code_lines(&self) -> Vec<Piece> {
        let prose: BTreeSet<usize> = self.prose().map(|(line, _)| line).collect();
        let mut pieces: Vec<Piece> = Vec::new();
        let mut goes_on = false;
        for (index, line) in self.text.lines().enumerate() {
            if prose.contains(&(index + 1)) || line.trim_start().starts_with("```") {
                continue;
            }
            let text = line.trim().trim_end_matches('\\');
            match pieces.last_mut().filter(|_| goes_on) {
                Some(before) => before.text.push_str(text),
                None => pieces.push(Piece { line: index + 1, text: text.to_owned() }),
            }
            goes_on = line.ends_with('\\');
        }
        pieces
    }

    /// What stands between backticks in a sentence.
    pub fn inline_code(&self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for (line, text) in self.prose() {
            let parts: Vec<&str> = text.split('`').collect();
            assert!(parts.len() % 2 == 1, "{}:{line}: a backtick without another", self.path);
            let code = parts.into_iter().skip(1).step_by(2);
            pieces.extend(code.map(|text| Piece { line, text: text.to_owned() }));
        }
        pieces
    }

    /// Where links and pictures lead.
    pub fn links(&self) -> Vec<Piece> {
        let mut links = Vec::new();
        for (line, text) in self.prose() {
            let words: String = text.split('`').step_by(2).collect::<Vec<_>>().join("`");
            let targets = words.split("](").skip(1).map(|rest| rest.split(')').next().unwrap());
            links.extend(targets.map(|text| Piece { line, text: text.to_owned() }));
        }
        links
    }

    /// The headings, without their signs.
    pub fn headings(&self) -> Vec<&str> {
        let lines = self.prose().filter(|(_, line)| line.starts_with('#'));
        lines.map(|(_, line)| line.trim_start_matches('#').trim()).collect()
    }

    /// The headings as links name them: as GitHub does it, a second one of the same words gets a number.
    pub fn anchors(&self) -> BTreeSet<String> {
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut anchors = BTreeSet::new();
        for heading in self.headings() {
            let words = heading.to_lowercase().replace(' ', "-");
            let anchor: String =
                words.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
            let count = seen.entry(anchor.clone()).or_default();
            anchors.insert(if *count == 0 { anchor } else { format!("{anchor}-{count}") });
            *count += 1;
        }
        anchors
    }

    /// The tables whose heading begins with this cell.
    pub fn tables(&self, first: &str) -> Vec<Table> {
        let mut tables: Vec<Table> = Vec::new();
        let mut last = 0;
        for (line, text) in self.prose().filter(|(_, text)| text.trim_start().starts_with('|')) {
            let cells = cells(text);
            if line != last + 1 {
                tables.push(Table { heading: cells, rows: Vec::new() });
            } else if !cells.iter().all(|cell| cell.chars().all(|c| matches!(c, '-' | ':'))) {
                let table = tables.last_mut().unwrap();
                let columns = table.heading.len();
                assert_eq!(cells.len(), columns, "{}:{line}: cells of a row", self.path);
                table.rows.push(cells);
            }
            last = line;
        }
        tables.retain(|table| table.heading[0] == first);
        tables
    }

    /// Likewise the rows of all of them; at least one.
    pub fn rows(&self, first: &str) -> Vec<Vec<String>> {
        let rows: Vec<_> = self.tables(first).into_iter().flat_map(|table| table.rows).collect();
        assert!(!rows.is_empty(), "{}: no table begins with {first}", self.path);
        rows
    }
}

/// The cells of a row; a bar in code is written `\|`.
fn cells(row: &str) -> Vec<String> {
    let row = row.trim().trim_start_matches('|').trim_end_matches('|').replace("\\|", "\u{0}");
    row.split('|').map(|cell| cell.trim().replace('\u{0}', "|")).collect()
}

/// The pieces of code of a cell.
pub fn code_of(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// The files below these folders whose names are wanted, from the root; not what is built or fetched.
pub fn files(folders: &[&str], is_wanted: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders: Vec<_> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let name = entry.file_name().into_string().unwrap();
            if entry.file_type().unwrap().is_dir() {
                if !matches!(&*name, "target" | "node_modules" | ".git" | "__pycache__") {
                    folders.push(entry.path());
                }
            } else if is_wanted(&name) {
                found.push(relative(&entry.path()).trim_start_matches("./").to_owned());
            }
        }
    }
    found
}
