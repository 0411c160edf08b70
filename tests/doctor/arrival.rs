//! Whether `cspwatch doctor` says that a report of the page arrives and counts: with the report of a drill, through the endpoint
//! that the page names, to ClickHouse.

use std::path::Path;

use super::*;
use crate::support::builder::path_text;

/// What a run of the command said of the report.
struct Arrival {
    code: Option<i32>,
    json: Value,
    said: String,
}

impl Arrival {
    /// Checks a page, with a configuration.
    fn of(trust: &Trust, config: &Path, page: &str, options: &[&str]) -> Self {
        let with = ["--config", path_text(config), "--json", page];
        Self::read(&trust.doctor(&[&with[..], options].concat()))
    }

    fn read(output: &Output) -> Self {
        let said = stderr(output);
        let mut json: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
        Self { code: output.status.code(), json: json["arrival"].take(), said }
    }

    fn stages(&self, key: &str) -> Vec<&str> {
        let stages = self.json[key].as_array().unwrap_or_else(|| panic!("{}", self.json));
        stages.iter().map(|stage| stage["stage"].as_str().unwrap()).collect()
    }

    #[track_caller]
    fn failed_at(&self, stage: &str, words: &str) {
        assert_eq!(self.code, Some(1), "{}: {}", self.json, self.said);
        assert_eq!(self.json["failed"]["stage"], stage, "{}", self.json);
        let why = self.json["failed"]["why"].as_str().unwrap();
        assert!(why.contains(words), "{why}");
        assert!(self.said.contains(why), "on standard error, too: {}", self.said);
    }
}

/// A collector that stores, where browsers report to it, and its database.
fn storing(trust: &Trust, change: impl FnOnce(&mut Config)) -> (Collector, String, String) {
    let leaf = trust.authority.issue(&["localhost"]);
    let (builder, database) = Collector::build().config(SHOP).storing();
    let mut collector = builder.tls(&leaf).start();
    collector.reconfigure(change);
    let endpoint = format!("https://localhost:{}/report/shop", collector.https().port());
    (collector, endpoint, database)
}

/// A page on which nothing is wrong, and which reports there.
fn reporting_to(trust: &Trust, endpoint: &str) -> Server {
    let headers = right(endpoint);
    trust.serve(move |_| answer(&headers, ""))
}

#[test]
fn a_report_arrives_and_counts_as_a_drill() {
    let trust = Trust::new();
    let (collector, endpoint, database) = storing(&trust, |_| {});
    let server = reporting_to(&trust, &endpoint);
    let (config, page) = (collector.config_file(), page_of(&server, "/checkout"));
    let arrival = Arrival::of(&trust, &config, &page, &[]);
    assert_eq!(arrival.code, Some(0), "{}: {}", arrival.json, arrival.said);
    let mut stages = arrival.stages("stages");
    assert!(stages.contains(&"stored"), "{}", arrival.json);
    stages.retain(|stage| *stage != "stored");
    assert_eq!(stages, ["page", "probed", "accepted", "detected", "counted"]);
    assert_eq!((&arrival.json["sent"], &arrival.json["failed"]), (&true.into(), &Value::Null));
    assert!(arrival.stages("not_seen").is_empty());

    let ask = |sql: &str| ClickHouse::shared().query(&sql.replace("${database}", &database));
    let name = arrival.json["destination"].as_str().unwrap();
    let noted = "SELECT destination, goal, passed, `by` FROM ${database}.drills";
    assert_eq!(ask(noted), format!("{name}\tstored\ttrue\tcspwatch doctor"));
    // The only alert is that of a drill, and it is over.
    let kinds = "SELECT DISTINCT alert FROM ${database}.alerts";
    until("the alert in ClickHouse", || !ask(kinds).is_empty());
    assert_eq!(ask(kinds), "drill");
    let decided = "SELECT destination, toString(decision) FROM ${database}.decisions";
    assert_eq!(ask(decided), format!("{name}\tignore"));
    // It says nothing of the pager, so it is not among the drills of a site.
    let period =
        ["evidence", "--site", "shop", "--from", "2026-01-01", "--to", "2100-01-01", "--json"];
    let (_, pack) = collector.command(&period);
    let pack: Value = serde_json::from_str(&pack).unwrap_or_else(|_| panic!("{pack}"));
    for key in ["drills", "decisions", "alerts"] {
        assert_eq!(pack[key], serde_json::json!([]), "{key}");
    }

    let words = trust.doctor(&["--config", path_text(&config), &page]);
    let words = String::from_utf8(words.stdout).unwrap();
    for said in ["Whether a report arrives and counts", "counted   after", "nobody is paged"] {
        assert!(words.contains(said), "{said}: {words}");
    }
}

#[test]
fn an_endpoint_of_another_collector_gets_no_report() {
    let trust = Trust::new();
    let (ours, _, _) = storing(&trust, |_| {});
    let (other, endpoint) = trust.collect();
    let server = reporting_to(&trust, &endpoint);
    let arrival = Arrival::of(&trust, &ours.config_file(), &page_of(&server, "/"), &[]);
    arrival.failed_at("probed", "belongs to another collector");
    assert_eq!((&arrival.json["sent"], arrival.stages("stages")), (&false.into(), vec!["page"]));
    let reports = r#"cspwatch_reports_total{site="shop",kind="csp",outcome="new"}"#;
    assert_eq!(other.metric(reports).unwrap_or(0.0), 0.0);

    // One that has no such site.
    let server = reporting_to(&trust, &endpoint.replace("/shop", "/stall"));
    let arrival = Arrival::of(&trust, &other.config_file(), &page_of(&server, "/"), &[]);
    arrival.failed_at("probed", "answers 404");
}

#[test]
fn without_clickhouse_all_but_the_storing_is_seen() {
    let trust = Trust::new();
    let (collector, endpoint) = trust.collect();
    let server = reporting_to(&trust, &endpoint);
    let arrival = Arrival::of(&trust, &collector.config_file(), &page_of(&server, "/"), &[]);
    assert_eq!(arrival.code, Some(0), "{}: {}", arrival.json, arrival.said);
    let stages = arrival.stages("stages");
    assert_eq!(stages, ["page", "probed", "accepted", "detected", "counted"]);
    assert_eq!(arrival.stages("not_seen"), ["stored"]);
    let why = arrival.json["not_seen"][0]["why"].as_str().unwrap();
    assert!(why.contains("clickhouse.url"), "{why}");
    assert!(arrival.said.contains("cannot be noted"), "{}", arrival.said);
}

#[test]
fn what_is_stored_otherwise_than_as_a_drill_is_named() {
    let trust = Trust::new();
    // A list of known destinations that covers too much.
    let (collector, endpoint, _) =
        storing(&trust, |config| config.set("site.0.known", vec!["*.invalid"]));
    let server = reporting_to(&trust, &endpoint);
    let arrival = Arrival::of(&trust, &collector.config_file(), &page_of(&server, "/"), &[]);
    arrival.failed_at("detected", "known of the site shop");

    // The collector has the site, but not the host of the page, which the configuration has that doctor reads.
    let (collector, endpoint, _) =
        storing(&trust, |config| config.set("site.0.hosts", vec!["shop.example"]));
    let server = reporting_to(&trust, &endpoint);
    let mut newer = collector.config().clone();
    newer.set("site.0.hosts", vec!["shop.example", "localhost"]);
    let file = trust.place.path().join("newer.toml");
    newer.write(&file);
    Arrival::of(&trust, &file, &page_of(&server, "/"), &[]).failed_at("detected", "foreign");
}

#[test]
fn where_no_report_can_be_sent_doctor_says_what_it_did_not_see() {
    let trust = Trust::new();
    let (mut collector, endpoint) = trust.collect();
    let server = reporting_to(&trust, &endpoint);
    let page = page_of(&server, "/");
    let unsent = |arrival: &Arrival, code: i32, words: &str| {
        assert_eq!(arrival.code, Some(code), "{}: {}", arrival.json, arrival.said);
        assert_eq!(arrival.json["sent"], false);
        let not_seen = arrival.stages("not_seen");
        assert_eq!(not_seen, ["probed", "accepted", "detected", "counted", "stored"]);
        let why = arrival.json["not_seen"][0]["why"].as_str().unwrap();
        assert!(why.contains(words), "{why}");
    };
    let without = Arrival::read(&trust.doctor(&["--json", &page]));
    unsent(&without, 0, "`--config FILE`");
    let words = String::from_utf8(trust.doctor(&[&page]).stdout).unwrap();
    assert!(words.contains("No report was sent: without a configuration"), "{words}");

    // A configuration of another site.
    let mut other = collector.config().clone();
    other.set("site.0.hosts", vec!["shop.example"]);
    let file = trust.place.path().join("other.toml");
    other.write(&file);
    unsent(&Arrival::of(&trust, &file, &page, &[]), 0, "no site with the host localhost");
    // The secret is another one, or elsewhere.
    let secret = trust.place.path().join("secret");
    fs::write(&secret, "of another installation, long enough").unwrap();
    other.set("site.0.hosts", vec!["localhost"]);
    other.add(&format!("[privacy]\nclient_key_file = \"{}\"\n", path_text(&secret)));
    other.write(&file);
    unsent(&Arrival::of(&trust, &file, &page, &[]), 0, "another secret");
    other.unset("privacy.client_key_file");
    other.set("journal.dir", path_text(&trust.place.path().join("elsewhere")));
    other.write(&file);
    unsent(&Arrival::of(&trust, &file, &page, &[]), 0, "privacy.client_key_file");
    let reports = r#"cspwatch_reports_total{site="shop",kind="csp",outcome="new"}"#;
    assert_eq!(collector.metric(reports).unwrap_or(0.0), 0.0);
    // Nothing answers on the admin listener; the endpoint does not answer either, which is a finding.
    let config = collector.config_file();
    assert!(collector.terminate().success());
    unsent(&Arrival::of(&trust, &config, &page, &[]), 1, "admin listener");
}

#[test]
fn a_page_that_names_no_endpoint_is_named() {
    let trust = Trust::new();
    let (collector, _) = trust.collect();
    let server = trust.serve(|_| answer("content-security-policy: default-src 'self'\n", ""));
    let arrival = Arrival::of(&trust, &collector.config_file(), &page_of(&server, "/"), &[]);
    arrival.failed_at("page", "no policy of the page reports");
    assert!(arrival.said.contains("findings to fix"), "{}", arrival.said);
}

#[test]
fn a_configuration_that_nothing_would_use_is_wrong_usage() {
    for (arguments, said) in [
        (&["--config", "/none.toml", "-"][..], "contacts nobody"),
        (&["--config", "/none.toml", "--watch", "http://127.0.0.1/"], "is for --store"),
        (&["--within", "1ms", "http://127.0.0.1/"], "less than 1s"),
    ] {
        let output = doctor(arguments, "");
        assert_eq!(output.status.code(), Some(64), "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(said), "{arguments:?}: {}", stderr(&output));
    }
}
