//! How times and numbers are written on a web page.

use maud::{Markup, html};

use crate::base::clock::Timestamp;
use crate::base::display;
pub use crate::base::display::{count, moment, number};

/// A `time` element, to the second, in UTC.
pub fn time(at: Timestamp) -> Markup {
    html! { time datetime=(display::seconds(at)) { (moment(at)) } }
}

/// A list of short items, without line breaks within an item.
pub fn items(items: impl IntoIterator<Item = String>) -> Markup {
    html! {
        @for (place, item) in items.into_iter().enumerate() {
            @if place > 0 { ", " }
            span class="item" { (item) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_readable() {
        let at = Timestamp::from_millis(1_795_000_000_123);
        assert_eq!(moment(at), "2026-11-18 11:06:40");
        let markup = time(at).into_string();
        assert_eq!(markup, "<time datetime=\"2026-11-18T11:06:40Z\">2026-11-18 11:06:40</time>");
    }
}
