//! Which visits of a watch are worth a row: those that show another state of the headers than the one before, and the first of
//! each day, which shows that somebody looked.

use sha2::{Digest as _, Sha256};

use super::change::{PageState, stable_value};
use crate::base::clock::Timestamp;
use crate::base::hex::to_hex;
use crate::base::limits;
use crate::store::headers::{HeaderRow, ReceivedHeader};

/// A page whose visits are recorded.
#[derive(Debug)]
pub struct HeaderRecorder {
    site: String,
    page_group: String,
    page: String,
    /// The last visit that made a row.
    last: Option<HeaderRow>,
    /// How many rows its day has.
    rows_of_day: usize,
}

impl HeaderRecorder {
    /// A recorder of `page`, which is host and path.
    pub fn new(site: &str, page_group: &str, page: String) -> Self {
        let (site, page_group) = (site.to_owned(), page_group.to_owned());
        Self { site, page_group, page, last: None, rows_of_day: 0 }
    }

    /// Takes the result of a visit; returns the row that is to be stored, if there is one. A page that never stays the same has
    /// a bounded number of rows a day.
    pub fn observe(
        &mut self,
        at: Timestamp,
        visit: &Result<PageState, String>,
    ) -> Option<HeaderRow> {
        let row = self.row(at, visit);
        let last = self.last.as_ref().filter(|last| last.at.day() == at.day());
        let is_worth_it = match last {
            None => {
                self.rows_of_day = 0;
                true
            }
            Some(last) => {
                let is_same = (&last.failure, &last.headers) == (&row.failure, &row.headers);
                !is_same && self.rows_of_day < limits::HEADER_ROWS_PER_DAY
            }
        };
        if !is_worth_it {
            return None;
        }
        self.rows_of_day += 1;
        self.last = Some(row.clone());
        Some(row)
    }

    fn row(&self, at: Timestamp, visit: &Result<PageState, String>) -> HeaderRow {
        let (site, page_group) = (self.site.clone(), self.page_group.clone());
        let page = self.page.clone();
        let (failure, headers) = match visit {
            Ok(state) => (String::new(), state.headers().map(received).collect()),
            // It names the URL, whose query is nobody's business.
            Err(why) => (beginning(&stable_value(why)), Vec::new()),
        };
        HeaderRow { site, page_group, page, at, failure, headers }
    }
}

fn received((name, value): (&str, &str)) -> ReceivedHeader {
    ReceivedHeader {
        name: name.to_owned(),
        value: beginning(value),
        sha256: to_hex(&Sha256::digest(value)),
    }
}

fn beginning(text: &str) -> String {
    text[..text.floor_char_boundary(limits::HEADER_VALUE_BYTES)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::ResponseHead;
    use super::*;
    use crate::base::clock::{DAY, HOUR, MINUTE};

    const MORNING: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn page(policy: &str) -> Result<PageState, String> {
        let mut head = ResponseHead::default();
        head.push("content-security-policy", policy);
        Ok(PageState::new(&head, Vec::new()))
    }

    fn recorder() -> HeaderRecorder {
        HeaderRecorder::new("shop", "payment", "shop.example/checkout".to_owned())
    }

    #[test]
    fn changes_and_the_first_visit_of_a_day_make_a_row() {
        let mut recorder = recorder();
        let away = || Err("connection refused".to_owned());
        let (a, b) = (|| page("img-src a"), || page("img-src b"));
        let mut at = MORNING.floor(DAY);
        let mut stored = |visit: Result<PageState, String>, later| {
            at = at + later;
            let row = recorder.observe(at, &visit)?;
            let policy = row.headers.first().map_or(String::new(), |header| header.value.clone());
            Some(policy + &row.failure)
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(stored(a(), HOUR), text("img-src a"));
        assert_eq!(stored(a(), HOUR), None);
        assert_eq!(stored(b(), HOUR), text("img-src b"));
        assert_eq!(stored(away(), HOUR), text("connection refused"));
        assert_eq!(stored(away(), HOUR), None);
        let why = "http://shop.example/checkout?order=4711: refused".to_owned();
        assert_eq!(stored(Err(why), HOUR), text("http://shop.example/checkout?… refused"));
        assert_eq!(stored(b(), HOUR), text("img-src b"));
        assert_eq!(stored(b(), DAY), text("img-src b"), "a sign of life");
        assert_eq!(stored(b(), HOUR), None);
    }

    #[test]
    fn a_page_that_never_stays_the_same_has_a_bounded_number_of_rows_a_day() {
        let mut recorder = recorder();
        let midnight = MORNING.floor(DAY);
        let mut rows = |day: u32| {
            let begin = midnight + day * DAY;
            let visits = 0..1_000;
            let stored = visits.filter_map(|visit| {
                recorder.observe(begin + visit * MINUTE, &page(&format!("img-src a{visit}")))
            });
            stored.count()
        };
        assert_eq!([rows(0), rows(1)], [limits::HEADER_ROWS_PER_DAY; 2]);
    }

    #[test]
    fn of_a_long_value_the_beginning_is_kept_and_the_hash_of_all_of_it() {
        let long = |end: &str| format!("img-src {}{end}", "ä".repeat(limits::HEADER_VALUE_BYTES));
        let mut recorder = recorder();
        let first = recorder.observe(MORNING, &page(&long("a"))).unwrap();
        let second = recorder.observe(MORNING + MINUTE, &page(&long("b"))).unwrap();
        let (first, second) = (&first.headers[0], &second.headers[0]);
        assert!(first.value.len() <= limits::HEADER_VALUE_BYTES && first.value == second.value);
        assert!(first.sha256 != second.sha256 && first.sha256.len() == 64);
    }
}
