//! `cspwatch sign`: signed endpoints.

use std::time::Duration;

use super::{ConfigArgs, Environment, Failure, print_line};
use crate::clock::Timestamp;
use crate::config;
use crate::signature::Key;

/// Prints a report URL that is signed with a site's key (site.endpoint_key_file), for the site's headers.
/// Reports that come to it are stored as `verified`; others are taken all the same.
#[derive(Debug, clap::Args)]
pub struct SignArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Name of the site.
    #[arg(long, value_name = "NAME")]
    site: String,
    /// Origin of the collector as browsers reach it.
    #[arg(long, value_name = "URL", default_value = "https://reports.example")]
    origin: String,
    /// How long the signature holds, as 24h or 7d. A page reports as long as it is open, and Chromium tries
    /// again for 15 minutes.
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = config::duration)]
    valid: Duration,
}

/// Prints it.
pub fn run(args: &SignArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load(environment)?;
    let names =
        || config.sites.iter().map(|site| site.name.as_str()).collect::<Vec<_>>().join(", ");
    let site = config.sites.iter().find(|site| site.name == args.site).ok_or_else(|| {
        format!("--site {}: no such site is configured; there are: {}", args.site, names())
    })?;
    let secret = site.endpoint_key.as_ref().ok_or_else(|| {
        format!("--site {}: site.endpoint_key_file names its key, and is not set", args.site)
    })?;
    let valid = i64::try_from(args.valid.as_secs()).unwrap_or(i64::MAX);
    let expires = (Timestamp::now().0 / 1000).saturating_add(valid);
    let query = Key::new(secret.0.as_bytes()).sign(&site.name, expires);
    let origin = args.origin.trim_end_matches('/');
    Ok(print_line(&format!("{origin}/report/{}?{query}", site.name))?)
}
