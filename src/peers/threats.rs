//! Threat lists: read from their files, and compared with all destinations that were ever seen.

use std::sync::Arc;

use super::Peers;
use crate::base::clock::Timestamp;
use crate::decisions::{ContactedFrom, ThreatFiles};
use crate::detect::PastDestination;
use crate::pipeline::judge::Sites;
use crate::store::destinations;
use crate::store::error::InsertError;

impl Peers {
    /// Reads the threat lists and puts them in force. If a file cannot be read, it returns false and all lists stay as they
    /// were.
    pub(super) fn read_threat_lists(&self, files: &mut ThreatFiles) -> bool {
        let (lists, summaries) = files.read();
        let mut is_complete = true;
        for (file, summary) in summaries {
            let file = file.display();
            match summary {
                Ok(summary) => {
                    tracing::info!(%file, names = summary.hosts, wrong = summary.wrong.len(), "threat list read");
                    if let Some((line, why)) = summary.wrong.first() {
                        tracing::warn!(
                            id = "threat-list-lines-ignored",
                            "{file}:{line} {why}; such lines are ignored"
                        );
                    }
                }
                Err(error) => {
                    tracing::error!(id = "threat-list-unreadable", %file, %error, "a threat list cannot be read; the previous lists stay in force");
                    is_complete = false;
                }
            }
        }
        if is_complete {
            self.detector.lock().match_threats(&lists, Timestamp::now());
            self.live_decisions.set_threats(lists);
        }
        is_complete
    }

    /// Compares all destinations that ClickHouse remembers with the threat lists. Destinations that somebody approved or
    /// ignored do not count.
    pub(super) async fn match_history(&self, sites: &Sites) -> Result<(), InsertError> {
        let threats = Arc::clone(&self.live_decisions.threats());
        if threats.is_empty() {
            return Ok(());
        }
        let (now, decisions) = (Timestamp::now(), Arc::clone(&self.live_decisions.decisions()));
        destinations::each(&self.client, |past| {
            let Some(list) = threats.find(&past.destination) else { return };
            let from = ContactedFrom { directive: "", page_group: &past.page_group };
            if decisions.in_force(&past.site, &past.destination, from, now).is_some() {
                return;
            }
            let group = sites.named(&past.site).and_then(|site| site.group_named(&past.page_group));
            let destination = PastDestination {
                page_group: &past.page_group,
                payment: group.is_some_and(|group| group.payment),
                destination: &past.destination,
                list,
                last: past.last_seen,
                reports: past.reports,
                clients: usize::try_from(past.clients).unwrap_or(usize::MAX),
            };
            self.detector.lock().report_past_threat(&past.site, &destination, now);
        })
        .await
    }
}
