//! Commands: those in the documents exist, and those that exist are documented, with every option.

use std::collections::BTreeSet;
use std::process::Command;

use super::super::text;
use super::markdown::{Document, code_of, files};

/// Options that all commands have; docs/commands/README.md explains them.
const COMMON: [&str; 3] = ["--config", "--help", "--version"];

/// The call of cspwatch in a piece of code, if there is one, up to what the shell does with its output.
fn call(piece: &str) -> Option<Vec<&str>> {
    let piece = piece.split([')', '|', '>', '#']).next().unwrap_or_default();
    // What may stand before it: a prompt, a container, a variable, a substitution.
    let starts = ["exec cspwatch ", " -- ", "$(", "$ ", "./", "8123 "];
    let cut = starts.iter().filter_map(|start| piece.rsplit_once(start).map(|(_, rest)| rest));
    let candidates = cut.chain([piece]);
    candidates
        .filter_map(|text| text.strip_prefix("cspwatch "))
        .map(|rest| rest.split_whitespace().collect())
        .next()
}

fn help(words: &[&str]) -> Option<String> {
    let output =
        Command::new(env!("CARGO_BIN_EXE_cspwatch")).args(words).arg("--help").output().unwrap();
    output.status.success().then(|| text(&output))
}

/// The commands that a page of help lists.
fn listed(page: &str) -> BTreeSet<String> {
    let Some((_, commands)) = page.split_once("\nCommands:\n") else { return BTreeSet::new() };
    let lines = commands.lines().take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// The long options that a page of help lists.
fn options(page: &str) -> BTreeSet<String> {
    let lines = page.lines().map(str::trim_start);
    let options = lines.filter_map(|line| {
        let line = line
            .strip_prefix("-")
            .filter(|rest| rest.get(1..3) == Some(", "))
            .map_or(line, |rest| &rest[3..]);
        line.starts_with("--").then(|| line.split([' ', '=']).next().unwrap().to_owned())
    });
    options.filter(|option| !COMMON.contains(&option.as_str())).collect()
}

#[test]
fn commands_in_the_documents_exist_with_their_options() {
    let mut checked = 0;
    for document in Document::all() {
        for piece in document.inline_code().into_iter().chain(document.code_lines()) {
            let Some(words) = call(&piece.text) else { continue };
            // The place of any command.
            if words[0] == "COMMAND" {
                continue;
            }
            let place = format!("{}:{}: {}", document.path, piece.line, piece.text);
            let mut page = help(&words[..1]).unwrap_or_else(|| panic!("{place}"));
            let mut depth = 1;
            while page.contains("\nCommands:\n")
                && words.get(depth).is_some_and(|word| !word.starts_with('-'))
            {
                depth += 1;
                page = help(&words[..depth]).unwrap_or_else(|| panic!("{place}"));
            }
            let known = options(&page);
            for option in words.iter().filter(|word| word.starts_with("--")) {
                let option = option.split('=').next().unwrap_or_default();
                let is_known = known.contains(option) || COMMON.contains(&option);
                assert!(is_known, "{place}: there is no {option}");
            }
            checked += 1;
        }
    }
    assert!(checked > 100, "only {checked} were found");
}

#[test]
fn every_command_has_a_line_in_the_readme_and_a_page() {
    let commands = listed(&help(&[]).unwrap());
    assert!(commands.len() > 15, "{commands:?}");
    let rows = Document::read("README.md").rows("command");
    let lines = rows.iter().map(|row| {
        let name = code_of(&row[0]).next().unwrap();
        assert_eq!(row[0], format!("[`{name}`](docs/commands/{name}.md)"));
        name.to_owned()
    });
    assert_eq!(lines.collect::<BTreeSet<_>>(), commands, "README.md");
    let pages = files(&["docs/commands"], &|name| name.ends_with(".md") && name != "README.md");
    let pages = pages
        .iter()
        .map(|page| page.trim_start_matches("docs/commands/").trim_end_matches(".md").to_owned());
    assert_eq!(pages.collect::<BTreeSet<_>>(), commands, "docs/commands");
}

#[test]
fn the_examples_of_capacity_are_what_it_prints() {
    let document = Document::read("docs/capacity.md");
    let lines: Vec<String> = document.code_lines().into_iter().map(|piece| piece.text).collect();
    let examples: Vec<&[String]> =
        lines.split(|line| line.starts_with("$ cspwatch ")).skip(1).collect();
    let calls: Vec<Vec<&str>> = lines.iter().filter_map(|line| call(line)).collect();
    assert_eq!((examples.len(), calls.len()), (2, 2));
    for (example, arguments) in examples.into_iter().zip(calls) {
        let output = Command::new(env!("CARGO_BIN_EXE_cspwatch")).args(arguments).output().unwrap();
        let printed = text(&output);
        let filled = |line: &&str| !line.is_empty();
        let printed: Vec<&str> = printed.lines().map(str::trim).filter(filled).collect();
        let example: Vec<&str> = example.iter().map(String::as_str).filter(filled).collect();
        assert_eq!(example, printed);
    }
}

/// The options of a command and of those below it.
fn all_options(words: &[&str]) -> BTreeSet<String> {
    let page = help(words).unwrap();
    let below = listed(&page).into_iter().flat_map(|name| all_options(&[words, &[&name]].concat()));
    options(&page).into_iter().chain(below).collect()
}

#[test]
fn every_option_is_documented_and_no_other() {
    for command in listed(&help(&[]).unwrap()) {
        let real = all_options(&[&command]);
        let document = Document::read(&format!("docs/commands/{command}.md"));
        let rows = document.tables("option").into_iter().flat_map(|table| table.rows);
        let cells: Vec<String> = rows.map(|mut row| row.swap_remove(0)).collect();
        let codes = cells.iter().flat_map(|cell| code_of(cell));
        let names = codes.map(|code| code.split(' ').next().unwrap());
        let documented: BTreeSet<String> =
            names.filter(|name| name.starts_with("--")).map(str::to_owned).collect();
        assert_eq!(documented, real, "{}", document.path);
    }
    let shared = Document::read("docs/commands/README.md");
    let code: Vec<String> = shared.inline_code().into_iter().map(|piece| piece.text).collect();
    for option in COMMON {
        assert!(code.iter().any(|code| code.split(' ').next() == Some(option)), "{option}");
    }
}
