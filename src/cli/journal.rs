//! `cspwatch journal inspect|verify|resend`: shows what is on disk, and sends quarantined rows again.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{ConfigArgs, Environment, Failure, Progress, answering, inserter, print_line};
use crate::base::display::count;
use crate::base::stdout::stdout_while_read;
use crate::journal::inspect::{Inspection, SegmentFinding, inspect_file, list_files};
use crate::journal::{Quarantine, ReaderState, Record, Rejections, Row, SegmentPart, SegmentTable};
use crate::sink::resend::{Resent, resend};

/// Shows what a journal holds, and sends rows again that ClickHouse refused. The collector may be running.
#[derive(Debug, clap::Args)]
pub struct JournalArgs {
    #[command(subcommand)]
    command: JournalCommand,
}

#[derive(Debug, clap::Subcommand)]
enum JournalCommand {
    /// Lists the files of a journal and what its segments hold.
    Inspect {
        /// The journal's directory (`journal.dir`).
        dir: PathBuf,
        /// List every row and every repetition, too.
        #[arg(long)]
        records: bool,
        /// Print one JSON object for each file.
        #[arg(long)]
        json: bool,
    },
    /// Checks every frame. Exits 1 when anything is damaged, missing or unknown.
    Verify {
        /// The journal's directory (`journal.dir`).
        dir: PathBuf,
    },
    /// Sends the rows again that ClickHouse refused, after you fixed the cause. Exits 1 when ClickHouse still refuses
    /// some of them.
    Resend {
        #[command(flatten)]
        config: ConfigArgs,
    },
}

/// Runs the subcommand.
pub fn run(args: &JournalArgs, environment: &Environment) -> Result<(), Failure> {
    match &args.command {
        JournalCommand::Resend { config } => resend_all(config, environment),
        JournalCommand::Inspect { dir, records, json } => inspect(dir, *records, *json),
        JournalCommand::Verify { dir } => verify(dir),
    }
}

fn inspect(dir: &Path, records: bool, json: bool) -> Result<(), Failure> {
    let files = list(dir)?;
    let mut out = stdout_while_read();
    let mut progress = Progress::new("files", Some(files.len()));
    for file in files {
        progress.step();
        let mut lines = Vec::new();
        let found = inspect_file(&file, |record| {
            if records {
                lines.push(describe_record(record));
            }
        })?;
        let name = name(&file);
        let line = if json { as_json(&name, &found) } else { describe(&name, &found) };
        writeln!(out, "{line}")?;
        for line in lines {
            writeln!(out, "{line}")?;
        }
    }
    Ok(out.flush()?)
}

fn verify(dir: &Path) -> Result<(), Failure> {
    let mut faults = 0;
    let (mut segments, mut reports) = (0, 0);
    let files = list(dir)?;
    let mut progress = Progress::new("files", Some(files.len()));
    for file in files {
        progress.step();
        let found = inspect_file(&file, |_| {})?;
        let is_sound = match &found {
            SegmentFinding::Segment(inspection) => {
                segments += 1;
                reports += inspection.reports;
                inspection.is_sound()
            }
            SegmentFinding::Known | SegmentFinding::Rejections(_) => true,
            SegmentFinding::NoSegment | SegmentFinding::SetAside | SegmentFinding::Foreign => false,
        };
        if !is_sound {
            faults += 1;
            print_line(&describe(&name(&file), &found))?;
        }
    }
    if faults > 0 {
        let are = if faults == 1 { "is" } else { "are" };
        let faults = count(faults, "file");
        return Err(format!("{}: {faults} {are} not sound", dir.display()).into());
    }
    Ok(print_line(&format!(
        "{} with {}, all sound",
        count(segments, "segment"),
        count(reports, "report")
    ))?)
}

fn resend_all(config: &ConfigArgs, environment: &Environment) -> Result<(), Failure> {
    let config = config.load(environment)?;
    let client = answering(&config)?;
    let inserter = inserter(&config)?;
    let (mut stored, mut refused) = (0, 0);
    let quarantined = Quarantine::list(&config.journal.dir)?;
    let mut progress = Progress::new("segments", Some(quarantined.len()));
    for segment in &quarantined {
        progress.step();
        let name = name(segment.path());
        let path = segment.path().display();
        let resent = client.unless_silent(async {
            let resent = resend(&inserter, segment).await;
            resent.map_err(|error| format!("{path}: {error}").into())
        })?;
        print_line(&format!("{name}  {}", describe_resent(&resent)))?;
        stored += resent.stored;
        refused += resent.refused;
    }
    let segments = count(quarantined.len() as u64, "segment");
    print_line(&format!("{segments} in quarantine: {} stored now", count(stored, "row")))?;
    if refused > 0 {
        return Err(format!(
            "ClickHouse still refuses {}, which stay in quarantine",
            count(refused, "row")
        )
        .into());
    }
    Ok(())
}

fn describe_resent(resent: &Resent) -> String {
    let Resent { stored, refused, error } = resent;
    match error {
        None => format!("{} stored; the segment left the quarantine", count(*stored, "row")),
        // ClickHouse may quote what a browser sent.
        Some(error) => {
            let stored = count(*stored, "row");
            format!("{stored} stored, {refused} refused: {}", error.escape_debug())
        }
    }
}

fn list(dir: &Path) -> Result<Vec<PathBuf>, Failure> {
    list_files(dir).map_err(|error| {
        let dir = dir.display();
        format!("{dir}: {error}; pass the directory of `journal.dir`").into()
    })
}

/// The name of a file, escaped: the directory may hold files that somebody else put there.
fn name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().escape_debug().to_string()
}

fn describe(name: &str, found: &SegmentFinding) -> String {
    match found {
        SegmentFinding::Segment(segment) => format!("{name}  {}", describe_segment(segment)),
        SegmentFinding::NoSegment => {
            format!("{name}  is no segment, or nothing of it can be read")
        }
        SegmentFinding::SetAside => format!("{name}  was set aside; see the log of that time"),
        SegmentFinding::Known => format!("{name}  belongs to the journal"),
        SegmentFinding::Rejections(rejections) => {
            format!("{name}  {}", describe_rejections(rejections))
        }
        SegmentFinding::Foreign => format!("{name}  is foreign: cspwatch did not write it"),
    }
}

fn describe_rejections(rejections: &Rejections) -> String {
    let parked = rejections
        .parked()
        .map(|(part, error)| format!("\n  {}: {}", describe_part(&part), error.escape_debug()));
    format!("ClickHouse refused:{}", parked.collect::<String>())
}

fn describe_part(part: &SegmentPart) -> String {
    let (first, last) = (part.rows.start, part.rows.end.saturating_sub(1));
    match part.table {
        SegmentTable::Reports => format!("rows {first} to {last} for reports"),
        SegmentTable::Sightings => format!("sightings of the rows {first} to {last}"),
        SegmentTable::Limited => format!("counts {first} to {last} for limited"),
        SegmentTable::Policies => format!("policies {first} to {last}"),
    }
}

fn describe_segment(segment: &Inspection) -> String {
    let mut text = format!(
        "{}, opened {}, {} rows, {} reports, {} limited, {} bytes",
        state(segment.state),
        segment.id.opened,
        segment.rows,
        segment.reports,
        segment.limited,
        segment.bytes
    );
    if !segment.has_head {
        text += ", its head is DAMAGED and can be written anew";
    }
    if segment.skipped > 0 {
        text += &format!(", {} bytes DAMAGED in the middle", segment.skipped);
    }
    if segment.torn > 0 {
        text += &format!(", {} bytes at the end are no frame", segment.torn);
    }
    if !segment.is_as_sealed {
        text += ", and the seal does not match";
    }
    text
}

fn state(state: ReaderState) -> &'static str {
    match state {
        ReaderState::Sealed => "sealed",
        ReaderState::Open | ReaderState::Reading => "open",
        ReaderState::Torn => "open, torn",
    }
}

fn as_json(name: &str, found: &SegmentFinding) -> String {
    let value = match found {
        SegmentFinding::Segment(segment) => serde_json::json!({
            "file": name,
            "is": "segment",
            "batch_id": segment.id.batch_id(),
            "state": state(segment.state),
            "opened": segment.id.opened.to_string(),
            "rows": segment.rows,
            "reports": segment.reports,
            "limited": segment.limited,
            "bytes": segment.bytes,
            "head": segment.has_head,
            "skipped_bytes": segment.skipped,
            "torn_bytes": segment.torn,
            "sound": segment.is_sound(),
        }),
        SegmentFinding::NoSegment => {
            serde_json::json!({"file": name, "is": "no segment", "sound": false})
        }
        SegmentFinding::SetAside => {
            serde_json::json!({"file": name, "is": "set aside", "sound": false})
        }
        SegmentFinding::Rejections(rejections) => {
            let parked = rejections.parked().map(|(part, error)| {
                let (from, to) = (part.rows.start, part.rows.end);
                serde_json::json!({"table": part.table, "from": from, "to": to, "error": error})
            });
            let refused: Vec<_> = parked.collect();
            serde_json::json!({"file": name, "is": "refusals", "refused": refused, "sound": true})
        }
        SegmentFinding::Known => serde_json::json!({"file": name, "is": "known", "sound": true}),
        SegmentFinding::Foreign => {
            serde_json::json!({"file": name, "is": "foreign", "sound": false})
        }
    };
    value.to_string()
}

/// One line about a record. Texts were made printable before they were written. They are escaped again, because somebody
/// may have tampered with the journal.
fn describe_record(record: &Record<'_>) -> String {
    match record {
        Record::First { number, sighting, row, .. } => {
            format!("  row {number}: {} {}", sighting.at, describe_row(row).escape_debug())
        }
        Record::Repeat { row, sighting } => format!("  row {row} again: {}", sighting.at),
        Record::Policy { received, hash, site, page_group, .. } => {
            let place = format!("{site}, {page_group}");
            format!("  policy {hash:016x} of {}: {received}", place.escape_debug())
        }
        Record::Limited { minute, site, kind, count } => {
            let site = site.escape_debug();
            format!("  limited: {count} of {site} {} in the minute {minute}", kind.as_str())
        }
        Record::Seal { rows, reports, .. } => format!("  seal: {rows} rows, {reports} reports"),
    }
}

fn describe_row(row: &Row<'_>) -> String {
    format!(
        "{} {} {} {} {} {}{} on {}{}",
        row.site,
        row.page_group,
        row.kind.as_str(),
        row.verdict.as_str(),
        row.directive,
        row.blocked_host,
        row.blocked_path,
        row.document_host,
        row.document_path
    )
}
