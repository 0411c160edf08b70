//! The decisions that are shown, as a file: CSV or JSON.

use std::io;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;

use super::{Filter, read, state};
use crate::audit::csv::{inert, writer};
use crate::base::clock::Timestamp;
use crate::base::display::{safe, time};
use crate::console::Console;
use crate::console::answer::Refusal;
use crate::console::api::made_decision as as_json;
use crate::console::fields::Query;
use crate::console::files::{CSV, download, write_items};
use crate::console::visitor::Viewer;
use crate::store::all_decisions::{MadeDecision, Outcome, Subject};

/// The columns, in their order.
const COLUMNS: [&str; 18] = [
    "at",
    "about",
    "site",
    "destination",
    "script_host",
    "script_path",
    "hash",
    "decision",
    "is_undo",
    "directive",
    "page_group",
    "by",
    "why",
    "owner",
    "until",
    "state",
    "undone_at",
    "undone_by",
];

pub(in crate::console) async fn file(
    State(console): State<Arc<Console>>,
    Viewer(_): Viewer,
    Path(name): Path<String>,
    Query(fields): Query,
) -> Result<Response, Refusal> {
    let (media_type, write): (_, Write) = match name.as_str() {
        "decisions.csv" => (CSV, csv),
        "decisions.json" => ("application/json", json),
        _ => return Err(Refusal::not_found("there are decisions.csv and decisions.json")),
    };
    let filter = Filter::of(&fields);
    let make = async {
        let all = read(&console, filter.site, Timestamp::now()).await?;
        Ok(write(&filter.chosen(&all).collect::<Vec<_>>())?)
    };
    Ok(download(&name, media_type, console.large.make(make).await?))
}

type Write = fn(&[&MadeDecision]) -> io::Result<Vec<u8>>;

fn json(decisions: &[&MadeDecision]) -> io::Result<Vec<u8>> {
    let mut text = br#"{"decisions":["#.to_vec();
    write_items(&mut text, decisions.iter().map(|decision| as_json(decision)))?;
    text.extend_from_slice(b"]}");
    Ok(text)
}

fn csv(decisions: &[&MadeDecision]) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut lines = writer(&mut text);
    lines.write_record(COLUMNS)?;
    for decision in decisions {
        lines.write_record(line(decision).map(|cell| inert(&safe(&cell)).into_owned()))?;
    }
    lines.flush()?;
    drop(lines);
    Ok(text)
}

fn line(decision: &MadeDecision) -> [String; COLUMNS.len()] {
    let none = String::new;
    let [destination, host, path, hash, directive, page_group, owner] = match &decision.subject {
        Subject::Destination(of) => {
            [&of.destination, "", "", "", &of.directive, &of.page_group, ""].map(str::to_owned)
        }
        Subject::Script(of) => {
            ["", &of.script_host, &of.script_path, &of.hash, "", &of.page_group, &of.owner]
                .map(str::to_owned)
        }
    };
    let until = match &decision.subject {
        Subject::Destination(of) => of.until.map_or_else(none, time),
        Subject::Script(_) => none(),
    };
    let (undone_at, undone_by) = match &decision.outcome {
        Outcome::Undone { at, by } => (time(*at), by.clone()),
        _ => (none(), none()),
    };
    [
        time(decision.decided_at()),
        decision.about().to_owned(),
        decision.site().to_owned(),
        destination,
        host,
        path,
        hash,
        decision.decision().to_owned(),
        if decision.is_undo() { "yes" } else { "no" }.to_owned(),
        directive,
        page_group,
        decision.by().to_owned(),
        decision.why().to_owned(),
        owner,
        until,
        state(&decision.outcome).to_owned(),
        undone_at,
        undone_by,
    ]
}
