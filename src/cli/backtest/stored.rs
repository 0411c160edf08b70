//! The sightings that ClickHouse has, played instead of a trace.

use std::collections::HashMap;
use std::io::Write;

use super::{Answering, Backtest, Failure, Progress};
use crate::base::client_id::ClientId;
use crate::base::clock::Timestamp;
use crate::detect::{ObservedReport, RaisedAlert};
use crate::pipeline::judge::Endpoint;
use crate::pipeline::row;
use crate::store::sightings::{self, StoredSighting};

/// Plays the sightings from `from` until before `to`, and prints the alerts.
pub(super) fn play(
    client: &Answering<'_>,
    from: Timestamp,
    to: Timestamp,
    backtest: &mut Backtest,
    out: &mut impl Write,
) -> Result<(), Failure> {
    client.unless_silent(async {
        let policies = sightings::policies(client).await?;
        let policies: HashMap<String, String> =
            policies.into_iter().map(|stored| (stored.policy_hash, stored.policy)).collect();
        let all = usize::try_from(sightings::count(client, from, to).await?).ok();
        let mut progress = Progress::new("sightings", all);
        sightings::each(client, from, to, |sighting| {
            let policy = policies.get(&sighting.policy_hash).map_or("", String::as_str);
            for alert in backtest.play_stored(sighting, policy) {
                writeln!(out, "{}", alert.to_json())?;
            }
            progress.step();
            Ok(())
        })
        .await
    })
}

impl Backtest {
    /// Plays one sighting; returns the alerts that start or rise.
    fn play_stored(&mut self, sighting: &StoredSighting, policy: &str) -> Vec<RaisedAlert> {
        let received = sighting.received_at;
        let mut alerts = Vec::new();
        self.requests += 1;
        self.detector.check_silence(received, |alert| alerts.push(alert.clone()));
        let judging = &self.rules.judging;
        let Some(report) = sighting.report(policy) else { return alerts };
        let endpoint = judging.sites.named(&sighting.site).map_or(Endpoint::Any, Endpoint::Site);
        let owner = judging.sites.attribute(endpoint, &report.document.host);
        let (judgement, _) = judging.judge(&report, &owner, received);
        let group = owner.site.page_group(&report.document.path);
        let reason = judgement.reason.to_text();
        let mut row = row(&report, &judgement, &reason, &owner.site, group, sighting.fingerprint);
        row.line = sighting.line;
        self.reports += 1;
        *self.verdicts.entry(row.verdict.as_str()).or_default() += 1;
        let report = ObservedReport {
            row: &row,
            policy: None,
            disposition: report.disposition,
            extensionless: sighting.extensionless,
            client: ClientId(sighting.client),
            session: 0,
            received,
            taken_elsewhere: false,
        };
        self.detector.observe(&report, |alert| alerts.push(alert.clone()));
        self.alerts += alerts.len() as u64;
        alerts
    }
}
