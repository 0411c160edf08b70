//! Links, and paths in backticks: each leads to what is there.

use std::collections::BTreeSet;
use std::fs;

use super::super::root;
use super::markdown::{Document, files};

/// What looks like a path of the repository and is none.
const NO_PATHS: &[(&str, &str)] = &[
    ("data/", "the collector makes it where it is started"),
    ("src/store/schema/migrations/NNNN_name.sql", "how the files are called"),
    ("target/", "what is built"),
    ("secrets/", "deploy/compose/make-secrets makes it"),
    ("cspwatch.toml", "the user's configuration"),
    ("scripts.toml", "the user's list of approvals"),
    ("evidence.html", "cspwatch evidence writes it"),
    ("evidence.json", "cspwatch evidence writes it"),
    ("inputs.conf", "Splunk's"),
    ("props.conf", "Splunk's"),
];

/// Where else the paths of a document begin.
const BASES: &[(&str, &str)] = &[("ARCHITECTURE.md", "src/")];

const EXTENSIONS: &[&str] = &[
    "conf", "css", "dict", "html", "js", "json", "lock", "md", "ndjson", "py", "rs", "service",
    "sh", "sql", "tmpl", "toml", "tsv", "xml", "yaml", "yml",
];

#[test]
fn links_lead_somewhere() {
    let mut wrong = Vec::new();
    for document in Document::all() {
        for link in document.links() {
            if link.text.starts_with("https://") {
                continue;
            }
            let (path, anchor) = link.text.split_once('#').unwrap_or((&link.text, ""));
            let path = match path {
                "" => document.path.clone(),
                path => format!("{}{path}", document.folder()),
            };
            let leads = root().join(&path).exists()
                && (anchor.is_empty() || Document::read(&path).anchors().contains(anchor));
            if !leads {
                wrong.push(format!("{}:{}: {}", document.path, link.line, link.text));
            }
        }
    }
    assert!(wrong.is_empty(), "links that lead nowhere:\n{}", wrong.join("\n"));
}

#[test]
fn paths_in_backticks_are_of_files_that_are_there() {
    let folders = top_folders();
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for document in Document::all() {
        let named = named(&document);
        for piece in document.inline_code() {
            let words: Vec<&str> = piece.text.split_whitespace().collect();
            for word in &words {
                // Of a command, what begins with a folder of the repository; else all that has the shape.
                let is_path = if words.len() == 1 {
                    is_shaped_like_a_path(word)
                } else {
                    is_below(word, &folders)
                };
                if is_path {
                    checked += 1;
                    if !is_there(&document, word, &named) {
                        wrong.push(format!("{}:{}: {word}", document.path, piece.line));
                    }
                }
            }
        }
        for piece in document.code_lines() {
            for word in piece.text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')) {
                if is_below(word, &folders) {
                    checked += 1;
                    if !is_there(&document, word, &named) {
                        wrong.push(format!("{}:{}: {word}", document.path, piece.line));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "no such files:\n{}", wrong.join("\n"));
    assert!(checked > 200, "only {checked} paths were found");
}

#[test]
fn what_looks_like_a_path_is_taken_for_one() {
    for path in
        ["src/lib.rs", "deploy/prometheus", "clippy.toml", ".ci/run", "a/b/", "x/*.yml", "x.rs"]
    {
        assert!(is_shaped_like_a_path(path), "{path}");
    }
    for other in [
        "/metrics",
        "text/plain",
        "600/min",
        "10.0.0.0/8",
        "cdn.example/pay.js",
        "https://a.example/b.md",
        "cspwatch",
        "HTTP/1.1",
        "{pan}",
        "~/.cargo/bin",
        "evil.example",
        "data/journal",
    ] {
        assert!(!is_shaped_like_a_path(other), "{other}");
    }
}

/// By its shape alone: a slash in it, or the end of a file's name.
fn is_shaped_like_a_path(word: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-/*".contains(c);
    let extension = word.rsplit_once('.').map_or("", |(_, extension)| extension);
    if word.is_empty() || !word.chars().all(is_plain) || word.starts_with(['/', '-']) {
        return false;
    }
    if NO_PATHS
        .iter()
        .any(|(none, _)| word == *none || (none.ends_with('/') && word.starts_with(none)))
    {
        return false;
    }
    let Some((first, _)) = word.split_once('/') else { return EXTENSIONS.contains(&extension) };
    let is_media_type = matches!(first, "application" | "text" | "image");
    let is_host = first.rfind('.').is_some_and(|dot| dot > 0);
    let is_rate = first.bytes().all(|b| b.is_ascii_digit());
    !is_media_type && !is_host && !is_rate && first != "HTTP"
}

/// Whether a word begins with a folder of the repository.
fn is_below(word: &str, folders: &BTreeSet<String>) -> bool {
    word.split_once('/').is_some_and(|(first, _)| folders.contains(first))
        && is_shaped_like_a_path(word)
}

fn top_folders() -> BTreeSet<String> {
    let entries = fs::read_dir(root()).unwrap().flatten().filter(|entry| entry.path().is_dir());
    let names = entries.map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|name| name != "target" && name != ".git").collect()
}

/// The names of the files that a document names with their folder: by a link, in backticks, or in a block of code.
fn named(document: &Document) -> BTreeSet<String> {
    let pieces = document.inline_code().into_iter().chain(document.links());
    let texts: Vec<String> = pieces.chain(document.code_lines()).map(|piece| piece.text).collect();
    let paths = texts.iter().flat_map(|text| text.split_whitespace());
    let there = paths.filter(|path| path.contains('/') && is_found(document, path));
    there.filter_map(|path| path.rsplit('/').next().map(str::to_owned)).collect()
}

/// Whether it is there; a name alone may be that of a file which the document names with its folder.
fn is_there(document: &Document, path: &str, named: &BTreeSet<String>) -> bool {
    let path = path.trim_end_matches('.');
    is_found(document, path) || (!path.contains('/') && named.contains(path))
}

/// Whether it is there, from the root, the document's folder or its base.
fn is_found(document: &Document, path: &str) -> bool {
    let base = BASES.iter().find(|(name, _)| *name == document.path).map_or("", |(_, base)| base);
    ["", document.folder(), base].iter().any(|place| exists(&format!("{place}{path}")))
}

fn exists(path: &str) -> bool {
    let Some((before, after)) = path.split_once('*') else { return root().join(path).exists() };
    let (folder, begins) = before.rsplit_once('/').unwrap_or(("", before));
    let Ok(entries) = fs::read_dir(root().join(folder)) else { return false };
    let names = entries.flatten().map(|entry| entry.file_name().into_string().unwrap());
    names.into_iter().any(|name| name.starts_with(begins) && name.ends_with(after))
}

/// What code, configurations and scripts say of documents.
#[test]
fn documents_that_the_code_names_are_there() {
    let (mut wrong, mut checked) = (Vec::new(), 0);
    let folders = ["src", "tests", "deploy", "dashboards", "bench", ".ci"];
    // Of a release: made by it.
    let is_text = |name: &str| !name.ends_with(".md") && !name.ends_with(".png");
    for file in files(&folders, &is_text) {
        let Ok(text) = fs::read_to_string(root().join(&file)) else { continue };
        // The cases of this file are none.
        if file.ends_with("documents/links.rs") {
            continue;
        }
        let folder = file.rfind('/').map_or("", |slash| &file[..=slash]);
        for (at, _) in text.match_indices(".md") {
            let is_of_path = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
            let before = &text[..at];
            let begin = before.rfind(|c| !is_of_path(c)).map_or(0, |begin| begin + 1);
            let name = &text[begin..at + 3];
            let after = &text[at + 3..];
            // An address, what is installed elsewhere, a variable's value, another ending, and the ending itself.
            let is_other = name.starts_with('/')
                || before[..begin].ends_with(['$', '}', '{', '*'])
                || after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '(')
                || [".md", "NOTES.md"].contains(&name);
            if is_other {
                continue;
            }
            checked += 1;
            let places = [name.to_owned(), format!("{folder}{name}")];
            let Some(path) = places.iter().find(|path| root().join(path).exists()) else {
                wrong.push(format!("{file}: {name}"));
                continue;
            };
            if let Some(what) = missing_part(path, after) {
                wrong.push(format!("{file}: {name}: {what}"));
            }
        }
    }
    assert!(wrong.is_empty(), "the code names what is not there:\n{}", wrong.join("\n"));
    assert!(checked > 80, "only {checked} were found");
}

/// The anchor or the heading, as in `x.md#anchor` and `x.md, "Heading"`, that a document does not have.
fn missing_part(path: &str, after: &str) -> Option<String> {
    let document = Document::read(path);
    if let Some(anchor) = after.strip_prefix('#') {
        let anchor: String =
            anchor.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        return (!anchor.is_empty() && !document.anchors().contains(&anchor))
            .then(|| format!("#{anchor}"));
    }
    let heading = after.strip_prefix(", \"").or_else(|| after.strip_prefix(" (\""))?;
    let heading = heading.split('"').next().unwrap();
    let is_there = document.headings().iter().any(|there| there.starts_with(heading));
    (!is_there).then(|| heading.to_owned())
}
