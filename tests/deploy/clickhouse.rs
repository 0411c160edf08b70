//! The ClickHouse of deploy/compose, with its own configuration and users: what each of them may do, and that a backup made
//! as deploy/operations.md says can be restored as it says.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::{read, root};
use crate::support::builder::path_text;
use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP};
use crate::support::http;
use crate::support::journal::copy_journal;

/// One that runs with the shipped files, but for where they and their data are.
struct Shipped {
    clickhouse: ClickHouse,
    place: TempDir,
}

impl Shipped {
    fn start() -> Self {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
        let made =
            Command::new(root().join("deploy/compose/make-secrets")).arg(at("secrets")).output();
        assert!(made.unwrap().status.success());
        fs::create_dir(at("backups")).unwrap();
        let users = read("deploy/compose/clickhouse/users.xml");
        let users =
            replace(&users, "/run/secrets/clickhouse_users", &at("secrets/clickhouse_users.xml"));
        // `cspwatch clickhouse` is `clickhouse local`, which starts its listeners as this user.
        let local =
            "<users>\n<default><password/><networks><ip>127.0.0.1</ip></networks></default>";
        fs::write(at("users.xml"), replace(&users, "<users>", local)).unwrap();
        let config = read("deploy/compose/clickhouse/config.xml");
        let config = replace(&config, "/var/lib/clickhouse/", &at("data/"));
        let config = replace(&config, "/backups/", &at("backups/"));
        let config = replace(&config, "0.0.0.0", "127.0.0.1");
        let config = replace(&config, ">users.xml<", &format!(">{}<", at("users.xml")));
        fs::write(at("config.xml"), config).unwrap();
        let clickhouse = ClickHouse::start_with(&place.path().join("config.xml"));
        Self { clickhouse, place }
    }

    fn password_file(&self, name: &str) -> PathBuf {
        self.place.path().join("secrets").join(name)
    }

    /// Asks as one of the users: the answer, or what ClickHouse says against it.
    fn ask_as(&self, user: &str, password: &str, sql: &str) -> Result<String, String> {
        let headers = format!("X-ClickHouse-User: {user}\r\nX-ClickHouse-Key: {password}\r\n");
        let answer =
            http::request_with(self.clickhouse.address(), "POST", "/", &headers, sql).unwrap();
        let body = answer.body.trim_end().to_owned();
        if answer.status == 200 { Ok(body) } else { Err(body) }
    }

    fn ask(&self, user: &str, sql: &str) -> Result<String, String> {
        let file = match user {
            "cspwatch" => "clickhouse_password",
            "grafana" => "grafana_clickhouse_password",
            _ => "clickhouse_backup_password",
        };
        let password = fs::read_to_string(self.password_file(file)).unwrap();
        self.ask_as(user, &password, sql)
    }

    #[track_caller]
    fn assert_refused(&self, user: &str, sql: &str, because: &str) {
        let refused = self.ask(user, sql).expect_err(sql);
        assert!(refused.contains(because), "{user}: {sql}: {refused}");
    }

    fn collector(&self) -> Collector {
        let file = self.password_file("clickhouse_password");
        Collector::build()
            .config(SHOP)
            .clickhouse(&self.clickhouse.url(), "cspwatch")
            .set("clickhouse.user", "cspwatch")
            .set("clickhouse.password_file", path_text(&file))
            .start()
    }

    /// A number that a query gives.
    #[track_caller]
    fn number(&self, sql: &str) -> u64 {
        self.ask("backup", sql).unwrap_or_else(|error| panic!("{sql}: {error}")).parse().unwrap()
    }
}

#[track_caller]
fn replace(text: &str, old: &str, new: &str) -> String {
    assert!(text.contains(old), "{old} is not in\n{text}");
    text.replace(old, new)
}

/// Posts a violation that no other is like, and waits until ClickHouse has it.
#[track_caller]
fn store(collector: &Collector, host: &str) {
    assert_eq!(collector.post_violation(&format!("https://{host}/"), "connect-src").status, 204);
    collector.settle();
}

#[test]
fn each_user_may_what_it_needs_and_no_more() {
    let shipped = Shipped::start();
    let collector = shipped.collector();
    store(&collector, "evil.example");
    let decision = ["--site", "shop", "--by", "ada", "--why", "a test"];
    let (code, text) =
        collector.command(&[&["destinations", "approve", "evil.example"], &decision[..]].concat());
    assert_eq!(code, Some(0), "{text}");
    let other = "CREATE TABLE default.mine (a UInt8) ENGINE = MergeTree ORDER BY a";
    shipped.assert_refused("cspwatch", other, "ACCESS_DENIED");
    shipped.assert_refused(
        "cspwatch",
        "SELECT * FROM url('http://127.0.0.1:1', LineAsString)",
        "ACCESS_DENIED",
    );

    assert_eq!(
        shipped.ask("grafana", "SELECT sum(count) FROM cspwatch.reports"),
        Ok("1".to_owned())
    );
    // As the plugin asks.
    let bounded = "SELECT 1 SETTINGS max_execution_time = 30";
    assert_eq!(shipped.ask("grafana", bounded), Ok("1".to_owned()));
    for (sql, because) in [
        ("INSERT INTO cspwatch.decisions (site) VALUES ('shop')", "ACCESS_DENIED"),
        ("DROP TABLE cspwatch.reports", "ACCESS_DENIED"),
        ("SELECT * FROM file('/etc/passwd', LineAsString)", "ACCESS_DENIED"),
        ("SELECT 1 SETTINGS max_threads = 3", "SETTING_CONSTRAINT_VIOLATION"),
        ("SELECT 1 SETTINGS max_execution_time = 121", "SETTING_CONSTRAINT_VIOLATION"),
        ("SELECT 1 SETTINGS readonly = 0", "READONLY"),
    ] {
        shipped.assert_refused("grafana", sql, because);
    }
    // 0 is no bound at all.
    for setting in ["max_execution_time", "max_memory_usage", "max_result_rows"] {
        let sql = format!("SELECT 1 SETTINGS {setting} = 0");
        shipped.assert_refused("grafana", &sql, "SETTING_CONSTRAINT_VIOLATION");
    }
    for wrong in ["", "wrong"] {
        let refused = shipped.ask_as("grafana", wrong, "SELECT 1").expect_err(wrong);
        assert!(refused.contains("AUTHENTICATION_FAILED"), "{refused}");
    }
}

#[test]
fn the_queries_of_the_runbook_are_answered_to_who_only_reads() {
    let shipped = Shipped::start();
    let collector = shipped.collector();
    store(&collector, "evil.example");
    let runbook = read("deploy/runbook.md");
    let queries = runbook.split("<<'SQL'\n").skip(1);
    let queries = queries.map(|rest| rest.split("SQL\n").next().unwrap());
    let mut asked = 0;
    for query in queries {
        let query = query.replace("SITE", "shop").replace("DESTINATION", "evil.example");
        shipped.ask("grafana", &query).unwrap_or_else(|error| panic!("{query}: {error}"));
        asked += 1;
    }
    assert!(asked >= 7, "{asked}");
    // The one query of the dashboards that reads a table of the system.
    let tables = include_str!("../../src/store/queries/pipeline_tables.sql");
    let tables = tables.replace("currentDatabase()", "'cspwatch'");
    assert!(shipped.ask("grafana", &tables).unwrap().contains("reports_by_day"));
}

/// The statements of deploy/operations.md, with the directory of this test.
fn statements(shipped: &Shipped) -> Vec<String> {
    let words = read("deploy/operations.md");
    let blocks = words.split("```sql\n").skip(1).map(|rest| rest.split("\n```").next().unwrap());
    let backups = shipped.place.path().join("backups");
    blocks.map(|block| replace(block, "/backups", backups.to_str().unwrap())).collect()
}

#[test]
fn a_backup_is_restored_beside_what_came_since() {
    let shipped = Shipped::start();
    let collector = shipped.collector();
    let statements = statements(&shipped);
    let [whole, more, restore, before] = &statements[..] else { panic!("{statements:#?}") };
    let run =
        |sql: &str| shipped.ask("backup", sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    store(&collector, "first.example");
    run(whole);
    store(&collector, "second.example");
    run(more);
    // All of it is lost, and the collector does not stop.
    shipped.clickhouse.query("DROP DATABASE cspwatch SYNC");
    store(&collector, "third.example");
    assert_eq!(shipped.number("SELECT sum(count) FROM cspwatch.reports"), 1);
    run(restore);
    for (table, sum) in [
        ("reports", "sum(count)"),
        ("sightings", "count()"),
        ("reports_by_minute", "sum(count)"),
        ("violations_by_day", "sum(count)"),
        ("destinations", "uniq(destination)"),
    ] {
        assert_eq!(shipped.number(&format!("SELECT {sum} FROM cspwatch.{table}")), 3, "{table}");
    }
    let by_day = "SELECT sum(count) FROM cspwatch.reports_by_day WHERE dimension = 'kind'";
    assert_eq!(shipped.number(by_day), 3);
    // And it goes on.
    store(&collector, "fourth.example");
    assert_eq!(shipped.number("SELECT sum(count) FROM cspwatch.reports"), 4);
    assert_eq!(shipped.number(by_day), 4);

    run(before);
    assert_eq!(shipped.number("SELECT sum(count) FROM cspwatch_before.reports"), 1);
    // What is stored there from now on goes into its own rollups.
    let views = "SELECT count() FROM system.tables WHERE database = 'cspwatch_before' AND engine = 'MaterializedView' \
                 AND create_table_query LIKE '%cspwatch.%'";
    assert_eq!(shipped.number(views), 0);
}

/// As deploy/operations.md says.
#[test]
fn an_old_copy_of_a_journal_can_be_put_back_as_it_is() {
    let (mut collector, database) = Collector::start_storing(SHOP);
    let stored =
        || ClickHouse::shared().query(&format!("SELECT sum(count) FROM {database}.reports"));
    store(&collector, "first.example");
    assert!(collector.terminate().success());
    let (journal, old) = (collector.journal(), collector.place().join("old"));
    copy_journal(&journal, &old);
    collector.restart();
    store(&collector, "second.example");
    assert!(collector.terminate().success());
    assert_eq!(stored(), "2");

    copy_journal(&old, &journal);
    collector.restart();
    store(&collector, "third.example");
    assert!(collector.terminate().success());
    assert_eq!(stored(), "3");
}
