//! The console: where a person works. A process of its own with its own listener. It reads ClickHouse and writes people's
//! decisions there; it opens no journal and no public port, so what the internet reaches and what people log in to share no
//! process.
//!
//! A thin layer: its pages and its API are made of the same queries ([`crate::store`]), words and parts ([`crate::audit`])
//! as the commands and reports.
//!
//! - [`people`]: users, tokens and roles; `sessions`, `login`, `oidc`: who is logged in, and how that begins;
//! - `guard`: what holds for every request: Host, Origin, the policy of the pages;
//! - `spans`: a span for each request, where that is configured;
//! - `visitor`: who sends a request, and whether they may;
//! - `pages`, `api`: what there is to see and to do; `router` lists it;
//! - `live`: lets pages know that something has changed;
//! - `listener`: connections.

mod answer;
mod api;
mod assets;
mod body;
mod decide;
mod fields;
mod files;
mod frame;
mod glossary;
mod guard;
mod large;
mod layout;
mod links;
mod listener;
mod live;
mod login;
mod oidc;
mod origins;
mod pages;
mod peer;
pub mod people;
mod releases;
mod router;
mod scripts;
mod sessions;
mod spans;
mod sparkline;
mod suggestions;
mod visitor;
mod words;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::http::HeaderMap;
use tokio::sync::watch;

use crate::accept::ClientHasher;
use crate::base::client_id::NetworkId;
use crate::base::random::random;
use crate::config::Config;
use crate::store::client::Client;
use crate::telemetry::Tracer;
use large::LargeAnswers;
use live::Live;
use login::Logins;
use origins::Origins;
use people::{LivePeople, PeopleError};
use sessions::Sessions;
use suggestions::Suggestions;

pub use listener::{BoundConsole, bind};
pub use router::{Route, routes};

/// What all requests share.
pub struct Console {
    config: Config,
    client: Client,
    tracer: Tracer,
    people: LivePeople,
    sessions: Sessions,
    logins: Logins,
    origins: Origins,
    live: Arc<Live>,
    /// Held from the look at the newest decision to the next one.
    deciding: tokio::sync::Mutex<()>,
    suggestions: Suggestions,
    large: LargeAnswers,
    provider: Option<oidc::Provider>,
    /// Networks are distinguished by a hash, under a key that nobody keeps.
    hasher: ClientHasher,
}

/// Why the console cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// The file of users and tokens.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// The system.
    #[error("the console cannot start: {0}")]
    System(#[from] std::io::Error),
}

impl Console {
    /// Reads the users; ClickHouse may be away.
    ///
    /// # Errors
    /// [`ConsoleError`].
    pub fn open(config: Config, client: Client, tracer: Tracer) -> Result<Arc<Self>, ConsoleError> {
        let origins = Origins::of(&config.console);
        let provider = config.console.oidc.as_ref();
        let provider =
            provider.map(|oidc| oidc::Provider::of(oidc, origins.first())).transpose()?;
        Ok(Arc::new(Self {
            provider,
            people: LivePeople::open(&config.console.users_file)?,
            sessions: Sessions::default(),
            logins: Logins::default(),
            origins,
            live: Arc::default(),
            deciding: tokio::sync::Mutex::default(),
            suggestions: Suggestions::default(),
            large: LargeAnswers::default(),
            hasher: ClientHasher::new(&random::<16>()?),
            config,
            client,
            tracer,
        }))
    }

    /// Where its users are, for a message to whoever starts it; `None`: there are some.
    pub fn lacks_users(&self) -> Option<PathBuf> {
        self.people.now().users.is_empty().then(|| self.config.console.users_file.clone())
    }

    /// Where people reach it.
    pub fn address(&self) -> String {
        self.origins.first().to_owned()
    }

    /// The network of whoever sends a request, also where a trusted proxy passes it on.
    fn network(&self, peer: IpAddr, headers: &HeaderMap) -> NetworkId {
        self.hasher.hash_sender(peer, headers, &self.config.listen).network()
    }

    /// Looks for news in ClickHouse until `stop` changes.
    pub async fn watch(self: Arc<Self>, stop: watch::Receiver<bool>) {
        let (live, client) = (Arc::clone(&self.live), self.client.clone());
        drop(self);
        live.watch(client, stop).await;
    }
}
