//! The page about the log against the code that writes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::super::root;
use super::markdown::{Document, code_of, files};

/// The warnings and errors of a file, but for those of its unit tests: the level, and the text behind the bracket.
fn lines(code: &str) -> Vec<(&'static str, &str)> {
    let code = code.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
    let of_level = |(level, call): (&'static str, &str)| {
        code.split(call).skip(1).map(|rest| (level, rest.trim_start())).collect::<Vec<_>>()
    };
    [("warn", "tracing::warn!("), ("error", "tracing::error!(")].map(of_level).concat()
}

fn id_of<'a>(line: &'a str, path: &str) -> &'a str {
    let id = line.strip_prefix("id = \"").and_then(|rest| rest.split('"').next());
    let is_kebab = |id: &&str| id.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let begin = line.lines().next().unwrap_or_default();
    id.filter(is_kebab).unwrap_or_else(|| panic!("{path}: no `id = \"kebab-case\", ` at: {begin}"))
}

#[test]
fn every_warning_and_error_has_an_id_that_the_page_explains() {
    let mut real: BTreeMap<String, String> = BTreeMap::new();
    for path in files(&["src"], &|name| name.ends_with(".rs")) {
        if path.contains("/tests") {
            continue;
        }
        let code = fs::read_to_string(root().join(Path::new(&path))).unwrap();
        for (level, line) in lines(&code) {
            let id = id_of(line, &path).to_owned();
            let before = real.insert(id.clone(), level.to_owned());
            assert!(before.is_none_or(|before| before == level), "{id} has two levels");
        }
    }
    assert!(real.contains_key("reports-kept-on-disk"), "{real:?}");
    let rows = Document::read("docs/logs.md").rows("id");
    let documented: BTreeMap<String, String> = rows
        .iter()
        .map(|row| (code_of(&row[0]).next().unwrap().to_owned(), row[1].clone()))
        .collect();
    let ids = |of: &BTreeMap<String, String>| of.keys().cloned().collect::<BTreeSet<_>>();
    let (real_ids, documented_ids) = (ids(&real), ids(&documented));
    let missing: Vec<_> = real_ids.symmetric_difference(&documented_ids).collect();
    assert!(missing.is_empty(), "on one side only: {missing:?}");
    assert_eq!(documented, real, "levels");
    // Each says what to do.
    let empty = rows.iter().find(|row| row.len() != 4 || row.iter().any(String::is_empty));
    assert!(empty.is_none(), "{empty:?}");
}
