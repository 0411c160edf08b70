//! The suggestion for people: headers to paste, then reasons.

use std::io::{self, Write};

use super::super::table::{self, defanged, safe, seconds};
use super::{Advice, PLACEHOLDER, Told, words};
use crate::audit::policy_advice::{
    Because, Draft, Entry, Fate, Integrity, Judged, Suggestion, spelled,
};
use crate::base::clock::DAY;
use crate::csp::{Source, lists_sources};
use crate::report::Place;

pub(super) fn print(out: &mut impl Write, told: &Told<'_>) -> io::Result<()> {
    writeln!(
        out,
        "Site {}, {} to {}",
        safe(&told.site.name),
        seconds(told.from),
        seconds(told.to)
    )?;
    if told.is_cut {
        writeln!(
            out,
            "There were more addresses than are read: the rarest lack. Ask for a shorter range."
        )?;
    }
    for (name, advice) in &told.groups {
        writeln!(out, "\n== Page group {}", safe(name))?;
        match advice {
            Some(advice) => group(out, told, advice)?,
            None => {
                writeln!(out, "\nNothing was reported of these pages, so nothing is suggested.")?
            }
        }
    }
    Ok(())
}

fn group(out: &mut impl Write, told: &Told<'_>, advice: &Advice<'_>) -> io::Result<()> {
    writeln!(out, "\nThe present policy: {}", words::present(advice.present))?;
    writeln!(out, "\nHeaders to send\n")?;
    for header in &advice.headers {
        writeln!(out, "{}: {}", header.name, header.value)?;
    }
    notes(out, told, advice)?;
    reasons(out, &advice.suggestion)?;
    wide(out, &advice.suggestion)?;
    dropped(out, &advice.suggestion)?;
    left_out(out, &told.site.name, &advice.suggestion)?;
    history(out, &advice.history)?;
    differences(out, advice)
}

/// What to do with the headers.
fn notes(out: &mut impl Write, told: &Told<'_>, advice: &Advice<'_>) -> io::Result<()> {
    let suggestion = &advice.suggestion;
    let days = told.to.since(told.from).as_millis().div_ceil(DAY.as_millis());
    let until = told.now + DAY * u32::try_from(days).unwrap_or(u32::MAX);
    let until = format!("until {} ({days} days, as long as the range)", &until.to_string()[..10]);
    let is_tried = !suggestion.wide.is_empty();
    let mut notes = Vec::new();
    if !suggestion.may_enforce {
        notes.push(format!(
            "The first policy is report-only too: none that forbids as much was in force over the range. Send it so {until}, \
             then ask again."
        ));
    }
    if is_tried {
        notes.push(format!(
            "The second policy is stricter: it is a trial of what is broad in the first. Send it {until}, then ask again: what \
             it did not report can go."
        ));
    }
    if told.endpoint == PLACEHOLDER {
        notes.push(format!(
            "For {PLACEHOLDER} put in the collector's origin as browsers reach it; --endpoint does."
        ));
    }
    if told.site.has_key() {
        notes.push(format!(
            "The site's endpoint can be signed: let the server put in the URL as `cspwatch sign --site {}` prints it.",
            told.site.name
        ));
    }
    let texts = [suggestion.now.text(), suggestion.strict.text()];
    if texts.iter().any(|text| text.contains("{RANDOM}")) {
        notes.push(
            "For {RANDOM} the server puts in a value that is new for each response.".to_owned(),
        );
    }
    for (directive, sources) in &suggestion.beyond {
        notes.push(format!("{directive} lacks {sources} expected sources: reports ask for more than a policy can list."));
    }
    let unvouched = unvouched(&suggestion.now);
    if unvouched > 0 {
        notes.push(format!(
            "Hosts that stand there only because the present policy has them: {unvouched}; look whether they are yours."
        ));
    }
    notes.push(match advice.integrity {
        Integrity::Unheard => {
            "Integrity-Policy is report-only: no browser reported for it yet.".to_owned()
        }
        Integrity::Lacking(reports) => format!(
            "Integrity-Policy is report-only: {reports} reports name expected scripts without integrity metadata."
        ),
        Integrity::Complete => {
            "Integrity-Policy is enforced: within the range no expected script lacked integrity metadata.".to_owned()
        }
    });
    writeln!(out)?;
    notes.iter().try_for_each(|note| writeln!(out, "- {}", safe(note)))
}

/// How many hosts a policy has that nobody vouches for.
fn unvouched(draft: &Draft) -> usize {
    let entries = draft.lists.iter().flat_map(|list| &list.entries);
    let is_taken_over =
        |it: &&Entry| matches!(it.because, Because::Present(None) | Because::Tried(_, None));
    entries.filter(is_taken_over).filter(|it| matches!(it.source, Source::Host(_))).count()
}

fn reasons(out: &mut impl Write, suggestion: &Suggestion) -> io::Result<()> {
    const NAMES: [&str; 6] = ["DIRECTIVE", "SOURCE", "WHY", "REPORTS", "FIRST", "LAST"];
    table::section(
        out,
        "Why each source stands in the first policy",
        NAMES,
        &rows(&suggestion.now),
    )?;
    let now = rows(&suggestion.now);
    let others: Vec<_> =
        rows(&suggestion.strict).into_iter().filter(|row| !now.contains(row)).collect();
    if !others.is_empty() {
        table::section(out, "What only the second has", NAMES, &others)?;
    }
    if !suggestion.without_nonce.is_empty() {
        let rows: Vec<_> =
            suggestion.without_nonce.iter().map(|it| row("script-src", it)).collect();
        table::section(
            out,
            "Expected scripts that need the nonce: under 'strict-dynamic' hosts do not count",
            NAMES,
            &rows,
        )?;
    }
    Ok(())
}

fn rows(draft: &Draft) -> Vec<[String; 6]> {
    let mut rows = Vec::new();
    for list in &draft.lists {
        if list.entries.is_empty() && lists_sources(&list.directive) {
            let none = [&*list.directive, "'none'", "nothing expected needs it", "", "", ""];
            rows.push(none.map(safe));
        }
        rows.extend(list.entries.iter().map(|it| row(&list.directive, it)));
    }
    rows
}

fn row(directive: &str, entry: &Entry) -> [String; 6] {
    let told = entry.told;
    let [first, last] = [told.map(|it| it.first_seen), told.map(|it| it.last_seen)]
        .map(|time| time.map_or_else(String::new, seconds));
    let reports = told.map_or_else(String::new, |it| it.reports.to_string());
    [safe(directive), safe(&spelled(&entry.source)), words::because(entry), reports, first, last]
}

fn wide(out: &mut impl Write, suggestion: &Suggestion) -> io::Result<()> {
    if suggestion.wide.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nWhat is broad in the first policy")?;
    suggestion.wide.iter().try_for_each(|it| writeln!(out, "- {}", words::stays(it)))
}

fn dropped(out: &mut impl Write, suggestion: &Suggestion) -> io::Result<()> {
    let row = |(directive, source, doubt): &(String, _, _)| {
        [safe(directive), defanged(&spelled(source)), safe(&words::doubt(doubt))]
    };
    let rows: Vec<_> = suggestion.dropped.iter().map(row).collect();
    match rows.is_empty() {
        true => Ok(()),
        false => table::section(
            out,
            "What the present policy has and neither of these",
            ["DIRECTIVE", "SOURCE", "WHY"],
            &rows,
        ),
    }
}

fn left_out(out: &mut impl Write, site: &str, suggestion: &Suggestion) -> io::Result<()> {
    let row = |it: &crate::audit::policy_advice::LeftOut| {
        let why = it.doubt.as_ref().map_or_else(|| advice_for(&it.what), words::doubt);
        let (first, last) = (seconds(it.told.first_seen), seconds(it.told.last_seen));
        [
            safe(&it.directive),
            defanged(&it.what),
            safe(&why),
            it.told.reports.to_string(),
            first,
            last,
        ]
    };
    let rows: Vec<_> = suggestion.left_out.iter().map(row).collect();
    if rows.is_empty() {
        return writeln!(out, "\nWhat was reported and is left out: nothing");
    }
    let names = ["DIRECTIVE", "WHAT", "WHY", "REPORTS", "FIRST", "LAST"];
    table::section(out, "What was reported and is left out", names, &rows)?;
    writeln!(
        out,
        "What of it is expected: cspwatch destinations approve DESTINATION --site {} --by WHO --why TEXT",
        safe(site)
    )
}

/// What to do about code and content that have no address.
fn advice_for(what: &str) -> String {
    match what {
        "inline" => "inline code; give it a nonce, or move it into a file",
        "eval" | "wasm-eval" => "code out of text; change it, or list its keyword by hand",
        _ => "has no host that somebody could approve",
    }
    .to_owned()
}

fn history(out: &mut impl Write, history: &[Judged<'_>]) -> io::Result<()> {
    let sum = |fate: Fate| {
        let told = history.iter().filter(|it| it.fate == fate);
        told.map(|it| it.told.reports).sum::<u64>()
    };
    writeln!(
        out,
        "\nOf what was reported within the range the first policy lets pass {}, blocks {}, and of {} it cannot be told \
         (reports).\nWhat the present policy let pass was never reported and is not among it.",
        sum(Fate::Passes),
        sum(Fate::Blocked),
        sum(Fate::Unclear)
    )?;
    for (fate, heading) in [
        (Fate::Blocked, "What it would have blocked"),
        (Fate::Passes, "What it would have let pass"),
        (Fate::Unclear, "What cannot be told"),
    ] {
        let rows: Vec<_> = history.iter().filter(|it| it.fate == fate).map(judged).collect();
        if !rows.is_empty() {
            table::section(
                out,
                heading,
                ["DIRECTIVE", "ADDRESS", "VERDICT", "REPORTS", "LAST"],
                &rows,
            )?;
        }
    }
    Ok(())
}

fn judged(it: &Judged<'_>) -> [String; 5] {
    let reported = it.reported;
    let said = match &it.said {
        Some(Ok(said)) => words::vouch(said),
        Some(Err(said)) => words::doubt(said),
        None => reported.verdict.as_str().to_owned(),
    };
    [
        safe(&reported.directive),
        address(&reported.blocked),
        safe(&said),
        it.told.reports.to_string(),
        seconds(it.told.last_seen),
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
    let Some(present) = advice.present else { return Ok(()) };
    let policy = advice.suggestion.now.policy();
    let changes = present.policy.diff(&policy);
    if changes.is_empty() {
        return writeln!(out, "\nThe first policy says what the present one says.");
    }
    writeln!(out, "\nWhat is different from the present policy")?;
    changes.iter().try_for_each(|change| writeln!(out, "- {}", safe(&change.to_string())))
}
