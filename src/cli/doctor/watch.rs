//! `cspwatch doctor --watch`: one line for each thing that changes.

use std::io::{self, Write as _};
use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use super::super::Failure;
use super::super::ending::Ending;
use super::super::table::{safe, seconds};
use super::finding_as_json;
use super::look::Look;
use crate::audit::doctor::Reading;
use crate::audit::doctor::change::{Change, Look as Seen};
use crate::audit::doctor::fetch::Fetcher;
use crate::base::clock::Timestamp;
use crate::base::stdout::stdout_while_read;

/// Looks until a signal comes.
pub(super) async fn run(
    fetcher: &Fetcher,
    url: &Url,
    every: Duration,
    is_json: bool,
) -> Result<(), Failure> {
    let mut ending = Ending::listen()?;
    let mut watch = Watch { is_json, before: None, trouble: None };
    loop {
        let round = async {
            let look = Look::at(fetcher, url).await;
            watch.tell(look.map_err(|error| error.to_string()))?;
            tokio::time::sleep(every).await;
            Ok::<_, io::Error>(())
        };
        tokio::select! {
            told = round => told?,
            () = ending.wait() => return Ok(()),
        }
    }
}

/// What was seen and told so far.
struct Watch {
    is_json: bool,
    before: Option<Seen>,
    /// Why the page could not be had, the last time.
    trouble: Option<String>,
}

impl Watch {
    /// Tells what a look has that the one before had not.
    fn tell(&mut self, look: Result<Look, String>) -> io::Result<()> {
        let at = Timestamp::now();
        let look = match look {
            Ok(look) => look,
            Err(trouble) if self.trouble.as_ref() == Some(&trouble) => return Ok(()),
            Err(trouble) => {
                let event = json!({ "event": "unreachable", "why": trouble });
                self.print(at, "unreachable", &trouble, event)?;
                self.trouble = Some(trouble);
                return Ok(());
            }
        };
        if self.trouble.take().is_some() {
            self.print(
                at,
                "reachable",
                "the page is there again",
                json!({ "event": "reachable" }),
            )?;
        }
        let now = Seen::new(&look.page.head, Reading::of(&look.page).findings());
        match &self.before {
            Some(before) => self.changes(at, &now.since(before))?,
            None => self.first(at, &now)?,
        }
        self.before = Some(now);
        Ok(())
    }

    /// Headers that are there from the beginning are no news; findings are.
    fn first(&self, at: Timestamp, now: &Seen) -> io::Result<()> {
        let all = now.since(&Seen::default());
        let is_finding = |change: &Change| matches!(change, Change::Found(_));
        let found: Vec<_> = all.into_iter().filter(is_finding).collect();
        let begin = format!("watching; findings: {}", found.len());
        self.print(at, "begin", &begin, json!({ "event": "begin", "findings": found.len() }))?;
        self.changes(at, &found)
    }

    fn changes(&self, at: Timestamp, changes: &[Change]) -> io::Result<()> {
        for change in changes {
            let (event, words, json) = match change {
                Change::Found(finding) => {
                    let (id, level) = (finding.id, finding.level.name());
                    let words = format!("{level} {id}: {}: {}", finding.place, finding.what);
                    (
                        "found",
                        words,
                        json!({ "event": "found", "finding": finding_as_json(finding) }),
                    )
                }
                Change::Gone(finding) => {
                    let words =
                        format!("{} {}: {}", finding.level.name(), finding.id, finding.place);
                    ("gone", words, json!({ "event": "gone", "finding": finding_as_json(finding) }))
                }
                Change::Header { name, before, now } => {
                    let shown =
                        |value: &Option<String>| value.clone().unwrap_or("nothing".to_owned());
                    let words = format!("{name}: it was {}, and is {}", shown(before), shown(now));
                    let json =
                        json!({ "event": "header", "name": name, "before": before, "now": now });
                    ("header", words, json)
                }
            };
            self.print(at, event, &words, json)?;
        }
        Ok(())
    }

    fn print(&self, at: Timestamp, event: &str, words: &str, mut json: Value) -> io::Result<()> {
        let mut out = stdout_while_read();
        if self.is_json {
            json["at"] = at.to_string().into();
            writeln!(out, "{json}")?;
        } else {
            writeln!(out, "{}  {event:11}  {}", seconds(at.0), safe(words))?;
        }
        out.flush()
    }
}
