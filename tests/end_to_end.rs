//! The road of a report through a real collector into a real ClickHouse.

use rustix::process::Signal;

use crate::support::builder::path_text;
use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP, violation};
use crate::support::{http, until};

fn query(sql: &str) -> String {
    ClickHouse::shared().query(sql)
}

#[test]
fn a_violation_becomes_a_row_a_sighting_and_a_series() {
    let (collector, database) = Collector::start_storing(SHOP);
    let evil = "https://x.evil.example:443/c?card=4111111111111111";
    for _ in 0..3 {
        assert_eq!(collector.post_violation(evil, "form-action").status, 204);
    }
    assert_eq!(collector.post_violation("inline", "script-src-elem").status, 204);

    // As soon as the answer is there, so is the series.
    let labels = r#"{site="shop",page_group="payment",destination="evil.example",channel="send",severity="page",finding="evil.example"}"#;
    let metric =
        |name: &str| collector.metric(&format!("cspwatch_unknown_destination_{name}{labels}"));
    assert_eq!(metric("reports_total"), Some(3.0));
    assert_eq!(metric("clients"), Some(1.0));
    assert!(metric("last_seen_timestamp_seconds").is_some());
    assert_eq!(
        collector.metric(r#"cspwatch_pan_in_url_total{site="shop",page_group="payment"}"#),
        Some(3.0)
    );

    until("all reports are stored", || {
        collector.readyz().status == 200
            && query(&format!("SELECT sum(count) FROM {database}.reports")) == "4"
    });
    let row = query(&format!(
        "SELECT page_group, kind, disposition, directive, verdict, destination, blocked_host, blocked_path, \
         document_host, document_path, pan_in_url FROM {database}.reports WHERE verdict = 'unknown' LIMIT 1"
    ));
    assert_eq!(
        row,
        "payment\tcsp\treport\tform-action\tunknown\tevil.example\tx.evil.example\t/c\tshop.example\t/checkout\ttrue"
    );
    let sightings = format!("SELECT count(), uniq(client) FROM {database}.sightings");
    assert_eq!(query(&sightings), "3\t1");
    assert_eq!(
        query(&format!(
            "SELECT sum(reports) FROM {database}.destinations WHERE destination = 'evil.example'"
        )),
        "3"
    );
}

#[test]
fn a_policy_is_stored_once_without_what_changes_from_page_to_page() {
    let (collector, database) = Collector::start_storing(SHOP);
    let violation = violation("https://shop.example/checkout", "inline", "script-src-elem");
    for nonce in ["abc", "def", "ghi"] {
        let policy = format!("Script-Src 'nonce-{nonce}'  cdn.example; report-uri /report/{nonce}");
        let body = violation.replace("default-src 'self'; report-uri /report", &policy);
        assert_eq!(collector.post(&body).status, 204);
    }
    // A site that puts a card number there would have it stored.
    let card = violation.replace("'self'", "https://4111111111111111.example");
    assert_eq!(collector.post(&card).status, 204);
    until("all reports are stored", || {
        collector.readyz().status == 200
            && query(&format!("SELECT sum(count) FROM {database}.reports")) == "4"
    });
    let policies = format!(
        "SELECT site, page_group, disposition, anyLast(policy), min(first_seen) <= max(last_seen), \
         policy_hash IN (SELECT policy_hash FROM {database}.reports) \
         FROM {database}.policies GROUP BY site, page_group, policy_hash, disposition"
    );
    let policy = "script-src \\'nonce- cdn.example;report-uri;";
    assert_eq!(query(&policies), format!("shop\tpayment\treport\t{policy}\t1\t1"));
}

#[test]
fn clickhouse_may_come_later() {
    let mut clickhouse = ClickHouse::start();
    clickhouse.kill_hard();
    let collector =
        Collector::build().config(SHOP).clickhouse(&clickhouse.url(), "cspwatch").start();
    assert_eq!(collector.post_violation("https://evil.example/", "img-src").status, 204);
    until("it says that ClickHouse is missing", || {
        let answer = collector.readyz();
        answer.status == 503 && answer.body.contains("ClickHouse does not answer")
    });
    assert!(collector.metric("cspwatch_journal_oldest_pending_timestamp_seconds") > Some(0.0));
    clickhouse.restart();
    until("it is ready", || collector.readyz().status == 200);
    until("the report is stored", || {
        clickhouse.try_query("SELECT sum(count) FROM cspwatch.reports").as_deref() == Ok("1")
    });
    until("nothing is pending", || {
        collector.metric("cspwatch_journal_oldest_pending_timestamp_seconds") == Some(0.0)
    });
}

#[test]
fn a_stop_sends_what_is_there_and_says_so() {
    let (mut collector, database) = Collector::start_storing(SHOP);
    until("it is ready", || collector.readyz().status == 200);
    for index in 0..50 {
        collector.post_violation(&format!("https://d{index}.example/"), "img-src");
    }
    assert!(collector.terminate().success());
    assert_eq!(query(&format!("SELECT sum(count) FROM {database}.reports")), "50");
    assert!(collector.log().contains("stopped"), "{}", collector.log());
}

#[test]
fn a_hangup_reloads_the_sites_and_keeps_them_when_the_file_is_wrong() {
    let (collector, _) = Collector::start_storing(SHOP);
    let to = |site: &str| {
        let body = violation("https://blog.example/", "https://evil.example/", "img-src");
        http::request(collector.public(), "POST", &format!("/report/{site}"), &body).unwrap().status
    };
    assert_eq!(to("blog"), 404);
    until("it says that it is ready", || {
        collector.log().contains("ready: reports reach ClickHouse")
    });
    let mut more = collector.config().clone();
    more.add("[[site]]\nname = \"blog\"\nhosts = [\"blog.example\"]");
    collector.reload(&more);
    until("the new site is there", || to("blog") == 204);

    more.set("journal.seal_every", "300ms");
    collector.reload(&more);
    until("what waits for a restart is named", || collector.log().contains("journal.seal_every"));

    let mut wrong = collector.config().clone();
    wrong.add("nonsense = 1");
    collector.reload(&wrong);
    until("the wrong file is refused", || collector.log().contains("is refused"));
    assert_eq!(to("blog"), 204);
}

#[test]
fn a_hangup_gives_nobody_a_whole_quota_again() {
    let collector = Collector::build().config(SHOP).set("limits.per_client", "3/hour").start();
    let limited = || {
        let series = "cspwatch_reports_total{site=\"shop\",kind=\"csp\",outcome=\"limited\"}";
        collector.metric(series).unwrap()
    };
    let post = || assert_eq!(collector.post_violation("data:x", "img-src").status, 204);
    (0..4).for_each(|_| post());
    assert_eq!(limited(), 1.0);
    collector.reload(collector.config());
    until("it is reloaded", || collector.log().contains("quotas and trusted proxies reloaded"));
    post();
    assert_eq!(limited(), 2.0);
    let mut wider = collector.config().clone();
    wider.set("limits.per_client", "9/hour");
    collector.reload(&wider);
    until("the wider quota is in force", || {
        let before = limited();
        post();
        limited() == before
    });
}

#[test]
fn a_hangup_reloads_the_noise_rules_and_keeps_them_when_they_are_dangerous() {
    let (collector, database) = Collector::start_storing(SHOP);
    let verdicts = |verdict: &str| {
        collector
            .metric(&format!(r#"cspwatch_verdicts_total{{site="shop",verdict="{verdict}"}}"#))
            .unwrap_or(0.0)
    };
    // Each of its own, else the journal folds them into one row with the first verdict.
    let send = |host: &str| {
        let blocked = format!("https://{host}.tool.example/");
        let body = violation("https://shop.example/", &blocked, "img-src");
        assert_eq!(collector.post(&body).status, 204);
    };
    send("a");
    assert_eq!((verdicts("unknown"), verdicts("noise")), (1.0, 0.0));

    let rules = collector.place().join("rules.toml");
    let rule = "[[rule]]\nid = \"our-tool\"\nreason = \"r\"\nsource = \"s\"\n\
                blocked_host = [\"*.tool.example\"]\n";
    std::fs::write(&rules, rule).unwrap();
    let mut config = collector.config().clone();
    config.set("noise.rules", path_text(&rules));
    collector.reload(&config);
    until("the rules are there", || collector.log().contains("reloaded"));
    send("b");
    assert_eq!((verdicts("unknown"), verdicts("noise")), (1.0, 1.0));

    std::fs::write(&rules, rule.replace("tool.example", "cloudfront.net")).unwrap();
    collector.signal(Signal::HUP);
    until("the dangerous rule is refused", || collector.log().contains("anybody can put things"));
    send("c");
    assert_eq!((verdicts("unknown"), verdicts("noise")), (1.0, 2.0));
    let rows = format!("FROM {database}.reports WHERE verdict = 'noise' AND reason = 'our-tool'");
    until("it is ready", || collector.readyz().status == 200);
    until("the noise is stored with its rule", || {
        query(&format!("SELECT sum(count) {rows}")) == "2"
    });
}

/// A skimmer spends the quotas of its victims' browsers with reports of other names before it sends.
#[test]
fn a_theft_behind_its_victims_own_floods_is_told_and_stored() {
    let clickhouse = ClickHouse::shared();
    let database = clickhouse.fresh_database();
    let builder = Collector::build().config(SHOP).clickhouse(&clickhouse.url(), &database);
    let builder = builder.set("limits.per_client", "5/hour").set("limits.per_network", "5/hour");
    let collector = builder.behind_proxy().start();
    let page = "https://shop.example/checkout";
    for victim in ["192.0.2.1", "198.51.100.1", "203.0.113.1"] {
        for number in 0..30 {
            let junk = violation(page, &format!("https://junk{number}.example/"), "img-src");
            assert_eq!(collector.post_as(victim, &junk).status, 204);
        }
        let theft = violation(page, "https://thief.example/c", "form-action");
        assert_eq!(collector.post_as(victim, &theft).status, 204);
    }
    let alerts = || http::request(collector.admin(), "GET", "/alerts", "").unwrap().body;
    until("it pages", || {
        alerts().lines().any(|line| line.contains("thief.example") && line.contains("\"page\""))
    });
    until("it is stored, of each victim", || {
        let sql = format!(
            "SELECT uniqExact(client) FROM {database}.sightings WHERE destination = 'thief.example'"
        );
        clickhouse.try_query(&sql).is_ok_and(|clients| clients == "3")
    });
}

#[test]
fn limited_reports_are_counted_per_minute_and_evidence_has_a_reserve() {
    let clickhouse = ClickHouse::shared();
    let database = clickhouse.fresh_database();
    let builder = Collector::build().config(SHOP).clickhouse(&clickhouse.url(), &database);
    let collector = builder.set("limits.per_client", "5/hour").start();
    for _ in 0..20 {
        assert_eq!(collector.post_violation("inline", "script-src").status, 204);
    }
    assert_eq!(collector.post_violation("https://evil.example/", "form-action").status, 204);
    let reports = |outcome: &str| {
        collector.metric(&format!(
            r#"cspwatch_reports_total{{site="shop",kind="csp",outcome="{outcome}"}}"#
        ))
    };
    until("the limited ones are counted", || reports("limited") == Some(15.0));
    // The tables are there from then on.
    until("it is ready", || collector.readyz().status == 200);
    until("all are stored", || {
        query(&format!("SELECT sum(count) FROM {database}.reports")) == "6"
            && query(&format!("SELECT sum(count) FROM {database}.limited")) == "15"
    });
    assert_eq!(query(&format!("SELECT DISTINCT site, kind FROM {database}.limited")), "shop\tcsp");
}
