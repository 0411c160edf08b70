//! `cspwatch sri-js`: the tag that loads the client script.

use super::{Failure, print_line};
use crate::accept::client_script::SRI_JS;

/// Prints the element with which a page loads the client script, with its integrity hash.
#[derive(Debug, clap::Args)]
pub struct SriJsArgs {
    /// Origin of the collector as browsers reach it.
    #[arg(long, value_name = "URL", default_value = "https://reports.example")]
    origin: String,
    /// Name of the site that reports.
    #[arg(long, value_name = "NAME", default_value = "shop")]
    site: String,
    /// Print the script itself, as the collector serves it.
    #[arg(long)]
    text: bool,
}

/// Prints it.
pub fn run(args: &SriJsArgs) -> Result<(), Failure> {
    if args.text {
        return Ok(print_line(SRI_JS.text.trim_end())?);
    }
    let origin = args.origin.trim_end_matches('/');
    let (site, integrity) = (&args.site, &SRI_JS.integrity);
    Ok(print_line(&format!(
        "<script src=\"{origin}/sri.js\" data-report=\"{origin}/report/{site}\" data-csp\n        \
         integrity=\"{integrity}\" crossorigin></script>"
    ))?)
}
