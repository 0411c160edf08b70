//! Two servers with the same tables in `clickhouse.url`: the next one is asked when one is away. Here they have no Keeper, so each
//! has what it took, and both together have everything.

use cspwatch::store::schema::{Placement, migrate};
use toml::Value;

use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP};
use crate::support::{block_on, until};

const DATABASE: &str = "both";

fn reports_of(server: &ClickHouse) -> u64 {
    server.query(&format!("SELECT sum(count) FROM {DATABASE}.reports")).parse().unwrap()
}

/// Posts a report of another destination each time, and waits until a server has one more.
#[track_caller]
fn post(collector: &Collector, number: u64, server: &ClickHouse) {
    let before = reports_of(server);
    let blocked = format!("https://n{number}.example{number}.net/");
    assert_eq!(collector.post_violation(&blocked, "connect-src").status, 204);
    until("the report is stored", || reports_of(server) == before + 1);
}

#[test]
fn reports_go_to_the_server_that_answers() {
    let mut servers = [ClickHouse::start(), ClickHouse::start()];
    for server in &servers {
        block_on(migrate(&server.client(DATABASE), &Placement::single(DATABASE))).unwrap();
    }
    let urls: Vec<Value> = servers.iter().map(|server| Value::String(server.url())).collect();
    let builder = Collector::build().config(SHOP).set("clickhouse.url", Value::Array(urls));
    let mut collector = builder.set("clickhouse.database", DATABASE).start();

    post(&collector, 1, &servers[0]);
    servers[0].kill_hard();
    post(&collector, 2, &servers[1]);
    until("it is ready", || collector.readyz().status == 200);
    assert!(collector.log().contains("asking the next ClickHouse server"), "{}", collector.log());

    // It stays where it is, also when the first is back.
    servers[0].restart();
    post(&collector, 3, &servers[1]);
    assert_eq!(reports_of(&servers[0]), 1);
    servers[1].kill_hard();
    post(&collector, 4, &servers[0]);

    // A collector that starts while the first is away.
    assert!(collector.terminate().success());
    servers[0].kill_hard();
    servers[1].restart();
    collector.restart();
    post(&collector, 5, &servers[1]);

    // Both are away, and browsers do not notice.
    servers[1].kill_hard();
    assert_eq!(collector.post_violation("https://x.example6.net/", "connect-src").status, 204);
    until("it is reported", || collector.readyz().status == 503);
    servers[1].restart();
    until("what waited is stored", || reports_of(&servers[1]) == 4);
    assert_eq!(reports_of(&servers[1]), 4, "the second, third, fifth and sixth");
}
