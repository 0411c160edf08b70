//! The layers of ARCHITECTURE.md, executed: a module uses only modules of the layers above its own, and no files import
//! each other in a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// From the top, what everything may use, to the bottom, what nothing uses.
const LAYERS: &[&[&str]] = &[
    &["base"],
    &["report", "decisions"],
    &["csp", "config"],
    &["telemetry"],
    &["journal"],
    &["pipeline"],
    &["detect"],
    &["metrics", "store"],
    &["observer", "sink", "accept", "audit", "peers"],
    &["console"],
    &["cli"],
];

/// A module's path: `["detect", "site"]`.
type Module = Vec<String>;

/// The names that a file imports, each with the path that it stands for, and the paths that it writes out.
#[derive(Default)]
struct File {
    imports: BTreeMap<String, Module>,
    paths: Vec<Module>,
}

/// Every file of `src` that is no test, by its module.
fn files() -> BTreeMap<Module, File> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![source.clone()];
    let mut found = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.file_stem().is_some_and(|stem| stem == "tests") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let module = module_of(path.strip_prefix(&source).unwrap());
                found.insert(module.clone(), read(&fs::read_to_string(&path).unwrap(), &module));
            }
        }
    }
    found
}

fn module_of(file: &Path) -> Module {
    let stem: PathBuf = file.with_extension("");
    let mut module: Module = stem.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
        module.pop();
    }
    module
}

fn read(text: &str, module: &Module) -> File {
    // The tests of a file stand at its end.
    let text = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
    let code = text.lines().map(|line| line.split("//").next().unwrap());
    let code = code.collect::<Vec<_>>().join("\n").replace("#[cfg(test)]\npub(crate) use", "skip");
    let mut file = File::default();
    let mut rest = String::new();
    for statement in code.split_inclusive(';') {
        // An import begins a line; elsewhere the word is in a text.
        let begins_line = |before: &str| {
            let line = before.rsplit('\n').next().unwrap().trim();
            matches!(line, "" | "pub") || line.starts_with("pub(") && line.ends_with(')')
        };
        let Some((before, tree)) =
            statement.rsplit_once("use ").filter(|(before, _)| begins_line(before))
        else {
            rest += statement;
            continue;
        };
        rest += before;
        let tree: String =
            tree.trim_end_matches(';').split_whitespace().collect::<Vec<_>>().join(" ");
        for path in leaves(&tree) {
            let (path, name) = path.split_once(" as ").unwrap_or((&path, ""));
            let mut path: Module = path.split("::").map(|part| part.trim().to_owned()).collect();
            if path.last().is_some_and(|last| last == "self") {
                path.pop();
            }
            let name = if name.is_empty() { path.last().unwrap().clone() } else { name.to_owned() };
            file.imports.insert(name, absolute(&path, module));
        }
    }
    let words = rest.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    for word in words.filter(|word| word.contains("::") && !word.starts_with("::")) {
        let path: Module = word.trim_end_matches(':').split("::").map(str::to_owned).collect();
        file.paths.push(absolute(&path, module));
    }
    file.paths.extend(file.imports.values().cloned());
    file
}

/// `a::{b, c::{d, e}}` as `a::b`, `a::c::d`, `a::c::e`.
fn leaves(tree: &str) -> Vec<String> {
    let Some((head, body)) = tree.split_once('{') else { return vec![tree.trim().to_owned()] };
    let body = body.rsplit_once('}').unwrap().0;
    let (mut found, mut depth, mut start) = (Vec::new(), 0, 0);
    for (index, c) in body.char_indices().chain([(body.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let piece = body[start..index].trim();
                start = (index + 1).min(body.len());
                if !piece.is_empty() {
                    found.extend(leaves(piece).iter().map(|leaf| format!("{}{leaf}", head.trim())));
                }
            }
            _ => {}
        }
    }
    found
}

/// A path from the crate's root; one that begins with neither `crate`, `self` nor `super` may name a child.
fn absolute(path: &[String], module: &Module) -> Module {
    let up = path.iter().take_while(|part| *part == "super").count();
    let (base, rest) = match path[0].as_str() {
        "crate" => (&module[..0], &path[1..]),
        "self" => (&module[..], &path[1..]),
        _ => (&module[..module.len().saturating_sub(up)], &path[up..]),
    };
    [base, rest].concat()
}

/// The module that a path leads to, through what modules import under a name of their own.
fn target(path: &[String], files: &BTreeMap<Module, File>, hops: usize) -> Module {
    let depth = (0..=path.len()).rev().find(|depth| files.contains_key(&path[..*depth]));
    let (module, rest) = path.split_at(depth.unwrap_or(0));
    let import = rest.first().and_then(|name| files[module].imports.get(name));
    match import {
        Some(import) if hops > 0 && import[..] != *path => {
            target(&[import, &rest[1..]].concat(), files, hops - 1)
        }
        _ => module.to_vec(),
    }
}

/// For each module those that it uses, but for its own children: those it declares.
fn edges() -> BTreeMap<Module, BTreeSet<Module>> {
    let files = files();
    assert!(files.len() > 250, "only {} files were found", files.len());
    let used = |(module, file): (&Module, &File)| {
        let targets = file.paths.iter().map(|path| target(path, &files, 8));
        let others = targets.filter(|used| !used.is_empty() && !used.starts_with(module));
        (module.clone(), others.collect())
    };
    files.iter().map(used).collect()
}

fn layer(module: &str) -> usize {
    let found = LAYERS.iter().position(|modules| modules.contains(&module));
    found.unwrap_or_else(|| panic!("{module} has no layer"))
}

#[test]
fn modules_use_only_the_layers_above_their_own() {
    let edges = edges();
    let mut wrong = Vec::new();
    for (module, used) in
        edges.iter().filter(|(module, _)| !module.is_empty() && *module != &["main"])
    {
        for other in used.iter().filter(|other| other[0] != module[0]) {
            if layer(&other[0]) >= layer(&module[0]) {
                wrong.push(format!("{} uses {}", module.join("::"), other.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let some = edges.values().map(BTreeSet::len).sum::<usize>();
    assert!(some > 800, "only {some} uses were found");
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut edges = edges();
    // What uses nothing that is left is in no circle; nor is what nothing is left to use.
    while let Some(free) =
        edges.iter().find(|(_, used)| used.is_empty()).map(|(module, _)| module.clone())
    {
        edges.remove(&free);
        edges.values_mut().for_each(|used| {
            used.remove(&free);
        });
    }
    assert!(edges.is_empty(), "in a circle, or using what is: {edges:#?}");
}

#[test]
fn the_table_names_every_module() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let entries: Vec<_> =
        fs::read_dir(source).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(entries.len() <= 20, "the listing of src tells the road: {entries:#?}");
    let names = entries.iter().map(|path| path.file_stem().unwrap().to_str().unwrap());
    let known: BTreeSet<&str> = LAYERS.iter().copied().flatten().copied().collect();
    assert_eq!(
        names.filter(|name| !["main", "lib"].contains(name)).collect::<BTreeSet<_>>(),
        known
    );
}
