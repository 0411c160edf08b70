//! What is different in a policy that came after others.

use super::{Change, Effect, Policy};

/// How a policy differs from the one of those known that it is most like, in words; and what that does to the
/// protection: where anything weakens it, it weakens. `None`: it has no text, or nothing to compare it with.
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
        let effects: Vec<Effect> = changes.iter().map(Change::effect).collect();
        (changes.iter().map(Change::to_string).collect::<Vec<_>>(), effects)
    });
    let Some((changes, effects)) = compared.min_by_key(|(changes, _)| changes.len()) else {
        return (Vec::new(), None);
    };
    (changes, Some(Effect::of_all(&effects)))
}
