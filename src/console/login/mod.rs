//! Logging in with a name and a password, and out.

mod throttle;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::Console;
use super::answer::{Refusal, see_other};
use super::fields::{Fields, Query};
use super::frame::bare_page;
use super::links;
use super::peer::Peer;
use super::people::{PasswordHash, Person};
use super::sessions::Basis;
use super::visitor::{ViewerForm, cookie};
use crate::base::clock::Timestamp;
use crate::base::limits;
use throttle::Throttle;

/// What bounds attempts.
pub(super) struct Logins {
    throttle: Throttle,
    /// Passwords that are being checked, and those that wait for that.
    checks: Semaphore,
    waiting: AtomicUsize,
}

impl Default for Logins {
    fn default() -> Self {
        Self {
            throttle: Throttle::default(),
            checks: Semaphore::new(limits::CONSOLE_PASSWORD_CHECKS),
            waiting: AtomicUsize::new(0),
        }
    }
}

pub(super) async fn show(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    headers: HeaderMap,
) -> Response {
    let next = own_path(query.text("next"));
    let session = cookie(&headers, console.origins.cookie()).unwrap_or_default();
    if console.sessions.person(session, &console.people.now(), Timestamp::now()).is_some() {
        return see_other(next);
    }
    bare_page("Log in", form(&console, next, "", None)).into_response()
}

pub(super) async fn log_in(
    State(console): State<Arc<Console>>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Refusal> {
    let (name, next) = (fields.text("name"), own_path(fields.text("next")));
    let network = console.network(peer, &headers);
    let again = |status: StatusCode, why: &str| {
        let page = bare_page("Log in", form(&console, next, name, Some(why)));
        (status, page).into_response()
    };
    let now = Timestamp::now();
    if let Err(pause) = console.logins.throttle.begin(name, network, now) {
        tracing::warn!(
            id = "login-throttled",
            "too many attempts to log in; further ones are refused for a while"
        );
        let why = "Too many attempts. Wait a quarter of an hour, or ask an administrator.";
        let mut response = again(StatusCode::TOO_MANY_REQUESTS, why);
        response.headers_mut().insert(header::RETRY_AFTER, pause.as_secs().max(1).into());
        return Ok(response);
    }
    // As it was typed: a password may begin with a space.
    let password = fields.all("password").first().map_or("", String::as_str);
    let Some((person, basis)) = check(&console, name, password).await? else {
        return Ok(again(StatusCode::UNAUTHORIZED, "Name or password is wrong."));
    };
    console.logins.throttle.succeed(name, network, now);
    // A session that somebody else may have planted ends here.
    if let Some(old) = cookie(&headers, console.origins.cookie()) {
        console.sessions.end(old);
    }
    tracing::info!(name = %person.name, "logged in");
    begin(&console, person, basis, next)
}

/// Begins a session, and sends the browser on.
pub(super) fn begin(
    console: &Console,
    person: Person,
    basis: Basis,
    next: &str,
) -> Result<Response, Refusal> {
    let token = console.sessions.begin(person, basis, Timestamp::now())?;
    let mut response = see_other(next);
    set_cookie(console, &mut response, console.origins.cookie(), &token, "");
    Ok(response)
}

pub(super) async fn log_out(
    State(console): State<Arc<Console>>,
    ViewerForm(visitor): ViewerForm,
) -> Result<Response, Refusal> {
    console.sessions.end(visitor.session());
    let mut response = see_other("/login");
    set_cookie(&console, &mut response, console.origins.cookie(), "", "; Max-Age=0");
    Ok(response)
}

pub(super) fn set_cookie(
    console: &Console,
    response: &mut Response,
    name: &str,
    value: &str,
    more: &str,
) {
    let secure = if console.origins.is_secure() { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// The person with this name and password. It takes the same time whether there is such a name or not.
async fn check(
    console: &Console,
    name: &str,
    password: &str,
) -> Result<Option<(Person, Basis)>, Refusal> {
    let logins = &console.logins;
    let _waiting = Waiting::begin(&logins.waiting)?;
    let Ok(_permit) = logins.checks.acquire().await else { return Ok(None) };
    let people = console.people.now();
    let user = people.users.iter().find(|user| user.name == name).cloned();
    let password = password.to_owned();
    let checked = spawn_blocking(move || {
        let hash = user.as_ref().map_or(PasswordHash::of_nobody(), |user| &user.password);
        let is_right = hash.is_of(&password);
        user.filter(|_| is_right)
    });
    let user = checked.await.map_err(std::io::Error::other)?;
    Ok(user.map(|user| {
        let basis = Basis::LocalUser(user.digest());
        (Person { name: user.name.into(), role: user.role }, basis)
    }))
}

/// One that waits for its password to be checked.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(waiting: &'a AtomicUsize) -> Result<Self, Refusal> {
        let before = waiting.fetch_add(1, Ordering::Relaxed);
        let counted = Self(waiting);
        if before >= limits::CONSOLE_PASSWORD_QUEUE {
            let why = "too many people log in at this moment; try again";
            return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, why).after(5));
        }
        Ok(counted)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn form(console: &Console, next: &str, name: &str, wrong: Option<&str>) -> Markup {
    html! {
        h1 { "Log in" }
        @if let Some(wrong) = wrong { p class="wrong" role="alert" { (wrong) } }
        form class="login" method="post" action="/login" {
            input type="hidden" name="next" value=(next);
            label for="name" { "Name" }
            input id="name" name="name" value=(name) autocomplete="username" autocapitalize="none" spellcheck="false"
                required autofocus[name.is_empty()];
            label for="password" { "Password" }
            input id="password" name="password" type="password" autocomplete="current-password" required
                autofocus[!name.is_empty()];
            button type="submit" class="main" { "Log in" }
        }
        @if let Some(provider) = &console.provider {
            p { a href=(links::with_query("/oidc/start", [("next", next)])) { "Log in with " (provider.name()) } }
        }
        p class="note" { "An administrator adds users: " code { "cspwatch console user add NAME" } "." }
    }
}

/// A path of this console, or its first page: no other site is where a login leads to.
pub(super) fn own_path(text: &str) -> &str {
    let is_own = text.starts_with('/')
        && !text[1..].starts_with(['/', '\\'])
        && !text.contains(|c: char| c.is_control() || !c.is_ascii())
        && !["/login", "/logout", "/oidc/", "/api/"].iter().any(|other| text.starts_with(other));
    if is_own { text } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn a_login_leads_to_no_other_site() {
        for own in ["/", "/reports?site=shop", "/destinations/shop/evil.example"] {
            assert_eq!(own_path(own), own);
        }
        for other in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/login",
            "/\nx",
            "/é",
        ] {
            assert_eq!(own_path(other), "/", "{other:?}");
        }
    }
}
