//! `cspwatch judge`: the verdicts on recorded reports, and what another list of noise rules would change about stored ones.
//! The same code as in `serve`.

mod recorded;
mod recording;
mod stored;

use std::path::PathBuf;
use std::time::Duration;

use super::{ConfigArgs, Environment, Failure};
use crate::base::clock::days;
use crate::config::{ConfigError, NamedFile, duration};

/// Prints the verdicts on recorded reports: which are noise and by which rule, which would alert, and which rules never
/// matched. With --stored, prints what another list of noise rules would change about the reports that ClickHouse has.
#[derive(Debug, clap::Args)]
pub struct JudgeArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Print JSON: one object per report and one about the rules, or with --stored one object.
    #[arg(long)]
    json: bool,
    /// A file of noise rules, judged by in place of the last list in use: the built-in one, unless noise.builtin is false.
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Judge the violations that ClickHouse has, by the running configuration and by the rules of --rules, and print what
    /// differs.
    #[arg(long, requires = "rules", conflicts_with = "file")]
    stored: bool,
    /// Only violations of this site.
    #[arg(long, value_name = "NAME", requires = "stored")]
    site: Option<String>,
    /// Only violations of this long until now, as 12h or 7d. Default: 7d.
    #[arg(long, value_name = "DURATION", requires = "stored", value_parser = duration)]
    since: Option<Duration>,
    /// Recorded requests, one JSON object a line: `body` (a text or JSON) or `body_base64`; optionally `case` or `path` to
    /// sum by, and `headers` with the browser's user-agent. `-` is standard input.
    #[arg(value_name = "FILE", required_unless_present = "stored")]
    file: Option<PathBuf>,
}

/// How far back stored violations are judged by default.
const SINCE: Duration = days(7);

/// Judges the requests of the file, or what is stored.
pub fn run(args: &JudgeArgs, environment: &Environment) -> Result<(), Failure> {
    let reads: &[NamedFile] = match args.stored {
        true => &[NamedFile::ClickHousePassword, NamedFile::NoiseRules, NamedFile::ThreatLists],
        false => &[NamedFile::NoiseRules, NamedFile::ThreatLists],
    };
    let mut config = args.config.load_with(environment, reads)?;
    let other = args.rules.as_deref().map(|file| config.noise.with_last_list(file));
    let other = other.transpose().map_err(|problems| Failure::Config(ConfigError(problems)))?;
    match (&args.file, other) {
        (Some(file), other) => {
            config.noise = other.unwrap_or(config.noise);
            recorded::run(&config, file, args.json)
        }
        (None, Some(new)) => {
            let range =
                stored::Range { site: args.site.as_deref(), since: args.since.unwrap_or(SINCE) };
            stored::run(&config, &new, &range, args.json)
        }
        (None, None) => Err(Failure::Usage("name a FILE, or --stored and --rules".into())),
    }
}
