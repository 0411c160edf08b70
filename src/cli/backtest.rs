//! `cspwatch backtest`: detection over a recorded trace, or over stored sightings. The same code as in `serve`, on the
//! clock of the trace and without quotas.

mod stored;
mod trace;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use self::trace::TraceLine;
use super::{
    Answering, ConfigArgs, Environment, Failure, Progress, answering, lines, live_decisions,
    open_input, range_begin, range_end,
};
use crate::accept::ClientHasher;
use crate::base::clock::Timestamp;
use crate::base::stdout::stdout_while_read;
use crate::config::{Config, NamedFile};
use crate::detect::{Detector, ObservedReport, RaisedAlert};
use crate::journal::{Batch, Deliveries, Folded};
use crate::pipeline::judge::Endpoint;
use crate::pipeline::{self, Request, Rules};

/// Prints the alerts that a recorded trace would have raised, one JSON object a line as they start or rise, then a
/// summary. Use it to try a configuration before it pages anybody.
#[derive(Debug, clap::Args)]
pub struct BacktestArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Recorded requests in the order of time, one JSON object a line: `at` (RFC 3339), `client` (an address),
    /// `site`, `tag`, `headers`, and `body` (a text or JSON) or `body_base64`. `-` is standard input.
    #[arg(value_name = "TRACE", required_unless_present = "from_clickhouse")]
    trace: Option<PathBuf>,
    /// Play the sightings in ClickHouse instead of a trace, judged again by this configuration. These are reports of
    /// unknown destinations and of failed integrity checks; alerts about silence and about changed policies or scripts
    /// need a trace.
    #[arg(long, conflicts_with = "trace")]
    from_clickhouse: bool,
    /// Only sightings since this day or time (UTC), as 2027-03-31.
    #[arg(long, value_name = "DATE", conflicts_with = "trace", value_parser = range_begin)]
    from: Option<Timestamp>,
    /// Only sightings until this day, which is included, or until this time.
    #[arg(long, value_name = "DATE", conflicts_with = "trace", value_parser = range_end)]
    to: Option<Timestamp>,
}

/// Plays the trace or the sightings, and prints the alerts and the summary.
pub fn run(args: &BacktestArgs, environment: &Environment) -> Result<(), Failure> {
    let reads: &[NamedFile] = match args.trace {
        None => &[NamedFile::ClickHousePassword, NamedFile::NoiseRules, NamedFile::ThreatLists],
        Some(_) => &[NamedFile::NoiseRules, NamedFile::ThreatLists],
    };
    let config = args.config.load_with(environment, reads)?;
    let mut out = io::BufWriter::new(stdout_while_read());
    let mut backtest = Backtest::new(&config)?;
    match &args.trace {
        Some(trace) => play_trace(trace, &mut backtest, &mut out)?,
        None => {
            let from = args.from.unwrap_or_default();
            let to = args.to.unwrap_or_else(Timestamp::now);
            if to <= from {
                let wrong = format!("--to: the range ends at {to}, before it begins at {from}");
                return Err(Failure::Usage(wrong.into()));
            }
            stored::play(&answering(&config)?, from, to, &mut backtest, &mut out)?;
        }
    }
    backtest.print_summary(&mut out)?;
    Ok(out.flush()?)
}

fn play_trace(trace: &Path, backtest: &mut Backtest, out: &mut impl Write) -> Result<(), Failure> {
    let mut progress = Progress::new("requests", None);
    for line in lines(trace, open_input(trace)?) {
        let (place, line) = line?;
        let at_place = |wrong| format!("{place}: {wrong}");
        let line = TraceLine::parse(&line).map_err(at_place)?;
        for alert in backtest.play(&line).map_err(at_place)? {
            writeln!(out, "{}", alert.to_json())?;
        }
        progress.step();
    }
    Ok(())
}

struct Backtest {
    rules: Rules,
    clients: ClientHasher,
    deliveries: Deliveries,
    detector: Detector,
    now: Timestamp,
    requests: u64,
    reports: u64,
    alerts: u64,
    verdicts: BTreeMap<&'static str, u64>,
}

impl Backtest {
    fn new(config: &Config) -> Result<Self, Failure> {
        // Quotas go by the machine's clock, not by the trace's.
        let rules = Rules { quotas: Arc::default(), ..Rules::new(config, live_decisions(config)?) };
        let mut detector = Detector::default();
        detector.set_configured(Arc::clone(&rules.judging.sites));
        Ok(Self {
            rules,
            // The hashes are not printed, so any key will do.
            clients: ClientHasher::new(&[0; 16]),
            deliveries: Deliveries::default(),
            detector,
            now: Timestamp::from_millis(i64::MIN),
            requests: 0,
            reports: 0,
            alerts: 0,
            verdicts: BTreeMap::new(),
        })
    }

    /// Plays one request; returns the alerts that start or rise.
    fn play(&mut self, line: &TraceLine<'_>) -> Result<Vec<RaisedAlert>, String> {
        if line.at < self.now {
            return Err(format!("{} is earlier than the line before it", line.at));
        }
        self.now = line.at;
        self.requests += 1;
        let mut alerts = Vec::new();
        self.detector.check_silence(line.at, |alert| alerts.push(alert.clone()));
        let batch = self.take(line)?;
        let folded = self.deliveries.fold_batch(&batch, |_| Folded::New);
        self.deliveries.remember_batch(&batch, &folded);
        for (entry, _) in batch.entries.iter().zip(&folded).filter(|(_, f)| **f == Folded::New) {
            let row = entry.row.row();
            let policy = entry.known_policy();
            self.reports += 1;
            *self.verdicts.entry(row.verdict.as_str()).or_default() += 1;
            let report = ObservedReport::of(&batch, entry, &row, policy.as_deref());
            self.detector.observe(&report, |alert| alerts.push(alert.clone()));
        }
        self.alerts += alerts.len() as u64;
        Ok(alerts)
    }

    fn take(&self, line: &TraceLine<'_>) -> Result<Batch, String> {
        let sites = &self.rules.judging.sites;
        let site = sites.named(&line.site);
        if site.is_none() && !line.site.is_empty() && sites.configured().next().is_some() {
            return Err(format!("the site {:?} is not configured", line.site));
        }
        let request = Request {
            received: line.at,
            client: self.clients.hash(line.client),
            endpoint: site.map_or(Endpoint::Any, Endpoint::Site),
            tag: &line.tag,
            is_tag_signed: false,
            verified: false,
            headers: line.headers(),
            body: &line.body,
        };
        Ok(pipeline::take(&request, &self.rules).batch)
    }

    fn print_summary(&self, out: &mut impl Write) -> io::Result<()> {
        let summary = json!({
            "requests": self.requests,
            "reports": self.reports,
            "verdicts": self.verdicts,
            "alerts": self.alerts,
        });
        writeln!(out, "{}", json!({ "summary": summary }))
    }
}
