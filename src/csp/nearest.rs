//! Comparing a new policy with the known one that is most like it.

use super::{Effect, Policy, PolicyChange};

/// Whether a newer policy allows the same and only reports in other ways, as the two of a page that reports by `report-uri` and
/// by `report-to` do. A way that is gone without another is a change.
pub fn differ_in_reporting_alone(older: &str, newer: &str) -> bool {
    let (one, other) = (Policy::parse(older), Policy::parse(newer));
    let is_reporting = |change: &PolicyChange<'_>| {
        let is_way =
            matches!(change, PolicyChange::EndpointAdded(_) | PolicyChange::EndpointRemoved { .. });
        is_way && change.effect() != Effect::Weakens
    };
    let changes = one.diff(&other);
    one.is_whole() && other.is_whole() && !changes.is_empty() && changes.iter().all(is_reporting)
}

/// The changes from the nearest known policy to `text`, each as a sentence, and their common effect: if one weakens the
/// policy, all together do. No effect where `text` is empty or no policy is known.
pub fn differences<'t>(
    known: impl Iterator<Item = &'t str>,
    text: &str,
) -> (Vec<String>, Option<Effect>) {
    if text.is_empty() {
        return (Vec::new(), None);
    }
    let newer = Policy::parse(text);
    let compared = known.map(|before| {
        let before = Policy::parse(before);
        let changes = before.diff(&newer);
        let effects: Vec<Effect> = changes.iter().map(PolicyChange::effect).collect();
        (changes.iter().map(PolicyChange::to_string).collect::<Vec<_>>(), effects)
    });
    let Some((changes, effects)) = compared.min_by_key(|(changes, _)| changes.len()) else {
        return (Vec::new(), None);
    };
    (changes, Some(Effect::of_all(&effects)))
}
