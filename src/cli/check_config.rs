//! `cspwatch check-config`: lists every mistake of the configuration at once.

use std::path::PathBuf;

use super::{ConfigArgs, Environment, Failure, print_line};
use crate::config::NamedFile;

/// Checks the configuration and lists every mistake with its place. Exits 0 when there is none, else 64.
#[derive(Debug, clap::Args)]
pub struct CheckConfigArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The configuration file: the same as --config.
    #[arg(value_name = "FILE", conflicts_with = "config")]
    file: Option<PathBuf>,
}

/// Loads the configuration, which lists its mistakes, and prints how many sites it has, which lists of noise rules, and hints.
pub fn run(args: &CheckConfigArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.file.clone().or_else(|| args.config.config.clone());
    let config = ConfigArgs { config }.load_with(environment, NamedFile::ALL)?;
    let sites = match config.sites.len() {
        0 => "no sites: each registrable domain of a document counts as one".to_owned(),
        1 => "1 site".to_owned(),
        sites => format!("{sites} sites"),
    };
    print_line(&format!("the configuration is valid ({sites})"))?;
    for list in &config.noise.lists {
        print_line(&format!("noise rules: {list}"))?;
    }
    for hint in config.hints() {
        print_line(&format!("hint: {hint}"))?;
    }
    Ok(())
}
