//! A drill through the real chain: collector, ClickHouse, Prometheus with the shipped rules, Alertmanager with the shipped
//! routes, receiver. It passes, and where a part is missing it says which.

use serde_json::Value;

use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP};
use crate::support::monitoring::Monitoring;
use crate::support::server::Server;
use crate::support::until;

struct Drill {
    code: Option<i32>,
    json: Value,
    output: String,
}

impl Drill {
    /// Runs `cspwatch drill shop` of a collector with these options.
    fn run(collector: &Collector, options: &[&str]) -> Self {
        let arguments = [&["drill", "shop", "--json"], options].concat();
        let (code, output) = collector.command(&arguments);
        let json = output.lines().find(|line| line.starts_with('{'));
        let json = serde_json::from_str(json.unwrap_or("null")).unwrap();
        Self { code, json, output }
    }

    fn destination(&self) -> &str {
        self.json["destination"].as_str().unwrap_or_else(|| panic!("{}", self.output))
    }

    fn stages(&self) -> Vec<&str> {
        let stages = self.json["stages"].as_array().unwrap_or_else(|| panic!("{}", self.output));
        stages.iter().map(|stage| stage["stage"].as_str().unwrap()).collect()
    }

    /// Checks that it failed at a stage, with these words.
    #[track_caller]
    fn failed_at(&self, stage: &str, words: &str) {
        assert_eq!(self.code, Some(1), "{}", self.output);
        assert_eq!(self.json["passed"], false, "{}", self.output);
        assert_eq!(self.json["failed"]["stage"], stage, "{}", self.output);
        let why = self.json["failed"]["why"].as_str().unwrap();
        assert!(why.contains(words), "{why}");
        assert!(self.output.contains(why), "on standard error, too: {}", self.output);
    }
}

fn query(database: &str, sql: &str) -> String {
    ClickHouse::shared().query(&sql.replace("${database}", database))
}

#[test]
fn a_drill_reaches_its_own_receiver_and_is_noted_and_over() {
    let (collector, database) = Collector::start_storing(SHOP);
    let monitoring = Monitoring::of(&collector);
    let (alertmanager, prometheus) = (monitoring.alertmanager(), monitoring.prometheus());
    let options = ["--alertmanager", &*alertmanager, "--prometheus", &*prometheus];
    let drill = Drill::run(&collector, &[&options[..], &["--by", "ada"]].concat());
    assert_eq!(drill.code, Some(0), "{}", drill.output);
    let mut stages = drill.stages();
    stages.retain(|stage| *stage != "stored");
    assert_eq!(stages, ["accepted", "detected", "scraped", "alerted", "delivered"]);
    assert!(drill.stages().contains(&"stored"), "{}", drill.output);
    assert_eq!(drill.json["receivers"], serde_json::json!(["drills"]), "{}", drill.output);
    let alert = monitoring.wait_for(&[("drill", "true"), ("destination", drill.destination())]);
    assert_eq!(alert["receiver"], "drills");
    assert_eq!(alert["labels"]["alertname"], "CspwatchUnknownDestinationOnPaymentPage");
    assert!(alert["annotations"]["summary"].as_str().unwrap().starts_with("DRILL"), "{alert:#}");
    // No other receiver got it.
    assert!(monitoring.firing().iter().all(|alert| alert["receiver"] == "drills"));
    let noted = "SELECT passed, by, destination, length(stages) > 3 FROM ${database}.drills";
    let expected = format!("true\tada\t{}\t1", drill.destination());
    assert_eq!(query(&database, noted), expected, "{}", drill.output);
    let is_drill = |alert: &Value| alert["labels"]["drill"].is_string();
    until("the end of the alert", || !monitoring.present().iter().any(is_drill));
    let kinds = "SELECT DISTINCT alert FROM ${database}.alerts";
    until("the alert in ClickHouse", || !query(&database, kinds).is_empty());
    assert_eq!(query(&database, kinds), "drill");
    // No browser sent it: it is no sign that pages report.
    let last = "cspwatch_site_last_report_timestamp_seconds{site=\"shop\",page_group=\"payment\"}";
    assert_eq!(collector.metric(last), None);
    // The pack lists it apart from the alerts and from people's decisions.
    let period =
        ["evidence", "--site", "shop", "--from", "2026-01-01", "--to", "2100-01-01", "--json"];
    let (_, pack) = collector.command(&period);
    let pack: Value = serde_json::from_str(&pack).unwrap();
    assert_eq!(pack["drills"][0]["passed"], true, "{pack:#}");
    assert_eq!(pack["drills"][0]["by"], "ada");
    assert_eq!(
        (&pack["alerts"], &pack["decisions"]),
        (&Value::Array(vec![]), &Value::Array(vec![]))
    );
    // No page sent it: its destination is not new on the site, and no policy has to allow or block it.
    let (code, digest) =
        collector.command(&["digest", "shop", "--from", "2026-01-01", "--to", "2100-01-01"]);
    assert_eq!(code, Some(0), "{digest}");
    assert!(digest.contains("New destinations: none\n"), "{digest}");
    assert!(digest.contains("Drills: 1, passed"), "{digest}");
    let (code, policy) = collector.command(&["policy", "shop"]);
    assert!(code == Some(1) && policy.contains("no violation but noise"), "{policy}");
    until("the time of the drill", || {
        let passed = "cspwatch_drill_last_passed_timestamp_seconds{site=\"shop\"}";
        collector.metric(passed).is_some()
    });
}

#[test]
fn a_drill_can_wake_the_on_call() {
    let (collector, _) = Collector::start_storing(SHOP);
    let monitoring = Monitoring::of(&collector);
    let alertmanager = monitoring.alertmanager();
    let drill = Drill::run(&collector, &["--on-call", "--alertmanager", &alertmanager]);
    assert_eq!(drill.code, Some(0), "{}", drill.output);
    let alert = monitoring.wait_for(&[("drill", "on-call")]);
    assert_eq!(alert["receiver"], "on-call");
}

#[test]
fn a_drill_says_what_is_missing() {
    let (mut collector, database) = Collector::start_storing(SHOP);
    let monitoring = Monitoring::without_rules(&collector);
    let (alertmanager, prometheus) = (monitoring.alertmanager(), monitoring.prometheus());
    let both = ["--alertmanager", &*alertmanager, "--prometheus", &*prometheus];
    let run =
        |collector: &Collector, more: &[&str]| Drill::run(collector, &[&both[..], more].concat());

    // Longer than Prometheus takes to scrape.
    run(&collector, &["--within", "12s"]).failed_at("alerted", "have the rules");

    let other = Server::start(None, |_| {
        hyper::Response::builder().status(404).body(String::new()).unwrap()
    });
    let url = format!("http://{}/report/shop", other.address());
    run(&collector, &["--endpoint", &url]).failed_at("accepted", "answers 404");

    // Something that takes reports and is no collector.
    let sink = Server::start(None, |_| {
        hyper::Response::builder().status(204).body(String::new()).unwrap()
    });
    let url = format!("http://{}/report/shop", sink.address());
    run(&collector, &["--endpoint", &url, "--within", "1s"])
        .failed_at("detected", "no alert of it");

    // The port of another program.
    let (no, place) = (format!("http://{}", other.address()), "--alertmanager");
    Drill::run(&collector, &[place, &no, "--within", "1s"]).failed_at("alerted", "answers 404");

    assert!(collector.terminate().success());
    run(&collector, &[]).failed_at("accepted", "no answer");
    let noted = "SELECT countIf(NOT passed AND why != ''), count() FROM ${database}.drills";
    assert_eq!(query(&database, noted), "5\t5");
}

#[test]
fn a_page_without_its_headers_fails_the_drill() {
    let (collector, _) = Collector::start_storing(SHOP);
    let page = Server::start(None, |_| hyper::Response::new("<p>pay".to_owned()));
    let url = format!("http://shop.example:{}/checkout", page.address().port());
    let options = ["--page", &*url, "--resolve", "shop.example:127.0.0.1", "--within", "1s"];
    Drill::run(&collector, &options).failed_at("page", "no policy of the page reports");
    // With its policy, the report goes where that says.
    let to = format!("http://{}/report/shop", collector.public());
    let page = Server::start(None, move |_| {
        let policy = format!("form-action 'self'; report-uri {to}");
        let answer = hyper::Response::builder().header("content-security-policy", policy);
        answer.header("content-type", "text/html").body("<p>pay".to_owned()).unwrap()
    });
    let url = format!("http://shop.example:{}/checkout", page.address().port());
    let options = ["--page", &*url, "--resolve", "shop.example:127.0.0.1", "--within", "2s"];
    let drill = Drill::run(&collector, &options);
    assert!(drill.stages().starts_with(&["page", "accepted", "detected"]), "{}", drill.output);
}

#[test]
fn wrong_usage_says_what_is_there() {
    let (collector, _) = Collector::start_storing(SHOP);
    let run = |arguments: &[&str]| collector.command(&[&["drill"], arguments].concat());
    for (arguments, words) in [
        (&["shopp"][..], "there are: shop"),
        (&["shop", "--page-group", "pay"], "no page group pay"),
        (&["shop", "--page", "https://other.example/"], "no host of the site"),
        (&["shop", "--endpoint", "ftp://a.example/"], "neither http nor https"),
    ] {
        let (code, output) = run(arguments);
        assert_eq!(code, Some(64), "{output}");
        assert!(output.contains(words), "{output}");
    }
}
