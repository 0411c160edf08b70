//! Findings for people.

use std::io::{self, Write};

use super::super::road::line_of;
use super::super::table::{safe, terminal_width};
use super::arrival::Arrival;
use crate::audit::doctor::unseen::UnseenWay;
use crate::audit::doctor::visit::Visit;
use crate::audit::doctor::{Finding, FindingLevel, PolicySummary, ReportingMethod};
use crate::audit::drill::Stage;
use crate::base::display::defanged;

/// Longer lines are hard to read, even on a wide terminal.
const WIDTH_MAX: usize = 120;

pub(super) fn print(
    out: &mut impl Write,
    visit: &Visit,
    policies: &[PolicySummary],
    findings: &[Finding],
) -> io::Result<()> {
    let width = width();
    let address = visit.page.address.as_ref();
    let name = address.map_or("the head on standard input", |url| url.as_str());
    match visit.at {
        Some(at) => writeln!(out, "{}, at {at}", safe(name))?,
        None => writeln!(out, "{}", safe(name))?,
    }
    for note in &visit.notes {
        wrapped(out, "  ", note, width)?;
    }
    for policy in policies {
        writeln!(out, "\n{}: {}", policy.carrier, mode(policy))?;
        wrapped(out, "  ", &policy.text, width)?;
    }
    for level in [FindingLevel::Silent, FindingLevel::Weak, FindingLevel::Advice] {
        let of_level: Vec<_> = findings.iter().filter(|finding| finding.level == level).collect();
        if !of_level.is_empty() {
            writeln!(out, "\n{} ({})", heading(level), of_level.len())?;
        }
        for finding in of_level {
            print_finding(out, finding, width)?;
        }
    }
    if findings.is_empty() {
        writeln!(out, "\nNothing to fix.")?;
    }
    Ok(())
}

/// Prints how the report of a drill got on.
pub(super) fn print_arrival(out: &mut impl Write, arrival: &Arrival) -> io::Result<()> {
    let width = width();
    writeln!(out, "\nWhether a report arrives and counts")?;
    let trial = match arrival {
        Arrival::Tried(trial) => trial,
        Arrival::Untried(why) => {
            let stages = Arrival::STAGES.map(Stage::name).join(", ");
            return wrapped(
                out,
                "  ",
                &format!("No report was sent: {why}. Not seen: {stages}."),
                width,
            );
        }
    };
    for (stage, seconds) in &trial.outcome.stages {
        writeln!(out, "  {}", line_of(*stage, *seconds))?;
    }
    for (stage, why) in &trial.outcome.unseen {
        wrapped(out, "  ", &format!("{} could not be seen: {why}", stage.name()), width)?;
    }
    if let Some((stage, why)) = &trial.outcome.failed {
        wrapped(out, "  ", &format!("{} was not reached: {why}", stage.name()), width)?;
    }
    if trial.outcome.is_accepted() {
        let mark = format!(
            "The report was a drill's, about {}: its alert has the label drill=\"true\", which has a route of its own, and nobody is paged. Whether alerts are delivered, `cspwatch drill {}` shows.",
            defanged(&trial.destination),
            trial.site
        );
        wrapped(out, "  ", &mark, width)?;
    }
    Ok(())
}

/// Prints what no report shows.
pub(super) fn print_unseen(out: &mut impl Write, unseen: &[UnseenWay]) -> io::Result<()> {
    if unseen.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nWhat still leaves this page unseen ({})", unseen.len())?;
    unseen.iter().try_for_each(|way| wrapped(out, "  ", &format!("- {}", way.what), width()))
}

fn width() -> Option<usize> {
    terminal_width().map(|width| width.min(WIDTH_MAX))
}

fn print_finding(out: &mut impl Write, finding: &Finding, width: Option<usize>) -> io::Result<()> {
    writeln!(out, "\n  {}", finding.id)?;
    wrapped(out, "    ", &format!("Where: {}", finding.place), width)?;
    wrapped(out, "    ", &format!("What: {}", finding.what), width)?;
    wrapped(out, "    ", &format!("Why: {}", finding.why), width)?;
    // Never wrapped, because it may be a line to paste.
    writeln!(out, "    Fix: {}", safe(&finding.fix))
}

/// Whether a policy is enforced, and how browsers report its violations.
fn mode(policy: &PolicySummary) -> String {
    let reports = match policy.method {
        ReportingMethod::ReportUri => "reports by report-uri",
        ReportingMethod::ReportTo => "reports by report-to",
        ReportingMethod::Nowhere => "reports nothing, because its report-to leads nowhere",
        ReportingMethod::None => "reports nothing",
    };
    let mode = if policy.is_enforced { "enforced" } else { "report-only" };
    format!("{mode}, {reports}")
}

fn heading(level: FindingLevel) -> &'static str {
    match level {
        FindingLevel::Silent => "Silent: browsers will not report",
        FindingLevel::Weak => "Weak: an attacker gets through unseen",
        FindingLevel::Advice => "Advice: the page could be better",
    }
}

/// Prints a text in indented lines that fit the width. Without a width, which is to say without a terminal, in one line.
fn wrapped(out: &mut impl Write, indent: &str, text: &str, width: Option<usize>) -> io::Result<()> {
    let text = safe(text);
    let Some(width) = width else { return writeln!(out, "{indent}{text}") };
    let mut line = String::new();
    for word in text.split(' ') {
        let length = indent.len() + line.chars().count() + 1 + word.chars().count();
        if !line.is_empty() && length > width {
            writeln!(out, "{indent}{line}")?;
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    writeln!(out, "{indent}{line}")
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn lines_fit_the_terminal() {
        let text = "one two three four\u{1b}[2J a-word-that-is-too-long-for-it five";
        let printed = |width| {
            let mut out = Vec::new();
            wrapped(&mut out, "  ", text, width).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(printed(None), "  one two three four [2J a-word-that-is-too-long-for-it five\n");
        let lines = "  one two three\n  four [2J\n  a-word-that-is-too-long-for-it\n  five\n";
        assert_eq!(printed(Some(15)), lines);
    }
}
