//! Which clients were on a page where cards are entered just now. A report of a frame without an address, or of a page that
//! renamed itself before it sent, names another page or none; its sender shows where it belongs.

use std::sync::Arc;
use std::time::Duration;

use smallvec::SmallVec;

use super::visit_count::LAG;
use crate::base::client_id::ClientId;
use crate::base::clock::Timestamp;
use crate::base::collections::HashMap;
use crate::base::limits;
use crate::base::sip::sip;
use crate::journal::Row;
use crate::report::Kind;

/// How long a client counts as being on a page after a report of it.
const STAYS: Duration = Duration::from_mins(5);

/// The latest views of pages where cards are entered, in two generations.
#[derive(Debug, Default)]
pub(super) struct PageViews {
    young: HashMap<ClientId, View>,
    old: HashMap<ClientId, View>,
    turned: Timestamp,
}

/// A view of a page where cards are entered.
#[derive(Clone, Debug)]
pub(super) struct View {
    group: Arc<str>,
    at: Timestamp,
    /// Whether its browser reported hashes of it. Then it reports those of every page.
    is_counted: bool,
    /// The pages without cards whose hashes it reported since.
    later_pages: SmallVec<[u64; 4]>,
}

impl PageViews {
    /// Notes a report of a page, if it shows where a client is.
    pub(super) fn note(
        &mut self,
        client: ClientId,
        row: &Row<'_>,
        group: &Arc<str>,
        now: Timestamp,
    ) {
        let is_hash = row.kind == Kind::CspHash;
        if shows_payment_page(row) {
            self.turn(now);
            let before = self.young.remove(&client).or_else(|| self.old.remove(&client));
            let later_pages = SmallVec::new();
            let new = || View { group: Arc::clone(group), at: now, is_counted: false, later_pages };
            let mut view = before.filter(|view| is_recent(view, now)).unwrap_or_else(new);
            view.group = Arc::clone(group);
            view.at = view.at.max(now);
            view.is_counted |= is_hash;
            self.young.insert(client, view);
        } else if is_hash && let Some(view) = self.get_mut(client) {
            let page = sip(row.document_path);
            if !view.later_pages.contains(&page) && view.later_pages.len() < 4 {
                view.later_pages.push(page);
            }
        }
    }

    /// The page group with cards that a client is on.
    pub(super) fn group(&self, client: ClientId, now: Timestamp) -> Option<&Arc<str>> {
        let view = self.get(client).filter(|view| is_recent(view, now))?;
        Some(&view.group)
    }

    /// Whether a client that reports hashes of every page reported none of this one, so that it did not open it.
    pub(super) fn is_elsewhere(&self, client: ClientId, path: &str) -> bool {
        let page = sip(path);
        self.get(client).is_some_and(|view| view.is_counted && !view.later_pages.contains(&page))
    }

    fn get(&self, client: ClientId) -> Option<&View> {
        self.young.get(&client).or_else(|| self.old.get(&client))
    }

    fn get_mut(&mut self, client: ClientId) -> Option<&mut View> {
        self.young.get_mut(&client).or_else(|| self.old.get_mut(&client))
    }

    /// Forgets the older generation when the younger is full, or old.
    fn turn(&mut self, now: Timestamp) {
        let is_full = self.young.len() >= limits::PAGE_VIEWS_PER_GENERATION;
        if is_full || !now.is_within(STAYS + LAG, self.turned) {
            self.old = std::mem::take(&mut self.young);
            self.turned = now;
        }
    }
}

/// Whether a report shows that its client is on a page where cards are entered. A census does not keep which page it was.
pub(super) fn shows_payment_page(row: &Row<'_>) -> bool {
    row.payment && (!row.document_path.is_empty() || row.kind == Kind::Census)
}

fn is_recent(view: &View, now: Timestamp) -> bool {
    now.is_within(STAYS, view.at)
}
