//! `cspwatch scripts`: the inventory of a site's scripts, and what people approve of it.

mod decide;
mod lists;

use std::io::{self, Write};

use super::{ConfigArgs, Environment, Failure, answering, check_site, range_begin, range_end};
use crate::audit::script_inventory::{self, ApprovalStatus, changes, csv, draft, json};
use crate::base::clock::{MILLISECOND, Timestamp};
use crate::base::stdout::stdout;
use crate::config::Config;
use crate::store::scripts::{self, ScriptQuery};

/// Lists the scripts of a site as browsers reported them: their content, since when, on which pages, and who approved it.
///
/// Browsers report hashes if a policy has 'report-sha256' (docs/headers.md, "Scripts");
/// violations and failed integrity checks add further scripts.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct ScriptsArgs {
    #[command(subcommand)]
    command: Option<ScriptsCommand>,
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Debug, clap::Subcommand)]
enum ScriptsCommand {
    /// List the scripts of a site: the same as without a subcommand.
    List(ListArgs),
    /// Approve a script. From the first approval of a site on, an unapproved script on a payment page raises an alert.
    Approve(decide::ApproveArgs),
    /// Revoke the approvals of a script.
    Revoke(decide::RevokeArgs),
    /// Make the approvals of a site those of a reviewed file: approve what is missing, and revoke what the file does not
    /// name.
    Apply(decide::ApplyArgs),
}

/// Which to list, and how.
#[derive(Debug, clap::Args)]
struct ListArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Name of the site.
    #[arg(long, value_name = "NAME", required = true)]
    site: Option<String>,
    /// List scripts on pages of this group only.
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    page_group: String,
    /// List only scripts of which something in use is not approved.
    #[arg(long)]
    unapproved: bool,
    /// List only what was reported on this day (UTC) or later, as 2027-03-31, or since a time (RFC 3339).
    #[arg(long, value_name = "DATE", value_parser = range_begin)]
    from: Option<Timestamp>,
    /// List only what was reported until the end of this day (UTC), or before a time.
    #[arg(long, value_name = "DATE", value_parser = range_end)]
    to: Option<Timestamp>,
    #[command(flatten)]
    form: FormArgs,
}

/// In which form.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct FormArgs {
    /// Print one JSON object, with every hash and every change.
    #[arg(long)]
    json: bool,
    /// Print a line for each script, page group and hash.
    #[arg(long)]
    csv: bool,
    /// Print a draft of the file that `cspwatch scripts apply` takes, to complete and review: every approval that holds, and
    /// what is in use without one.
    #[arg(long)]
    toml: bool,
}

/// Runs one of them.
pub fn run(args: &ScriptsArgs, environment: &Environment) -> Result<(), Failure> {
    match &args.command {
        None => list(&args.list, environment),
        Some(ScriptsCommand::List(args)) => list(args, environment),
        Some(ScriptsCommand::Approve(args)) => decide::approve(args, environment),
        Some(ScriptsCommand::Revoke(args)) => decide::revoke(args, environment),
        Some(ScriptsCommand::Apply(args)) => decide::apply(args, environment),
    }
}

fn list(args: &ListArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load(environment)?;
    let site = args.site.as_deref().unwrap_or_default();
    check_site(&config, site)?;
    check_page_group(&config, site, &args.page_group)?;
    let from = args.from.unwrap_or_default();
    let to = args.to.unwrap_or_else(Timestamp::now);
    let wanted = ScriptQuery { site, page_group: &args.page_group, from, to };
    let client = answering(&config)?;
    let (reported, mut decided) = client.run(scripts::read(&client, wanted))?;
    let mut scripts = script_inventory::scripts(&reported, &decided);
    if args.unapproved {
        scripts.retain(|script| {
            matches!(script.approval(), ApprovalStatus::Partial | ApprovalStatus::Missing)
        });
    }
    if args.unapproved || !args.page_group.is_empty() {
        decided.retain(|decision| scripts.iter().any(|script| script.is_subject_of(decision)));
    }
    let mut out = io::BufWriter::new(stdout());
    if args.form.toml {
        // All that hold now, whichever scripts are listed: the file, applied, revokes what it does not name.
        let all = scripts::decided(&client, site, Timestamp::now() + MILLISECOND);
        write!(out, "{}", draft(&scripts, &client.run(all)?))?;
        return Ok(out.flush()?);
    }
    let changes = changes(&scripts, &decided, (from, to));
    match &args.form {
        FormArgs { json: true, .. } => writeln!(out, "{}", json(site, &scripts, &changes))?,
        FormArgs { csv: true, .. } => csv(&mut out, site, &scripts)?,
        _ if scripts.is_empty() => writeln!(out, "{}", nothing(args, site))?,
        _ => lists::text(&mut out, &scripts, &changes)?,
    }
    Ok(out.flush()?)
}

/// What was searched, where nothing was found.
fn nothing(args: &ListArgs, site: &str) -> String {
    let pages = match args.page_group.as_str() {
        "" => String::new(),
        group => format!(" on the pages {group}"),
    };
    if args.unapproved {
        return format!(
            "every script of the site {site}{pages} that is in use is approved, or none is known"
        );
    }
    format!(
        "no browser reported a script of the site {site}{pages} in that time. The inventory fills itself where a policy \
         holds 'report-sha256' in script-src, or pages load /sri.js with data-inline (docs/headers.md), and by violations and \
         failed integrity"
    )
}

pub(super) fn check_page_group(
    config: &Config,
    site: &str,
    page_group: &str,
) -> Result<(), Failure> {
    let groups = config.page_groups(site);
    if page_group.is_empty() || groups.contains(&page_group) {
        return Ok(());
    }
    let names = groups.join(", ");
    Err(Failure::Usage(
        format!("--page-group {page_group}: no such page group is configured; there are: {names}")
            .into(),
    ))
}
