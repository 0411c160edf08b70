//! `cspwatch evidence`: what an assessor asks of a period, put together.

mod deliveries;
mod html;
mod json;
mod operation;
mod text;
mod words;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::to_string_pretty;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::scripts::{check_page_group, csv};
use super::{
    ConfigArgs, Environment, Failure, check_site, connection, range_begin, range_end, run_query,
};
use crate::audit::script_inventory::{self, Script};
use crate::base::clock::Timestamp;
use crate::base::hex::to_hex;
use crate::store::evidence::{self, Evidence, Question};
use crate::store::scripts::{self, ScriptDecided, Wanted};
use deliveries::Deliveries;

/// A pack for a period: the scripts with their justifications and changes, alerts and who decided what, policies, and
/// that somebody listened, day by day. It supports evidence for PCI DSS 4.0.1, requirements 6.4.3 and 11.6.1, and says what
/// it cannot show; what it is worth, the assessor decides.
#[derive(Debug, clap::Args)]
pub struct EvidenceArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Name of the site.
    #[arg(long, value_name = "NAME")]
    site: String,
    /// The first day (UTC), as 2027-01-01, or a time (RFC 3339).
    #[arg(long, value_name = "DATE", value_parser = range_begin)]
    from: Timestamp,
    /// The last day (UTC), or a time.
    #[arg(long, value_name = "DATE", value_parser = range_end)]
    to: Timestamp,
    /// Of the pages of this group only.
    #[arg(long, value_name = "NAME", default_value = "")]
    page_group: String,
    /// Prometheus, which is asked how many notifications Alertmanager sent on each day, as http://127.0.0.1:9090.
    #[arg(long, value_name = "URL")]
    prometheus: Option<Url>,
    #[command(flatten)]
    form: FormArgs,
}

/// In which form; without any, a summary for people.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct FormArgs {
    /// One JSON object.
    #[arg(long)]
    json: bool,
    /// A page to keep and to print.
    #[arg(long)]
    html: bool,
    /// All of it into this directory, which is made: evidence.html, evidence.json, scripts.csv, and their SHA-256 sums.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// All that a pack is made of.
struct Pack<'a> {
    site: &'a str,
    page_group: &'a str,
    from: Timestamp,
    /// Not of the period any more.
    to: Timestamp,
    made_at: Timestamp,
    database: &'a str,
    scripts: Vec<Script>,
    /// About scripts, until the end of the period, the oldest first.
    decided: Vec<ScriptDecided>,
    found: Evidence,
    /// `None`: nobody was asked.
    deliveries: Option<Deliveries>,
}

/// Asks, and writes the pack.
pub fn run(args: &EvidenceArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load(environment)?;
    let EvidenceArgs { site, page_group, from, to, .. } = args;
    check_site(&config, site)?;
    check_page_group(&config, site, page_group)?;
    if to <= from {
        return Err(format!("--to {to}: is not after --from {from}").into());
    }
    let client = connection(&config).client()?;
    let (from, to) = (*from, *to);
    let wanted = Wanted { site, page_group, from: from.0, to: to.0 };
    let (told, decided) = run_query(scripts::read(&client, wanted))?;
    let found =
        run_query(evidence::read(&client, Question { site, page_group, from: from.0, to: to.0 }))?;
    let pack = Pack {
        site,
        page_group,
        from,
        to,
        made_at: Timestamp::now(),
        database: &config.clickhouse.database,
        scripts: script_inventory::scripts(&told, &decided),
        decided,
        found,
        deliveries: args
            .prometheus
            .as_ref()
            .map(|url| deliveries::ask(url, from, to))
            .transpose()?,
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    match &args.form {
        FormArgs { json: true, .. } => writeln!(out, "{}", to_string_pretty(&json::of(&pack))?)?,
        FormArgs { html: true, .. } => write!(out, "{}", html::of(&pack))?,
        FormArgs { out: Some(dir), .. } => write_all(&mut out, &pack, dir)?,
        _ => text::print(&mut out, &pack)?,
    }
    Ok(out.flush()?)
}

/// The files, and their sums as `sha256sum --check` takes them.
fn write_all(out: &mut impl Write, pack: &Pack<'_>, dir: &Path) -> Result<(), Failure> {
    let mut list = Vec::new();
    csv(&mut list, pack.site, &pack.scripts)?;
    let files = [
        ("evidence.html", html::of(pack).into_bytes()),
        ("evidence.json", to_string_pretty(&json::of(pack))?.into_bytes()),
        ("scripts.csv", list),
    ];
    let failed = |path: &Path, error| format!("{} cannot be written: {error}", path.display());
    fs::create_dir_all(dir).map_err(|error| failed(dir, error))?;
    let mut sums = String::new();
    for (name, content) in &files {
        let path = dir.join(name);
        fs::write(&path, content).map_err(|error| failed(&path, error))?;
        sums.push_str(&format!("{}  {name}\n", to_hex(&Sha256::digest(content))));
        writeln!(out, "{}", path.display())?;
    }
    let path = dir.join("SHA256SUMS");
    fs::write(&path, sums).map_err(|error| failed(&path, error))?;
    Ok(writeln!(out, "{}", path.display())?)
}
