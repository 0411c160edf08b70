//! Real browsers on the console: axe-core on every page, an on-call's way on a phone, the keyboard alone, no JavaScript, and a
//! page that changes by itself.

use std::process::Command;

use serde_json::Value;

use super::{scene, steal};
use crate::support::browser::Browser;
use crate::support::console::{Console, PASSWORD};
use crate::support::tools;
use crate::support::until;

const BROWSE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/console/browse.mjs");

/// What a browser found out; a fault fails the test.
#[track_caller]
fn browse(browser: Browser, console: &Console, name: &str, what: &str) -> Vec<Value> {
    let output = command(browser, console, name, what).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let found: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(
        !found.is_empty() && found.iter().all(|line| line["fault"].is_null()),
        "{what}: {text}"
    );
    found
}

fn command(browser: Browser, console: &Console, name: &str, what: &str) -> Command {
    let mut command = tools::command(&["node"]);
    command.arg(BROWSE).arg(browser.engine()).arg(tools::path(browser.programs()));
    command.arg(tools::node_modules());
    command.args([&console.url(), name, PASSWORD, what]);
    for variable in ["DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"] {
        command.env_remove(variable);
    }
    command
}

fn it_uses_the_console(browser: Browser) {
    let (collector, console) = scene();
    steal(&collector, &console);
    for page in browse(browser, &console, "ada", "pages") {
        let violations = page["violations"].as_array().unwrap();
        assert!(violations.is_empty(), "{page:#}");
        assert!(page["wide"].as_i64() <= Some(0), "it scrolls to the side: {page:#}");
        assert_eq!(page["unnamed"], 0, "a phone shows no head of a table: {page:#}");
        assert_eq!(page["stretched"], 0, "a chip is as wide as its words: {page:#}");
    }
    let found = &browse(browser, &console, "rosa", "on-call")[0];
    assert!(found["onCall"].as_str().unwrap().contains("rosa approved it"), "{found}");
    assert!(found["taps"].as_u64() <= Some(4), "{found}");
    assert_eq!(found["notOnTheFirstScreen"], serde_json::json!([]), "{found}");
}

#[test]
fn chromium_uses_the_console() {
    it_uses_the_console(Browser::Chromium);
}

#[test]
fn firefox_uses_the_console() {
    it_uses_the_console(Browser::Firefox);
}

fn the_keyboard_is_enough(browser: Browser) {
    let (collector, console) = scene();
    steal(&collector, &console);
    let found = &browse(browser, &console, "rosa", "keyboard")[0];
    assert!(found["keyboard"].as_str().unwrap().contains("Being handled by rosa"), "{found}");
    assert_eq!(found["invisible"], 0, "{found}");
    assert_eq!(found["listed"], 1, "{found}");
}

#[test]
fn the_keyboard_is_enough_in_chromium() {
    the_keyboard_is_enough(Browser::Chromium);
}

#[test]
fn the_keyboard_is_enough_in_firefox() {
    the_keyboard_is_enough(Browser::Firefox);
}

#[test]
fn the_pages_work_without_a_script() {
    let (collector, console) = scene();
    steal(&collector, &console);
    let found = &browse(Browser::Chromium, &console, "rosa", "plain")[0];
    assert!(found["plain"].as_str().unwrap().contains("rosa ignored it"), "{found}");
    assert!(found["found"].as_u64() >= Some(1), "{found}");
    assert!(found["listed"].as_str().unwrap().contains("ignored it as noise"), "{found}");
}

fn the_first_page_shows_by_itself_what_somebody_else_decided(browser: Browser) {
    let (collector, console) = scene();
    steal(&collector, &console);
    let mut watching = command(browser, &console, "vera", "live");
    watching.stdout(std::process::Stdio::piped());
    let mut watching = crate::support::children::spawn(watching).unwrap();
    let mut lines =
        std::io::BufRead::lines(std::io::BufReader::new(watching.stdout.take().unwrap()));
    let mut next =
        || lines.next().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    assert_eq!(next().unwrap()["live"], "1 urgent finding needs a person");
    collector.decide("approve", "evil.example", "somebody else", "a test");
    let second = next().unwrap();
    assert_eq!(second["live"], "Nothing needs a person", "{second}");
    until("the browser ends", || watching.try_wait().unwrap().is_some());
}

#[test]
fn the_first_page_changes_by_itself_in_chromium() {
    the_first_page_shows_by_itself_what_somebody_else_decided(Browser::Chromium);
}

#[test]
fn the_first_page_changes_by_itself_in_firefox() {
    the_first_page_shows_by_itself_what_somebody_else_decided(Browser::Firefox);
}
