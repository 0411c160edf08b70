//! `cspwatch check-config`: every mistake at once.

use super::{ConfigArgs, Environment, Failure, print_line};

/// Checks the configuration and lists every mistake with its place. Exits 0, or 64 with mistakes.
#[derive(Debug, clap::Args)]
pub struct CheckConfigArgs {
    #[command(flatten)]
    config: ConfigArgs,
}

/// Checks and says what was found.
pub fn run(args: &CheckConfigArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load(environment)?;
    let sites = match config.sites.len() {
        0 => "no sites: every document's registrable domain is one".to_owned(),
        1 => "1 site".to_owned(),
        sites => format!("{sites} sites"),
    };
    Ok(print_line(&format!("the configuration is right ({sites})"))?)
}
