//! `cspwatch sri-js`: the tag that loads the client script.

use super::{ConfigArgs, Environment, Failure, check_site, origin, print_line};
use crate::accept::client_script::SRI_JS;
use crate::config::site_name;

/// Prints the element with which a page loads the client script, with its integrity hash.
#[derive(Debug, clap::Args)]
pub struct SriJsArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Origin of the collector as browsers reach it.
    #[arg(long, value_name = "URL", default_value = "https://reports.example", value_parser = origin)]
    origin: String,
    /// Name of the site that reports. It must be configured if a configuration is named.
    #[arg(long, value_name = "NAME", default_value = "shop", value_parser = site_name)]
    site: String,
    /// Count page views: `1` all of them, `0.1` one in ten, at the least `0.01`.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    census: Option<String>,
    /// Report the hashes of inline scripts: `1` on all page views, `0.1` on one in ten, at the least `0.01`.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    inline: Option<String>,
    /// Print the script itself, as the collector serves it.
    #[arg(long)]
    text: bool,
}

/// Prints it.
pub fn run(args: &SriJsArgs, environment: &Environment) -> Result<(), Failure> {
    if args.text {
        return Ok(print_line(SRI_JS.text.trim_end())?);
    }
    check_site(&args.config.load_with(environment, &[])?, &args.site)?;
    let origin = &args.origin;
    let (site, integrity) = (&args.site, &SRI_JS.integrity);
    let shares = [("census", &args.census), ("inline", &args.inline)];
    let attribute = |(name, share): (&str, &Option<String>)| {
        share.as_ref().map(|share| format!(" data-{name}=\"{share}\""))
    };
    let shares = shares.into_iter().filter_map(attribute).collect::<String>();
    Ok(print_line(&format!(
        "<script src=\"{origin}/sri.js\" data-report=\"{origin}/report/{site}\" data-csp{shares}\n        \
         integrity=\"{integrity}\" crossorigin></script>"
    ))?)
}

/// A share of page views, as it was written.
fn share(text: &str) -> Result<String, String> {
    let is_share = text.parse().is_ok_and(|share: f64| (0.01..=1.0).contains(&share));
    let wrong = || "not a share between 0.01 and 1, such as 0.1".to_owned();
    is_share.then(|| text.to_owned()).ok_or_else(wrong)
}
