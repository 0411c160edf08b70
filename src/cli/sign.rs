//! `cspwatch sign`: report URLs that are signed.

use std::time::Duration;

use super::{ConfigArgs, Environment, Failure, check_site, origin, print_line, tag};
use crate::base::clock::Timestamp;
use crate::base::signature::SigningKey;
use crate::config::{self, NamedFile, Secret, SiteConfig};

/// Prints a report URL for the site's headers, signed with the site's keys.
///
/// With site.endpoint_key_file, the command signs the endpoint: reports to it are stored as `verified`, and other reports are
/// accepted all the same. With --tag and site.tag_key_file, it signs the tag: sightings have it with `tag_signed`.
#[derive(Debug, clap::Args)]
pub struct SignArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Name of the site.
    #[arg(long, value_name = "NAME")]
    site: String,
    /// A correlation tag: an id of the session or order that means nothing to others, 1 to 128 of A-Z a-z 0-9 . _ ~ -
    #[arg(long, value_name = "TAG", value_parser = tag)]
    tag: Option<String>,
    /// Origin of the collector as browsers reach it.
    #[arg(long, value_name = "URL", default_value = "https://reports.example", value_parser = origin)]
    origin: String,
    /// How long the signature of the endpoint is valid, as 24h or 7d. A page reports as long as it is open, and Chromium
    /// retries for 15 minutes. The signature of a tag never expires.
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = config::duration)]
    valid: Duration,
}

/// Prints it.
pub fn run(args: &SignArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load_with(environment, &[NamedFile::SigningKeys])?;
    check_site(&config, &args.site)?;
    let missing = || format!("--site {}: only sites of the configuration have keys", args.site);
    let site = config.sites.iter().find(|site| site.name == args.site).ok_or_else(missing)?;
    let origin = &args.origin;
    Ok(print_line(&format!("{origin}/report/{}?{}", site.name, query(args, site)?))?)
}

fn query(args: &SignArgs, site: &SiteConfig) -> Result<String, Failure> {
    let key = |secret: &Secret| SigningKey::new(secret.0.as_bytes());
    let missing = |name: &str, what: &str| {
        format!("--site {}: site.{name} names the key of its {what}, and is not set", args.site)
    };
    let valid = i64::try_from(args.valid.as_secs()).unwrap_or(i64::MAX);
    let expires = Timestamp::now().seconds().saturating_add(valid);
    let endpoint = site.endpoint_key.as_ref().map(|secret| key(secret).sign(&site.name, expires));
    let Some(tag) = &args.tag else {
        return Ok(endpoint.ok_or_else(|| missing("endpoint_key_file", "endpoint"))?);
    };
    let secret = site.tag_key.as_ref().ok_or_else(|| missing("tag_key_file", "tags"))?;
    let tag = key(secret).sign_tag(&site.name, tag);
    Ok(endpoint.map_or_else(|| tag.clone(), |endpoint| format!("{tag}&{endpoint}")))
}
