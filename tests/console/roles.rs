//! Roles and requests, as a table: each request is tried as nobody, as each role by a session, and by a token.

use cspwatch::console::people::Role;
use cspwatch::console::{Route, routes};

use super::scene;
use crate::support::console::{Console, Visitor};

/// Whether the request was let through, whatever came of it then.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Allowed,
    LogIn,
    Unauthorized,
    Forbidden,
}

fn outcome(console: &Console, route: Route, visitor: &Visitor, token: &str) -> Outcome {
    let path = route.path.replace("{site}", "shop").replace("{destination}", "evil.example");
    let path = path.replace("{name}", "reports.csv").replace("{violation}", "1");
    let is_api = path.starts_with("/api/");
    let page = match (route.method, is_api) {
        ("GET", false) if path == "/events" => {
            // It never ends by itself: the head is enough, and only for those who may.
            let head = console.send(&format!("HEAD {path}"), &cookie(visitor), "");
            return by_status(head.status, head.header("location"));
        }
        ("GET", false) => console.get(visitor, &path),
        (_, false) => {
            // Of a viewer's own session, so that the role alone decides.
            let own = match visitor.cookie.as_str() {
                "" => String::new(),
                _ => console.form_token(visitor),
            };
            console.submit(visitor, &path, &[("form_token", &own)])
        }
        (method, true) => console.api(&format!("{method} {path}"), token, "{}"),
    };
    by_status(page.status, page.header("location"))
}

fn cookie(visitor: &Visitor) -> String {
    format!("Cookie: {}\r\n", visitor.cookie)
}

fn by_status(status: u16, location: Option<&str>) -> Outcome {
    match (status, location) {
        (303, Some(location)) if location.starts_with("/login?") => Outcome::LogIn,
        (401, _) => Outcome::Unauthorized,
        (403, _) => Outcome::Forbidden,
        _ => Outcome::Allowed,
    }
}

#[test]
fn each_request_is_for_its_role_and_those_above() {
    let (_collector, console) = scene();
    let roles = [("vera", Role::Viewer), ("rosa", Role::Responder), ("ada", Role::Admin)];
    let tokens = roles.map(|(name, role)| console.token(name, role.as_str()));
    let visitors = roles.map(|(name, _)| console.log_in(name));
    let mut checked = 0;
    for route in routes() {
        // What they do is tried elsewhere; here it would end the sessions of the table.
        if ["/logout", "/login"].contains(&route.path) {
            continue;
        }
        let is_api = route.path.starts_with("/api/");
        let nobody = outcome(&console, route, &Visitor::default(), "");
        let expected = match route.role {
            None => Outcome::Allowed,
            Some(_) if is_api => Outcome::Unauthorized,
            // Without an own page, a form is not even looked at.
            Some(_) => Outcome::LogIn,
        };
        assert_eq!(nobody, expected, "{route:?} as nobody");
        for (((name, role), token), visitor) in roles.iter().zip(&tokens).zip(&visitors) {
            let found = outcome(&console, route, visitor, token);
            let may = route.role.is_none_or(|least| *role >= least);
            let expected = if may { Outcome::Allowed } else { Outcome::Forbidden };
            assert_eq!(found, expected, "{route:?} as {name}");
            checked += 1;
        }
    }
    assert!(checked > 80, "only {checked} were tried");
}

#[test]
fn the_openapi_text_describes_each_request_of_the_api_and_no_other() {
    let (_collector, console) = scene();
    let text = console.send("GET /api/v1/openapi.json", "", "").json();
    let mut described: Vec<String> = Vec::new();
    for (path, methods) in text["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            described.push(format!("{} /api/v1{path}", method.to_uppercase()));
        }
    }
    let real = routes().into_iter().filter(|route| route.path.starts_with("/api/"));
    let mut real: Vec<String> =
        real.map(|route| format!("{} {}", route.method, route.path)).collect();
    described.sort();
    real.sort();
    assert_eq!(described, real);
    assert!(text["openapi"].as_str().unwrap().starts_with("3.1"));
    // Each answer has the fields that are described, and no other.
    let token = console.token("api", "viewer");
    for list in ["findings", "alerts", "reports", "decisions"] {
        let answer = console.api(&format!("GET /api/v1/{list}"), &token, "").json();
        let schema = &text["paths"][format!("/{list}")]["get"]["responses"]["200"]["content"]["application/json"]
            ["schema"]["properties"];
        let described: Vec<_> = schema.as_object().unwrap().keys().collect();
        let found: Vec<_> = answer.as_object().unwrap().keys().collect();
        assert_eq!(found, described, "{list}");
    }
}
