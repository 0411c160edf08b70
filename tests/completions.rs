//! Completions and man pages, as the shells and the readers that people have load them.

use std::fs;
use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use crate::support::builder::path_text;
use crate::support::tools;

/// What is typed, and what it becomes: a command, and an option of one.
const TYPED: [(&str, &str); 2] =
    [("cspwatch des", "destinations"), ("cspwatch serve --con", "--config")];

/// A completion ends in a moment; a shell that waits for more would do so for ever.
const SHELL: [&str; 2] = ["timeout", "60"];

/// Calls what bash calls on a tab: the function that the script registers for the command, with the words of the line.
const BASH: &str = r#"
source "$1"
function=$(complete -p cspwatch | sed 's/.* -F \([^ ]*\) .*/\1/')
read -ra COMP_WORDS <<<"$2"
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
"$function" cspwatch "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
"#;

/// Types the line and a tab into a shell on a terminal of its own, and waits for what is completed.
const ZSH: &str = r#"
zmodload zsh/zpty
zpty shell 'zsh -f -i'
zpty -w shell "fpath=(${1:h} \$fpath); autoload -Uz compinit; compinit -u -d ${1:h}/dump"
zpty -w -n shell "$2"$'\t'
zpty -r shell seen "*$3*"
print -r -- "$seen"
"#;

const FISH: &str = "source $argv[1]; complete --do-complete $argv[2]";

#[test]
fn bash_completes_commands_and_options() {
    check("bash", "cspwatch.bash", &["-c", BASH, "bash"]);
}

#[test]
fn zsh_completes_commands_and_options() {
    check("zsh", "_cspwatch", &["-f", "-c", ZSH, "zsh"]);
}

#[test]
fn fish_completes_commands_and_options() {
    check("fish", "cspwatch.fish", &["--no-config", "-c", FISH]);
}

#[track_caller]
fn check(shell: &str, name: &str, arguments: &[&str]) {
    let place = tempfile::tempdir().unwrap();
    let script = place.path().join(name);
    let printed = cspwatch(&["completions", shell]);
    fs::write(&script, printed.stdout).unwrap();
    for (typed, completed) in TYPED {
        let mut command = tools::command(&[SHELL[0]]);
        command.arg(SHELL[1]).arg(shell).args(arguments).arg(&script).args([typed, completed]);
        let output = command.env("HOME", place.path()).output().unwrap();
        let seen = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && seen.contains(completed), "{typed}: {output:?}");
    }
}

#[test]
fn man_pages_load_without_a_complaint() {
    let place = TempDir::new().unwrap();
    let folder = place.path().join("man1");
    cspwatch(&["man", path_text(&folder)]);
    for page in fs::read_dir(&folder).unwrap() {
        let page = page.unwrap().path();
        // `man` exits 0 whatever the page has; what is wrong with it is on standard error.
        let shown = run("man", &["--warnings", "-P", "cat", "-l"], &page);
        assert!(shown.stderr.is_empty(), "{}: {shown:?}", page.display());
        let text = String::from_utf8_lossy(&shown.stdout).into_owned();
        assert!(text.contains("SYNOPSIS"), "{}: {text}", page.display());
        let checked = run("mandoc", &["-T", "lint", "-W", "error"], &page);
        assert!(checked.status.success(), "{}: {checked:?}", page.display());
    }
}

fn run(program: &str, arguments: &[&str], page: &Path) -> Output {
    tools::command(&[program]).args(arguments).arg(page).output().unwrap()
}

fn cspwatch(arguments: &[&str]) -> Output {
    let mut command = tools::command(&[env!("CARGO_BIN_EXE_cspwatch")]);
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output
}
