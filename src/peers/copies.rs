//! Finds out whether an old copy of the journal was put back, and whether two collectors have one id: ClickHouse knows which
//! segments it has of this id. Neither loses or doubles what is stored, but somebody has to know: with the disk, what was
//! acknowledged after the copy and was not stored yet is gone.

use std::sync::Arc;
use std::time::Duration;

use clickhouse::Client;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::base::clock::{DAY, HOUR, Timestamp, days};
use crate::journal::Journal;
use crate::metrics::{About, JournalConflict};
use crate::store::collector_id::{StoredByOthers, stored_by_others};
use crate::store::error::InsertError;

/// How often it is asked who else uses the id.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// Of how long: a few looks, so that one that fails leaves nothing out.
const LOOK_AT: Duration = Duration::from_mins(2);
/// How often while ClickHouse does not answer, and how long it may take.
const RETRY_EVERY: Duration = Duration::from_secs(5);
const ANSWER_MAX: Duration = Duration::from_secs(60);
/// How far back the latest segment of an earlier process is looked for, step by step: rows of a week are many.
const LOOK_BACK: [Duration; 3] = [HOUR, DAY, days(7)];
/// The end of an earlier process and the beginning of this one may overlap by so much, by clocks that are set.
const OVERLAP: Duration = Duration::from_secs(5);

/// What is asked about.
pub struct JournalCopies {
    /// The ClickHouse that has the segments.
    pub client: Client,
    /// The journal.
    pub journal: Arc<Journal>,
    /// Where it is said.
    pub about: Arc<About>,
}

impl JournalCopies {
    /// Looks until `stop` becomes true.
    pub async fn watch(self, mut stop: watch::Receiver<bool>) {
        tokio::select! {
            () = self.look_for_ever() => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }

    async fn look_for_ever(&self) {
        let began = Timestamp::now();
        while self.look_for_older_copy(began).await.is_err() {
            sleep(RETRY_EVERY).await;
        }
        loop {
            sleep(LOOK_EVERY).await;
            // It is asked again soon; the exchange says that ClickHouse does not answer.
            let _ = self.look_for_others(began, Timestamp::now()).await;
        }
    }

    /// At the start: whether ClickHouse has segments that this journal has not written yet.
    async fn look_for_older_copy(&self, began: Timestamp) -> Result<(), InsertError> {
        let unused = self.journal.first_unused();
        for back in LOOK_BACK {
            let StoredByOthers { number, .. } = self.stored(began - back).await?;
            if number >= unused {
                tracing::error!(
                    id = "journal-restored",
                    known = number,
                    journal = unused - 1,
                    "ClickHouse has younger segments of this collector than its journal: an old copy was put back. What was \
                     acknowledged after the copy and not stored before the disk was lost is gone; see CspwatchJournalRestored \
                     in the runbook"
                );
                self.about.note_conflict(JournalConflict::OlderCopy, began);
                // So that the numbers ascend with time again, and the next start does not say it once more.
                self.journal.skip_numbers(number);
            }
            if number > 0 {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether somebody else stored something under this id since this process began.
    async fn look_for_others(&self, began: Timestamp, now: Timestamp) -> Result<(), InsertError> {
        let from = (began + OVERLAP).max(now - LOOK_AT);
        let StoredByOthers { number, received } = self.stored(from).await?;
        if number > 0 {
            let is_new = self.about.note_conflict(JournalConflict::TwoCollectors, received);
            if is_new {
                tracing::error!(
                    id = "collector-id-twice",
                    collector = format!("{:016x}", self.journal.collector()),
                    "another process stores reports under this collector's id: was the machine cloned? Stop one of them, remove \
                     the file `collector` from its journal, and start it again"
                );
            }
        }
        Ok(())
    }

    async fn stored(&self, from: Timestamp) -> Result<StoredByOthers, InsertError> {
        let Self { client, journal, .. } = self;
        let asking = stored_by_others(client, journal.collector(), journal.start(), from);
        let answer = timeout(ANSWER_MAX, asking).await;
        answer.unwrap_or_else(|_| Err(InsertError::timed_out("say what it has of this collector")))
    }
}
