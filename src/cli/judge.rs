//! `cspwatch judge`: the verdicts on recorded reports. The same code as in `serve`, without network, journal and
//! ClickHouse.

mod recording;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use recording::Recording;

use super::{ConfigArgs, Environment, Failure, lines, live_decisions, open_input};
use crate::base::clock::Timestamp;
use crate::base::display::printable;
use crate::base::limits;
use crate::base::stdout::stdout_while_read;
use crate::pipeline::decode;
use crate::pipeline::judge::Endpoint;
use crate::pipeline::normalise::Envelope;
use crate::pipeline::{JudgedReport, JudgingRules};
use crate::report::Verdict;

/// Prints the verdicts on recorded reports: which are noise and by which rule, and which would alert.
#[derive(Debug, clap::Args)]
pub struct JudgeArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Print one JSON object per report instead of sums.
    #[arg(long)]
    json: bool,
    /// Recorded requests, one JSON object a line: `body` (a text or JSON) or `body_base64`; optionally `case` or `path` to
    /// sum by, and `headers` with the browser's user-agent. `-` is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Judges every request of the file.
pub fn run(args: &JudgeArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load(environment)?;
    let judging = JudgingRules::new(&config, live_decisions(&config)?);
    let mut out = stdout_while_read();
    let mut groups: BTreeMap<String, Sums> = BTreeMap::new();
    for line in lines(&args.file, open_input(&args.file)?) {
        let (place, line) = line?;
        let recording = Recording::parse(&line).map_err(|wrong| format!("{place}: {wrong}"))?;
        let group = group(&recording);
        let sums = groups.entry(group.clone()).or_default();
        judge(&judging, &recording, sums, |judged| match args.json {
            true => writeln!(out, "{}", json(&group, judged)),
            false => Ok(()),
        })?;
    }
    if !args.json {
        print(&mut out, &groups)?;
    }
    Ok(())
}

/// The name to sum by, made safe for a terminal, because it is input.
fn group(recording: &Recording) -> String {
    let name = recording.case.as_deref().or(recording.path.as_deref()).unwrap_or("all");
    let end = name.floor_char_boundary(limits::HOST_BYTES);
    printable(name[..end].into()).into_owned()
}

/// Judges and counts the reports of one request.
fn judge(
    judging: &JudgingRules,
    recording: &Recording,
    sums: &mut Sums,
    mut on_judged: impl FnMut(&JudgedReport<'_>) -> io::Result<()>,
) -> io::Result<()> {
    if recording.body.is_empty() {
        // A preflight request has no body.
        return Ok(());
    }
    let body = decode::repair(&recording.body);
    let decoded = decode::decode(&body, limits::REPORTS_PER_REQUEST_MAX);
    sums.not_understood += decoded.malformed as u64;
    for wire in decoded.reports {
        let envelope = Envelope {
            received: Timestamp::default(),
            user_agent: &recording.user_agent,
            keep_query: &judging.keep_query,
        };
        let judged = judging.judge_wire(wire, Endpoint::Any, envelope);
        sums.count(judged.judgement.verdict, &judged.judgement.reason.to_text());
        on_judged(&judged)?;
    }
    Ok(())
}

fn json(group: &str, judged: &JudgedReport<'_>) -> serde_json::Value {
    let JudgedReport { report, owner, judgement } = judged;
    serde_json::json!({
        "group": group,
        "site": &*owner.site.name,
        "kind": report.kind.as_str(),
        "verdict": judgement.verdict.as_str(),
        "reason": judgement.reason.to_text(),
        "destination": judgement.destination,
        "directive": report.directive,
    })
}

/// The verdicts on a group's reports.
#[derive(Debug, Default)]
struct Sums {
    reports: u64,
    not_understood: u64,
    verdicts: BTreeMap<Verdict, BTreeMap<String, u64>>,
}

impl Sums {
    fn count(&mut self, verdict: Verdict, reason: &str) {
        self.reports += 1;
        *self.verdicts.entry(verdict).or_default().entry(reason.to_owned()).or_default() += 1;
    }

    fn add(&mut self, other: &Self) {
        self.reports += other.reports;
        self.not_understood += other.not_understood;
        for (verdict, reasons) in &other.verdicts {
            for (reason, count) in reasons {
                *self.verdicts.entry(*verdict).or_default().entry(reason.clone()).or_default() +=
                    count;
            }
        }
    }
}

fn print(out: &mut impl Write, groups: &BTreeMap<String, Sums>) -> io::Result<()> {
    let mut all = Sums::default();
    for (name, sums) in groups {
        print_group(out, name, sums)?;
        all.add(sums);
    }
    if groups.len() > 1 {
        print_group(out, "total", &all)?;
    }
    Ok(())
}

fn print_group(out: &mut impl Write, name: &str, sums: &Sums) -> io::Result<()> {
    writeln!(out, "{name}: {} reports, {} not understood", sums.reports, sums.not_understood)?;
    for (verdict, reasons) in &sums.verdicts {
        writeln!(out, "  {:<10} {:>7}", verdict.as_str(), reasons.values().sum::<u64>())?;
        let mut reasons: Vec<_> = reasons.iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (reason, count) in reasons {
            writeln!(out, "    {count:>7} {reason}")?;
        }
    }
    Ok(())
}
