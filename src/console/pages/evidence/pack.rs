//! The pack itself, as a page, as data, or as a file to keep.

use std::io::{self, Cursor, Write as _};
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{CHECKSUM_FORM, FORMS, shown};
use crate::audit::evidence::chain;
use crate::audit::evidence::files::{DATA, SCRIPTS, data, files, script_table};
use crate::audit::evidence::{EvidencePack, html as pack_page};
use crate::audit::script_inventory;
use crate::base::clock::{DAY, Timestamp, days};
use crate::config::OTHER;
use crate::console::Console;
use crate::console::answer::Refusal;
use crate::console::fields::{Fields, Query};
use crate::console::files::{CSV, download, standalone};
use crate::console::pages::{answered, check_site};
use crate::console::visitor::Viewer;
use crate::store::evidence::{self, EvidenceQuery};
use crate::store::scripts::{self, ScriptQuery};

/// The longest period: what is kept.
const LONGEST: std::time::Duration = days(800);

/// What somebody wants to have, checked.
struct Wanted<'a> {
    site: &'a str,
    page_group: &'a str,
    from: Timestamp,
    to: Timestamp,
    /// One of [`FORMS`].
    form: &'static str,
    /// The checksum of the pack before, for the whole pack.
    previous: Option<String>,
}

/// The pack, as `cspwatch evidence` prints it; where the form was filled in wrong, the form.
pub(in crate::console) async fn pack(
    State(console): State<Arc<Console>>,
    Viewer(visitor): Viewer,
    Path(site): Path<String>,
    Query(fields): Query,
) -> Result<Response, Refusal> {
    check_site(&console, &site)?;
    let wanted = match wanted(&console, &site, &fields) {
        Ok(wanted) => wanted,
        Err(wrong) => {
            let form = shown(&console, &visitor, (&site, &fields), Some(&wrong));
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, form).into_response());
        }
    };
    let mut name = String::new();
    let make = async {
        let pack = read(&console, &wanted).await?;
        Ok(match wanted.form {
            "json" => data(&pack)?.into_bytes(),
            "csv" => script_table(&pack)?,
            "zip" => {
                let (sum, content) = whole(&pack, wanted.previous.as_deref())?;
                name = format!("evidence-{sum}.zip");
                content
            }
            _ => pack_page::page_of(&pack).into_bytes(),
        })
    };
    let content = console.large.make(make).await?;
    Ok(match wanted.form {
        "json" => download(DATA, "application/json", content),
        "csv" => download(SCRIPTS, CSV, content),
        "zip" => download(&name, "application/zip", content),
        _ => standalone(content),
    })
}

/// What the form says, or what is wrong with it.
fn wanted<'a>(console: &Console, site: &'a str, fields: &'a Fields) -> Result<Wanted<'a>, String> {
    let page_group = fields.text("page_group");
    let groups = console.config.page_groups(site);
    if !page_group.is_empty() && page_group != OTHER && !groups.contains(&page_group) {
        return Err("there is no such page group".to_owned());
    }
    let (from, to) = period(fields, Timestamp::now())?;
    let form = match fields.text("form") {
        "" => "html",
        form => FORMS
            .into_iter()
            .find_map(|(name, _)| (name == form).then_some(name))
            .ok_or("the form must be html, json, csv or zip")?,
    };
    let previous = fields.text("previous");
    if form == "zip" && !previous.is_empty() && !chain::is_sum(previous) {
        return Err(CHECKSUM_FORM.to_owned());
    }
    let previous = (!previous.is_empty()).then(|| previous.to_ascii_lowercase());
    Ok(Wanted { site, page_group, from, to, form, previous })
}

/// From the first day to the end of the last.
fn period(fields: &Fields, now: Timestamp) -> Result<(Timestamp, Timestamp), String> {
    let midnight = |name: &str, words: &str| {
        let text = format!("{}T00:00:00Z", fields.text(name));
        Timestamp::parse(&text).ok_or_else(|| format!("the {words} must be a day, as 2027-03-31"))
    };
    let (from, to) = (midnight("from", "first day")?, midnight("to", "last day")? + DAY);
    if to <= from {
        return Err("the last day is before the first".to_owned());
    }
    if to.since(from) > LONGEST {
        return Err("a pack is about 800 days at the most".to_owned());
    }
    if from > now {
        return Err("the first day is in the future, of which there is no evidence yet".to_owned());
    }
    Ok((from, to))
}

/// All files of the pack in one, after the checksum that represents it: the file is named so, and somebody without a shell has it,
/// too.
fn whole(pack: &EvidencePack, previous: Option<&str>) -> io::Result<(String, Vec<u8>)> {
    let files = files(pack, previous)?;
    let sum = files.last().map(|(_, sums)| chain::sum(sums)).unwrap_or_default();
    Ok((sum, zipped(&files)?))
}

fn zipped(files: &[(&str, Vec<u8>)]) -> io::Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        archive.start_file(*name, SimpleFileOptions::default())?;
        archive.write_all(content)?;
    }
    Ok(archive.finish()?.into_inner())
}

async fn read(console: &Console, wanted: &Wanted<'_>) -> Result<EvidencePack, Refusal> {
    let Wanted { site, page_group, from, to, .. } = *wanted;
    let client = &console.client;
    let scripts_query = ScriptQuery { site, page_group, from, to };
    let query = EvidenceQuery { site, page_group, from, to };
    let ((reported, script_decisions), records) = answered(async {
        tokio::try_join!(scripts::read(client, scripts_query), evidence::read(client, query))
    })
    .await?;
    Ok(EvidencePack {
        site: site.to_owned(),
        page_group: page_group.to_owned(),
        from,
        to,
        made_at: Timestamp::now(),
        database: console.config.clickhouse.database.clone(),
        scripts: script_inventory::scripts(&reported, &script_decisions),
        script_decisions,
        records,
        notifications: None,
    })
}
