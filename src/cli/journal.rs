//! `cspwatch journal inspect|verify DIR`: what is on the disk.

use std::path::{Path, PathBuf};

use super::{Failure, print_line};
use crate::journal::inspect::{Found, Inspection, files, look};
use crate::journal::{Record, Row, State};

/// Looks at a journal without changing it; the collector may be running.
#[derive(Debug, clap::Args)]
pub struct JournalArgs {
    #[command(subcommand)]
    command: JournalCommand,
}

#[derive(Debug, clap::Subcommand)]
enum JournalCommand {
    /// Lists the files of a journal, and what the segments hold.
    Inspect {
        /// The journal's directory (`journal.dir`).
        dir: PathBuf,
        /// Also list every row and repetition.
        #[arg(long)]
        records: bool,
        /// One JSON object a file.
        #[arg(long)]
        json: bool,
    },
    /// Checks every frame; exits 1 when anything is damaged, missing or unknown.
    Verify {
        /// The journal's directory (`journal.dir`).
        dir: PathBuf,
    },
}

/// Looks.
pub fn run(args: &JournalArgs) -> Result<(), Failure> {
    match &args.command {
        JournalCommand::Inspect { dir, records, json } => inspect(dir, *records, *json),
        JournalCommand::Verify { dir } => verify(dir),
    }
}

fn inspect(dir: &Path, records: bool, json: bool) -> Result<(), Failure> {
    for file in list(dir)? {
        let mut lines = Vec::new();
        let found = look(&file, |record| {
            if records {
                lines.push(describe_record(record));
            }
        })?;
        let name = name(&file);
        print_line(&if json { as_json(&name, &found) } else { describe(&name, &found) })?;
        for line in lines {
            print_line(&line)?;
        }
    }
    Ok(())
}

fn verify(dir: &Path) -> Result<(), Failure> {
    let mut faults = 0;
    let (mut segments, mut reports) = (0, 0);
    for file in list(dir)? {
        let found = look(&file, |_| {})?;
        let is_sound = match &found {
            Found::Segment(inspection) => {
                segments += 1;
                reports += inspection.reports;
                inspection.is_sound()
            }
            Found::Known => true,
            Found::NoSegment | Found::SetAside | Found::Foreign => false,
        };
        if !is_sound {
            faults += 1;
            print_line(&describe(&name(&file), &found))?;
        }
    }
    if faults > 0 {
        return Err(format!("{}: {faults} files are not as they should be", dir.display()).into());
    }
    Ok(print_line(&format!("{segments} segments with {reports} reports, all sound"))?)
}

fn list(dir: &Path) -> Result<Vec<PathBuf>, Failure> {
    files(dir).map_err(|error| {
        let dir = dir.display();
        format!("{dir}: {error}; name the directory that `journal.dir` names").into()
    })
}

/// File names are not ours where somebody put a file there.
fn name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().escape_debug().to_string()
}

fn describe(name: &str, found: &Found) -> String {
    match found {
        Found::Segment(segment) => format!("{name}  {}", describe_segment(segment)),
        Found::NoSegment => format!("{name}  has no sound header: not a segment of this version"),
        Found::SetAside => format!("{name}  was set aside; see the log of that time"),
        Found::Known => format!("{name}  belongs to the journal"),
        Found::Foreign => format!("{name}  is foreign: no cspwatch wrote it"),
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
    if segment.skipped > 0 {
        text += &format!(", {} bytes DAMAGED in its middle", segment.skipped);
    }
    if segment.torn > 0 {
        text += &format!(", {} bytes at its end are no frame", segment.torn);
    }
    if !segment.is_as_sealed {
        text += ", and its seal says otherwise";
    }
    text
}

fn state(state: State) -> &'static str {
    match state {
        State::Sealed => "sealed",
        State::Open | State::Reading => "open",
        State::Torn => "open, torn",
    }
}

fn as_json(name: &str, found: &Found) -> String {
    let value = match found {
        Found::Segment(segment) => serde_json::json!({
            "file": name,
            "is": "segment",
            "batch_id": segment.id.batch_id(),
            "state": state(segment.state),
            "opened": segment.id.opened.to_string(),
            "rows": segment.rows,
            "reports": segment.reports,
            "limited": segment.limited,
            "bytes": segment.bytes,
            "skipped_bytes": segment.skipped,
            "torn_bytes": segment.torn,
            "sound": segment.is_sound(),
        }),
        Found::NoSegment => serde_json::json!({"file": name, "is": "no segment", "sound": false}),
        Found::SetAside => serde_json::json!({"file": name, "is": "set aside", "sound": false}),
        Found::Known => serde_json::json!({"file": name, "is": "known", "sound": true}),
        Found::Foreign => serde_json::json!({"file": name, "is": "foreign", "sound": false}),
    };
    value.to_string()
}

/// Texts of rows were made printable before they were written; escaping them again costs nothing, and a
/// journal may have been tampered with.
fn describe_record(record: &Record<'_>) -> String {
    match record {
        Record::First { number, sighting, row, .. } => {
            format!("  row {number}: {} {}", sighting.at, describe_row(row).escape_debug())
        }
        Record::Repeat { row, sighting } => format!("  row {row} again: {}", sighting.at),
        Record::Limited { minute, site, kind, count } => {
            let site = site.escape_debug();
            format!("  limited: {count} of {site} {} in the minute {minute}", kind.as_str())
        }
        Record::Seal { rows, reports } => format!("  seal: {rows} rows, {reports} reports"),
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
