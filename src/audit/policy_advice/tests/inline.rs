//! Inline scripts: whose hash goes into which policy.

use super::*;
use crate::audit::script_inventory::scripts;
use crate::store::scripts::{RecordedScriptDecision, SeenScript};

const ONE: &str = "sha256-1111111111111111111111111111111111111111111=";
const OTHER: &str = "sha256-2222222222222222222222222222222222222222222=";

fn seen(hash: &str, page_group: &str, last: Timestamp) -> SeenScript {
    SeenScript {
        page_group: page_group.to_owned(),
        script_host: String::new(),
        script_path: "inline".to_owned(),
        kind: "csp_hash".to_owned(),
        hash: hash.to_owned(),
        verdict: String::new(),
        disposition: String::new(),
        first: FROM,
        last,
        reports: 0,
    }
}

fn approved(hash: &str) -> RecordedScriptDecision {
    RecordedScriptDecision {
        site: "shop".to_owned(),
        decided_at: FROM,
        page_group: String::new(),
        script_host: String::new(),
        script_path: "inline".to_owned(),
        hash: hash.to_owned(),
        decision: "approve".to_owned(),
        by: "ada".to_owned(),
        owner: "web".to_owned(),
        justification: "the cart".to_owned(),
    }
}

/// The lists of scripts in both policies, without what makes browsers report more.
fn lists(current: Option<&str>, scripts: &[InventoryScript]) -> [String; 2] {
    let pages = Pages { current, scripts, ..Pages::default() };
    let suggestion = pages.with_evidence(suggest);
    [suggestion.now, suggestion.strict].map(|draft| {
        let list = draft.directive("script-src-elem").or(draft.directive("script-src"));
        let text = list.map_or_else(String::new, DraftDirective::text);
        text.replace(&format!(" {DIAGNOSTICS}"), "")
    })
}

#[test]
fn an_approved_hash_is_added_where_it_turns_nothing_off() {
    let inventory = scripts(&[seen(ONE, "payment", TO)], &[approved(ONE)]);
    let with = |list: &str| format!("{list} '{ONE}'");
    let cases = [
        (None, with("script-src"), with("script-src")),
        (Some("script-src 'self'"), with("script-src 'self'"), with("script-src 'self'")),
        (
            Some("script-src 'self' 'unsafe-inline'"),
            "script-src 'self' 'unsafe-inline'".to_owned(),
            with("script-src 'self'"),
        ),
        (Some("img-src 'self'"), String::new(), with("script-src 'self'")),
        (
            Some("script-src 'self'; script-src-elem 'self' https://cdn.example"),
            with("script-src-elem 'self' https://cdn.example"),
            with("script-src-elem 'self' https://cdn.example"),
        ),
    ];
    for (current, now, strict) in cases {
        assert_eq!(lists(current, &inventory), [now, strict], "{current:?}");
    }
    let once = format!("script-src 'self' '{ONE}'");
    assert_eq!(lists(Some(&once), &inventory), [once.clone(), once.clone()], "once");
}

#[test]
fn nothing_else_is_added() {
    let unchanged = ["script-src 'self'"; 2].map(str::to_owned);
    let day_later = TO - days(2);
    for (seen, decided, what) in [
        (vec![seen(ONE, "payment", TO)], vec![], "not approved"),
        (vec![seen(ONE, "payment", TO)], vec![approved(OTHER)], "another"),
        (vec![seen(ONE, "payment", TO)], vec![approved("")], "any content is no text"),
        (vec![seen(ONE, "default", TO)], vec![approved(ONE)], "other pages"),
        (
            vec![seen(ONE, "payment", day_later), seen(OTHER, "payment", TO)],
            vec![approved(ONE)],
            "gone",
        ),
    ] {
        let inventory = scripts(&seen, &decided);
        assert_eq!(lists(Some("script-src 'self'"), &inventory), unchanged, "{what}");
    }
}

#[test]
fn the_advice_says_how_each_is_allowed() {
    let inventory =
        scripts(&[seen(ONE, "payment", TO), seen(OTHER, "payment", TO)], &[approved(ONE)]);
    let allowances = |current: &str| {
        let pages = Pages { current: Some(current), scripts: &inventory, ..Pages::default() };
        let suggestion = pages.with_evidence(suggest);
        let advice = InlineAdvice::of(&inventory, "payment", &suggestion);
        let mut found: Vec<_> = advice
            .scripts
            .iter()
            .map(|script| [script.first_policy, script.second_policy].map(InlineAllowance::as_str))
            .collect();
        found.sort_unstable();
        found
    };
    assert_eq!(allowances("script-src 'self'"), [["hash", "hash"], ["nothing", "nothing"]]);
    assert_eq!(allowances("script-src 'unsafe-inline'"), [["any", "hash"], ["any", "nothing"]]);
    assert_eq!(allowances("script-src 'nonce-abc'"), [["hash", "hash"], ["nonce", "nonce"]]);
    assert_eq!(allowances("img-src 'self'"), [["any", "hash"], ["any", "nothing"]]);
}

#[test]
fn scripts_that_are_written_anew_want_a_nonce() {
    let hashes: Vec<String> =
        (0..9).map(|number| ONE.replacen("1111", &format!("{number:04}"), 1)).collect();
    let wants = |gone: usize| {
        let seen: Vec<_> = hashes
            .iter()
            .enumerate()
            .map(|(place, hash)| {
                seen(hash, "payment", if place < gone { TO - days(5) } else { TO })
            })
            .collect();
        let inventory = scripts(&seen, &[]);
        let suggestion = Pages { scripts: &inventory, ..Pages::default() }.with_evidence(suggest);
        let advice = InlineAdvice::of(&inventory, "payment", &suggestion);
        assert_eq!(advice.gone, gone);
        advice.wants_nonce()
    };
    assert_eq!([0, 4, 5].map(wants), [false, false, true]);
}
