//! What the page's policies let inline scripts and strings do, whether browsers tell of scripts, and whether a nonce is
//! new each time.

use std::collections::HashSet;

use super::finding::Finding;
use super::head::Head;
use super::html::Markup;
use super::written::{Directive, Written};
use super::{Reading, policies};
use crate::csp::{Source, fallbacks};

pub(super) fn findings(reading: &Reading<'_>) -> Vec<Finding> {
    let chain = fallbacks("script-src-elem");
    let lists: Vec<_> = reading
        .effective()
        .into_iter()
        .filter_map(|policy| Some((policy, policy.deciding(chain)?)))
        .collect();
    let mut findings = Vec::new();
    for (allows, finding) in WAYS_IN {
        // An attacker must get past all of them.
        if !lists.iter().all(|(_, directive)| allows(directive).is_some()) {
            continue;
        }
        for (policy, directive) in &lists {
            let word = allows(directive).unwrap_or_default();
            findings.push(finding(policy.at_word(directive, word)));
        }
    }
    if let Some((policy, directive)) = lists.first() {
        if !lists.iter().any(|(_, directive)| directive.has("'report-sample'")) {
            findings.push(no_sample(policy.at(directive)));
        }
        findings.extend(no_hashes(reading, policy, directive));
    }
    findings.extend(fixed_nonce(reading));
    findings
}

/// The word of a list that lets scripts in.
type Allows = fn(&Directive) -> Option<&str>;
/// What is told of it, at its place.
type Told = fn(String) -> Finding;

const WAYS_IN: [(Allows, Told); 4] =
    [(inline, unsafe_inline), (eval, unsafe_eval), (data, data_scripts), (hashes, unsafe_hashes)];

fn inline(directive: &Directive) -> Option<&str> {
    let is_overruled = directive.names_scripts() || directive.has("'strict-dynamic'");
    (directive.has("'unsafe-inline'") && !is_overruled).then_some("'unsafe-inline'")
}

fn unsafe_inline(place: String) -> Finding {
    Finding::weak("unsafe-inline", place)
        .what("inline scripts run, whoever put them there")
        .why("A skimmer that is injected into the page as text runs unseen: no policy is violated")
        .mend(
            "a nonce that is new in each response ('nonce-…'), or hashes; 'unsafe-inline' beside \
             them counts for old browsers only",
        )
}

fn eval(directive: &Directive) -> Option<&str> {
    directive.has("'unsafe-eval'").then_some("'unsafe-eval'")
}

fn unsafe_eval(place: String) -> Finding {
    Finding::weak("unsafe-eval", place)
        .what("strings run as scripts")
        .why(
            "A loader that fetches its code as data and evaluates it violates nothing; without \
             this word browsers report `eval`",
        )
        .mend("leave it out; for WebAssembly 'wasm-unsafe-eval' is enough")
}

fn data(directive: &Directive) -> Option<&str> {
    let is_data =
        |word: &&String| Source::parse(word).is_some_and(|it| it == Source::Scheme("data".into()));
    let word = directive.words.iter().find(is_data)?;
    (!directive.has("'strict-dynamic'")).then_some(word.as_str())
}

fn data_scripts(place: String) -> Finding {
    Finding::weak("data-scripts", place)
        .what("scripts may come from data: URLs")
        .why("That is 'unsafe-inline' by another name: the script stands in the element's src")
        .mend("leave data: out of the list of scripts")
}

fn hashes(directive: &Directive) -> Option<&str> {
    directive.has("'unsafe-hashes'").then_some("'unsafe-hashes'")
}

fn unsafe_hashes(place: String) -> Finding {
    Finding::advice("unsafe-hashes", place)
        .what("handlers in attributes run where their hash is listed")
        .why(
            "A handler that is harmless where it stands may be put onto another element (CSP3, \
             section 8.3)",
        )
        .mend("use addEventListener in a script, and leave it out")
}

fn no_sample(place: String) -> Finding {
    Finding::advice("no-report-sample", place)
        .what("no list of scripts has 'report-sample'")
        .why(
            "With it Chromium and Firefox send the first 40 characters of an inline script: often \
             enough to tell a skimmer from an extension",
        )
        .mend("'report-sample' in script-src")
}

fn no_hashes(reading: &Reading<'_>, policy: &Written, directive: &Directive) -> Option<Finding> {
    if reading.tells_hashes() {
        return None;
    }
    let chain = fallbacks("script-src-elem");
    let asks = |policy: &Written| policy.deciding(chain).is_some_and(Directive::asks_for_hashes);
    let what = match reading.policies.iter().any(asks) {
        true => "'report-sha256' stands in a policy that has no working report-to",
        false => "no policy asks for the hashes of scripts",
    };
    let finding = Finding::advice("no-script-hashes", policy.at(directive))
        .what(what)
        .why(
            "With 'report-sha256' Chromium and Safari's engine tell the hash of each script that they loaded, by report-to \
             only: the inventory of scripts, and the one way to hear that a file has changed",
        )
        .mend("'report-sha256' in the script-src of the policy with report-to");
    Some(finding)
}

/// A nonce that a second answer has again.
fn fixed_nonce(reading: &Reading<'_>) -> Option<Finding> {
    let (head, html) = reading.page.again.as_ref()?;
    let again = nonces(head, html.as_deref());
    for policy in &reading.policies {
        for directive in &policy.directives {
            let same = directive.nonces().find(|nonce| again.contains(*nonce));
            if let Some(nonce) = same {
                let finding = Finding::weak("fixed-nonce", policy.at_word(directive, nonce))
                    .what("two answers of the page have the same nonce")
                    .why(
                        "Who has seen the page once knows it, and gives it to his own script \
                         (CSP3, section 7.1)",
                    )
                    .mend(
                        "make 128 random bits for each response, and let no cache keep the page: \
                         Cache-Control: no-store",
                    );
                return Some(finding);
            }
        }
    }
    None
}

fn nonces(head: &Head, html: Option<&str>) -> HashSet<String> {
    let markup = Markup::read(html.unwrap_or_default(), None);
    let policies = policies(head, &markup);
    let directives = policies.iter().flat_map(|policy| &policy.directives);
    directives.flat_map(|directive| directive.nonces().map(str::to_owned)).collect()
}
