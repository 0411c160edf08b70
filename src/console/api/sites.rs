//! The scripts and the releases of a site.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{Part, ok, time};
use crate::audit::script_inventory;
use crate::base::clock::{Timestamp, days};
use crate::console::Console;
use crate::console::answer::Refusal;
use crate::console::fields::Query;
use crate::console::pages::{answered, check_site};
use crate::console::visitor::Viewer;
use crate::store::inferred_releases::{InferredRelease, inferred_releases};
use crate::store::releases::{self as stored, Release};
use crate::store::scripts::{self, ScriptQuery};

/// The inventory, as `cspwatch scripts --json` prints it.
pub(in crate::console) async fn scripts(
    State(console): State<Arc<Console>>,
    Viewer(_): Viewer,
    Path(site): Path<String>,
    Query(fields): Query,
) -> Result<Response, Refusal> {
    check_site(&console, &site)?;
    let (from, to) = (Timestamp::default(), Timestamp::now());
    let page_group = fields.text("page_group");
    let query = ScriptQuery { site: &site, page_group, from, to };
    let (reported, decided) = answered(scripts::read(&console.client, query)).await?;
    let all = script_inventory::scripts(&reported, &decided);
    let changes = script_inventory::changes(&all, &decided, (from, to));
    Ok(ok(&script_inventory::json(&site, &all, &changes)))
}

pub(in crate::console) async fn releases(
    State(console): State<Arc<Console>>,
    Viewer(_): Viewer,
    Path(site): Path<String>,
    Query(fields): Query,
) -> Result<Response, Refusal> {
    check_site(&console, &site)?;
    let part = Part::of(&fields)?;
    let to = time("to", fields.text("to"))?.unwrap_or_else(Timestamp::now);
    let from = time("from", fields.text("from"))?.unwrap_or(to - days(400));
    let found = stored::releases(&console.client, &site, (from, to), part.limit);
    let found = answered(found).await?;
    let inferring = (site.as_str(), &console.config.sites[..]);
    let inferred = inferred_releases(&console.client, inferring, (from, to), part.limit);
    let inferred = answered(inferred).await?;
    Ok(ok(&json!({
        "releases": found.iter().map(release).collect::<Vec<_>>(),
        "inferred": inferred.iter().map(inferred_release).collect::<Vec<_>>(),
    })))
}

fn inferred_release(release: &InferredRelease) -> Value {
    json!({
        "site": release.site,
        "domain": release.domain,
        "at": release.at.to_string(),
        "until": release.until.to_string(),
        "changed": release.changed,
        "scripts": release.scripts,
    })
}

pub(super) fn release(release: &Release) -> Value {
    json!({
        "site": release.site,
        "version": release.version,
        "environment": release.environment,
        "at": release.at.to_string(),
        "by": release.by,
    })
}
