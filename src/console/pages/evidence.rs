//! The evidence pack of a site: choose a period, read it, keep it.

use std::io::{self, Cursor, Write as _};
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::sites::site_links;
use super::{answered, check_site};
use crate::audit::evidence::chain;
use crate::audit::evidence::files::{DATA, SCRIPTS, data, files, script_table};
use crate::audit::evidence::{EvidencePack, LIMITS, SUPPORTS, html as pack_page};
use crate::audit::html::table::{Cell, table};
use crate::audit::script_inventory;
use crate::base::clock::{DAY, Timestamp, days};
use crate::base::display::day;
use crate::config::OTHER;
use crate::console::Console;
use crate::console::answer::Refusal;
use crate::console::fields::{Fields, Query};
use crate::console::files::{CSV, download, standalone};
use crate::console::layout::{Section, page};
use crate::console::links;
use crate::console::visitor::Viewer;
use crate::store::evidence::{self, EvidenceQuery};
use crate::store::scripts::{self, ScriptQuery};

/// What the checksum of the pack before must look like.
const CHECKSUM_FORM: &str =
    "the checksum of the pack before has 64 hexadecimal digits: it is in that file's name";

/// The longest period: what is kept.
const LONGEST: std::time::Duration = days(800);

/// The form, and what a pack supports.
pub(in crate::console) async fn show(
    State(console): State<Arc<Console>>,
    Viewer(visitor): Viewer,
    Path(site): Path<String>,
) -> Result<Response, Refusal> {
    check_site(&console, &site)?;
    let now = Timestamp::now();
    let body = html! {
        p class="kind" { "Evidence of " a href=(links::path(&["sites", &site])) { (site) } }
        h1 { "Evidence of payment page monitoring" }
        (site_links(&site))
        (form(&site, &console.config.page_groups(&site), now))
        (presets(&site, now))
        p class="note" {
            "The whole pack is a ZIP file. It is named after the SHA-256 checksum of the file " code { (chain::SUMS) } " in it, which \
             lists the checksums of the others. That is not the checksum of the ZIP file: unpack it, and " code { "sha256sum " (chain::SUMS) }
            " prints what is in the name. Keep this checksum, or give it to the assessor: it proves that nobody changed the pack \
             later. Write it into the next one as the pack before, and it proves that none of them is missing. "
            code { "cspwatch evidence --verify" } " checks unpacked packs. " code { "cspwatch evidence --out" }
            " makes packs in the same way, and with the deliveries that Prometheus has."
        }
        (supports())
    };
    Ok(page("Evidence", Section::Sites, (&console, &visitor), body).into_response())
}

fn form(site: &str, groups: &[&str], now: Timestamp) -> Markup {
    html! {
        form class="filters" method="get" action=(links::path(&["evidence", site, "pack"])) {
            div {
                label for="from" { "First day (UTC)" }
                input id="from" name="from" type="date" required value=(day((now - days(90)).day()));
            }
            div {
                label for="to" { "Last day (UTC)" }
                input id="to" name="to" type="date" required value=(day(now.day()));
            }
            div {
                label for="page_group" { "Pages" }
                select id="page_group" name="page_group" {
                    option value="" { "all" }
                    @for group in groups { option value=(group) { (group) } }
                }
            }
            div {
                label for="form" { "As" }
                select id="form" name="form" {
                    option value="html" { "page, to read and print" }
                    option value="json" { "JSON" }
                    option value="csv" { "scripts as CSV" }
                    option value="zip" { "whole pack, to keep" }
                }
            }
            div class="wide" {
                label for="previous" { "SHA-256 checksum in the name of the pack before, for the whole pack: 64 hexadecimal digits; may be empty" }
                input id="previous" name="previous" maxlength="64" pattern="[0-9a-fA-F]{64}" title=(CHECKSUM_FORM) autocomplete="off" spellcheck="false";
            }
            div { button type="submit" class="main" { "Put it together" } }
        }
    }
}

/// The periods that people ask for most, as pages.
fn presets(site: &str, now: Timestamp) -> Markup {
    let pack = links::path(&["evidence", site, "pack"]);
    let to = day(now.day());
    html! {
        p class="links" {
            @for (words, length) in [("The last 7 days", 6), ("The last 30 days", 29), ("The last 90 days", 89)] {
                a href=(links::with_query(&pack, [("from", &*day(now.day() - length)), ("to", &*to)])) { (words) }
            }
        }
    }
}

fn supports() -> Markup {
    let rows = SUPPORTS.iter().map(|supported| {
        [supported.requirement, supported.asks, supported.evidence, supported.open].map(Cell::text)
    });
    html! {
        section {
            h2 { "What it supports" }
            p class="note" { "The requirements are in our words; the text of the standard holds." }
            div class="scroll" tabindex="0" role="region" aria-label="What it supports" {
                (table(["PCI DSS", "Asks that", "Evidence in the pack", "Remains open"], rows))
            }
            h2 { "What it cannot show" }
            ul { @for limit in LIMITS { li { (limit) } } }
        }
    }
}

/// The pack, as `cspwatch evidence` prints it.
pub(in crate::console) async fn pack(
    State(console): State<Arc<Console>>,
    Viewer(_): Viewer,
    Path(site): Path<String>,
    Query(fields): Query,
) -> Result<Response, Refusal> {
    let form = fields.text("form");
    let mut name = String::new();
    let make = async {
        let pack = read(&console, &site, &fields).await?;
        Ok(match form {
            "" | "html" => pack_page::page_of(&pack).into_bytes(),
            "json" => data(&pack)?.into_bytes(),
            "csv" => script_table(&pack)?,
            "zip" => {
                let (sum, content) = whole(&pack, fields.text("previous"))?;
                name = format!("evidence-{sum}.zip");
                content
            }
            _ => return Err(Refusal::unusable("form must be html, json, csv or zip")),
        })
    };
    let content = console.large.make(make).await?;
    Ok(match form {
        "json" => download(DATA, "application/json", content),
        "csv" => download(SCRIPTS, CSV, content),
        "zip" => download(&name, "application/zip", content),
        _ => standalone(content),
    })
}

/// All files of the pack in one, after the checksum that represents it: the file is named so, and somebody without a shell has it, too.
fn whole(pack: &EvidencePack, previous: &str) -> Result<(String, Vec<u8>), Refusal> {
    if !previous.is_empty() && !chain::is_sum(previous) {
        return Err(Refusal::unusable(CHECKSUM_FORM));
    }
    let previous = previous.to_ascii_lowercase();
    let files = files(pack, (!previous.is_empty()).then_some(&previous))?;
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

async fn read(console: &Console, site: &str, fields: &Fields) -> Result<EvidencePack, Refusal> {
    check_site(console, site)?;
    let page_group = fields.text("page_group");
    let groups = console.config.page_groups(site);
    if !page_group.is_empty() && page_group != OTHER && !groups.contains(&page_group) {
        return Err(Refusal::unusable("there is no such page group"));
    }
    let midnight = |name: &str| {
        let text = format!("{}T00:00:00Z", fields.text(name));
        let wrong = || Refusal::unusable(format!("{name} must be a day, as 2027-03-31"));
        Timestamp::parse(&text).ok_or_else(wrong)
    };
    let (from, to) = (midnight("from")?, midnight("to")? + DAY);
    if to <= from || to.since(from) > LONGEST {
        return Err(Refusal::unusable(
            "the last day must follow the first, by 800 days at the most",
        ));
    }
    if from > Timestamp::now() {
        return Err(Refusal::unusable(
            "the first day is in the future, of which there is no evidence yet",
        ));
    }
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
