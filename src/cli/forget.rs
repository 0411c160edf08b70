//! `cspwatch forget`: removes a person from what is stored.

use std::net::IpAddr;

use super::{
    ConfigArgs, Environment, Failure, answering, check_site, eprintln_line, installation_key,
    placement, print_line, tag,
};
use crate::accept::RotatingHasher;
use crate::base::clock::Timestamp;
use crate::base::display::count as counted;
use crate::config::Config;
use crate::store::forget::{self, Whom};

/// Removes a correlation tag or a client from all sightings, for a person who asks to be forgotten.
///
/// The sightings remain as evidence of what a destination did, but no longer name the person. Reports that are still on
/// their way to ClickHouse arrive later: repeat the command then. Backups and exported data are not changed.
#[derive(Debug, clap::Args)]
pub struct ForgetArgs {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    whom: WhomArgs,
    /// Print how many sightings would be changed, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Only in the sightings of this site.
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    site: String,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct WhomArgs {
    /// The correlation tag to remove.
    #[arg(long, value_name = "TAG", value_parser = tag)]
    tag: Option<String>,
    /// The client to remove: an IP address, or a hash from the column `client`. An address is hashed with the collectors'
    /// key: privacy.client_key_file, else the file client.key in journal.dir.
    #[arg(long, value_name = "CLIENT")]
    client: Option<String>,
}

/// Removes the person and prints from how many sightings.
pub fn run(args: &ForgetArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load(environment)?;
    if !args.site.is_empty() {
        check_site(&config, &args.site)?;
    }
    let whom = match (&args.whom.tag, &args.whom.client) {
        (Some(tag), _) => Whom::Tag(tag.clone()),
        (None, client) => Whom::Client(hashes(client.as_deref().unwrap_or_default(), &config)?),
    };
    let client = answering(&config)?;
    let count = client.run(forget::count(&client, &whom, &args.site))?;
    if count == 0 {
        return Ok(print_line("no sighting names it")?);
    }
    if args.dry_run {
        return Ok(print_line(&format!("would be removed from {}", counted(count, "sighting")))?);
    }
    eprintln_line(&format!(
        "found in {}; ClickHouse rewrites the parts that hold them",
        counted(count, "sighting")
    ));
    let placement = placement(&config);
    let is_of_one_of_many = client.unless_silent(async {
        Ok(forget::forget(&client, &placement, &whom, &args.site).await?)
    })?;
    if is_of_one_of_many {
        eprintln_line(
            "the cluster has no Keeper, so only this server was changed: repeat this with the clickhouse.url of each \
             other server, as in CSPWATCH__CLICKHOUSE__URL=http://host:8123 cspwatch forget …",
        );
    }
    Ok(print_line(&format!("removed from {}", counted(count, "sighting")))?)
}

/// Days, where sightings are kept for ever.
const FOR_EVER: u32 = 3_650;

/// The hashes of a client, which is an address or a hash already. With a rotation an address has one for each key of the time for
/// which sightings are kept.
fn hashes(client: &str, config: &Config) -> Result<Vec<u64>, Failure> {
    if let Ok(hash) = client.parse() {
        return Ok(vec![hash]);
    }
    let address: IpAddr = client.parse().map_err(|_| {
        format!("--client {client}: is neither an IP address nor a number from the column client")
    })?;
    let key = installation_key(config)?;
    let hasher = RotatingHasher::new(&key, config.privacy.client_key_rotation);
    let kept = config.retention.sightings.unwrap_or(FOR_EVER);
    let all = hasher.all_of(address, Timestamp::now(), kept);
    Ok(all.into_iter().map(|client| client.0).collect())
}
