//! `cspwatch doctor --watch --store`: keeps what the watch receives in ClickHouse, for evidence packs.

use std::collections::VecDeque;
use std::time::Duration;

use url::Url;

use super::super::{Environment, Failure, answering, check_site, eprintln_line};
use super::DoctorArgs;
use crate::audit::doctor::change::PageState;
use crate::audit::doctor::record::HeaderRecorder;
use crate::base::clock::Timestamp;
use crate::base::limits;
use crate::pipeline::judge::Sites;
use crate::store::client::Client;
use crate::store::headers::{self, HeaderRow};

/// How long an insert may take: the page is looked at again meanwhile.
const INSERT: Duration = Duration::from_secs(10);

/// Where the rows of one page go.
pub(super) struct HeaderStore {
    client: Client,
    recorder: HeaderRecorder,
    /// What is not stored yet, the oldest first: a day's rows at most.
    pending: VecDeque<HeaderRow>,
}

impl HeaderStore {
    /// Connects; `None` where nothing is to be stored.
    pub(super) fn open(
        args: &DoctorArgs,
        url: &Url,
        environment: &Environment,
    ) -> Result<Option<Self>, Failure> {
        let Some(site) = args.store.site.as_deref().filter(|_| args.store.store) else {
            return Ok(None);
        };
        let config = args.arrival.config.load(environment)?;
        check_site(&config, site)?;
        let host = url.host_str().unwrap_or_default();
        let sites = Sites::new(&config.sites);
        let named = sites.named(site);
        if named.is_some_and(|site| !site.has_host(host)) {
            let wrong = format!(
                "--site {site}: {host} is no host of this site; name the site of the page, or add the host to its `hosts`"
            );
            return Err(Failure::Usage(wrong.into()));
        }
        let group = named.map(|site| site.page_group(url.path()).name.to_string());
        let group = group.unwrap_or_else(|| "other".to_owned());
        let page = format!("{host}{}", url.path());
        let answering = answering(&config)?;
        let client = Client::clone(&answering);
        let recorder = HeaderRecorder::new(site, &group, page);
        Ok(Some(Self { client, recorder, pending: VecDeque::new() }))
    }

    /// Takes the result of a visit, and stores what is to be stored. What ClickHouse does not take now is tried again with the
    /// next visit.
    pub(super) async fn take(&mut self, at: Timestamp, visit: &Result<PageState, String>) {
        self.pending.extend(self.recorder.observe(at, visit));
        while let Some(row) = self.pending.front() {
            let noted = tokio::time::timeout(INSERT, headers::note(&self.client, row)).await;
            let why = match noted {
                Ok(Ok(())) => {
                    self.pending.pop_front();
                    continue;
                }
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("no answer within {} s", INSERT.as_secs()),
            };
            eprintln_line(&format!(
                "the headers cannot be stored in ClickHouse: {why}; the watch goes on, and tries again"
            ));
            break;
        }
        while self.pending.len() > limits::HEADER_ROWS_PER_DAY {
            self.pending.pop_front();
        }
    }
}
