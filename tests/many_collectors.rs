//! Several collectors and one ClickHouse: what one of them sees and what people decide, all of them know within seconds.

use std::fs;

use cspwatch::store::queries::ALL;
use tempfile::TempDir;

use crate::support::balancer::Balancer;
use crate::support::builder::path_text;
use crate::support::clickhouse::ClickHouse;
use crate::support::clock::Clock;
use crate::support::collector::{Collector, SHOP, post_as, violation};
use crate::support::oracle::Issuer;
use crate::support::{http, until};

/// Several collectors behind a proxy, with the same secret for the client hash, and their database.
struct Many<const COLLECTORS: usize> {
    collectors: [Collector; COLLECTORS],
    database: String,
    _secret: TempDir,
}

impl<const COLLECTORS: usize> Many<COLLECTORS> {
    fn start() -> Self {
        let clickhouse = ClickHouse::shared();
        let database = clickhouse.fresh_database();
        let place = tempfile::tempdir().unwrap();
        let secret = place.path().join("secret");
        fs::write(&secret, "one secret of all collectors").unwrap();
        let collectors = [(); COLLECTORS].map(|()| {
            let builder = Collector::build().config(SHOP).clickhouse(&clickhouse.url(), &database);
            builder.set("privacy.client_key_file", path_text(&secret)).behind_proxy().start()
        });
        // One that looks first when others have an alert already goes on with that alert, and raises none of its own.
        for collector in &collectors {
            let is_up = || collector.metric("cspwatch_clickhouse_up") == Some(1.0);
            until("it has looked what others know", is_up);
        }
        Self { collectors, database, _secret: place }
    }
}

fn connect(collector: &Collector, client: &str) {
    let body = violation("https://shop.example/checkout", "https://evil.example/", "connect-src");
    assert_eq!(collector.post_as(client, &body).status, 204);
}

fn series(name: &str, severity: &str) -> String {
    format!(
        "cspwatch_unknown_destination_{name}{{site=\"shop\",page_group=\"payment\",destination=\"evil.example\",\
         channel=\"send\",severity=\"{severity}\",\
         finding=\"evil.example\"}}"
    )
}

/// A report of Chrome on Android, which cannot have extensions.
fn connect_by_phone(collector: &Collector, client: &str) {
    let agent = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";
    let page = "https://shop.example/checkout";
    let report = serde_json::json!([{
        "type": "csp-violation", "age": 0, "url": page, "user_agent": agent,
        "body": {"documentURL": page, "blockedURL": "https://evil.example/", "effectiveDirective": "connect-src",
                 "originalPolicy": "default-src 'self'", "disposition": "report"},
    }]);
    let headers = format!(
        "X-Forwarded-For: {client}\r\nUser-Agent: {agent}\r\nOrigin: https://shop.example\r\n\
         Content-Type: application/reports+json\r\n"
    );
    let body = report.to_string();
    let answer = http::request_with(collector.public(), "POST", "/report", &headers, &body);
    assert_eq!(answer.unwrap().status, 204);
}

#[test]
fn a_collector_knows_which_browsers_of_anothers_sightings_cannot_have_extensions() {
    let Many { collectors, database, _secret } = Many::<2>::start();
    for network in 1..=4 {
        connect_by_phone(&collectors[0], &format!("203.0.{network}.7"));
    }
    let of_phones = format!("SELECT count() FROM {database}.sightings WHERE extensionless");
    let clickhouse = ClickHouse::shared();
    until("all are stored", || clickhouse.try_query(&of_phones).as_deref() == Ok("4"));
    // The word of its own client shows what the other collector makes of them.
    connect_by_phone(&collectors[1], "203.0.9.7");
    let alerts = || http::request(collectors[1].admin(), "GET", "/alerts", "").unwrap().body;
    until("it scores them alike", || alerts().contains("cannot have extensions"));
}

/// What people decide.
fn approve(collector: &Collector) {
    collector.decide("approve", "evil.example", "ada", "a test");
}

#[test]
fn two_witnesses_of_two_collectors_make_a_page_on_both() {
    let Many { collectors, _secret, .. } = Many::<2>::start();
    connect(&collectors[0], "203.0.113.7");
    assert_eq!(collectors[0].metric(&series("clients", "page")), None, "one network's word");
    connect(&collectors[1], "198.51.100.7");
    for collector in &collectors {
        until("it knows of both", || collector.metric(&series("clients", "page")) == Some(2.0));
        // Each counts its own reports, so that the sum over all collectors is right.
        assert_eq!(collector.metric(&series("reports_total", "page")), Some(1.0));
    }
    approve(&collectors[0]);
    for collector in &collectors {
        until("it is forgotten", || collector.metric(&series("clients", "page")).is_none());
    }
}

#[test]
fn a_collector_that_lost_its_disk_learns_what_was_seen() {
    let Many { collectors: [first, mut second], database, _secret } = Many::<2>::start();
    for client in ["203.0.113.7", "198.51.100.7", "192.0.2.7"] {
        connect(&first, client);
    }
    until("the alert is stored", || {
        let count = format!("SELECT count() FROM {database}.alerts WHERE severity = 'page'");
        ClickHouse::shared().try_query(&count).as_deref() == Ok("1")
    });
    first.settle();
    second.kill_hard();
    std::fs::remove_dir_all(second.journal()).unwrap();
    second.restart();
    until("it knows of all", || second.metric(&series("clients", "page")) == Some(3.0));
}

#[test]
fn three_behind_a_balancer_share_the_work_and_one_may_die() {
    let mut many = Many::<3>::start();
    let balancer = Balancer::before(many.collectors.each_ref().map(Collector::public));
    let issuer = Issuer::default();
    issuer.load(balancer.address(), || {
        for collector in &many.collectors {
            collector.until_stored();
        }
        // Its journal has the reports that it answered with 204; the other collectors go on.
        many.collectors[0].kill_hard();
        issuer.until_acknowledged(200);
        many.collectors[0].restart();
        many.collectors[0].until_stored();
    });
    for collector in &many.collectors {
        collector.settle();
    }
    issuer.judge(ClickHouse::shared(), &many.database).assert_kept();
}

#[test]
fn three_behind_a_balancer_know_what_any_of_them_sees_and_what_was_decided() {
    let Many { collectors, _secret, .. } = Many::<3>::start();
    let balancer = Balancer::before(collectors.each_ref().map(Collector::public));
    let body = violation("https://shop.example/checkout", "https://evil.example/", "connect-src");
    for client in ["203.0.113.7", "198.51.100.7", "192.0.2.7"] {
        assert_eq!(post_as(balancer.address(), client, &body).status, 204);
    }
    for collector in &collectors {
        until("it knows all witnesses", || {
            collector.metric(&series("clients", "page")) == Some(3.0)
        });
    }
    let reports = |collector: &Collector| collector.metric(&series("reports_total", "page"));
    let counted: f64 = collectors.iter().filter_map(reports).sum();
    assert!((counted - 3.0).abs() < f64::EPSILON, "each is counted by one: {counted}");
    approve(&collectors[1]);
    for collector in &collectors {
        until("it is silent", || collector.metric(&series("clients", "page")).is_none());
    }
}

/// Chromium sends a report again a minute later when it got no answer, and the balancer may choose another collector then.
#[test]
fn what_was_delivered_to_two_collectors_is_recognised_when_it_is_asked_for() {
    let Many { collectors: [first, mut second], database, _secret } = Many::<2>::start();
    let clock = Clock::new(second.place());
    clock.set("+60s");
    second.restart_with_clock(&clock);
    let report = |age: u32| {
        format!(
            r#"[{{"age":{age},"type":"csp-violation","url":"https://shop.example/checkout","user_agent":"","body":{{
                "documentURL":"https://shop.example/checkout","blockedURL":"https://evil.example/",
                "effectiveDirective":"connect-src","originalPolicy":"default-src 'self'","disposition":"report",
                "statusCode":200}}}}]"#
        )
    };
    assert_eq!(first.post_as("203.0.113.7", &report(10)).status, 204);
    assert_eq!(second.post_as("203.0.113.7", &report(60_010)).status, 204);
    // Another client's, at the same time.
    assert_eq!(second.post_as("198.51.100.7", &report(60_010)).status, 204);
    first.settle();
    second.settle();
    let clickhouse = ClickHouse::shared();
    assert_eq!(clickhouse.query(&format!("SELECT count() FROM {database}.sightings")), "3");
    let query = ALL.iter().find(|query| query.name == "incident_redelivered").unwrap();
    let path = format!("/?database={database}&param_destination=evil.example&param_site=shop");
    let answer = http::request(clickhouse.address(), "POST", &path, query.sql).unwrap();
    assert_eq!(answer.body.trim_end(), "1");
}
