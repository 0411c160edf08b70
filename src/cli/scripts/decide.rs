//! Approvals: one by one, taken back, or all as a reviewed file says.

use std::io::{self, Write};
use std::path::PathBuf;

use super::super::{
    ConfigArgs, Environment, Failure, answering, check_site, eprintln_line, nonempty_text,
    open_input,
};
use super::check_page_group;
use crate::audit::script_inventory::{
    self, ApprovalPlan, ApprovedFile, InventoryScript, ScriptApproval, check_hash, script_address,
};
use crate::base::clock::{MILLISECOND, Timestamp};
use crate::base::display::{defanged, safe};
use crate::base::stdout::stdout;
use crate::config::Config;
use crate::decisions::{ApprovalTarget, is_inline};
use crate::store::scripts::{
    self, DecisionReasons, RecordedScriptDecision, ScriptDecision, ScriptQuery,
};

/// What is approved, by whom and why.
#[derive(Debug, clap::Args)]
pub(super) struct ApproveArgs {
    #[command(flatten)]
    about: AboutArgs,
    #[command(flatten)]
    content: ContentArgs,
    /// Who answers questions about the script.
    #[arg(long, value_name = "WHO", value_parser = nonempty_text)]
    owner: String,
    /// Why the pages need it.
    #[arg(long, value_name = "TEXT", value_parser = nonempty_text)]
    why: String,
}

/// Whose approvals are taken back, by whom and why.
#[derive(Debug, clap::Args)]
pub(super) struct RevokeArgs {
    #[command(flatten)]
    about: AboutArgs,
    /// Revoke the approval of content with this hash only. You may repeat the option.
    #[arg(long = "hash", value_name = "SHA", value_parser = hash)]
    hashes: Vec<String>,
    /// Why the approvals are revoked.
    #[arg(long, value_name = "TEXT", value_parser = nonempty_text)]
    why: String,
}

/// Which script on which pages, and who decides.
#[derive(Debug, clap::Args)]
struct AboutArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The script: `https://cdn.example/pay.js`, defanged or not; or as the inventory prints it, marks such as
    /// `{hash:…}` included; `inline` for inline scripts, which their hashes tell apart.
    #[arg(value_name = "URL")]
    url: String,
    /// Name of the site.
    #[arg(long, value_name = "NAME")]
    site: String,
    /// On pages of this group. Default: on all.
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    page_group: String,
    /// Who decides.
    #[arg(long, value_name = "WHO", value_parser = nonempty_text)]
    by: String,
}

/// What it may hold.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct ContentArgs {
    /// Approve content with this hash. You may repeat the option.
    #[arg(long = "hash", value_name = "SHA", value_parser = hash)]
    hashes: Vec<String>,
    /// Approve the content that browsers report now.
    #[arg(long)]
    present: bool,
    /// Approve any content: for scripts that change without notice, or whose content browsers may not read.
    #[arg(long)]
    any_content: bool,
}

/// A site's file.
#[derive(Debug, clap::Args)]
pub(super) struct ApplyArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The file (TOML), as `cspwatch scripts --toml` drafts it; `-` = standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Name of the site.
    #[arg(long, value_name = "NAME")]
    site: String,
    /// Who decides: the person or the merge request that agreed to the file.
    #[arg(long, value_name = "WHO", value_parser = nonempty_text)]
    by: String,
    /// Print what would be decided, and decide nothing.
    #[arg(long)]
    dry_run: bool,
}

/// `cspwatch scripts approve`
pub(super) fn approve(args: &ApproveArgs, environment: &Environment) -> Result<(), Failure> {
    let (config, host, path) = about(&args.about, environment)?;
    let AboutArgs { site, page_group, by, .. } = &args.about;
    let hashes = match &args.content {
        ContentArgs { present: true, .. } => present(&config, &args.about, &host, &path)?,
        ContentArgs { any_content: true, .. } => vec![String::new()],
        ContentArgs { hashes, .. } => hashes.clone(),
    };
    let reasons = DecisionReasons { by, owner: &args.owner, justification: &args.why };
    let approved = hashes.iter().map(|hash| {
        let script = ApprovalTarget { site, page_group, host: &host, path: &path, hash };
        (script, ScriptDecision::Approve, reasons)
    });
    write(&config, approved)?;
    if !args.content.present && reported(&config, &args.about, &host, &path)?.is_empty() {
        eprintln_line(&format!(
            "cspwatch: no browser reported {} on {site} so far; `cspwatch scripts --site {site}` lists what they reported",
            shown(&host, &path)
        ));
    }
    let mut out = stdout();
    for hash in &hashes {
        let content = if hash.is_empty() { "whatever it holds" } else { hash };
        writeln!(out, "approve: {} ({content})", shown(&host, &path))?;
    }
    Ok(writeln!(out, "the collectors follow within seconds")?)
}

/// `cspwatch scripts revoke`
pub(super) fn revoke(args: &RevokeArgs, environment: &Environment) -> Result<(), Failure> {
    let (config, host, path) = about(&args.about, environment)?;
    let AboutArgs { site, page_group, by, .. } = &args.about;
    let decided = decided(&config, site)?;
    let holding: Vec<ScriptApproval> = ApprovalPlan::to(&[], &decided)
        .revoke
        .into_iter()
        .filter(|approval| approval.host == host && approval.path == path)
        .filter(|approval| page_group.is_empty() || approval.page_group == *page_group)
        .filter(|approval| args.hashes.is_empty() || args.hashes.contains(&approval.hash))
        .collect();
    if holding.is_empty() {
        return Err(format!(
            "no approval of {} holds on {site}; `cspwatch scripts --site {site}` lists those that do",
            shown(&host, &path)
        )
        .into());
    }
    let reasons = DecisionReasons { by, owner: "", justification: &args.why };
    write(
        &config,
        holding.iter().map(|approval| (approval.script(site), ScriptDecision::Revoke, reasons)),
    )?;
    print_steps(&ApprovalPlan { approve: Vec::new(), revoke: holding })
}

/// `cspwatch scripts apply`
pub(super) fn apply(args: &ApplyArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load(environment)?;
    check_site(&config, &args.site)?;
    let mut text = String::new();
    io::Read::read_to_string(&mut open_input(&args.file)?, &mut text)?;
    let groups = config.page_groups(&args.site);
    let approved = ApprovedFile::read(&text, &groups, &config.privacy.keep_query)
        .map_err(|wrong| format!("{}: {}", args.file.display(), wrong.join("\ncspwatch: ")))?;
    let steps = ApprovalPlan::to(&approved, &decided(&config, &args.site)?);
    if steps.is_empty() {
        return Ok(writeln!(stdout(), "all is as the file says")?);
    }
    if !args.dry_run {
        let approve = steps.approve.iter().map(|approval| {
            let ScriptApproval { owner, justification, .. } = approval;
            let reasons = DecisionReasons { by: &args.by, owner, justification };
            (approval.script(&args.site), ScriptDecision::Approve, reasons)
        });
        let gone = "the file does not name it any more";
        let reasons = DecisionReasons { by: &args.by, owner: "", justification: gone };
        let revoke = steps
            .revoke
            .iter()
            .map(|approval| (approval.script(&args.site), ScriptDecision::Revoke, reasons));
        write(&config, approve.chain(revoke))?;
    }
    print_steps(&steps)
}

fn about(args: &AboutArgs, environment: &Environment) -> Result<(Config, String, String), Failure> {
    let config = args.config.load(environment)?;
    check_site(&config, &args.site)?;
    check_page_group(&config, &args.site, &args.page_group)?;
    let (host, path) = script_address(&args.url, &config.privacy.keep_query)?;
    Ok((config, host, path))
}

/// What browsers reported of a script. Of inline scripts there is one for each hash.
fn reported(
    config: &Config,
    args: &AboutArgs,
    host: &str,
    path: &str,
) -> Result<Vec<InventoryScript>, Failure> {
    let AboutArgs { site, page_group, .. } = args;
    let client = answering(config)?;
    let wanted = ScriptQuery { site, page_group, from: Timestamp::default(), to: Timestamp::now() };
    let (reported, decided) = client.run(scripts::read(&client, wanted))?;
    let mut scripts = script_inventory::scripts(&reported, &decided);
    scripts.retain(|script| script.host == host && script.path == path);
    Ok(scripts)
}

/// The hashes of what a script holds now.
fn present(
    config: &Config,
    args: &AboutArgs,
    host: &str,
    path: &str,
) -> Result<Vec<String>, Failure> {
    let site = &args.site;
    let scripts = reported(config, args, host, path)?;
    if scripts.is_empty() {
        return Err(format!(
            "no browser reported {} on {site}; `cspwatch scripts --site {site}` lists what they reported: name the script \
             as it is written there, braces such as {{hash:…}} included; or, before it is in use, give --hash or \
             --any-content",
            shown(host, path)
        )
        .into());
    }
    let contents = scripts.iter().flat_map(|script| &script.contents);
    let in_use = contents.filter(|content| content.is_in_use);
    let mut hashes: Vec<String> = in_use.map(|content| content.hash.clone()).collect();
    hashes.sort_unstable();
    hashes.dedup();
    if is_inline(host, path) && hashes.iter().any(String::is_empty) {
        return Err(format!(
            "the pages of {site} run more inline scripts than are listed, so that --present would leave some out; give \
             --hash for those that belong there, or --any-content"
        )
        .into());
    }
    if hashes.is_empty() || hashes.iter().any(String::is_empty) {
        return Err(format!(
            "no browser reported what {} holds: the policy there has no 'report-sha256', or the script is loaded without \
             CORS (add crossorigin to its element); give --hash or --any-content",
            shown(host, path)
        )
        .into());
    }
    Ok(hashes)
}

fn decided(config: &Config, site: &str) -> Result<Vec<RecordedScriptDecision>, Failure> {
    let client = answering(config)?;
    client.run(scripts::decided(&client, site, Timestamp::now() + MILLISECOND))
}

fn write<'a>(
    config: &Config,
    decisions: impl IntoIterator<Item = (ApprovalTarget<'a>, ScriptDecision, DecisionReasons<'a>)>,
) -> Result<(), Failure> {
    let client = answering(config)?;
    client.run(scripts::decide(&client, Timestamp::now(), decisions))
}

fn print_steps(steps: &ApprovalPlan) -> Result<(), Failure> {
    let mut out = io::BufWriter::new(stdout());
    let words = [("approve", &steps.approve), ("revoke", &steps.revoke)];
    for (word, all) in words {
        for approval in all {
            let content =
                if approval.hash.is_empty() { "whatever it holds" } else { &approval.hash };
            let pages =
                if approval.page_group.is_empty() { "all pages" } else { &approval.page_group };
            let script = shown(&approval.host, &approval.path);
            writeln!(out, "{word}: {script} ({}) on {}", safe(content), safe(pages))?;
        }
    }
    Ok(out.flush()?)
}

fn shown(host: &str, path: &str) -> String {
    format!("{}{}", defanged(host), safe(path))
}

fn hash(text: &str) -> Result<String, String> {
    check_hash(text).map(|()| text.to_owned())
}
