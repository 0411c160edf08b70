//! Checks of the lists of scripts: whether injected code can run, whether browsers report scripts, and whether nonces
//! change.

use std::collections::HashSet;

use super::finding::Finding;
use super::head::ResponseHead;
use super::html::PageMarkup;
use super::written::{WrittenDirective, WrittenPolicy};
use super::{Analysis, policies};
use crate::csp::{Source, fallbacks};

pub(super) fn findings(analysis: &Analysis<'_>) -> Vec<Finding> {
    let chain = fallbacks("script-src-elem");
    let lists: Vec<_> = analysis
        .effective()
        .into_iter()
        .filter_map(|policy| Some((policy, policy.deciding(chain)?)))
        .collect();
    let mut findings = Vec::new();
    for (loophole, finding) in LOOPHOLES {
        // An attacker must get past all policies.
        if !lists.iter().all(|(_, directive)| loophole(directive).is_some()) {
            continue;
        }
        for (policy, directive) in &lists {
            let word = loophole(directive).unwrap_or_default();
            findings.push(finding(policy.at_word(directive, word)));
        }
    }
    if let Some((policy, directive)) = lists.first() {
        findings.extend(no_samples(analysis));
        findings.extend(no_hashes(analysis, policy, directive));
    }
    findings.extend(fixed_nonce(analysis));
    findings
}

/// Finds the word of a list that lets injected code run.
type Loophole = fn(&WrittenDirective) -> Option<&str>;
/// Makes the finding about the word, from its place.
type FindingAt = fn(String) -> Finding;

const LOOPHOLES: [(Loophole, FindingAt); 4] = [
    (allows_inline, unsafe_inline),
    (allows_eval, unsafe_eval),
    (allows_data, data_scripts),
    (allows_hashed_handlers, unsafe_hashes),
];

fn allows_inline(directive: &WrittenDirective) -> Option<&str> {
    let is_overruled = directive.has_nonce_or_hash() || directive.has("'strict-dynamic'");
    (directive.has("'unsafe-inline'") && !is_overruled).then_some("'unsafe-inline'")
}

fn unsafe_inline(place: String) -> Finding {
    Finding::weak("unsafe-inline", place)
        .what("all inline scripts run, injected ones included")
        .why("A skimmer that is injected into the page as text runs unseen: it violates no policy")
        .fix(
            "use a nonce that is new in each response ('nonce-…'), or hashes; with them, 'unsafe-inline' has an effect in \
             old browsers only",
        )
}

fn allows_eval(directive: &WrittenDirective) -> Option<&str> {
    directive.has("'unsafe-eval'").then_some("'unsafe-eval'")
}

fn unsafe_eval(place: String) -> Finding {
    Finding::weak("unsafe-eval", place)
        .what("strings run as scripts")
        .why(
            "A loader that fetches its code as data and evaluates it violates nothing; without this keyword, browsers \
             report `eval`",
        )
        .fix("remove it; for WebAssembly 'wasm-unsafe-eval' is enough")
}

fn allows_data(directive: &WrittenDirective) -> Option<&str> {
    let is_data = |word: &&String| Source::parse(word) == Some(Source::Scheme("data".into()));
    let word = directive.words.iter().find(is_data)?;
    (!directive.has("'strict-dynamic'")).then_some(word.as_str())
}

fn data_scripts(place: String) -> Finding {
    Finding::weak("data-scripts", place)
        .what("scripts may come from data: URLs")
        .why("That is 'unsafe-inline' by another name: the element's src contains the script")
        .fix("remove data: from the list of scripts")
}

fn allows_hashed_handlers(directive: &WrittenDirective) -> Option<&str> {
    directive.has("'unsafe-hashes'").then_some("'unsafe-hashes'")
}

fn unsafe_hashes(place: String) -> Finding {
    Finding::advice("unsafe-hashes", place)
        .what("event handlers in attributes run if the policy lists their hash")
        .why("A handler that is harmless on its element may be injected into another one (CSP3, section 8.3)")
        .fix("use addEventListener in a script, and remove the keyword")
}

/// The lists of scripts that decide about elements, handlers in attributes, or `eval`, where none of them has
/// `'report-sample'` in a policy that reports.
fn no_samples(analysis: &Analysis<'_>) -> Vec<Finding> {
    let reporting: Vec<_> = analysis.reporting_policies();
    let mut findings = Vec::new();
    for name in ["script-src-elem", "script-src-attr", "script-src"] {
        let lists: Vec<_> = reporting
            .iter()
            .filter_map(|policy| Some((policy, policy.deciding(fallbacks(name))?)))
            .collect();
        let has_sample = lists.iter().any(|(_, directive)| directive.has("'report-sample'"));
        if let Some((policy, directive)) = lists.first().filter(|_| !has_sample) {
            findings.push(no_sample(policy.at(directive)));
        }
    }
    findings
}

fn no_sample(place: String) -> Finding {
    Finding::advice("no-report-sample", place)
        .what("no list of scripts that decides and reports here has 'report-sample'")
        .why(
            "With it, Chromium and Firefox send the first 40 characters of an inline script, often enough to distinguish a \
             skimmer from an extension",
        )
        .fix("add 'report-sample' to script-src")
}

fn no_hashes(
    analysis: &Analysis<'_>,
    policy: &WrittenPolicy,
    directive: &WrittenDirective,
) -> Option<Finding> {
    if analysis.reports_hashes() {
        return None;
    }
    let chain = fallbacks("script-src-elem");
    let requests_hashes = |policy: &WrittenPolicy| {
        policy.deciding(chain).is_some_and(WrittenDirective::requests_hashes)
    };
    let what = match analysis.policies.iter().any(requests_hashes) {
        true => "'report-sha256' is in a policy without a working report-to",
        false => "no policy requests the hashes of scripts",
    };
    let finding = Finding::advice("no-script-hashes", policy.at(directive))
        .what(what)
        .why(
            "With 'report-sha256', Chromium and Safari's engine report the hash of each script that they load, by report-to \
             only: the script inventory needs it, and nothing else shows that a file has changed. These reports also count the \
             page's visitors, without whom a theft looks like an extension",
        )
        .fix(
            "add 'report-sha256' to the script-src of the policy with report-to; where that is no choice, data-census of \
             /sri.js counts the visitors",
        );
    Some(finding)
}

/// The finding about the first nonce that a second response has again.
fn fixed_nonce(analysis: &Analysis<'_>) -> Option<Finding> {
    let (head, html) = analysis.page.second.as_ref()?;
    let second = nonces(head, html.as_deref());
    let place = analysis.policies.iter().find_map(|policy| {
        policy.directives.iter().find_map(|directive| {
            let nonce = directive.nonces().find(|nonce| second.contains(*nonce))?;
            Some(policy.at_word(directive, nonce))
        })
    })?;
    let finding = Finding::weak("fixed-nonce", place)
        .what("two responses of the page have the same nonce")
        .why("Anybody who has seen the page knows the nonce, and can use it for a script of their own (CSP3, section 7.1)")
        .fix(
            "generate 128 random bits for each response, and keep the page out of caches: Cache-Control: no-store",
        );
    Some(finding)
}

fn nonces(head: &ResponseHead, html: Option<&str>) -> HashSet<String> {
    let markup = PageMarkup::parse(html.unwrap_or_default(), None);
    let policies = policies(head, &markup);
    let directives = policies.iter().flat_map(|policy| &policy.directives);
    directives.flat_map(|directive| directive.nonces().map(str::to_owned)).collect()
}
