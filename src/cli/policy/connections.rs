//! The suggested Connection-Allowlist for people: where the pages lead, why each entry is there, and when to enforce it.

use std::io::{self, Write};

use super::super::table::{self, defanged, safe, seconds};
use crate::audit::policy_advice::{
    AllowlistEntry, CAVEATS, ConnectionAdvice, OutgoingLink, reasons,
};

pub(super) fn print(out: &mut impl Write, site: &str, advice: &ConnectionAdvice) -> io::Result<()> {
    links(out, site, &advice.navigation.links)?;
    entries(out, advice)?;
    writeln!(out, "\nWhen to enforce the Connection-Allowlist")?;
    CAVEATS.iter().try_for_each(|caveat| writeln!(out, "- {caveat}"))?;
    if advice.obstacles.is_empty() {
        return writeln!(out, "\nThe reports of the range show nothing against enforcing it.");
    }
    writeln!(out, "\nDo not enforce it yet:")?;
    advice.obstacles.iter().try_for_each(|obstacle| writeln!(out, "- {}", obstacle.words()))
}

/// The hosts of others that the pages lead to. A class of their own: no policy reports them.
fn links(out: &mut impl Write, site: &str, links: &[OutgoingLink]) -> io::Result<()> {
    if links.is_empty() {
        return writeln!(
            out,
            "\nWhere the pages lead, by reports of Connection-Allowlist: to no other site"
        );
    }
    let rows: Vec<_> = links.iter().map(link_row).collect();
    let names = ["HOST", "WHY", "IN THE LIST", "REPORTS", "FIRST", "LAST"];
    table::section(out, "Where the pages lead, by reports of Connection-Allowlist", names, &rows)?;
    writeln!(
        out,
        "To approve a link alone, add \"connection-allowlist HOST\" to known: scripts that fetch from the host stay unknown. To \
         approve the destination for everything: cspwatch destinations approve DESTINATION --site {} --by WHO --why TEXT",
        safe(site)
    )
}

fn link_row(link: &OutgoingLink) -> [String; 6] {
    let seen = link.occurrences;
    let is_listed = if link.is_listed { "yes" } else { "no" };
    [
        defanged(&link.host),
        safe(&reasons::link(link)),
        is_listed.to_owned(),
        seen.reports.to_string(),
        seconds(seen.first_seen),
        seconds(seen.last_seen),
    ]
}

fn entries(out: &mut impl Write, advice: &ConnectionAdvice) -> io::Result<()> {
    let row = |entry: &AllowlistEntry| {
        let reports = entry.occurrences.map_or_else(String::new, |seen| seen.reports.to_string());
        [safe(&entry.pattern), safe(&reasons::trust(&entry.trust)), reports]
    };
    let rows: Vec<_> = advice.entries.iter().map(row).collect();
    if !rows.is_empty() {
        let heading = "Why each entry is in the Connection-Allowlist";
        table::section(out, heading, ["PATTERN", "WHY", "REPORTS"], &rows)?;
    }
    if advice.omitted > 0 {
        writeln!(out, "Omitted, because a header has room for so many only: {}", advice.omitted)?;
    }
    for (heading, hosts) in [
        ("Trusted, but no entry can express it; add it by hand:", &advice.inexpressible),
        (
            "In the current policy, but neither known nor approved, and so not in the list:",
            &advice.unconfirmed,
        ),
    ] {
        if !hosts.is_empty() {
            let hosts: Vec<_> = hosts.iter().map(|host| defanged(host)).collect();
            writeln!(out, "{heading} {}", hosts.join(", "))?;
        }
    }
    Ok(())
}
