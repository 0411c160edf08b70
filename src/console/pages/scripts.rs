//! The scripts of a site: the inventory, what changed, and approvals, one by one or as a reviewed batch.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{Html, Response};
use maud::{Markup, html};

use super::sites::site_links;
use super::{OPEN, answered, check_site};
use crate::audit::html::table::{Cell, table};
use crate::audit::html::values::{count, number};
use crate::audit::script_inventory::{
    self, InventoryScript, ScriptChange, ScriptContent, WORDS, changes,
};
use crate::base::clock::{DAY, Timestamp, days};
use crate::base::display::{defanged, safe};
use crate::base::limits;
use crate::console::Console;
use crate::console::answer::{Refusal, see_other};
use crate::console::fields::Query;
use crate::console::files::{CSV, download};
use crate::console::layout::{Section, page, part};
use crate::console::links;
use crate::console::people::Role;
use crate::console::scripts::{WantedApproval, approve};
use crate::console::visitor::{AdminForm, Viewer, Visitor};
use crate::console::words::ago;
use crate::decisions::INLINE;
use crate::store::findings::{self, FindingQuery, OpenFinding};
use crate::store::scripts::{self, RecordedScriptDecision, ScriptQuery, SeenScript};

/// Scripts and changes on the page; the file has all.
const SHOWN: usize = 300;
/// Open findings that contents are compared with.
const FINDINGS: u64 = 50;

pub(in crate::console) async fn show(
    State(console): State<Arc<Console>>,
    Viewer(visitor): Viewer,
    Path(site): Path<String>,
    Query(fields): Query,
) -> Result<Html<String>, Refusal> {
    let now = Timestamp::now();
    let findings = FindingQuery { site: &site, since: now - OPEN, now, limit: FINDINGS, offset: 0 };
    let findings = answered(findings::open(&console.client, findings));
    let ((reported, decided), findings) = tokio::try_join!(read(&console, &site), findings)?;
    let all = script_inventory::scripts(&reported, &decided);
    let changes = changes(&all, &decided, (now - days(90), now));
    let open = to_review(&all);
    let body = html! {
        p class="kind" { "Scripts of " a href=(links::path(&["sites", &site])) { (site) } }
        h1 {
            @if all.is_empty() { "No script is known yet" }
            @else if open.is_empty() { "Every known script is approved" }
            @else { (not_approved(&open, all.len())) }
        }
        (site_links(&site, "scripts"))
        @if let Ok(approved) = fields.text("approved").parse::<u64>() {
            p class="done" role="status" { (number(approved)) " approved." }
        }
        @if all.is_empty() {
            p class="lead" {
                "No browser reported a script. The inventory fills itself where a policy has 'report-sha256' in script-src, \
                 and by violations and failed integrity."
            }
        } @else {
            p class="links" { a href=(links::path(&["scripts", &site, "scripts.csv"])) { "All of them as CSV" } }
            (review(&site, &open, (&findings, now), &visitor))
            (inventory(&all))
            (changed(&changes))
        }
    };
    Ok(page("Scripts", Section::Sites, (&console, &visitor), body))
}

/// The inventory, as `cspwatch scripts --csv` prints it.
pub(in crate::console) async fn file(
    State(console): State<Arc<Console>>,
    Viewer(_): Viewer,
    Path(site): Path<String>,
) -> Result<Response, Refusal> {
    let make = async {
        let (reported, decided) = read(&console, &site).await?;
        let all = script_inventory::scripts(&reported, &decided);
        let mut text = Vec::new();
        script_inventory::csv(&mut text, &site, &all)?;
        Ok(text)
    };
    Ok(download("scripts.csv", CSV, console.large.make(make).await?))
}

/// Approves the contents that a form chose.
pub(in crate::console) async fn approve_form(
    State(console): State<Arc<Console>>,
    Path(site): Path<String>,
    AdminForm(visitor, fields): AdminForm,
) -> Result<Response, Refusal> {
    let (owner, justification) = (fields.text("owner"), fields.text("justification"));
    let wanted = fields.all("script").iter().map(|chosen| {
        // As the checkbox has it: hash, address and page group, of which only the last may hold a space.
        let mut parts = chosen.splitn(3, ' ').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        let (hash, url, page_group) = (next(), next(), next());
        WantedApproval {
            any_content: hash.is_empty(),
            url,
            page_group,
            hash,
            owner: owner.to_owned(),
            justification: justification.to_owned(),
            revoke: false,
        }
    });
    let wanted: Vec<_> = wanted.collect();
    let approved = approve(&console, &visitor.person, &site, &wanted).await?.to_string();
    let page = links::path(&["scripts", &site]);
    Ok(see_other(&links::with_query(&page, [("approved", &*approved)])))
}

async fn read(
    console: &Console,
    site: &str,
) -> Result<(Vec<SeenScript>, Vec<RecordedScriptDecision>), Refusal> {
    check_site(console, site)?;
    let to = Timestamp::now();
    let query = ScriptQuery { site, page_group: "", from: Timestamp::default(), to };
    answered(scripts::read(&console.client, query)).await
}

/// A content that pages run and nobody approved, with its script.
type Open<'a> = (&'a InventoryScript, &'a ScriptContent);

/// All of them. The latest of a script comes first: it is the one that raised its alert.
fn to_review(all: &[InventoryScript]) -> Vec<Open<'_>> {
    let is_open = |content: &&ScriptContent| content.is_in_use && content.approval.is_none();
    let contents = all.iter().flat_map(|script| {
        let mut contents: Vec<_> = script.contents.iter().filter(is_open).collect();
        contents.sort_by_key(|content| std::cmp::Reverse(content.first));
        contents.into_iter().map(move |content| (script, content))
    });
    contents.collect()
}

/// How much that is, in the units of the list below: "2 contents of 1 script are not approved; 3 scripts are known".
fn not_approved(open: &[Open<'_>], all: usize) -> String {
    let contents = count(open.len() as u64, "content");
    let scripts = open.chunk_by(|(one, _), (other, _)| std::ptr::eq(*one, *other)).count();
    let verb = if open.len() == 1 { "is" } else { "are" };
    let known = if all == 1 { "is" } else { "are" };
    format!(
        "{contents} of {} {verb} not approved; {} {known} known",
        count(scripts as u64, "script"),
        count(all as u64, "script")
    )
}

/// The open finding on the same pages that began within a day of a content.
fn began_with<'a>(content: &ScriptContent, findings: &'a [OpenFinding]) -> Option<&'a OpenFinding> {
    findings.iter().find(|finding| {
        finding.page_groups.contains(&content.page_group)
            && finding.first_seen.distance(content.first) <= DAY
    })
}

fn address(script: &InventoryScript) -> String {
    format!("{}{}", defanged(&script.host), safe(&script.path))
}

fn inventory_name(script: &InventoryScript) -> String {
    if script.is_inline() { safe(&script.name()) } else { address(script) }
}

/// As an approval names it.
fn url(script: &InventoryScript) -> String {
    if script.is_inline() {
        return INLINE.to_owned();
    }
    format!("https://{}{}", script.host, script.path)
}

/// The contents that pages run and nobody approved, as a form.
fn review(
    site: &str,
    open: &[Open<'_>],
    (findings, now): (&[OpenFinding], Timestamp),
    visitor: &Visitor,
) -> Markup {
    let contents = &open[..open.len().min(SHOWN)];
    let may_approve = visitor.may(Role::Admin);
    html! {
        @if !contents.is_empty() {
            section {
                h2 { "To review" }
                form method="post" action=(links::path(&["scripts", site, "approvals"])) {
                    (visitor.form_field())
                    div class="scroll" tabindex="0" role="region" aria-label="Scripts to review" {
                        table {
                            thead {
                                tr {
                                    @if may_approve { th scope="col" { "Approve" } }
                                    @for name in ["Script", "Page group", "Content", "First", "Last"] { th scope="col" { (name) } }
                                }
                            }
                            tbody {
                                @for (place, (script, content)) in contents.iter().enumerate() {
                                    (row(place, (*script, *content), began_with(content, findings), (may_approve, now)))
                                }
                            }
                        }
                    }
                    @if open.len() > SHOWN { p class="note" { "These are the first " (SHOWN) "; the others follow once they are approved." } }
                    @if may_approve { (approval_fields()) } @else { p class="note" { "Approving needs the role admin." } }
                }
            }
        }
    }
}

fn row(
    place: usize,
    (script, content): Open<'_>,
    finding: Option<&OpenFinding>,
    (may_approve, now): (bool, Timestamp),
) -> Markup {
    let id = format!("script-{place}");
    let newest = script.contents.iter().map(|content| content.last).max();
    html! {
        tr {
            @if may_approve {
                td data-name="Approve" {
                    input type="checkbox" id=(id) name="script"
                        value=(format!("{} {} {}", content.hash, url(script), content.page_group))
                        aria-label={ "Approve " (inventory_name(script)) };
                }
            }
            td class="long" data-name="Script" { @if may_approve { label for=(id) { (address(script)) } } @else { (address(script)) } }
            td data-name="Page group" { (content.page_group) }
            td class="long" data-name="Content" {
                @if content.hash.is_empty() && script.is_inline() { "more than are listed: approves any inline script" }
                @else if content.hash.is_empty() { "not readable: approves any content" }
                @else { code { (content.hash) } }
                @if let Some(finding) = finding {
                    p class="note" {
                        "new when the open alert about "
                        a href=(links::destination(&finding.site, &finding.destination)) { (defanged(&finding.destination)) }
                        " began"
                    }
                }
            }
            td data-name="First" { (ago(content.first, now)) }
            td data-name="Last" {
                (ago(content.last, now))
                @if newest == Some(content.last) { " " span class="chip" { "seen last" } }
            }
        }
    }
}

fn approval_fields() -> Markup {
    html! {
        label for="owner" { "Owner: the person or team that answers questions about them" }
        input id="owner" name="owner" required maxlength=(limits::DECISION_BYTES / 4);
        label for="justification" { "Why the pages need them" }
        textarea id="justification" name="justification" rows="2" required maxlength=(limits::DECISION_BYTES / 4) {}
        button type="submit" class="main" { "Approve what is chosen" }
    }
}

fn inventory(all: &[InventoryScript]) -> Markup {
    let rows = all.iter().take(SHOWN).map(|script| {
        let (first, last) = script.seen();
        let approval = script.newest_approval();
        let word = |of: fn(&RecordedScriptDecision) -> &String| {
            Cell::text(approval.map_or("", |decision| of(decision)))
        };
        [
            Cell::text(inventory_name(script)),
            Cell::text(script.page_groups().join(", ")),
            Cell::text(script.approval().as_str()),
            word(|decision| &decision.owner),
            word(|decision| &decision.justification),
            word(|decision| &decision.by),
            Cell::Time(first),
            Cell::Time(last),
        ]
    });
    let names = ["Script", "Page groups", "Approved", "Owner", "Why", "By", "First", "Last"];
    let content = html! { p class="note" { (WORDS) } (table(names, rows)) };
    part("Inventory", content, true)
}

fn changed(changes: &[ScriptChange<'_>]) -> Markup {
    let rows = changes.iter().rev().take(SHOWN).map(|change| {
        [
            Cell::Time(change.at),
            Cell::text(change.page_group),
            Cell::address(change.host, change.path),
            Cell::text(change.what),
            Cell::text(change.hash),
            Cell::text(change.decided.map_or("", |decision| &decision.by)),
        ]
    });
    html! { (part("Changes of the last 90 days", table(["At", "Page group", "Script", "What", "Hash", "By"], rows), false)) }
}
