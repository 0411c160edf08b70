//! Logging in and out: sessions, passwords, tokens, and what bounds attempts.

use super::scene;
use crate::support::console::{PASSWORD, Visitor};
use crate::support::until;

#[test]
fn a_session_is_new_at_login_and_ends_at_logout_and_with_its_user() {
    let (_collector, console) = scene();
    let page = console.try_log_in("rosa", PASSWORD);
    let cookie = page.header("set-cookie").unwrap();
    assert!(cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Lax"), "{cookie}");
    // Whoever planted a session's token before does not share the session.
    let planted = Visitor { cookie: "cspwatch=planted-by-somebody".to_owned() };
    let fields = [("name", "rosa"), ("password", PASSWORD), ("next", "//evil.example")];
    let page = console.submit(&planted, "/login", &fields);
    assert_eq!((page.status, page.header("location")), (303, Some("/")));
    assert!(!page.header("set-cookie").unwrap().contains("planted"));
    assert_eq!(console.get(&planted, "/").status, 303);

    let rosa = console.log_in("rosa");
    assert_eq!(console.get(&rosa, "/").status, 200);
    let two = Visitor { cookie: format!("{}; {}x", rosa.cookie, rosa.cookie) };
    assert_eq!(console.get(&two, "/").status, 303, "two sessions at once are none");
    let token = console.form_token(&rosa);
    assert_eq!(console.submit(&rosa, "/logout", &[("form_token", &token)]).status, 303);
    assert_eq!(console.get(&rosa, "/").status, 303);

    let vera = console.log_in("vera");
    let (code, _) = console.command(&["user", "remove", "vera"]);
    assert_eq!((code, console.get(&vera, "/").status), (Some(0), 303));
    assert_eq!(console.try_log_in("vera", PASSWORD).status, 401);
    let ada = console.log_in("ada");
    let (_, password) = console.command(&["user", "add", "ada", "--role", "viewer"]);
    assert_eq!(console.get(&ada, "/").status, 303, "another role, another session");
    let password = password.lines().next().unwrap();
    assert_eq!(console.try_log_in("ada", password).status, 303);
    assert_eq!(console.try_log_in("ada", PASSWORD).status, 401);
}

#[test]
fn a_wrong_name_and_a_wrong_password_look_the_same() {
    let (_collector, console) = scene();
    let wrong = |name: &str| {
        let page = console.try_log_in(name, "no such password");
        (page.status, page.body.replace(name, "NAME"))
    };
    assert_eq!(wrong("rosa"), wrong("nobody"));
    assert_eq!(wrong("rosa").0, 401);
}

#[test]
fn whoever_guesses_is_stopped_and_others_are_not() {
    let (_collector, console) = scene();
    let tries = (0..12).map(|_| console.try_log_in("rosa", "a guess").status);
    let tries: Vec<u16> = tries.collect();
    assert_eq!(tries[..10], [401; 10]);
    assert_eq!(tries[10..], [429; 2]);
    let page = console.try_log_in("rosa", PASSWORD);
    assert_eq!(page.status, 429, "the right one, too: it may be a guess");
    assert!(page.header("retry-after").is_some());
    assert_eq!(console.try_log_in("ada", PASSWORD).status, 303);
}

#[test]
fn tokens_expire_and_are_revoked() {
    let (_collector, console) = scene();
    let token = console.token("ci", "viewer");
    let status = |token: &str| console.api("GET /api/v1/alerts", token, "").status;
    assert_eq!([status(&token), status("cspw_x"), status("")], [200, 401, 401]);
    let page = console.api("GET /api/v1/alerts", "", "");
    assert_eq!(page.header("content-type"), Some("application/problem+json"));
    assert_eq!(page.header("www-authenticate"), Some("Bearer"));
    let (_, list) = console.command(&["token", "list"]);
    assert!(list.contains("ci") && !list.contains("cspw_"), "{list}");
    assert_eq!(console.command(&["token", "revoke", "ci"]).0, Some(0));
    until("it is revoked", || status(&token) == 401);
    let (code, text) =
        console.command(&["token", "add", "x", "--role", "viewer", "--expires", "1m"]);
    assert_eq!(code, Some(64), "{text}");
    let expired = console.token("yesterdays", "admin");
    console.edit_people(|people| {
        let token = people["token"].as_array_mut().unwrap().last_mut().unwrap();
        let expires = "2026-01-01T00:00:00Z";
        token.as_table_mut().unwrap().insert("expires".to_owned(), expires.into());
    });
    until("it is expired", || status(&expired) == 401);
    // A token is for programs: no cookie, and no page.
    let visitor = console.log_in("ada");
    let headers = format!("Cookie: {}\r\n", visitor.cookie);
    assert_eq!(console.send("GET /api/v1/alerts", &headers, "").status, 401);
    let page = console.send("GET /", &format!("Authorization: Bearer {token}\r\n"), "");
    assert_eq!(page.status, 303);
}
