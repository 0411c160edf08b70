//! `cspwatch digest`: what the mail about a week says. Collector and ClickHouse are real.

use cspwatch::base::clock::{DAY, Timestamp};
use serde_json::{Value, json};

use crate::support::collector::{Collector, SHOP, script_hash, violation};
use crate::support::until;

/// A shop with a theft on its payment page, an image from elsewhere, three decisions and a release.
fn shop() -> Collector {
    let (collector, _) = Collector::start_storing(SHOP);
    until("the tables are there", || collector.readyz().status == 200);
    assert_eq!(collector.post_violation("https://evil.example/pay", "form-action").status, 204);
    let image = violation("https://shop.example/news", "https://image.example/x.png", "img-src");
    assert_eq!(collector.post(&image).status, 204);
    collector.decide("ignore", "image.example", "ada", "see https://wiki.example/7");
    collector.decide("approve", "pay.example", "bob", "the new vendor");
    let script = ["scripts", "approve", "https://cdn.example/pay.js", "--hash", &script_hash("a")];
    let why = ["--site", "shop", "--owner", "payments", "--why", "the card form", "--by", "eve"];
    let (code, text) = collector.command(&[&script[..], &why].concat());
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = collector.command(&["release", "shop", "1.42", "--by", "pipeline"]);
    assert_eq!(code, Some(0), "{text}");
    collector.settle();
    collector
}

/// Today and tomorrow: a test may run across midnight.
fn digest(collector: &Collector, more: &[&str]) -> String {
    let day = |time: Timestamp| time.to_string()[..10].to_owned();
    let now = Timestamp::now();
    let (from, to) = (day(now), day(now + DAY));
    let (code, text) =
        collector.command(&[&["digest", "--from", &from, "--to", &to], more].concat());
    assert_eq!(code, Some(0), "{text}");
    text
}

fn parsed(collector: &Collector, more: &[&str]) -> Value {
    serde_json::from_str(&digest(collector, &[&["--json"], more].concat())).unwrap()
}

#[test]
fn a_week_is_summed_up_with_names_and_reasons() {
    let collector = shop();
    until("the alert is stored", || parsed(&collector, &["shop"])["alerts"]["pages"] == 1);
    // Its lists are read one after the other: only a digest begun after that has the alert in all.
    let found = parsed(&collector, &["shop"]);
    let new = |row: &Value| {
        let value = |name: &str| row[name].clone();
        json!([
            value("destination"),
            value("severity"),
            value("page_groups"),
            value("reports"),
            row["decision"]["by"]
        ])
    };
    let all: Vec<Value> = found["new"].as_array().unwrap().iter().map(new).collect();
    assert_eq!(
        all,
        [
            json!(["evil.example", "page", ["payment"], 1, null]),
            json!(["image.example", "none", ["other"], 1, "ada"])
        ],
        "{found:#}"
    );
    let who = |list: &str| -> Vec<Value> {
        let rows = found[list].as_array().unwrap().iter();
        rows.map(|row| json!([row["decision"], row["by"], row["why"]])).collect()
    };
    assert_eq!(
        who("decisions"),
        [
            json!(["ignore", "ada", "see https://wiki.example/7"]),
            json!(["approve", "bob", "the new vendor"])
        ]
    );
    assert_eq!(who("script_decisions"), [json!(["approve", "eve", "the card form"])]);
    assert_eq!(found["script_decisions"][0]["host"], "cdn.example");
    assert_eq!(found["releases"][0]["version"], "1.42");
    assert_eq!(found["days_without_collector"], json!([]), "{found:#}");

    // Undecided is what nobody has decided about.
    let undecided = &found["undecided"];
    assert_eq!(undecided.as_array().unwrap().len(), 1, "{found:#}");
    let expected = json!(["evil.example", "page", ["payment"], 1, 0]);
    let row = &undecided[0];
    let seen = json!([
        row["destination"],
        row["severity"],
        row["page_groups"],
        row["reports"],
        found["undecided_omitted"]
    ]);
    assert_eq!(seen, expected, "{found:#}");
    assert!(!row["reason"].as_str().unwrap().is_empty() && row["first_alert"].is_string());

    // Without a name, all sites of the configuration.
    let text = digest(&collector, &[]);
    for part in [
        "Alerts: 1 that paged, 0 tickets\n",
        "New destinations: 2\n",
        "Decided: 3\n",
        "Releases: 1\n",
        "approve   pay[.]example",
        "script cdn[.]example/pay.js  eve",
        "Days without a collector: none\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let evil = text.lines().find(|line| line.starts_with("page ")).unwrap();
    assert!(evil.contains("evil[.]example   payment  ") && evil.ends_with("none"), "{text}");
    assert!(text.contains("\nStill undecided, the oldest first: 1\nFIRST ALERT "), "{text}");
    // No mail program makes a link of what a report or a person said.
    assert!(!text.contains(".example"), "{text}");
    let page = digest(&collector, &["--html"]);
    for part in ["<h2>Still undecided: 1</h2>", "evil[.]example", "<h2>Decided: 3</h2>", "1.42"] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    assert!(!page.contains(".example"), "{page}");

    collector.decide("approve", "evil.example", "ada", "ours");
    assert_eq!(parsed(&collector, &["shop"])["undecided"], json!([]));
    assert!(digest(&collector, &[]).contains("\nStill undecided, the oldest first: none\n"));
}

#[test]
fn days_on_which_nobody_listened_are_named() {
    let (collector, _) = Collector::start_storing(SHOP);
    until("the tables are there", || collector.readyz().status == 200);
    let range = ["digest", "shop", "--from", "2020-01-01", "--to", "2020-01-02"];
    let (code, text) = collector.command(&range);
    assert_eq!(code, Some(0), "{text}");
    let part = "shop, 2020-01-01 to the end of 2020-01-02 (UTC)\n";
    assert!(text.starts_with(part), "{text}");
    for part in [
        "\nNew destinations: none\n",
        "\nDecided: none\n",
        "\nReleases: none\n",
        "\nDays without a collector: 2020-01-01 to 2020-01-02\n",
        "\nDays with a collector and no report: none\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn a_wrong_site_or_range_is_wrong_usage() {
    let (collector, _) = Collector::start_storing(SHOP);
    for (arguments, wrong) in [
        (&["digest", "shap"][..], "SITE shap: no such site is configured"),
        (&["gate", "shap"], "SITE shap: no such site is configured"),
        (&["release", "shap", "1.42"], "SITE shap: no such site is configured"),
        (&["destinations", "list", "--limit", "0"], "0 is not in 1"),
        (&["digest", "--from", "2020-01-02", "--to", "2020-01-01"], "is not after --from"),
        (&["digest", "--to", "tomorrow"], "write a day as"),
    ] {
        let (code, text) = collector.command(arguments);
        assert!(code == Some(64) && text.contains(wrong), "{arguments:?}: {text}");
    }
}
