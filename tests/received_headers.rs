//! `cspwatch doctor --watch --store`, and what evidence packs show of it. The page's server, the collector and ClickHouse are
//! real.

use std::fs::{self, File};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::Response;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use cspwatch::base::clock::{DAY, Timestamp};

use crate::support::clickhouse::{ClickHouse, wait};
use crate::support::collector::Collector;
use crate::support::server::Server;
use crate::support::{children, until, until_or};

/// A shop on this machine.
const SHOP: &str = r#"
[[site]]
name = "shop"
hosts = ["localhost"]
  [[site.page_group]]
  name = "payment"
  paths = ["/checkout*"]
"#;

const POLICY: &str = "content-security-policy";

/// From the day before yesterday to tomorrow: a test may run across midnight.
fn evidence(collector: &Collector, form: &[&str]) -> String {
    let day = |time: Timestamp| time.to_string()[..10].to_owned();
    let now = Timestamp::now();
    let (from, to) = (day(now - 2 * DAY), day(now + DAY));
    let arguments = ["evidence", "--site", "shop", "--from", &from, "--to", &to];
    let (code, text) = collector.command(&[&arguments, form].concat());
    assert_eq!(code, Some(0), "{text}");
    text
}

#[test]
fn a_pack_shows_which_headers_a_page_had_on_which_day() {
    let (collector, database) = Collector::start_storing(SHOP);
    until("the tables are there", || collector.readyz().status == 200);
    let pack = || -> Value { serde_json::from_str(&evidence(&collector, &["--json"])).unwrap() };
    assert_eq!(pack()["headers"], json!([]));
    assert!(
        evidence(&collector, &[]).contains("Headers             not received (cspwatch doctor")
    );
    assert!(
        evidence(&collector, &["--html"]).contains("does not show which headers the pages had")
    );

    let is_skimmed = Arc::new(AtomicBool::new(false));
    let skimmed = Arc::clone(&is_skimmed);
    let server = Server::start(None, move |_| {
        let response = Response::builder().header("x-frame-options", "DENY");
        let response = match skimmed.load(Ordering::Relaxed) {
            true => response,
            false => response.header(POLICY, "default-src 'self'; report-uri /r?tag=o-1"),
        };
        response.body("<p>".to_owned()).unwrap()
    });
    let page = format!("http://localhost:{}/checkout/pay?order=4711", server.address().port());
    let log = collector.place().join("watch");
    let mut command = Command::new(env!("CARGO_BIN_EXE_cspwatch"));
    command.args(["doctor", "--watch", "--every", "10s", "--store", "--site", "shop", "--config"]);
    command.arg(collector.config_file()).arg(page);
    command
        .stdout(File::create(&log).unwrap())
        .stderr(File::create(log.with_extension("e")).unwrap());
    let mut watch = children::spawn(command).unwrap();
    let query = |sql: &str| ClickHouse::shared().try_query(&sql.replace("${database}", &database));
    let rows = || query("SELECT count() FROM ${database}.headers").unwrap_or_default();
    let errors = || fs::read_to_string(log.with_extension("e")).unwrap();
    until_or(|| format!("the first look is stored: {}", errors()), || rows() == "1");

    // What ClickHouse does not take is stored later.
    query("RENAME TABLE ${database}.headers TO ${database}.elsewhere").unwrap();
    is_skimmed.store(true, Ordering::Relaxed);
    let complains = || errors().contains("the headers cannot be stored in ClickHouse: ");
    until("it cannot store the change", complains);
    query("RENAME TABLE ${database}.elsewhere TO ${database}.headers").unwrap();
    until("the change is stored after all", || rows() == "2");
    drop(server);
    until("that the page is gone is stored", || rows() == "3");
    kill_process(Pid::from_child(&watch), Signal::TERM).unwrap();
    assert_eq!(wait(&mut watch, Duration::from_secs(60)).unwrap().code(), Some(0));

    let pack = pack();
    let [page] = &pack["headers"].as_array().unwrap()[..] else { panic!("{pack:#}") };
    assert_eq!(
        (&page["page"], &page["page_group"]),
        (&"localhost/checkout/pay".into(), &"payment".into())
    );
    let [change] = &page["changes"].as_array().unwrap()[..] else { panic!("{page:#}") };
    assert_eq!((&change["name"], &change["now"]), (&POLICY.into(), &Value::Null));
    assert_eq!(change["before"]["value"], "default-src 'self'; report-uri /r?…");
    assert_eq!(change["before"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(page["headers"].as_array().unwrap().len(), 1, "what is left: {page:#}");
    assert_eq!(page["headers"][0]["value"], "DENY");
    assert_eq!(page["unreachable"].as_array().unwrap().len(), 1);
    let days = page["days"].as_array().unwrap();
    assert_eq!(days[0]["observation"], "no observation", "{page:#}");
    assert!(days.iter().any(|day| day["observation"] == "received"), "{page:#}");
    assert_eq!(pack["headers_truncated"], false);

    let text = evidence(&collector, &[]);
    assert!(
        text.contains("Headers             of 1 page, 1 change; without observation: "),
        "{text}"
    );
    let html = evidence(&collector, &["--html"]);
    for part in
        ["Security headers, as received", "no observation", "(not there)", "localhost/checkout/pay"]
    {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(!html.contains("4711"), "no query is kept");
    let other = evidence(&collector, &["--page-group", "other", "--json"]);
    assert!(other.contains("\"headers\": []"), "{other}");
}

#[test]
fn headers_are_stored_for_a_page_of_the_site_alone() {
    let (collector, _) = Collector::start_storing(SHOP);
    let config = collector.config_file();
    let config = config.to_str().unwrap();
    let page = "http://localhost:1/checkout";
    for (arguments, wrong) in [
        (&["--store", "--site", "shop", page][..], "--watch"),
        (&["--watch", "--store", page], "--site"),
        (&["--watch", "--site", "shop", page], "--store"),
        (&["--watch", "--config", config, page], "--config with --watch is for --store"),
        (&["--watch", "--store", "--site", "shap", page], "no such site is configured"),
        (
            &["--watch", "--store", "--site", "shop", "http://other.example/"],
            "other.example is no host of this site",
        ),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cspwatch"));
        let output = command.arg("doctor").args(arguments).env("CSPWATCH_CONFIG", config).output();
        let output = output.unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(64) && text.contains(wrong), "{arguments:?}: {text}");
    }
}
