//! A summary of the pack, for people.

use std::io::{self, Write};

use super::super::table;
use crate::audit::evidence::{EvidencePack, Gaps};
use crate::audit::script_inventory::ApprovalStatus;
use crate::base::display::{count, day_ranges, defanged, defanged_words, of_them, safe, seconds};
use crate::store::evidence::EvidenceAlert;

pub(super) fn print(out: &mut impl Write, pack: &EvidencePack) -> io::Result<()> {
    let days = pack.days();
    let gaps = Gaps::of(&days);
    let scripts = |approval| pack.count_scripts(approval).to_string();
    let pages = if pack.page_group.is_empty() { "all" } else { &pack.page_group };
    let changes = pack.script_changes();
    let changed = changes.iter().filter(|change| change.what == "changed").count();
    for (name, value) in [
        ("Site", safe(&pack.site)),
        ("Page group", safe(pages)),
        ("Period (UTC)", pack.period()),
        ("Scripts", pack.scripts.len().to_string()),
        ("  approved", scripts(ApprovalStatus::Whole)),
        ("  partly", scripts(ApprovalStatus::Partial)),
        ("  not approved", scripts(ApprovalStatus::Missing)),
        ("  not seen running", scripts(ApprovalStatus::NotSeenRunning)),
        ("Script changes", changed.to_string()),
        ("Alerts", pack.records.alerts.len().to_string()),
        ("Decisions", pack.records.decisions.len().to_string()),
        ("Policies", pack.records.policies.len().to_string()),
        ("Headers", headers(pack)),
        ("Days", days.len().to_string()),
        ("  no collector", days_in_short(&gaps.without_collector, "")),
        ("  no report", days_in_short(&gaps.without_report, " of the others")),
        ("Notifications", notifications(pack)),
        ("Drills", drills(pack)),
    ] {
        writeln!(out, "{name:18}  {value}")?;
    }
    alerts(out, pack)?;
    writeln!(
        out,
        "\nThis supports evidence for PCI DSS 4.0.1, requirements 6.4.3 and 11.6.1. --out DIR writes all of it, with what \
         it cannot show; --html and --json print it."
    )
}

/// How many days, and which. `remark` follows the number.
fn days_in_short(days: &[&str], remark: &str) -> String {
    match days {
        [] => format!("0{remark}"),
        days => format!("{}{remark}: {}", days.len(), day_ranges(days).join(", ")),
    }
}

fn notifications(pack: &EvidencePack) -> String {
    match &pack.notifications {
        None => "not counted (--prometheus URL)".to_owned(),
        Some(counts) => {
            let total = counts.total();
            of_them(total.tried, total.failed, "failed")
        }
    }
}

fn headers(pack: &EvidencePack) -> String {
    let pages = pack.header_pages();
    if pages.is_empty() {
        return "not received (cspwatch doctor --watch --store)".to_owned();
    }
    let changes = pages.iter().map(|page| page.changes.len()).sum::<usize>();
    let unseen = pages.iter().map(|page| page.unseen_days().len()).max().unwrap_or_default();
    let cut = if pack.headers_are_cut() {
        "; the last looks are missing, make the period shorter"
    } else {
        ""
    };
    format!(
        "of {}, {}; without observation: {} at most{cut}",
        count(pages.len() as u64, "page"),
        count(changes as u64, "change"),
        count(unseen as u64, "day"),
    )
}

fn drills(pack: &EvidencePack) -> String {
    match pack.records.drills.len() {
        0 => "none (cspwatch drill)".to_owned(),
        count => of_them(count as u64, pack.records.count_passed_drills() as u64, "passed"),
    }
}

fn alerts(out: &mut impl Write, pack: &EvidencePack) -> io::Result<()> {
    let row = |alert: &EvidenceAlert| {
        [
            seconds(alert.told_at),
            safe(&alert.severity),
            safe(&alert.alert),
            safe(&alert.page_group),
            defanged(&alert.destination),
            alert.reasons.first().map_or(String::new(), |reason| defanged_words(reason)),
        ]
    };
    let rows: Vec<_> = pack.records.alerts.iter().map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let names = ["AT", "SEVERITY", "ALERT", "PAGES", "DESTINATION", "WHY"];
    table::section(out, "Alerts", names, &rows)
}
