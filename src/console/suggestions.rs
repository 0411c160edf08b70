//! Suggested policies that were worked out just now. One of them holds the reports of 30 days meanwhile, so they are worked out one
//! at a time, and people who look at the same site within a minute see the same ones.

use std::collections::HashMap;
use std::time::Duration;

use maud::Markup;
use tokio::sync::Semaphore;

use super::answer::Refusal;
use super::large::in_turn;
use crate::base::clock::{MINUTE, Timestamp};
use crate::base::limits;
use crate::base::lock::Mutex;

/// How long they are shown, unless somebody decides meanwhile.
const KEPT: Duration = MINUTE;

/// Those of all sites.
pub(super) struct Suggestions {
    made: Mutex<HashMap<Wanted, Made>>,
    turn: Semaphore,
}

/// What somebody asks for.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Wanted {
    pub(super) site: String,
    /// The collector's origin, if somebody has said which it is.
    pub(super) collector: Option<String>,
}

struct Made {
    at: Timestamp,
    /// Of alerts and decisions, as pages learn of it.
    state: u64,
    body: Markup,
}

impl Default for Suggestions {
    fn default() -> Self {
        Self { made: Mutex::default(), turn: Semaphore::new(1) }
    }
}

impl Suggestions {
    /// What a page says about a site's policies: made before, or by `make`, in whose time nobody else's are made.
    pub(super) async fn of(
        &self,
        wanted: Wanted,
        (now, state): (Timestamp, u64),
        make: impl Future<Output = Result<Markup, Refusal>>,
    ) -> Result<Markup, Refusal> {
        if let Some(body) = self.known(&wanted, now, state) {
            return Ok(body);
        }
        let _turn = in_turn(self.turn.acquire(), "suggested policies").await?;
        // The one before may have made the same.
        if let Some(body) = self.known(&wanted, now, state) {
            return Ok(body);
        }
        let body = make.await?;
        self.keep(wanted, Made { at: now, state, body: body.clone() });
        Ok(body)
    }

    fn keep(&self, wanted: Wanted, new: Made) {
        let mut made = self.made.lock();
        made.retain(|other, kept| *other != wanted && new.at.is_within(KEPT, kept.at));
        let bytes: u64 = made.values().map(Made::bytes).sum();
        if bytes + new.bytes() <= limits::CONSOLE_SUGGESTION_BYTES {
            made.insert(wanted, new);
        }
    }

    fn known(&self, wanted: &Wanted, now: Timestamp, state: u64) -> Option<Markup> {
        let made = self.made.lock();
        let made = made.get(wanted)?;
        (now.is_within(KEPT, made.at) && made.state == state).then(|| made.body.clone())
    }
}

impl Made {
    fn bytes(&self) -> u64 {
        // What an entry takes besides its page, and the name by which it is found.
        const OVERHEAD: u64 = 512;
        self.body.0.len() as u64 + OVERHEAD
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use maud::html;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn wanted(site: &str) -> Wanted {
        Wanted { site: site.into(), collector: None }
    }

    #[tokio::test]
    async fn they_are_made_once_until_somebody_decides_or_a_minute_is_over() {
        let (suggestions, count) = (Suggestions::default(), AtomicUsize::new(0));
        let of = |site: &'static str, now, state| {
            let count = &count;
            let make = async move {
                let made = count.fetch_add(1, Ordering::Relaxed) + 1;
                // The others come to the same place meanwhile.
                tokio::task::yield_now().await;
                Ok(html! { (site) (made) })
            };
            suggestions.of(wanted(site), (now, state), make)
        };
        let body =
            |made: Result<Markup, Refusal>| made.ok().map(Markup::into_string).unwrap_or_default();
        let (one, two, three) = tokio::join!(of("a", NOW, 1), of("a", NOW, 1), of("b", NOW, 1));
        assert_eq!([body(one), body(two), body(three)], ["a1", "a1", "b2"]);
        assert_eq!(body(of("a", NOW + KEPT / 2, 1).await), "a1");
        assert_eq!(body(of("a", NOW, 2).await), "a3", "somebody decided");
        assert_eq!(body(of("a", NOW + KEPT * 2, 2).await), "a4", "a minute is over");
    }

    #[tokio::test]
    async fn of_made_up_names_few_are_kept() {
        let suggestions = Suggestions::default();
        for name in 0..100_u8 {
            let make = async { Ok(html! { ("x".repeat(100_000)) }) };
            assert!(suggestions.of(wanted(&name.to_string()), (NOW, 1), make).await.is_ok());
        }
        let bytes: u64 = suggestions.made.lock().values().map(Made::bytes).sum();
        let limit = limits::CONSOLE_SUGGESTION_BYTES;
        assert!(bytes <= limit && bytes > limit / 2, "{bytes}");
    }
}
