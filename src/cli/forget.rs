//! `cspwatch forget`: takes a person out of what is stored.

use std::net::IpAddr;

use super::{
    ConfigArgs, Environment, Failure, check_site, client_key, connection, eprintln_line, placement,
    print_line, run_query, tag,
};
use crate::accept::ClientHasher;
use crate::config::Config;
use crate::journal::stored_client_key;
use crate::store::forget::{self, Whom};

/// Takes a correlation tag, or a client, out of all sightings, for a person who asks to be forgotten.
///
/// The sightings stay as evidence of what a destination did; they no longer say whom it concerned. Reports that are still
/// on their way to ClickHouse come afterwards: repeat it then. Backups and what was exported are not touched.
#[derive(Debug, clap::Args)]
pub struct ForgetArgs {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    whom: WhomArgs,
    /// In the sightings of this site only.
    #[arg(long, value_name = "NAME", default_value = "")]
    site: String,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct WhomArgs {
    /// This correlation tag.
    #[arg(long, value_name = "TAG", value_parser = tag)]
    tag: Option<String>,
    /// This client: an IP address, or its hash as the column `client` has it. Of an address the hash needs the key of the
    /// collectors: privacy.client_key_file, else the file client.key of journal.dir.
    #[arg(long, value_name = "CLIENT")]
    client: Option<String>,
}

/// Takes them out and says of how many sightings.
pub fn run(args: &ForgetArgs, environment: &Environment) -> Result<(), Failure> {
    let config = args.config.load(environment)?;
    if !args.site.is_empty() {
        check_site(&config, &args.site)?;
    }
    let whom = match (&args.whom.tag, &args.whom.client) {
        (Some(tag), _) => Whom::Tag(tag.clone()),
        (None, client) => Whom::Client(hash(client.as_deref().unwrap_or_default(), &config)?),
    };
    let client = connection(&config).client()?;
    let count = run_query(forget::count(&client, &whom, &args.site))?;
    if count == 0 {
        return Ok(print_line("no sighting holds it")?);
    }
    eprintln_line(&format!(
        "{count} sightings hold it; ClickHouse rewrites the parts that they are in"
    ));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let placement = placement(&config);
    let is_of_one_of_many =
        runtime.block_on(forget::forget(&client, &placement, &whom, &args.site))?;
    if is_of_one_of_many {
        eprintln_line(
            "the cluster has no Keeper, so this server alone was asked: repeat it with the clickhouse.url of each \
             other one, as in CSPWATCH__CLICKHOUSE__URL=http://host:8123 cspwatch forget …",
        );
    }
    Ok(print_line(&format!("{count} sightings do not say any more whom they concern"))?)
}

/// The hash of a client.
fn hash(client: &str, config: &Config) -> Result<u64, Failure> {
    if let Ok(hash) = client.parse() {
        return Ok(hash);
    }
    let address: IpAddr = client.parse().map_err(|_| {
        format!(
            "--client {client}: is neither an IP address nor a number as the column client has it"
        )
    })?;
    let key = match client_key(config)? {
        Some(key) => key,
        None => stored_client_key(&config.journal.dir)?.ok_or_else(|| {
            format!(
                "--client {client}: there is no client.key in {}; run this where the collector's journal is, or name \
                 the hash",
                config.journal.dir.display()
            )
        })?,
    };
    Ok(ClientHasher::new(&key).hash(address).0)
}
