//! A look at a page: it, its nonces a second time, and its endpoints.

use futures_util::future::join_all;
use url::Url;

use crate::audit::doctor::fetch::{FetchError, Fetched, Fetcher};
use crate::audit::doctor::{Page, Reading};
use crate::base::clock::Timestamp;
use crate::base::limits;

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Look {
    pub(super) page: Page,
    /// When, where it was fetched.
    pub(super) at: Option<Timestamp>,
    /// The addresses that sent us on.
    pub(super) redirects: Vec<Url>,
    /// What could not be looked at.
    pub(super) notes: Vec<String>,
}

/// Why a page cannot be judged.
#[derive(Debug, thiserror::Error)]
pub(super) enum LookError {
    /// It did not come.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// What came is not what visitors see.
    #[error(
        "{url}: answers {status}; name a page that answers as visitors get it, or pipe `curl -si` \
         into `cspwatch doctor -`"
    )]
    Status {
        /// Of what.
        url: Url,
        /// The code.
        status: u16,
    },
}

impl Look {
    /// Looks at a page.
    pub(super) async fn at(fetcher: &Fetcher, url: &Url) -> Result<Self, LookError> {
        let at = Timestamp::now();
        let fetched = fetcher.page(url).await?;
        if fetched.status >= 400 {
            return Err(LookError::Status { url: fetched.address, status: fetched.status });
        }
        let notes = notes(&fetched);
        let Fetched { address, redirects, head, html, .. } = fetched;
        let mut page = Page { address: Some(address.clone()), head, html, ..Page::default() };
        let reading = Reading::of(&page);
        let (has_nonces, targets) = (reading.has_nonces(), reading.targets());
        if has_nonces {
            let again = fetcher.page(&address).await?;
            page.again = Some((again.head, again.html));
        }
        let answers = join_all(targets.iter().map(|target| fetcher.ask(target, &address))).await;
        page.answers = targets.into_iter().zip(answers).collect();
        Ok(Self { page, at: Some(at), redirects, notes })
    }
}

fn notes(fetched: &Fetched) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(last) = fetched.redirects.last() {
        let count = fetched.redirects.len();
        notes.push(format!(
            "{count} redirects led here, the last from {last}; this page was judged, not they"
        ));
    }
    if fetched.html.is_none() {
        notes.push(
            "the answer is no plain HTML: policies in <meta>, and scripts, were not looked at"
                .to_owned(),
        );
    }
    if fetched.is_cut {
        notes.push(format!("of its HTML the first {} bytes were looked at", limits::DOCTOR_BYTES));
    }
    notes
}
