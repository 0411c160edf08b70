//! `cspwatch release`: marks a release of a site.

use super::{
    ConfigArgs, Environment, Failure, answering, check_site_argument, nonempty_text, print_line,
    range_begin,
};
use crate::base::clock::Timestamp;
use crate::decisions::check_release;
use crate::store::releases::{self, ReleaseRow};

/// Marks a release of a site, so that you can see what changed since.
///
/// Run it from the pipeline that deploys. `cspwatch gate`, the console and the dashboards compare with the time of the release.
#[derive(Debug, clap::Args)]
pub struct ReleaseArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Name of the site.
    #[arg(value_name = "SITE")]
    site: String,
    /// The version, as you call it.
    #[arg(value_name = "VERSION", value_parser = nonempty_text)]
    version: String,
    /// Where it was released, as `staging`.
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    environment: String,
    /// When it was released: a time (RFC 3339). Default: now.
    #[arg(long, value_name = "TIME", value_parser = range_begin)]
    at: Option<Timestamp>,
    /// Who released it.
    #[arg(long, value_name = "WHO", default_value = "command line", value_parser = nonempty_text)]
    by: String,
}

/// Marks it.
pub fn run(args: &ReleaseArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load(environment)?;
    check_site_argument(&config, &args.site)?;
    let now = Timestamp::now();
    let at = args.at.unwrap_or(now);
    check_release(&args.version, &args.environment, at, now)
        .map_err(|wrong| Failure::Usage(wrong.into()))?;
    let ReleaseArgs { site, version, environment, by, .. } = args;
    let client = answering(&config)?;
    client.run(releases::release(&client, &ReleaseRow { site, version, environment, at, by }))?;
    Ok(print_line(&format!("{site}: {version} was released at {at}"))?)
}
