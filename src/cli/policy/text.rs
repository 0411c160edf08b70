//! The suggestion for people: headers to paste, then reasons.

use std::io::{self, Write};

use super::super::table::{self, defanged, safe, seconds};
use super::{PolicyReport, connections, inline, notes};
use crate::audit::policy_advice::{
    Advice, DraftSource, DroppedSource, Fate, PolicyDraft, ReplayedReport, Suggestion,
    UntrustedUse, reasons, source_text,
};
use crate::base::display::period;
use crate::csp::lists_sources;
use crate::report::Place;

pub(super) fn print(out: &mut impl Write, report: &PolicyReport<'_>) -> io::Result<()> {
    let period = period(report.from, report.to);
    writeln!(out, "Site {}, {period} (UTC)", safe(&report.site.name))?;
    if report.is_truncated {
        writeln!(
            out,
            "There are more addresses than this command reads, and the least-reported ones are omitted. Choose a shorter range."
        )?;
    }
    for (name, advice) in &report.groups {
        writeln!(out, "\n== Page group {}", safe(name))?;
        match advice {
            Some(advice) => page_group(out, report, advice)?,
            None => {
                writeln!(out, "\nNothing was reported about these pages, so nothing is suggested.")?
            }
        }
    }
    Ok(())
}

fn page_group(
    out: &mut impl Write,
    report: &PolicyReport<'_>,
    advice: &Advice<'_>,
) -> io::Result<()> {
    writeln!(out, "\nThe current policy: {}", reasons::current(advice.current))?;
    writeln!(out, "\nHeaders to send\n")?;
    for header in &advice.headers {
        writeln!(out, "{}: {}", header.name, header.value)?;
    }
    writeln!(out)?;
    for note in notes::of(report, advice) {
        writeln!(out, "- {}", safe(&note))?;
    }
    sources(out, &advice.suggestion)?;
    inline::print(out, &report.site.name, &advice.inline)?;
    broad(out, &advice.suggestion)?;
    dropped(out, &advice.suggestion)?;
    untrusted(out, &report.site.name, &advice.suggestion)?;
    connections::print(out, &report.site.name, &advice.connections)?;
    replay(out, advice)?;
    differences(out, advice)
}

fn sources(out: &mut impl Write, suggestion: &Suggestion) -> io::Result<()> {
    const NAMES: [&str; 6] = ["DIRECTIVE", "SOURCE", "WHY", "REPORTS", "FIRST", "LAST"];
    let now = draft_rows(&suggestion.now);
    table::section(out, "Why each source is in the first policy", NAMES, &now)?;
    let strict = draft_rows(&suggestion.strict);
    let only_strict: Vec<_> = strict.into_iter().filter(|row| !now.contains(row)).collect();
    if !only_strict.is_empty() {
        table::section(out, "What only the second policy has", NAMES, &only_strict)?;
    }
    if !suggestion.without_nonce.is_empty() {
        let sources = suggestion.without_nonce.iter();
        let rows: Vec<_> = sources.map(|source| source_row("script-src", source)).collect();
        table::section(
            out,
            "Trusted scripts that need the nonce: under 'strict-dynamic', browsers ignore hosts",
            NAMES,
            &rows,
        )?;
    }
    Ok(())
}

fn draft_rows(draft: &PolicyDraft) -> Vec<[String; 6]> {
    let mut rows = Vec::new();
    for directive in &draft.directives {
        let name = &directive.name;
        if directive.sources.is_empty() && lists_sources(name) {
            rows.push([name, "'none'", "nothing trusted needs it", "", "", ""].map(safe));
        }
        rows.extend(directive.sources.iter().map(|source| source_row(name, source)));
    }
    rows
}

fn source_row(directive: &str, source: &DraftSource) -> [String; 6] {
    let [reports, first, last] = source.occurrences.map_or_else(Default::default, |seen| {
        [seen.reports.to_string(), seconds(seen.first_seen), seconds(seen.last_seen)]
    });
    let text = safe(&source_text(&source.source));
    [safe(directive), text, reasons::rationale(source), reports, first, last]
}

fn broad(out: &mut impl Write, suggestion: &Suggestion) -> io::Result<()> {
    if suggestion.broad.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nWhat is broad in the first policy")?;
    suggestion.broad.iter().try_for_each(|broad| writeln!(out, "- {}", reasons::broad(broad)))
}

fn dropped(out: &mut impl Write, suggestion: &Suggestion) -> io::Result<()> {
    if suggestion.dropped.is_empty() {
        return Ok(());
    }
    let row = |dropped: &DroppedSource| {
        let source = defanged(&source_text(&dropped.source));
        [safe(&dropped.directive), source, safe(&reasons::distrust(&dropped.distrust))]
    };
    let rows: Vec<_> = suggestion.dropped.iter().map(row).collect();
    let heading = "What the current policy has, and neither of these";
    table::section(out, heading, ["DIRECTIVE", "SOURCE", "WHY"], &rows)
}

fn untrusted(out: &mut impl Write, site: &str, suggestion: &Suggestion) -> io::Result<()> {
    let row = |untrusted: &UntrustedUse| {
        let UntrustedUse { directive, what, distrust, occurrences } = untrusted;
        let why = distrust.as_ref().map_or_else(|| without_host(what), reasons::distrust);
        [
            safe(directive),
            defanged(what),
            safe(&why),
            occurrences.reports.to_string(),
            seconds(occurrences.first_seen),
            seconds(occurrences.last_seen),
        ]
    };
    let rows: Vec<_> = suggestion.untrusted.iter().map(row).collect();
    if rows.is_empty() {
        return writeln!(out, "\nWhat was reported and is left out: nothing");
    }
    let names = ["DIRECTIVE", "WHAT", "WHY", "REPORTS", "FIRST", "LAST"];
    table::section(out, "What was reported and is left out", names, &rows)?;
    writeln!(
        out,
        "To approve one of them: cspwatch destinations approve DESTINATION --site {} --by WHO --why TEXT",
        safe(site)
    )
}

/// What to do about code and content without an address.
fn without_host(what: &str) -> String {
    match what {
        "inline" => "inline code; give it a nonce, or move it into a file",
        "eval" | "wasm-eval" => "code from text; change it, or add its keyword by hand",
        _ => "it has no host to approve",
    }
    .to_owned()
}

fn replay(out: &mut impl Write, advice: &Advice<'_>) -> io::Result<()> {
    writeln!(
        out,
        "\nReports within the range: the first policy would allow {}, block {}, and {} are unclear.\nBrowsers never reported \
         what the current policy allows, so it is not among them.",
        advice.reports_with(Fate::Passes),
        advice.reports_with(Fate::Blocked),
        advice.reports_with(Fate::Unclear)
    )?;
    for (fate, heading) in [
        (Fate::Blocked, "What it would have blocked"),
        (Fate::Passes, "What it would have allowed"),
        (Fate::Unclear, "What is unclear"),
    ] {
        let replayed = advice.replay.iter().filter(|replayed| replayed.fate == fate);
        let rows: Vec<_> = replayed.map(replayed_row).collect();
        if !rows.is_empty() {
            let names = ["DIRECTIVE", "ADDRESS", "VERDICT", "REPORTS", "LAST"];
            table::section(out, heading, names, &rows)?;
        }
    }
    Ok(())
}

fn replayed_row(replayed: &ReplayedReport<'_>) -> [String; 5] {
    let report = replayed.report;
    let verdict = match &replayed.assessment {
        Some(Ok(reason)) => reasons::trust(reason),
        Some(Err(reason)) => reasons::distrust(reason),
        None => report.verdict.as_str().to_owned(),
    };
    [
        safe(&report.directive),
        address(&report.blocked),
        safe(&verdict),
        replayed.occurrences.reports.to_string(),
        seconds(replayed.occurrences.last_seen),
    ]
}

fn address(place: &Place<'_>) -> String {
    if place.host.is_empty() {
        return safe(&place.scheme);
    }
    let port = if place.port == 0 { String::new() } else { format!(":{}", place.port) };
    let host = defanged(&place.host);
    safe(&format!("{}://{host}{port}{}", place.scheme, place.path))
}

fn differences(out: &mut impl Write, advice: &Advice<'_>) -> io::Result<()> {
    let Some(changes) = advice.changes() else { return Ok(()) };
    if changes.is_empty() {
        return writeln!(out, "\nThe first policy is the same as the current one.");
    }
    writeln!(out, "\nWhat differs from the current policy")?;
    changes.iter().try_for_each(|change| writeln!(out, "- {}", safe(&change.to_string())))
}
