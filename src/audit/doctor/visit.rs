//! A visit to a page: fetch it, fetch it again if it has nonces, and probe its endpoints.

use futures_util::future::join_all;
use url::Url;

use super::fetch::{FetchError, FetchedPage, Fetcher};
use super::head::{InvalidHead, ResponseHead};
use super::{Analysis, PageSnapshot};
use crate::base::clock::Timestamp;
use crate::base::limits;

/// A page to check, and what is known about how it was obtained.
#[derive(Debug, Default)]
pub struct Visit {
    /// The page.
    pub page: PageSnapshot,
    /// When it was fetched. `None`: somebody pasted it.
    pub at: Option<Timestamp>,
    /// What could not be checked, in words.
    pub notes: Vec<String>,
}

/// Why a page cannot be checked.
#[derive(Debug, thiserror::Error)]
pub enum VisitError {
    /// The page could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The server answered, but not with what visitors see.
    #[error(
        "{url}: answers {status}; name a page that answers as visitors get it, or pipe `curl -si` \
         into `cspwatch doctor -`"
    )]
    Status {
        /// The address, after redirects.
        url: Url,
        /// The status code, 400 or more.
        status: u16,
    },
}

impl Visit {
    /// Visits a page over the network. `at` is the time of the visit.
    ///
    /// # Errors
    /// [`VisitError`] if the page cannot be fetched, or its status is 400 or more.
    pub async fn fetch(fetcher: &Fetcher, url: &Url, at: Timestamp) -> Result<Self, VisitError> {
        let fetched = fetcher.fetch_page(url).await?;
        if fetched.status >= 400 {
            return Err(VisitError::Status { url: fetched.address, status: fetched.status });
        }
        let notes = notes(&fetched);
        let FetchedPage { address, redirects, head, html, reach, refused_redirect, .. } = fetched;
        let mut page = PageSnapshot {
            address: Some(address.clone()),
            redirects,
            head,
            html,
            refused_redirect,
            ..PageSnapshot::default()
        };
        if page.refused_redirect.is_some() {
            return Ok(Self { page, at: Some(at), notes });
        }
        let analysis = Analysis::new(&page);
        let (has_nonces, targets) = (analysis.has_nonces(), analysis.probe_targets());
        if has_nonces {
            let second = fetcher.fetch_again(&address, reach).await?;
            page.second = Some((second.head, second.html));
        }
        let probe = |target| fetcher.probe(target, &address, reach);
        let results = join_all(targets.iter().map(probe)).await;
        page.probes = targets.into_iter().zip(results).collect();
        Ok(Self { page, at: Some(at), notes })
    }

    /// Reads a response head that somebody pasted or piped, and the HTML after it, if there is any. `address` is where
    /// the page is, if that is known.
    ///
    /// # Errors
    /// [`InvalidHead`] if the text does not begin with a response head.
    pub fn from_text(text: &str, address: Option<Url>) -> Result<Self, InvalidHead> {
        let (head, rest) = ResponseHead::parse(text)?;
        let html = (!rest.trim().is_empty()).then(|| rest.to_owned());
        let mut notes = Vec::new();
        if html.is_none() {
            notes.push(
                "no HTML was given: policies in <meta>, and scripts, were not checked".to_owned(),
            );
        }
        notes.push("endpoints were not probed".to_owned());
        let page = PageSnapshot { address, head, html, ..PageSnapshot::default() };
        Ok(Self { page, notes, ..Self::default() })
    }
}

fn notes(fetched: &FetchedPage) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(last) = fetched.redirects.last() {
        let count = fetched.redirects.len();
        notes.push(format!(
            "{count} redirects led here, the last from {last}; only this page was checked"
        ));
    }
    if fetched.html.is_none() {
        notes.push(
            "the response is not plain HTML: policies in <meta>, and scripts, were not checked"
                .to_owned(),
        );
    }
    if fetched.is_truncated {
        notes.push(format!(
            "only the first {} bytes of the HTML were checked",
            limits::DOCTOR_BYTES
        ));
    }
    notes
}
