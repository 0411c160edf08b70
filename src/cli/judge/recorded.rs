//! The verdicts on recorded reports, without network, journal and ClickHouse.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

use super::recording::Recording;
use crate::audit::noise_rules::never_matched;
use crate::base::clock::Timestamp;
use crate::base::display::{count, printable};
use crate::base::limits;
use crate::base::stdout::stdout_while_read;
use crate::cli::{Failure, lines, live_decisions, open_input};
use crate::config::Config;
use crate::pipeline::decode;
use crate::pipeline::judge::Endpoint;
use crate::pipeline::normalise::Envelope;
use crate::pipeline::{JudgedReport, JudgingRules};
use crate::report::{Cause, Verdict};

/// Judges every request of the file.
pub(super) fn run(config: &Config, file: &Path, as_json: bool) -> Result<(), Failure> {
    let judging = JudgingRules::new(config, live_decisions(config)?);
    let mut out = stdout_while_read();
    let mut groups: BTreeMap<String, Sums> = BTreeMap::new();
    let mut matched = BTreeSet::new();
    for line in lines(file, open_input(file)?) {
        let (place, line) = line?;
        let recording = Recording::parse(&line).map_err(|wrong| format!("{place}: {wrong}"))?;
        let group = group(&recording);
        let sums = groups.entry(group.clone()).or_default();
        judge(&judging, &recording, sums, |judged| {
            if let Cause::Word(rule) | Cause::Unproven(rule) = &judged.judgement.reason.cause {
                matched.insert(rule.to_string());
            }
            match as_json {
                true => writeln!(out, "{}", json(&group, judged)),
                false => Ok(()),
            }
        })?;
    }
    let unmatched = never_matched(&config.noise.rules, &matched);
    if as_json {
        writeln!(out, "{}", serde_json::json!({ "rules_never_matched": unmatched }))?;
    } else {
        print(&mut out, &groups)?;
        print_unmatched(&mut out, &unmatched, config.noise.rules.len())?;
    }
    Ok(())
}

/// Prints which rules matched nothing.
pub(super) fn print_unmatched(
    out: &mut impl Write,
    unmatched: &[&str],
    rules: usize,
) -> io::Result<()> {
    let ids =
        if unmatched.is_empty() { String::new() } else { format!(": {}", unmatched.join(", ")) };
    writeln!(out, "rules that never matched: {} of {rules}{ids}", unmatched.len())
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
    let reports = count(sums.reports, "report");
    writeln!(out, "{name}: {reports}, {} not understood", sums.not_understood)?;
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
