//! The pack in short, for people.

use std::io::{self, Write};

use super::super::table;
use super::{Pack, operation};
use crate::audit::script_inventory::{Approval, changes};
use crate::base::display::{defanged, defanged_words, safe, seconds};
use crate::store::evidence::ToldAlert;

pub(super) fn print(out: &mut impl Write, pack: &Pack<'_>) -> io::Result<()> {
    let days = operation::days(pack);
    let (unwatched, unheard) = operation::gaps(&days);
    let of = |wanted: Approval| {
        pack.scripts.iter().filter(|script| script.approval() == wanted).count().to_string()
    };
    let pages = if pack.page_group.is_empty() { "all" } else { pack.page_group };
    let changes = changes(&pack.scripts, &pack.decided, (pack.from.0, pack.to.0));
    for (name, value) in [
        ("Site", safe(pack.site)),
        ("Pages", safe(pages)),
        ("Period", format!("{} to {}", pack.from, pack.to)),
        ("Scripts", pack.scripts.len().to_string()),
        ("  approved", of(Approval::Whole)),
        ("  partly", of(Approval::Partial)),
        ("  not approved", of(Approval::Missing)),
        ("  not seen running", of(Approval::NotSeenRunning)),
        ("Script changes", changes.iter().filter(|it| it.what == "changed").count().to_string()),
        ("Alerts", pack.found.alerts.len().to_string()),
        ("Decisions", pack.found.decisions.len().to_string()),
        ("Policies", pack.found.policies.len().to_string()),
        ("Days", days.len().to_string()),
        ("  no collector", gap(&unwatched)),
        ("  no report", gap(&unheard)),
        ("Notifications", notifications(pack)),
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

fn gap(days: &[&str]) -> String {
    match days {
        [] => "0".to_owned(),
        [first, .., last] => format!("{}, the first {first}, the last {last}", days.len()),
        [only] => format!("1: {only}"),
    }
}

fn notifications(pack: &Pack<'_>) -> String {
    let Some(deliveries) = &pack.deliveries else {
        return "not asked (--prometheus URL)".to_owned();
    };
    let sum = |of: fn(&(u64, u64)) -> u64| deliveries.values().map(of).sum::<u64>();
    format!("{}, {} of them failed", sum(|it| it.0), sum(|it| it.1))
}

fn alerts(out: &mut impl Write, pack: &Pack<'_>) -> io::Result<()> {
    let row = |it: &ToldAlert| {
        let why = it.reasons.first().map_or(String::new(), |reason| defanged_words(reason));
        let (pages, to) = (safe(&it.page_group), defanged(&it.destination));
        [seconds(it.told_at), safe(&it.severity), safe(&it.alert), pages, to, why]
    };
    let rows: Vec<_> = pack.found.alerts.iter().map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let names = ["AT", "SEVERITY", "ALERT", "PAGES", "DESTINATION", "WHY"];
    table::section(out, "Alerts", names, &rows)
}
