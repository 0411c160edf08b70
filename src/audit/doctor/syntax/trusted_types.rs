//! What is wrong with the directives of Trusted Types. What browsers make of each value, Chromium 148 says in its console.

use super::super::finding::Finding;
use super::super::written::{WrittenDirective, WrittenPolicy, display_word};

pub(super) fn findings(policy: &WrittenPolicy, directive: &WrittenDirective) -> Vec<Finding> {
    match directive.name.as_str() {
        "require-trusted-types-for" => requirement(policy, directive),
        "trusted-types" => names(policy, directive),
        _ => Vec::new(),
    }
}

/// The one value is `'script'`, as it is written here: case counts.
fn requirement(policy: &WrittenPolicy, directive: &WrittenDirective) -> Vec<Finding> {
    let others = || directive.words.iter().filter(|word| *word != "'script'");
    if !directive.words.iter().any(|word| word == "'script'") {
        let what = match directive.words.first() {
            Some(word) => format!("{} is not the value 'script'", display_word(word)),
            None => "the directive has no value".to_owned(),
        };
        return vec![without_effect(
            policy.at(directive),
            what,
            "require-trusted-types-for 'script'",
        )];
    }
    others()
        .map(|word| unknown(policy.at_word(directive, word), word, "remove it".to_owned()))
        .collect()
}

fn names(policy: &WrittenPolicy, directive: &WrittenDirective) -> Vec<Finding> {
    let mut findings = Vec::new();
    if directive.has("'allow-duplicates'") && directive.words.len() == 1 {
        findings.push(without_effect(
            policy.at(directive),
            "'allow-duplicates' has no names of policies beside it".to_owned(),
            "trusted-types NAME 'allow-duplicates', or trusted-types 'none'",
        ));
    }
    if directive.has("'none'") && directive.words.len() > 1 {
        findings.push(super::words::none_with_others(policy.at(directive)));
    }
    let of_word = |word: &String| name(policy.at_word(directive, word), word);
    findings.extend(directive.words.iter().filter_map(of_word));
    findings
}

fn name(place: String, word: &str) -> Option<Finding> {
    let lower = word.to_ascii_lowercase();
    match lower.as_str() {
        "*" | "'none'" | "'allow-duplicates'" => return None,
        // Browsers take these for names, which nobody means.
        "none" | "allow-duplicates" => {
            return Some(super::words::unquoted(place, word, "a policy"));
        }
        _ => {}
    }
    let bare = word.trim_matches(['\'', '"', '`']);
    if word.starts_with('\'') {
        let fix = match bare.to_ascii_lowercase().as_str() {
            "allow-duplicate" => "'allow-duplicates'".to_owned(),
            "script" => "that is the value of require-trusted-types-for".to_owned(),
            _ => format!("write the name without quotes: {}", display_word(bare)),
        };
        return Some(unknown(place, word, fix));
    }
    (!word.bytes().all(is_name_byte)).then(|| invalid_name(place, bare))
}

/// `tt-policy-name` (Trusted Types, section 4.3.2).
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-#=_/@.%".contains(&byte)
}

fn without_effect(place: String, what: String, fix: &str) -> Finding {
    Finding::weak("trusted-types-without-effect", place)
        .what(what)
        .why("Browsers ignore what they do not know there, and what is left requires or allows nothing")
        .fix(fix)
}

fn unknown(place: String, word: &str, fix: String) -> Finding {
    Finding::weak("unknown-keyword", place)
        .what(format!("no browser knows the keyword {} here", display_word(word)))
        .why("Browsers ignore it, and show that only in the visitor's console")
        .fix(fix)
}

fn invalid_name(place: String, bare: &str) -> Finding {
    Finding::weak("invalid-policy-name", place)
        .what("this cannot be the name of a Trusted Types policy")
        .why("Names consist of letters, digits and - # = _ / @ . %. Browsers ignore anything else, so the policy cannot be created")
        .fix(format!("write a name, such as {}", bare.chars().filter(|c| c.is_ascii_alphanumeric()).chain("-policy".chars()).collect::<String>()))
}
