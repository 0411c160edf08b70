//! Name and role, out of the claims that the provider signed.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::config::Oidc;
use crate::console::answer::Refusal;
use crate::console::people::{Person, Role, check_name};

/// The person of a token whose signature was checked.
pub(super) fn person(token: &str, config: &Oidc) -> Result<Person, Refusal> {
    let refused = |why: String| Refusal::new(StatusCode::FORBIDDEN, why);
    let payload = token.split('.').nth(1).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let claims: Option<Map<String, Value>> =
        payload.and_then(|payload| serde_json::from_slice(&payload).ok());
    let claims = claims.unwrap_or_default();
    // An address that nobody confirmed may be anybody's.
    if config.name_claim == "email" && claims.get("email_verified") == Some(&Value::Bool(false)) {
        return Err(refused(
            "the identity provider has not verified your e-mail address".to_owned(),
        ));
    }
    let name = claims.get(&config.name_claim).and_then(Value::as_str).unwrap_or_default();
    check_name(name).map_err(|wrong| {
        refused(format!("the claim {} (console.oidc.name_claim) {wrong}", config.name_claim))
    })?;
    let role = role(claims.get(&config.role_claim), config).ok_or_else(|| {
        let claim = &config.role_claim;
        refused(format!(
            "{name} has no role here: no value of the claim {claim} is in console.oidc.viewer, responder or admin"
        ))
    })?;
    Ok(Person { name: name.into(), role })
}

/// The highest role that one of the values has.
fn role(claim: Option<&Value>, config: &Oidc) -> Option<Role> {
    let values: Vec<&str> = match claim? {
        Value::String(value) => vec![value],
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let roles = [
        (&config.admin, Role::Admin),
        (&config.responder, Role::Responder),
        (&config.viewer, Role::Viewer),
    ];
    let has = |wanted: &[String]| wanted.iter().any(|wanted| values.contains(&wanted.as_str()));
    roles.into_iter().find(|(wanted, _)| has(wanted)).map(|(_, role)| role)
}
