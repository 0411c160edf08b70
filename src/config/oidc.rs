//! `[console.oidc]`

use url::Url;

use super::checker::Checker;
use super::named_file::NamedFile;
use super::parse::is_on_this_machine;
use super::secret::{Secret, read_secret};

/// The identity provider that people log in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oidc {
    /// Its address, as it writes it itself.
    pub issuer: String,
    /// What it calls the console.
    pub client_id: String,
    /// The secret that it gave the console; `None`: it wants none.
    pub client_secret: Option<Secret>,
    /// The claim with the name that decisions are kept with.
    pub name_claim: String,
    /// The claim with what decides the role: a text, or a list of texts.
    pub role_claim: String,
    /// Its values for viewers.
    pub viewer: Vec<String>,
    /// Its values for responders.
    pub responder: Vec<String>,
    /// Its values for administrators.
    pub admin: Vec<String>,
}

/// `None` where no issuer is named. `has_address`: people reach the console by an address that is configured.
pub(super) fn section(checker: &Checker, has_address: bool) -> Option<Oidc> {
    let text = |key: &str| checker.text(&format!("console.oidc.{key}"));
    let list = |key: &str| checker.list(&format!("console.oidc.{key}"), |text| Ok(text.to_owned()));
    let issuer = checker.optional("console.oidc.issuer", issuer).flatten();
    let client_id = text("client_id");
    let secret_file = text("client_secret_file");
    let (viewer, responder, admin) = (list("viewer"), list("responder"), list("admin"));
    let name_claim = text("name_claim").unwrap_or_else(|| "email".to_owned());
    let role_claim = text("role_claim").unwrap_or_else(|| "groups".to_owned());
    let issuer = issuer?;
    let add = |key: &str, message: &str| {
        checker.add_problem(&format!("console.oidc.{key}"), message.to_owned());
    };
    if client_id.is_none() {
        add("client_id", "is needed with an issuer: what the issuer calls the console");
    }
    if !has_address {
        add("issuer", "needs console.public_url, to which the issuer sends people back");
    }
    if viewer.is_empty() && responder.is_empty() && admin.is_empty() {
        add(
            "viewer",
            "nobody has a role; name values of console.oidc.role_claim for viewer, responder or admin",
        );
    }
    let key = "console.oidc.client_secret_file";
    let client_secret =
        secret_file.and_then(|file| read_secret(checker, NamedFile::Console, key, &file));
    let client_id = client_id.unwrap_or_default();
    Some(Oidc {
        issuer,
        client_id,
        client_secret,
        name_claim,
        role_claim,
        viewer,
        responder,
        admin,
    })
}

/// Tokens and secrets cross no network in the clear.
fn issuer(text: &str) -> Result<Option<String>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let url = Url::parse(text).map_err(|error| format!("\"{text}\" is no URL: {error}"))?;
    match url.scheme() {
        "https" => Ok(Some(text.to_owned())),
        "http" if is_on_this_machine(&url) => Ok(Some(text.to_owned())),
        _ => Err(format!("\"{text}\" is not https; write for example \"https://id.example\"")),
    }
}
