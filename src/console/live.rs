//! Lets open pages know that something has changed: one task looks for news in ClickHouse, and every page that waits hears of
//! it by server-sent events. A page then shows itself again; what it holds is made in one place.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};
use tokio::sync::watch;

use super::answer::Refusal;
use crate::base::limits;
use crate::base::lock::Mutex;
use crate::store::client::Client;
use crate::store::findings;
use axum::http::StatusCode;

/// How often somebody looks.
const LOOK: Duration = Duration::from_secs(2);

/// What changed, and who waits for it.
#[derive(Default)]
pub(super) struct Live {
    news: watch::Sender<News>,
    /// How many pages of each person wait.
    listeners: Mutex<HashMap<Arc<str>, usize>>,
}

#[derive(Clone, Default)]
struct News {
    /// Changes with every alert and decision; 0: nobody has looked yet.
    state: u64,
    is_over: bool,
}

/// One page that waits.
struct Listening {
    live: Arc<Live>,
    name: Arc<str>,
    news: watch::Receiver<News>,
    is_first: bool,
}

impl Live {
    /// What a page shows that is made now.
    pub(super) fn state(&self) -> u64 {
        self.news.borrow().state
    }

    /// Looks once, after somebody has written: so the page that they get next shows itself what they did, and calls it no news.
    pub(super) async fn look(&self, client: &Client) {
        match findings::state(client).await {
            Ok(state) => {
                let is_new = |news: &mut News| std::mem::replace(&mut news.state, state) != state;
                self.news.send_if_modified(is_new);
            }
            Err(error) => {
                tracing::warn!(id = "console-news-stopped", %error, "pages do not change by themselves: ClickHouse does not say what is new");
            }
        }
    }

    /// Looks until `stop` changes. While ClickHouse is away there are no news.
    pub(super) async fn watch(&self, client: Client, mut stop: watch::Receiver<bool>) {
        loop {
            self.look(&client).await;
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = stop.changed() => break,
            }
        }
        // Streams never end by themselves, and the process waits for its connections.
        self.news.send_modify(|news| news.is_over = true);
    }

    /// The stream for one page of a person.
    pub(super) fn listen(
        self: &Arc<Self>,
        name: &Arc<str>,
    ) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>> + use<>>, Refusal> {
        self.count(name)?;
        let (live, name, news) = (Arc::clone(self), Arc::clone(name), self.news.subscribe());
        let listening = Listening { live, name, news, is_first: true };
        let events = stream::unfold(listening, |mut listening| async {
            if !std::mem::take(&mut listening.is_first) {
                listening.news.changed().await.ok()?;
            }
            let News { state, is_over } = listening.news.borrow_and_update().clone();
            let event = Event::default().event("news").data(state.to_string());
            (!is_over).then_some((Ok(event), listening))
        });
        Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(20))))
    }

    /// Counts a page, unless too many wait already: nobody takes the places of all others.
    fn count(&self, name: &Arc<str>) -> Result<(), Refusal> {
        let mut listeners = self.listeners.lock();
        let own = listeners.get(name).copied().unwrap_or_default();
        let all: usize = listeners.values().sum();
        if own >= limits::CONSOLE_LISTENERS_PER_PERSON || all >= limits::CONSOLE_LISTENERS {
            let why = "too many pages wait for news; close some";
            return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, why).after(60));
        }
        listeners.insert(Arc::clone(name), own + 1);
        Ok(())
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut listeners = self.live.listeners.lock();
        let left = listeners.get(&self.name).map_or(0, |own| own.saturating_sub(1));
        match left {
            0 => listeners.remove(&self.name),
            left => listeners.insert(Arc::clone(&self.name), left),
        };
    }
}
