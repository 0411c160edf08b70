//! Logging in with a real OpenID provider: roles by groups, and what is no valid login.

use serde_json::Value;

use super::scene;
use crate::support::console::Console;
use crate::support::ports::free_address;
use crate::support::tools;

const PROVIDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/console/provider.mjs");

#[test]
fn people_log_in_with_their_provider_and_nobody_with_anything_else() {
    let (collector, _) = scene();
    let provider = free_address();
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "a secret of the console\n").unwrap();
    let mut origin = String::new();
    let console = Console::with(&collector, |config, listen| {
        origin = format!("http://{listen}");
        config.set("console.public_url", origin.as_str());
        config.add("[console.oidc]\n");
        config.set("console.oidc.issuer", format!("http://{provider}"));
        config.set("console.oidc.client_id", "console");
        config.set("console.oidc.client_secret_file", secret.path().to_str().unwrap());
        config.set("console.oidc.viewer", vec!["csp-viewer"]);
        config.set("console.oidc.admin", vec!["csp-admin"]);
    });
    let mut command = tools::command(&["node"]);
    command.arg(PROVIDER).arg(tools::node_modules()).arg(provider.port().to_string()).arg(&origin);
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let tried: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |what: &str| {
        let found = tried.iter().find(|line| line["what"] == what);
        found.unwrap_or_else(|| panic!("{what}: {text}{}", String::from_utf8_lossy(&output.stderr)))
    };
    for (what, name, role) in
        [("as ada", "ada@shop.example", "admin"), ("as vera", "vera@shop.example", "viewer")]
    {
        let found = of(what);
        assert_eq!((&found["status"], &found["path"]), (&200.into(), &"/system".into()), "{found}");
        assert_eq!((&found["name"], &found["role"]), (&name.into(), &role.into()), "{found}");
    }
    for (what, words) in [
        ("as eve", "has no role here"),
        ("as mallory", "has not verified"),
        ("as trudy", "is not valid"),
        ("as olaf", "is not valid"),
        ("as rtl", "must have 1 to 100 printable characters"),
        ("as petra", "has no role here"),
        ("as nested", "has no role here"),
        ("another browser's code", "not begun in this browser"),
        ("the same code again", "not begun in this browser"),
        ("another state", "not begun in this browser"),
        ("another nonce", "is not valid"),
        ("another PKCE challenge", "is not valid"),
        ("a made-up code", "is not valid"),
        ("an error of the provider", "did not log you in"),
        ("an expired token", "is not valid"),
    ] {
        let found = of(what);
        // That browser was logged in before, and still is.
        let name = if what == "the same code again" { "ada@shop.example" } else { "" };
        assert_eq!((&found["status"], &found["name"]), (&403.into(), &name.into()), "{found}");
        assert!(found["words"].as_str().unwrap().contains(words), "{found}");
    }
    // Its metadata is known for an hour; local users can log in whatever it does.
    assert_eq!(console.try_log_in("ada", crate::support::console::PASSWORD).status, 303);
}

#[test]
fn an_issuer_that_does_not_answer_is_named_and_local_users_log_in() {
    let (collector, _) = scene();
    let console = Console::with(&collector, |config, listen| {
        config.set("console.public_url", format!("http://{listen}"));
        config.add("[console.oidc]\nclient_id = 'console'\nviewer = ['staff']\n");
        config.set("console.oidc.issuer", format!("http://{}", free_address()));
    });
    let page = console.send("GET /login", "", "");
    assert!(page.body.contains("Log in with 127.0.0.1"), "{page:?}");
    let page = console.send("GET /oidc/start", "", "");
    assert_eq!(page.status, 502, "{page:?}");
    assert!(page.body.contains("local users can log in"));
    console.log_in("rosa");
}
