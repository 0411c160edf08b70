//! How a comparison is printed.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::Comparison;
use crate::audit::gate::NewViolation;
use crate::base::display::{defanged, defanged_words, safe, seconds, time};
use crate::base::stdout::stdout;

/// Prints it, as JSON or for people.
pub(super) fn print(comparison: &Comparison<'_>, json: bool) -> io::Result<()> {
    let mut out = io::BufWriter::new(stdout());
    if json {
        writeln!(out, "{}", as_json(comparison))?;
    } else {
        print_text(&mut out, comparison)?;
    }
    out.flush()
}

fn as_json(comparison: &Comparison<'_>) -> Value {
    let Comparison { site, release, until, new, traffic } = comparison;
    json!({
        "site": site,
        "release": release.version,
        "inferred": release.inferred.as_ref().map(|inferred| json!({
            "domain": inferred.domain,
            "changed": inferred.changed,
            "until": time(inferred.until),
            "scripts": inferred.scripts,
        })),
        "since": time(release.at),
        "until": time(*until),
        "page_views": traffic.views,
        "has_reports": traffic.has_reports,
        "new": new.iter().map(violation_as_json).collect::<Vec<_>>(),
    })
}

fn violation_as_json(violation: &NewViolation) -> Value {
    let example = &violation.example;
    let engines =
        violation.engines.iter().map(|(engine, visitors)| (engine.clone(), json!(visitors)));
    json!({
        "page_group": example.page_group,
        "kind": example.kind,
        "directive": example.directive,
        "blocked": example.what,
        "verdict": example.verdict,
        "enforced": example.enforced,
        "page": example.page,
        "script": example.script,
        "visitors": violation.visitors,
        "expected": violation.expected,
        "expected_most": violation.expected_most,
        "engines": engines.collect::<serde_json::Map<_, _>>(),
        "advice": violation.advice(),
    })
}

fn print_text(out: &mut impl Write, comparison: &Comparison<'_>) -> io::Result<()> {
    let Comparison { site, release, until, new, traffic } = comparison;
    let which = match &release.inferred {
        Some(inferred) => format!("no marked release ({}), ", defanged_words(&inferred.words())),
        None if release.version.is_empty() => String::new(),
        None => format!("{}, ", safe(&release.version)),
    };
    let views = traffic.views.map_or_else(String::new, |views| format!(", {views} page views"));
    writeln!(out, "{site}: {which}{} to {}{views}", seconds(release.at), seconds(*until))?;
    if !traffic.has_reports {
        return writeln!(out, "nothing was reported");
    }
    if new.is_empty() {
        return writeln!(out, "nothing is new");
    }
    for violation in new {
        print_violation(out, violation, traffic.views)?;
    }
    Ok(())
}

fn print_violation(
    out: &mut impl Write,
    violation: &NewViolation,
    views: Option<u64>,
) -> io::Result<()> {
    let NewViolation { example, engines, visitors, expected, expected_most } = violation;
    let what = [&example.page_group, &example.directive].map(|text| safe(text)).join("  ");
    writeln!(out, "\n{what}  {}", defanged(&example.what))?;
    let share = views.map_or_else(String::new, |views| share_of(*visitors, views));
    let effect = if example.enforced { "blocked" } else { "reported only" };
    writeln!(
        out,
        "  {visitors} visitors{share}, {expected:.1} expected ({expected_most:.1} at most); {effect}"
    )?;
    let engines = engines.iter().map(|(engine, visitors)| format!("{} {visitors}", safe(engine)));
    writeln!(out, "  by {}", engines.collect::<Vec<_>>().join(", "))?;
    for (name, text) in [("page", &example.page), ("script", &example.script)] {
        if !text.is_empty() {
            writeln!(out, "  {name} {}", defanged(text))?;
        }
    }
    writeln!(out, "  {}", violation.advice())
}

/// Which share of the page views that is, with Wilson's 95 % interval.
fn share_of(visitors: u64, views: u64) -> String {
    let (found, all, z) = (visitors.min(views) as f64, views as f64, 1.96_f64);
    let share = found / all;
    let middle = (share + z * z / (2.0 * all)) / (1.0 + z * z / all);
    let half =
        z / (1.0 + z * z / all) * (share * (1.0 - share) / all + z * z / (4.0 * all * all)).sqrt();
    let [low, high] = [middle - half, middle + half].map(|share| 100.0 * share.clamp(0.0, 1.0));
    format!(" ({low:.1} to {high:.1} % of page views)")
}
