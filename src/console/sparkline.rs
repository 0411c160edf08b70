//! A small picture of how often something was reported, hour by hour.

use maud::{Markup, html};

/// Bars for these numbers, the oldest first; `title` says in words what they show.
pub(super) fn sparkline(numbers: &[u64], title: &str) -> Markup {
    const HEIGHT: u64 = 28;
    let most = numbers.iter().copied().max().unwrap_or_default().max(1);
    let bar = |number: u64| {
        // Anything at all is visible.
        let height = u128::from(number) * u128::from(HEIGHT - 2) / u128::from(most);
        if number == 0 { 1 } else { u64::try_from(height).unwrap_or(HEIGHT).max(3) }
    };
    let width = numbers.len() * 3;
    html! {
        svg class="spark" viewBox={ "0 0 " (width) " " (HEIGHT) } width=(width) height=(HEIGHT) role="img" aria-label=(title) {
            @for (place, &number) in numbers.iter().enumerate() {
                @let height = bar(number);
                rect class=[(number == 0).then_some("none")] x=(place * 3) y=(HEIGHT - height) width="2" height=(height) {}
            }
        }
    }
}
