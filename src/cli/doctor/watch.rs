//! `cspwatch doctor --watch`: one line for each thing that changes.

use std::io::{self, Write as _};
use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use super::super::Failure;
use super::super::ending::Ending;
use super::super::table::{safe, seconds};
use super::finding_as_json;
use super::store::HeaderStore;
use crate::audit::doctor::Analysis;
use crate::audit::doctor::change::{PageChange, PageState};
use crate::audit::doctor::fetch::Fetcher;
use crate::audit::doctor::visit::Visit;
use crate::audit::doctor::watch::{Watch, WatchEvent};
use crate::base::clock::Timestamp;
use crate::base::stdout::stdout_while_read;

/// Visits the page again and again until a signal arrives.
pub(super) async fn run(
    (fetcher, url): (&Fetcher, &Url),
    every: Duration,
    is_json: bool,
    mut store: Option<HeaderStore>,
) -> Result<(), Failure> {
    let mut ending = Ending::listen()?;
    let mut watch = Watch::default();
    loop {
        let round = async {
            let at = Timestamp::now();
            let visit = Visit::fetch(fetcher, url, at).await;
            let state = visit.map(|visit| state(&visit)).map_err(|error| error.to_string());
            if let Some(store) = &mut store {
                store.take(at, &state).await;
            }
            let events = watch.observe(state);
            print(Timestamp::now(), &events, is_json)?;
            tokio::time::sleep(every).await;
            Ok::<_, io::Error>(())
        };
        tokio::select! {
            result = round => result?,
            () = ending.wait() => return Ok(()),
        }
    }
}

fn state(visit: &Visit) -> PageState {
    PageState::new(&visit.page.head, Analysis::new(&visit.page).findings())
}

fn print(at: Timestamp, events: &[WatchEvent], is_json: bool) -> io::Result<()> {
    let mut out = stdout_while_read();
    for event in events {
        let name = name(event);
        if is_json {
            let mut json = as_json(event);
            json["at"] = at.to_string().into();
            json["event"] = name.into();
            writeln!(out, "{json}")?;
        } else {
            writeln!(out, "{}  {name:11}  {}", seconds(at), safe(&text(event)))?;
        }
    }
    out.flush()
}

/// The public name of an event.
fn name(event: &WatchEvent) -> &'static str {
    match event {
        WatchEvent::Begin { .. } => "begin",
        WatchEvent::Unreachable { .. } => "unreachable",
        WatchEvent::Reachable => "reachable",
        WatchEvent::Changed(PageChange::Appeared(_)) => "found",
        WatchEvent::Changed(PageChange::Gone(_)) => "gone",
        WatchEvent::Changed(PageChange::Header { .. }) => "header",
    }
}

fn text(event: &WatchEvent) -> String {
    match event {
        WatchEvent::Begin { findings } => format!("watching; findings: {findings}"),
        WatchEvent::Unreachable { why } => why.clone(),
        WatchEvent::Reachable => "the page can be fetched again".to_owned(),
        WatchEvent::Changed(PageChange::Appeared(finding)) => {
            let level = finding.level.name();
            format!("{level} {}: {}: {}", finding.id, finding.place, finding.what)
        }
        WatchEvent::Changed(PageChange::Gone(finding)) => {
            format!("{} {}: {}", finding.level.name(), finding.id, finding.place)
        }
        WatchEvent::Changed(PageChange::Header { name, before, now }) => {
            let value = |value: &Option<String>| value.clone().unwrap_or("nothing".to_owned());
            format!("{name}: it was {}, and is {}", value(before), value(now))
        }
    }
}

/// The event without its name and time.
fn as_json(event: &WatchEvent) -> Value {
    match event {
        WatchEvent::Begin { findings } => json!({ "findings": findings }),
        WatchEvent::Unreachable { why } => json!({ "why": why }),
        WatchEvent::Reachable => json!({}),
        WatchEvent::Changed(PageChange::Appeared(finding) | PageChange::Gone(finding)) => {
            json!({ "finding": finding_as_json(finding) })
        }
        WatchEvent::Changed(PageChange::Header { name, before, now }) => {
            json!({ "name": name, "before": before, "now": now })
        }
    }
}
