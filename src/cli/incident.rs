//! `cspwatch incident`: the exposure window of a destination, as text, JSON, CSV or HTML.

mod text;

use std::io::{self, Write};
use std::time::Duration;

use super::{ConfigArgs, Environment, Failure, answering, check_site, duration_at_least};
use crate::audit::incident::html::Provenance;
use crate::audit::incident::{ExposureWindow, csv, html, json};
use crate::base::clock::Timestamp;
use crate::base::domain::registrable;
use crate::base::stdout::stdout;
use crate::config::Config;
use crate::decisions::destination_of;
use crate::store::incident::{self, IncidentQuery};

/// Prints the exposure window of a destination: first and last report, active days and periods, pages, directives, tags,
/// related destinations, what else changed at that time, and the hours without any report, in which the absence of reports
/// means nothing.
///
/// Exits 1 when no report names the destination, and prints what was searched.
#[derive(Debug, clap::Args)]
pub struct IncidentArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The destination, as alerts name it: a registrable domain or an IP address; defanged (`evil[.]example`) or not.
    #[arg(value_name = "DESTINATION")]
    destination: String,
    /// Only reports of this site.
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    site: String,
    /// How long without a report ends a period; at least a minute.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = gap)]
    gap: Duration,
    #[command(flatten)]
    form: IncidentForm,
}

/// The form of the output. Without any of these: text for people.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct IncidentForm {
    /// Print one JSON object, with every page and every tag.
    #[arg(long)]
    json: bool,
    /// Print the list of all tags as CSV, one line each. A tag that begins with `-` gets an apostrophe before it, so that
    /// no spreadsheet takes it for a formula.
    #[arg(long)]
    csv: bool,
    /// Print an HTML page with every page and every tag, to keep, send and print.
    #[arg(long)]
    html: bool,
}

/// The largest number of pages, of scripts and of tags: more than an incident has, and few enough to fit into memory.
const ROWS_MAX: u64 = 1_000_000;

/// Reads the exposure window and prints it.
pub fn run(args: &IncidentArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load(environment)?;
    let site = args.site.as_str();
    if !site.is_empty() {
        check_site(&config, site)?;
    }
    let host = destination_of(&args.destination)
        .map_err(|wrong| format!("{} {wrong}", args.destination))?;
    let destination = registrable(&host);
    let gap = u32::try_from(args.gap.as_secs()).unwrap_or(u32::MAX);
    let query = IncidentQuery { destination, site, sites: &config.sites, gap, limit: ROWS_MAX };
    let client = answering(&config)?;
    let Some(incident) = client.run(incident::read(&client, query))? else {
        return Err(not_found(destination, site, &config).into());
    };
    let window = ExposureWindow::new(destination, site, incident);
    let mut out = io::BufWriter::new(stdout());
    match args.form {
        IncidentForm { csv: true, .. } => csv::print(&mut out, &window.incident.tags)?,
        IncidentForm { html: true, .. } => {
            let periods = client.run(incident::page_group_periods(&client, query))?;
            let provenance = Provenance {
                made_at: Timestamp::now(),
                database: &config.clickhouse.database,
                gap: args.gap,
                console: None,
            };
            write!(out, "{}", html::page_of(&window, &periods, &provenance))?;
        }
        IncidentForm { json: true, .. } => writeln!(out, "{}", json::as_json(&window))?,
        _ => text::print(&mut out, &window)?,
    }
    Ok(out.flush()?)
}

/// The error that says what was searched in vain.
fn not_found(destination: &str, site: &str, config: &Config) -> String {
    let sites =
        if site.is_empty() { "of any site".to_owned() } else { format!("of the site {site}") };
    let kept =
        config.retention.sightings.map_or("for ever".to_owned(), |days| format!("for {days} days"));
    format!(
        "no report {sites} names {destination} as an unknown destination; searched: all such reports, which the database \
         {} keeps {kept}. `cspwatch destinations list` lists the destinations that are stored",
        config.clickhouse.database
    )
}

fn gap(text: &str) -> Result<Duration, String> {
    duration_at_least(Duration::from_secs(60), "1m", text)
}
