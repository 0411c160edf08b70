//! All requests that the console answers, and who may send them.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use tower_http::compression::CompressionLayer;

use super::answer::Refusal;
use super::guard::guard;
use super::pages::{
    decisions, destination, evidence, now, policy, releases, reports, scripts, sites, system, words,
};
use super::people::Role;
use super::spans::{Spans, record};
use super::visitor::Viewer;
use super::{Console, api, assets, login, oidc};
use crate::base::limits;

/// A request that the console answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// With the names of its parts in braces.
    pub path: &'static str,
    /// Who may send it; `None`: anybody.
    pub role: Option<Role>,
}

/// All of them. The role is what the handler's extractor demands; `tests/console` compares the two.
pub fn routes() -> Vec<Route> {
    table().into_iter().map(|(route, _)| route).collect()
}

fn table() -> Vec<(Route, MethodRouter<Arc<Console>>)> {
    const ANYBODY: Option<Role> = None;
    const VIEWER: Option<Role> = Some(Role::Viewer);
    const RESPONDER: Option<Role> = Some(Role::Responder);
    const ADMIN: Option<Role> = Some(Role::Admin);
    let login_body = DefaultBodyLimit::max(limits::CONSOLE_LOGIN_BYTES);
    let row = |method, path, role, handler| (Route { method, path, role }, handler);
    vec![
        row("GET", "/healthz", ANYBODY, get(healthz)),
        row("GET", "/assets/{name}", ANYBODY, get(asset)),
        row("GET", "/login", ANYBODY, get(login::show)),
        row("POST", "/login", ANYBODY, post(login::log_in).layer(login_body)),
        row("GET", "/oidc/start", ANYBODY, get(oidc::start)),
        row("GET", "/oidc/callback", ANYBODY, get(oidc::callback)),
        row("POST", "/logout", VIEWER, post(login::log_out)),
        row("GET", "/", VIEWER, get(now::show)),
        row("GET", "/events", VIEWER, get(events)),
        row("GET", "/destinations/{site}/{destination}", VIEWER, get(destination::show)),
        row("GET", "/destinations/{site}/{destination}/report", VIEWER, get(destination::report)),
        row("GET", "/destinations/{site}/{destination}/tags.csv", VIEWER, get(destination::tags)),
        row(
            "POST",
            "/destinations/{site}/{destination}/decisions",
            RESPONDER,
            post(destination::decide_form),
        ),
        row(
            "POST",
            "/destinations/{site}/{destination}/notes",
            RESPONDER,
            post(destination::note_form),
        ),
        row("GET", "/reports", VIEWER, get(reports::show)),
        row("GET", "/reports/files/{name}", VIEWER, get(reports::file)),
        row("GET", "/reports/{site}/{violation}", VIEWER, get(reports::violation)),
        row("GET", "/decisions", VIEWER, get(decisions::show)),
        row("GET", "/decisions/files/{name}", VIEWER, get(decisions::file)),
        row("GET", "/sites", VIEWER, get(sites::list)),
        row("GET", "/sites/{site}", VIEWER, get(sites::show)),
        row("GET", "/policy/{site}", VIEWER, get(policy::show)),
        row("GET", "/scripts/{site}", VIEWER, get(scripts::show)),
        row("GET", "/scripts/{site}/scripts.csv", VIEWER, get(scripts::file)),
        row("POST", "/scripts/{site}/approvals", ADMIN, post(scripts::approve_form)),
        row("GET", "/releases/{site}", VIEWER, get(releases::show)),
        row("POST", "/releases/{site}", RESPONDER, post(releases::mark_form)),
        row("GET", "/evidence/{site}", VIEWER, get(evidence::show)),
        row("GET", "/evidence/{site}/pack", VIEWER, get(evidence::pack)),
        row("GET", "/system", VIEWER, get(system::show)),
        row("GET", "/words", VIEWER, get(words::show)),
        row("GET", "/api/v1/openapi.json", ANYBODY, get(api::openapi)),
        row("GET", "/api/v1/findings", VIEWER, get(api::findings)),
        row("GET", "/api/v1/alerts", VIEWER, get(api::alerts)),
        row("GET", "/api/v1/destinations/{site}/{destination}", VIEWER, get(api::destination)),
        row("GET", "/api/v1/reports", VIEWER, get(api::reports)),
        row("GET", "/api/v1/scripts/{site}", VIEWER, get(api::scripts)),
        row("GET", "/api/v1/releases/{site}", VIEWER, get(api::releases)),
        row("GET", "/api/v1/decisions", VIEWER, get(api::decisions)),
        row("POST", "/api/v1/decisions", RESPONDER, post(api::decide)),
        row("POST", "/api/v1/releases", RESPONDER, post(api::release)),
        row("POST", "/api/v1/scripts/{site}/approvals", ADMIN, post(api::approve)),
    ]
}

pub(super) fn router(console: Arc<Console>) -> Router {
    let table = table();
    let paths = table.iter().map(|(route, _)| route.path);
    let spans = Spans::new(console.tracer.clone(), paths);
    let routed = table
        .into_iter()
        .fold(Router::new(), |router, (route, handler)| router.route(route.path, handler));
    routed
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(limits::CONSOLE_BODY_BYTES))
        .layer(from_fn_with_state(Arc::clone(&console), guard))
        // Pages are texts that repeat themselves; events are not compressed.
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(spans, record))
        .with_state(console)
}

async fn asset(Path(name): Path<String>) -> Result<Response, Refusal> {
    let other = "there is no such file; it is of another version of the console";
    assets::file(&name).ok_or_else(|| Refusal::not_found(other))
}

async fn healthz() -> &'static str {
    "ok\n"
}

/// Lets a page know that something has changed.
async fn events(
    State(console): State<Arc<Console>>,
    Viewer(visitor): Viewer,
) -> Result<Response, Refusal> {
    Ok(console.live.listen(&visitor.person.name)?.into_response())
}

async fn unknown() -> Refusal {
    Refusal::not_found("there is no such page")
}

async fn wrong_method() -> Refusal {
    Refusal::new(
        axum::http::StatusCode::METHOD_NOT_ALLOWED,
        "this address is not for such requests",
    )
}
