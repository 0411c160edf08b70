//! `cspwatch evidence`: the evidence pack for an assessor, as text, JSON, HTML or a folder of files.

mod prometheus;
mod text;
mod verify;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use url::Url;

use super::scripts::check_page_group;
use super::{
    ConfigArgs, Environment, Failure, answering, check_site, range_begin, range_end, time,
};
use crate::audit::evidence::chain::{self, SUMS};
use crate::audit::evidence::files::{DATA, data, files};
use crate::audit::evidence::{EvidencePack, html};
use crate::audit::script_inventory;
use crate::base::clock::Timestamp;
use crate::base::out_file;
use crate::base::stdout::stdout;
use crate::config::Config;
use crate::store::evidence::{self, EvidenceQuery};
use crate::store::scripts::{self, ScriptQuery};

/// Puts together the evidence for a period: scripts with their justifications and changes, alerts, decisions, policies, and
/// on which days collectors worked. It supports evidence for PCI DSS 4.0.1, requirements 6.4.3 and 11.6.1, and says what it
/// cannot show; the assessor decides what it is worth.
#[derive(Debug, clap::Args)]
pub struct EvidenceArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Check these packs, the oldest first, in place of making one: that no file was changed, and that each pack names the one
    /// before it. Needs neither ClickHouse nor a configuration. Ignores --config. Exits 1 if something is wrong.
    #[arg(long, value_name = "DIR", num_args = 1.., required_unless_present = "EvidenceAbout",
        conflicts_with_all = ["EvidenceAbout", "EvidenceForm", "prometheus", "previous"])]
    verify: Vec<PathBuf>,
    #[command(flatten)]
    about: Option<EvidenceAbout>,
    /// Query this Prometheus, as http://127.0.0.1:9090, for the number of notifications that Alertmanager sent on each day.
    #[arg(long, value_name = "URL")]
    prometheus: Option<Url>,
    #[command(flatten)]
    form: EvidenceForm,
    /// The directory of the pack before, which this one then names; for --out.
    #[arg(long, value_name = "DIR", requires = "out")]
    previous: Option<PathBuf>,
}

/// What the pack is about.
#[derive(Debug, clap::Args)]
struct EvidenceAbout {
    /// Name of the site.
    #[arg(long, value_name = "NAME")]
    site: String,
    /// The first day (UTC), as 2027-01-01, or a time (RFC 3339).
    #[arg(long, value_name = "DATE", value_parser = range_begin)]
    from: Timestamp,
    /// The last day (UTC), which is included, or a time.
    #[arg(long, value_name = "DATE", value_parser = range_end)]
    to: Timestamp,
    /// Only pages of this group.
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    page_group: String,
}

/// The form of the output. Without any of these: a summary for people.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct EvidenceForm {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Print an HTML page, to keep, send and print.
    #[arg(long)]
    html: bool,
    /// Write everything into this directory: evidence.html, evidence.json, scripts.csv, and their SHA-256 sums. The
    /// directory is created when it is missing.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Puts the pack together and prints or writes it.
pub fn run(args: &EvidenceArgs, environment: &Environment) -> Result<(), Failure> {
    let mut out = io::BufWriter::new(stdout());
    let Some(about) = &args.about else { return verify::verify(&mut out, &args.verify) };
    let config = args.config.load(environment)?;
    check_site(&config, &about.site)?;
    check_page_group(&config, &about.site, &about.page_group)?;
    if about.to <= about.from {
        let wrong = format!("--to {}: is not after --from {}", about.to, about.from);
        return Err(Failure::Usage(wrong.into()));
    }
    if about.from > Timestamp::now() {
        let wrong =
            format!("--from {}: is in the future, of which there is no evidence yet", about.from);
        return Err(Failure::Usage(wrong.into()));
    }
    if let Some(dir) = &args.form.out {
        check_no_other_pack(about, dir)?;
    }
    let pack = pack(about, args.prometheus.as_ref(), &config)?;
    match &args.form {
        EvidenceForm { json: true, .. } => {
            writeln!(out, "{}", data(&pack)?)?;
        }
        EvidenceForm { html: true, .. } => write!(out, "{}", html::page_of(&pack))?,
        EvidenceForm { out: Some(dir), .. } => {
            write_files(&mut out, &pack, dir, args.previous.as_deref())?;
        }
        _ => text::print(&mut out, &pack)?,
    }
    Ok(out.flush()?)
}

/// Queries ClickHouse, and Prometheus where that is asked for.
fn pack(
    about: &EvidenceAbout,
    prometheus: Option<&Url>,
    config: &Config,
) -> Result<EvidencePack, Failure> {
    let EvidenceAbout { site, page_group, from, to } = about;
    let (from, to) = (*from, *to);
    let client = answering(config)?;
    let wanted = ScriptQuery { site, page_group, from, to };
    let (reported, decisions) = client.run(scripts::read(&client, wanted))?;
    let query = EvidenceQuery { site, page_group, from, to };
    let records = client.run(evidence::read(&client, query))?;
    Ok(EvidencePack {
        site: site.clone(),
        page_group: page_group.clone(),
        from,
        to,
        made_at: Timestamp::now(),
        database: config.clickhouse.database.clone(),
        scripts: script_inventory::scripts(&reported, &decisions),
        script_decisions: decisions,
        records,
        notifications: prometheus.map(|url| prometheus::count(url, from, to)).transpose()?,
    })
}

/// Refuses a directory that holds a pack about something else: nobody could make that one again. The same one is made anew.
fn check_no_other_pack(about: &EvidenceAbout, dir: &Path) -> Result<(), Failure> {
    // A directory that cannot be read fails where it is written to.
    let Ok(text) = fs::read(dir.join(DATA)) else { return Ok(()) };
    let found: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    let EvidenceAbout { site, page_group, from, to } = about;
    let is_same = found["site"] == site.as_str()
        && found["page_group"].as_str().unwrap_or_default() == page_group
        && found["from"] == time(*from)
        && found["to"] == time(*to);
    if is_same {
        return Ok(());
    }
    let wrong = format!("--out {}: holds another pack; name a new directory", dir.display());
    Err(Failure::Usage(wrong.into()))
}

/// Writes the files, and their sums as `sha256sum --check` reads them. Prints the name of each file.
fn write_files(
    out: &mut impl Write,
    pack: &EvidencePack,
    dir: &Path,
    previous: Option<&Path>,
) -> Result<(), Failure> {
    let sum_of = |pack: &Path| Ok::<_, Failure>(chain::sum(&verify::read(&pack.join(SUMS))?));
    let previous = previous.map(sum_of).transpose()?;
    let files = files(pack, previous.as_deref())?;
    let failed = |path: &Path, error| format!("{} cannot be written: {error}", path.display());
    fs::create_dir_all(dir).map_err(|error| failed(dir, error))?;
    for (name, content) in &files {
        let path = dir.join(name);
        out_file::write(&path, content).map_err(|error| failed(&path, error))?;
        writeln!(out, "{}", path.display())?;
    }
    Ok(())
}
