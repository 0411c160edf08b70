//! `cspwatch evidence`: what an assessor gets about a period. Collector, ClickHouse and Prometheus are real.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use cspwatch::base::clock::{DAY, Timestamp, days};
use serde_json::{Value, json};

use crate::support::collector::{Collector, SHOP, cspwatch, script_hash, script_report};
use crate::support::monitoring::Monitoring;
use crate::support::until;

/// Today and tomorrow: a test may run across midnight.
fn period() -> [String; 2] {
    let day = |time: Timestamp| time.to_string()[..10].to_owned();
    let now = Timestamp::now();
    [day(now), day(now + DAY)]
}

/// A shop whose payment page runs an approved script and an unapproved one, and whose form posts to another site.
fn shop() -> Collector {
    let (collector, _) = Collector::start_storing(SHOP);
    until("the tables are there", || collector.readyz().status == 200);
    let report = |script: &str, letter: &str| {
        script_report("https://shop.example/checkout", script, &script_hash(letter))
    };
    assert_eq!(collector.post(&report("https://cdn.example/pay.js", "a")).status, 204);
    assert_eq!(collector.post_violation("https://evil.example/pay", "form-action").status, 204);
    let approve = [
        "scripts",
        "approve",
        "https://cdn.example/pay.js",
        "--hash",
        &script_hash("a"),
        "--site",
        "shop",
        "--owner",
        "payments",
        "--why",
        "the <b>card</b> form",
        "--by",
        "ada",
    ];
    let (code, text) = collector.command(&approve);
    assert_eq!(code, Some(0), "{text}");
    let unapproved = "cspwatch_script_unapproved_timestamp_seconds{site=\"shop\",page_group=\"payment\",\
                      script_host=\"cdn.example\"}";
    let mut visits = 0;
    until("the other script raises an alert", || {
        visits += 1;
        // The same report twice would count as one that was delivered again.
        let script = format!("https://cdn.example/other.js?{visits}");
        assert_eq!(collector.post(&report(&script, "b")).status, 204);
        collector.metric(unapproved).is_some()
    });
    collector.decide("ignore", "noise.example", "ada", "an ad");
    collector.settle();
    collector
}

fn evidence(collector: &Collector, more: &[&str]) -> (Option<i32>, String) {
    let [from, to] = period();
    collector
        .command(&[&["evidence", "--site", "shop", "--from", &from, "--to", &to], more].concat())
}

fn pack(collector: &Collector, more: &[&str]) -> Value {
    let (code, text) = evidence(collector, &[&["--json"], more].concat());
    assert_eq!(code, Some(0), "{text}");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_pack_has_scripts_alerts_decisions_and_collectors() {
    let collector = shop();
    let kinds = |pack: &Value| -> Vec<String> {
        let alerts = pack["alerts"].as_array().unwrap().iter();
        alerts.map(|alert| alert["alert"].as_str().unwrap().to_owned()).collect()
    };
    let mut found = Value::Null;
    until("all of it is stored", || {
        found = pack(&collector, &[]);
        kinds(&found).len() == 2 && found["scripts"].as_array().unwrap().len() == 2
    });
    assert_eq!(kinds(&found), ["unknown_destination", "script_unapproved"], "{found:#}");
    assert_eq!(found["alerts"][0]["severity"], "page");
    let approved: Vec<_> = found["scripts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|script| (&script["path"], &script["approved"]))
        .collect();
    assert_eq!(
        approved,
        [(&json!("/other.js"), &json!("no")), (&json!("/pay.js"), &json!("approved"))]
    );
    assert_eq!(found["scripts"][1]["approval"]["justification"], "the <b>card</b> form");
    assert_eq!(found["decisions"][0]["destination"], "noise.example");
    assert_eq!(found["policies"][0]["page_group"], "payment", "{found:#}");
    let today =
        found["operation"].as_array().unwrap().iter().find(|day| day["page_groups"] != json!([]));
    let today = today.unwrap_or_else(|| panic!("{found:#}"));
    assert_eq!(today["page_groups"][0]["page_group"], "payment");
    assert!(today["page_groups"][0]["reports"].as_u64() >= Some(3), "{today:#}");
    assert_eq!(today["page_groups"][0]["pages"], 1);
    assert_eq!(today["collectors"][0]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(found["notifications"], Value::Null, "Prometheus was not queried");

    let (_, text) = evidence(&collector, &[]);
    let [first, last] = period();
    let not_over = format!("{first} to the end of {last}, which is not over: made at ");
    assert!(text.contains(&not_over), "{text}");
    assert!(text.contains("Scripts             2\n"), "{text}");
    assert!(text.contains("evil[.]example"), "{text}");
    let (_, others) = evidence(&collector, &["--page-group", "other", "--json"]);
    let others: Value = serde_json::from_str(&others).unwrap();
    assert_eq!(others["scripts"], json!([]));
}

#[test]
fn the_files_hold_the_whole_pack_and_no_script() {
    let collector = shop();
    until("all of it is stored", || pack(&collector, &[])["alerts"].as_array().unwrap().len() == 2);
    let place = collector.place().join("pack");
    let (code, text) = evidence(&collector, &["--out", place.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{text}");
    let check = Command::new("sha256sum")
        .args(["--check", "SHA256SUMS"])
        .current_dir(&place)
        .output()
        .unwrap();
    assert!(check.status.success(), "{check:?}");
    // A pack replaces the one before, and no file that a link in its folder names.
    let precious = collector.place().join("precious");
    fs::write(&precious, "precious").unwrap();
    fs::remove_file(place.join("scripts.csv")).unwrap();
    symlink(&precious, place.join("scripts.csv")).unwrap();
    let (code, text) = evidence(&collector, &["--out", place.to_str().unwrap()]);
    assert!(code == Some(1) && text.contains("scripts.csv cannot be written"), "{text}");
    assert_eq!(fs::read_to_string(&precious).unwrap(), "precious");
    fs::remove_file(place.join("scripts.csv")).unwrap();
    let (code, text) = evidence(&collector, &["--out", place.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{text}");
    check_row_of_packs(&collector, &place);
    let (code, text) = collector.command(&[
        "evidence",
        "--site",
        "shop",
        "--from",
        "2020-01-01",
        "--to",
        "2020-01-31",
        "--out",
        place.to_str().unwrap(),
    ]);
    assert!(code == Some(64) && text.contains("holds another pack"), "{text}");
    let page = fs::read_to_string(place.join("evidence.html")).unwrap();
    assert!(page.contains("the &lt;b&gt;card&lt;/b&gt; form"), "{page}");
    for expected in [
        "cdn[.]example/other.js",
        "evil[.]example",
        "noise[.]example",
        "payments",
        "What this cannot show",
    ] {
        assert!(page.contains(expected), "{expected}");
    }
    let list = fs::read_to_string(place.join("scripts.csv")).unwrap();
    assert_eq!(list.lines().count(), 3, "{list}");
    // Only an assessor can say that a site is compliant.
    for text in [page, fs::read_to_string(place.join("evidence.json")).unwrap(), text] {
        assert!(!text.to_lowercase().contains("complian"), "{text}");
    }
}

/// The days in the sentence of a page that begins so: it has them as ranges, which do not break.
fn days_of(page: &str, begin: &str) -> Vec<i64> {
    let after = page.split_once(begin).map_or("", |(_, after)| after);
    let ranges = after.split_once('.').map_or("", |(ranges, _)| ranges);
    let ranges = ranges.replace("<span class=\"item\">", "").replace("</span>", "");
    let number = |day: &str| Timestamp::parse(&format!("{day}T00:00:00Z")).unwrap().day();
    let days = ranges.split(", ").filter(|range| !range.is_empty()).flat_map(|range| {
        let (first, last) = range.split_once(" to ").unwrap_or((range, range));
        number(first)..=number(last)
    });
    days.collect()
}

#[test]
fn a_day_before_the_first_collector_is_not_a_day_without_reports() {
    let (collector, _) = Collector::start_storing(SHOP);
    until("the tables are there", || collector.readyz().status == 200);
    let now = Timestamp::now();
    let [first, last] = [now - days(60), now + DAY].map(|time| time.to_string()[..10].to_owned());
    let range = ["evidence", "--site", "shop", "--from", &first, "--to", &last];
    until("ClickHouse knows that the collector works", || {
        let (code, text) = collector.command(&[&range[..], &["--json"]].concat());
        assert_eq!(code, Some(0), "{text}");
        let pack: Value = serde_json::from_str(&text).unwrap();
        let days = pack["operation"].as_array().unwrap().clone();
        days.iter().any(|day| day["collectors"] != json!([]))
    });
    let (code, page) = collector.command(&[&range[..], &["--html"]].concat());
    assert_eq!(code, Some(0), "{page}");
    let unwatched = days_of(&page, "No collector is known to have worked on: ");
    let unheard = days_of(&page, "A collector worked, and nothing at all was reported on: ");
    // Midnight may pass between the start and the queries.
    let first = Timestamp::parse(&format!("{first}T00:00:00Z")).unwrap().day();
    assert!(matches!(unwatched.len(), 60 | 61) && unwatched.contains(&first), "{unwatched:?}");
    let sentence = page.split_once("No collector is known").unwrap().1.split_once('.').unwrap().0;
    assert!(sentence.matches("<span").count() <= 2, "ranges and no list of days: {sentence}");
    // The bars are good days here, so they are not red.
    assert!(page.contains("<svg") && !page.contains("#7a1414"), "{page}");
    assert!(matches!(unheard.len(), 1 | 2), "nobody visited on the days of work: {unheard:?}");
    assert!(unheard.iter().all(|day| !unwatched.contains(day)), "{unwatched:?} {unheard:?}");
    let (_, text) = collector.command(&range);
    let silent = format!("  no report         {} of the others", unheard.len());
    assert!(text.contains(&silent), "{text}");
}

#[test]
fn the_notifications_come_from_prometheus() {
    let collector = shop();
    let monitoring = Monitoring::of(&collector);
    monitoring.wait_for(&[("severity", "page"), ("destination", "evil.example")]);
    let prometheus = monitoring.prometheus();
    until("Prometheus knows of a notification", || {
        let pack = pack(&collector, &["--prometheus", &prometheus]);
        let found = pack["notifications"].as_array().unwrap().clone();
        found
            .iter()
            .any(|count| count["integration"] == "webhook" && count["tried"].as_u64() >= Some(1))
    });
}

#[test]
fn wrong_arguments_are_refused_with_the_reason() {
    let (collector, _) = Collector::start_storing(SHOP);
    until("the tables are there", || collector.readyz().status == 200);
    let closed = format!("http://{}", crate::support::ports::free_address());
    for (arguments, code, expected) in [
        (&[][..], 64, "--verify"),
        (&["--site", "shop"], 64, "--from"),
        (&["--verify", "/tmp", "--site", "shop"], 64, "cannot be used with"),
        (&["--site", "shpo", "--from", "2027-01-01", "--to", "2027-01-02"], 64, "there are: shop"),
        (
            &["--site", "shop", "--from", "2027-01-02", "--to", "2027-01-01"],
            64,
            "is not after --from",
        ),
        (
            &["--site", "shop", "--from", "2200-01-01", "--to", "2200-01-02"],
            64,
            "--from 2200-01-01T00:00:00Z: is in the future",
        ),
        (&["--site", "shop", "--from", "today", "--to", "2027-01-01"], 64, "write a day as"),
        (
            &["--site", "shop", "--from", "2027-01-01", "--to", "2027-01-02", "--page-group", "x"],
            64,
            "there are: payment, other",
        ),
        (
            &[
                "--site",
                "shop",
                "--from",
                "2026-01-01",
                "--to",
                "2026-01-02",
                "--prometheus",
                &closed,
            ],
            1,
            "no answer from",
        ),
        (
            &[
                "--site",
                "shop",
                "--from",
                "2026-01-01",
                "--to",
                "2026-01-02",
                "--out",
                "/dev/null/x",
            ],
            1,
            "cannot be written",
        ),
    ] {
        let (found, text) = collector.command(&[&["evidence"], arguments].concat());
        assert_eq!(found, Some(code), "{text}");
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

/// Makes two packs after the first, each of which names the one before, and changes what an assessor must notice.
fn check_row_of_packs(collector: &Collector, first: &Path) {
    let [second, third] = ["second", "third"].map(|name| collector.place().join(name));
    for (pack, previous) in [(&second, first), (&third, &second)] {
        let paths = ["--out", pack.to_str().unwrap(), "--previous", previous.to_str().unwrap()];
        let (code, text) = evidence(collector, &paths);
        assert!(code == Some(0) && text.contains("PREVIOUS"), "{text}");
    }
    let verify = |packs: &[&Path]| {
        let packs = packs.iter().map(|pack| pack.to_str().unwrap());
        let arguments: Vec<_> = ["evidence", "--verify"].into_iter().chain(packs).collect();
        cspwatch(&arguments)
    };
    let all = [first, &second, &third];
    let (code, text) = verify(&all);
    assert!(code == Some(0) && text.matches(": sound, ").count() == 3, "{text}");
    // A script may give each command the same configuration.
    let (code, text) = collector.command(&["evidence", "--verify", first.to_str().unwrap()]);
    assert!(code == Some(0) && text.contains(": sound, "), "{text}");
    let (code, text) = verify(&[first, &third]);
    assert!(code == Some(1) && text.contains("third: it names another pack"), "{text}");
    let (code, text) = verify(&[&second, first]);
    assert!(code == Some(1) && text.contains("pack: it names no pack before it"), "{text}");
    // Made anew with its own sums, it is sound by itself, and no longer what the next one names.
    let (code, _) = evidence(collector, &["--out", second.to_str().unwrap()]);
    assert_eq!(code, Some(0));
    let (code, text) = verify(&all);
    assert!(code == Some(1) && text.contains("second: PREVIOUS was added"), "{text}");
    assert!(text.contains("third: it names another pack"), "{text}");
    fs::write(third.join("scripts.csv"), "nothing").unwrap();
    fs::remove_file(third.join("evidence.json")).unwrap();
    let (code, text) = verify(&[&third]);
    assert!(code == Some(1) && text.contains("third: scripts.csv was changed"), "{text}");
    assert!(text.contains("third: evidence.json is missing"), "{text}");
    let (code, text) = verify(&[collector.place()]);
    assert!(code == Some(1) && text.contains("SHA256SUMS cannot be read"), "{text}");
}
