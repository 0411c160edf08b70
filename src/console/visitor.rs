//! The visitor of a request and its role: extractors that a handler cannot do without, because they hold what it needs.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use maud::{Markup, html};

use super::Console;
use super::answer::{Refusal, is_api};
use super::body::read;
use super::fields::Fields;
use super::people::{Person, Role};
use super::sessions::{form_token, is_form_token};
use crate::base::clock::Timestamp;

/// The field of a form that shows that a page of its session wrote it.
const FORM_TOKEN: &str = "form_token";

/// Somebody who may read.
pub(super) struct Viewer(pub(super) Visitor);

/// Somebody who may read, with the form that they sent.
pub(super) struct ViewerForm(pub(super) Visitor);

/// Somebody who may decide, with the form that they sent.
pub(super) struct ResponderForm(pub(super) Visitor, pub(super) Fields);

/// Somebody who may approve scripts, with the form that they sent.
pub(super) struct AdminForm(pub(super) Visitor, pub(super) Fields);

/// A program that may decide, with the JSON that it sent.
pub(super) struct ResponderJson<T>(pub(super) Visitor, pub(super) T);

/// A program that may approve scripts, with the JSON that it sent.
pub(super) struct AdminJson<T>(pub(super) Visitor, pub(super) T);

/// The sender of a request.
pub(super) struct Visitor {
    pub(super) person: Arc<Person>,
    /// The token of the session; empty for a program.
    session: String,
}

impl Visitor {
    pub(super) fn may(&self, role: Role) -> bool {
        self.person.role >= role
    }

    /// What each form of this visitor's page carries.
    pub(super) fn form_field(&self) -> Markup {
        // Without random bytes there is no token, and the form is refused.
        let token = form_token(&self.session).unwrap_or_default();
        html! { input type="hidden" name=(FORM_TOKEN) value=(token); }
    }

    /// Whoever has this session, if it lasts.
    pub(super) fn of_session(console: &Console, session: String) -> Option<Self> {
        let person = console.sessions.person(&session, &console.people.now(), Timestamp::now())?;
        Some(Self { person, session })
    }

    pub(super) fn session(&self) -> &str {
        &self.session
    }
}

impl FromRequestParts<Arc<Console>> for Viewer {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut Parts,
        console: &Arc<Console>,
    ) -> Result<Self, Refusal> {
        Ok(Self(visitor(parts, console, Role::Viewer)?))
    }
}

impl FromRequest<Arc<Console>> for ViewerForm {
    type Rejection = Refusal;

    async fn from_request(request: Request, console: &Arc<Console>) -> Result<Self, Refusal> {
        Ok(Self(form(request, console, Role::Viewer).await?.0))
    }
}

impl FromRequest<Arc<Console>> for ResponderForm {
    type Rejection = Refusal;

    async fn from_request(request: Request, console: &Arc<Console>) -> Result<Self, Refusal> {
        let (visitor, fields) = form(request, console, Role::Responder).await?;
        Ok(Self(visitor, fields))
    }
}

impl FromRequest<Arc<Console>> for AdminForm {
    type Rejection = Refusal;

    async fn from_request(request: Request, console: &Arc<Console>) -> Result<Self, Refusal> {
        let (visitor, fields) = form(request, console, Role::Admin).await?;
        Ok(Self(visitor, fields))
    }
}

impl<T: serde::de::DeserializeOwned> FromRequest<Arc<Console>> for ResponderJson<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, console: &Arc<Console>) -> Result<Self, Refusal> {
        let (visitor, value) = json(request, console, Role::Responder).await?;
        Ok(Self(visitor, value))
    }
}

impl<T: serde::de::DeserializeOwned> FromRequest<Arc<Console>> for AdminJson<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, console: &Arc<Console>) -> Result<Self, Refusal> {
        let (visitor, value) = json(request, console, Role::Admin).await?;
        Ok(Self(visitor, value))
    }
}

/// The visitor first: nobody's body is read who may not send it.
async fn form(
    request: Request,
    console: &Arc<Console>,
    role: Role,
) -> Result<(Visitor, Fields), Refusal> {
    let (parts, body) = request.into_parts();
    let visitor = visitor(&parts, console, role)?;
    let fields = Fields::from_request(Request::from_parts(parts, body), console).await?;
    if !is_form_token(&visitor.session, fields.text(FORM_TOKEN)) {
        let why = "this form is not of your session, or of an earlier one; open the page again and repeat";
        return Err(Refusal::new(StatusCode::FORBIDDEN, why));
    }
    Ok((visitor, fields))
}

async fn json<T: serde::de::DeserializeOwned>(
    request: Request,
    console: &Arc<Console>,
    role: Role,
) -> Result<(Visitor, T), Refusal> {
    let (parts, body) = request.into_parts();
    let visitor = visitor(&parts, console, role)?;
    let body = read(Request::from_parts(parts, body), console).await?;
    let value = serde_json::from_slice(&body);
    Ok((visitor, value.map_err(|error| Refusal::unusable(format!("the body: {error}")))?))
}

fn visitor(parts: &Parts, console: &Console, role: Role) -> Result<Visitor, Refusal> {
    let visitor = if is_api(parts.uri.path()) {
        program(&parts.headers, console, Timestamp::now())?
    } else {
        person(parts, console)?
    };
    if !visitor.may(role) {
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            format!(
                "{} is a {}; this is for {}s and above",
                visitor.person.name,
                visitor.person.role.as_str(),
                role.as_str()
            ),
        ));
    }
    Ok(visitor)
}

fn program(headers: &HeaderMap, console: &Console, now: Timestamp) -> Result<Visitor, Refusal> {
    let people = console.people.now();
    let token =
        bearer(headers).and_then(|token| people.tokens.iter().find(|known| known.is(token, now)));
    let Some(token) = token else {
        let why = "a valid token is needed: Authorization: Bearer TOKEN; `cspwatch console token add` makes one";
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, why));
    };
    let person = Person { name: token.name.as_str().into(), role: token.role };
    Ok(Visitor { person: Arc::new(person), session: String::new() })
}

/// Whoever is not logged in gets to the login, and from there to the page.
fn person(parts: &Parts, console: &Console) -> Result<Visitor, Refusal> {
    let session = session_of(&parts.headers, console);
    match session.and_then(|session| Visitor::of_session(console, session)) {
        Some(visitor) => Ok(visitor),
        None => {
            let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
            // After a form, its page: an address that only takes forms shows nothing.
            let page = if parts.method == axum::http::Method::GET { path } else { "/" };
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("next", page)
                .finish();
            Err(Refusal::elsewhere(format!("/login?{query}")))
        }
    }
}

/// The session that a request names, whether it lasts or not.
pub(super) fn session_of(headers: &HeaderMap, console: &Console) -> Option<String> {
    cookie(headers, console.origins.cookie()).map(str::to_owned)
}

/// RFC 6750, section 2.1.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let credentials = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = credentials.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// A cookie's value. Of two of that name, which no honest browser sends to one host, none.
pub(super) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut found: HashMap<&str, Vec<&str>> = HashMap::new();
    for value in headers.get_all(header::COOKIE) {
        for pair in value.to_str().unwrap_or_default().split(';') {
            if let Some((name, value)) = pair.trim().split_once('=') {
                found.entry(name).or_default().push(value);
            }
        }
    }
    match found.remove(name)?.as_slice() {
        [value] => Some(value),
        _ => None,
    }
}
