//! Logging in with an identity provider: OpenID Connect, the authorization code flow with PKCE.
//!
//! The library checks what the provider signs (issuer, audience, nonce, expiry, signature); this module keeps what belongs to
//! one attempt, and says which of the provider's claims is the name and which the role.

mod claims;
mod fetch;
mod pending;

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    RedirectUrl, Scope, TokenResponse as _,
};

use super::Console;
use super::answer::{Refusal, see_other};
use super::fields::{Fields, Query};
use super::login::{begin, own_path, set_cookie};
use super::peer::Peer;
use super::people::Person;
use super::sessions::Basis;
use super::visitor::cookie;
use crate::base::clock::{HOUR, MINUTE, Timestamp};
use crate::base::lock::Mutex;
use crate::config::Oidc;
use fetch::{FetchError, Fetcher};
use pending::{Attempt, Pending};

/// How long what the provider says of itself, its keys among it, is used.
const METADATA: Duration = HOUR;
/// How long the visit at the provider may take.
pub(super) const ATTEMPT: Duration = MINUTE.saturating_mul(10);

/// The provider, where one is configured.
pub(super) struct Provider {
    config: Oidc,
    redirect: RedirectUrl,
    metadata: Mutex<Option<(Timestamp, CoreProviderMetadata)>>,
    pending: Pending,
    fetcher: Fetcher,
}

/// A client that knows the provider's addresses.
type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

impl Provider {
    /// `origin`: where people reach the console.
    pub(super) fn of(config: &Oidc, origin: &str) -> Result<Self, std::io::Error> {
        let redirect = RedirectUrl::new(format!("{origin}/oidc/callback"));
        Ok(Self {
            config: config.clone(),
            redirect: redirect.map_err(std::io::Error::other)?,
            metadata: Mutex::new(None),
            pending: Pending::default(),
            fetcher: Fetcher::new().map_err(std::io::Error::other)?,
        })
    }

    /// What a link to it is called.
    pub(super) fn name(&self) -> &str {
        let issuer = self.config.issuer.split("://").nth(1).unwrap_or_default();
        issuer.split(['/', ':']).next().unwrap_or_default()
    }

    async fn client(&self, now: Timestamp) -> Result<Client, Refusal> {
        let metadata = self.metadata(now).await?;
        let secret =
            self.config.client_secret.as_ref().map(|secret| ClientSecret::new(secret.0.clone()));
        let id = ClientId::new(self.config.client_id.clone());
        Ok(CoreClient::from_provider_metadata(metadata, id, secret)
            .set_redirect_uri(self.redirect.clone()))
    }

    async fn metadata(&self, now: Timestamp) -> Result<CoreProviderMetadata, Refusal> {
        let known = self.metadata.lock().clone();
        if let Some((_, metadata)) = known.filter(|(read, _)| now.is_within(METADATA, *read)) {
            return Ok(metadata);
        }
        // As it is written: with a slash at its end it would be another issuer.
        let issuer = IssuerUrl::new(self.config.issuer.clone()).map_err(|error| refused(&error))?;
        let metadata = CoreProviderMetadata::discover_async(issuer, &self.fetcher).await;
        let metadata = metadata.map_err(|error| away(&error))?;
        *self.metadata.lock() = Some((now, metadata.clone()));
        Ok(metadata)
    }

    /// The person of a code that the provider gave a browser.
    async fn person(
        &self,
        code: &str,
        attempt: Attempt,
        now: Timestamp,
    ) -> Result<Person, Refusal> {
        let client = self.client(now).await?;
        let request = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| refused(&error))?
            .set_pkce_verifier(attempt.verifier);
        let answer = request.request_async(&self.fetcher).await.map_err(|error| refused(&error))?;
        let token = answer.id_token().ok_or_else(|| refused(&"it sent no ID token"))?;
        let verifier = client.id_token_verifier();
        let claims = match token.claims(&verifier, &attempt.nonce) {
            Ok(claims) => claims,
            Err(error) => {
                // Its keys may be others by now.
                *self.metadata.lock() = None;
                return Err(refused(&error));
            }
        };
        if let Some(expected) = claims.access_token_hash() {
            let algorithm = token.signing_alg().map_err(|error| refused(&error))?;
            let key = token.signing_key(&verifier).map_err(|error| refused(&error))?;
            let hash = AccessTokenHash::from_token(answer.access_token(), algorithm, key);
            if hash.map_err(|error| refused(&error))? != *expected {
                return Err(refused(&"the access token is another one"));
            }
        }
        claims::person(&token.to_string(), &self.config)
    }
}

/// Sends the browser to the provider.
pub(super) async fn start(
    State(console): State<Arc<Console>>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    Query(query): Query,
) -> Result<Response, Refusal> {
    let provider = provider(&console)?;
    let now = Timestamp::now();
    let client = provider.client(now).await?;
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (address, state, nonce) = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .add_scopes(["email", "profile"].map(|scope| Scope::new(scope.to_owned())))
        .set_pkce_challenge(challenge)
        .url();
    let next = own_path(query.text("next")).to_owned();
    let network = console.network(peer, &headers);
    let attempt = Attempt { nonce, verifier, next, since: now, network };
    provider.pending.begin(state.secret(), attempt);
    let mut response = see_other(address.as_str());
    let age = format!("; Max-Age={}", ATTEMPT.as_secs());
    set_cookie(&console, &mut response, &attempt_cookie(&console), state.secret(), &age);
    Ok(response)
}

/// Takes the browser back.
pub(super) async fn callback(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let provider = provider(&console)?;
    let now = Timestamp::now();
    let name = attempt_cookie(&console);
    // The state must be of this browser: nobody else's code logs somebody in.
    let state = query.text("state");
    let is_own = !state.is_empty() && cookie(&headers, &name) == Some(state);
    let attempt = provider.pending.end(state, now).filter(|_| is_own);
    let Some(attempt) = attempt else {
        let why = "this login was not begun in this browser, or too long ago; begin again";
        return Err(Refusal::new(StatusCode::FORBIDDEN, why));
    };
    let code = code(&query)?;
    let next = attempt.next.clone();
    let person = provider.person(code, attempt, now).await?;
    tracing::info!(name = %person.name, "logged in by the identity provider");
    let mut response = begin(&console, person, Basis::Provider, &next)?;
    set_cookie(&console, &mut response, &name, "", "; Max-Age=0");
    Ok(response)
}

fn code(query: &Fields) -> Result<&str, Refusal> {
    match query.text("code") {
        "" => Err(Refusal::new(StatusCode::FORBIDDEN, "the identity provider did not log you in")),
        code => Ok(code),
    }
}

fn provider(console: &Console) -> Result<&Provider, Refusal> {
    let none = || Refusal::not_found("no identity provider is configured (console.oidc)");
    console.provider.as_ref().ok_or_else(none)
}

fn attempt_cookie(console: &Console) -> String {
    format!("{}-oidc", console.origins.cookie())
}

fn away(error: &openidconnect::DiscoveryError<FetchError>) -> Refusal {
    tracing::error!(id = "identity-provider-unreachable", %error, "the identity provider does not answer");
    let why = "the identity provider does not answer; local users can log in";
    Refusal::new(StatusCode::BAD_GATEWAY, why)
}

fn refused(error: &dyn std::fmt::Display) -> Refusal {
    tracing::warn!(id = "identity-provider-refused-login", %error, "a login by the identity provider was refused");
    let why =
        "what the identity provider sent is not valid; begin again, and see the console's log";
    Refusal::new(StatusCode::FORBIDDEN, why)
}
