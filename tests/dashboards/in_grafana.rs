//! The dashboards in Grafana's own libraries: node runs the files `*.test.mjs` beside this one against a real ClickHouse and a
//! real Prometheus, which know what `world.sql` and `world.mjs` say. Each of these files tries one subject: that what a person
//! chose stays chosen, that nothing is green where nobody watches, that cells have the right text, links, queries, graphs.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use cspwatch::store::schema::{Placement, migrate};
use tempfile::TempDir;

use crate::deploy::{root, text};
use crate::support::clickhouse::ClickHouse;
use crate::support::ports::free_address;
use crate::support::service::Service;
use crate::support::{block_on, http, tools};

const FOLDER: &str = "tests/dashboards";

#[test]
fn they_are_right_in_the_libraries_of_grafana() {
    tools::check("bash", &["dashboards/preview/install"]);
    let (clickhouse, world) = (ClickHouse::shared(), World::start());
    let (filled, empty) = (tables(clickhouse), tables(clickhouse));
    for statement in include_str!("world.sql").replace("${database}", &filled).split(";\n") {
        if !statement.trim().is_empty() {
            clickhouse.query(statement);
        }
    }
    let mut node = tools::command(&["node"]);
    node.args(["--test", "--test-reporter=tap"]).args(files()).current_dir(root());
    node.env("CSPWATCH_CLICKHOUSE", clickhouse.url()).env("CSPWATCH_DATABASE", &filled);
    node.env("CSPWATCH_EMPTY_DATABASE", &empty);
    node.env("CSPWATCH_PROMETHEUS", format!("http://{}", world.address));
    node.env("CSPWATCH_MOMENTS", &world.moments);
    let output = node.output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    // Where node finds no tests, it succeeds.
    let said = text(&output);
    let passed = said.lines().find_map(|line| line.strip_prefix("# pass "));
    assert!(passed.unwrap().parse::<u32>().unwrap() > 40, "{said}");
}

/// The tests, with their paths from the top of the repository.
fn files() -> Vec<String> {
    let names = fs::read_dir(root().join(FOLDER)).unwrap().map(|file| file.unwrap().file_name());
    let names = names.map(|name| name.into_string().unwrap());
    let mut files: Vec<_> = names.filter(|name| name.ends_with(".test.mjs")).collect();
    files.sort();
    files.into_iter().map(|name| format!("{FOLDER}/{name}")).collect()
}

/// A database with all tables, and nothing in them.
fn tables(clickhouse: &ClickHouse) -> String {
    let database = clickhouse.fresh_database();
    block_on(migrate(&clickhouse.client(&database), &Placement::single(&database))).unwrap();
    database
}

/// A Prometheus that knows the past of `world.mjs`. Ends when dropped.
struct World {
    address: SocketAddr,
    /// At what times the tests look at it, as JSON.
    moments: String,
    // Before its directory.
    _prometheus: Service,
    _place: TempDir,
}

impl World {
    fn start() -> Self {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
        let (written, data) = (at("world.om"), at("data"));
        let moments = tools::check("node", &[&format!("{FOLDER}/world.mjs"), &written]);
        tools::check("promtool", &["tsdb", "create-blocks-from", "openmetrics", &written, &data]);
        let address = free_address();
        let prometheus = start_prometheus(place.path(), &data, address);
        Self { address, moments, _prometheus: prometheus, _place: place }
    }
}

fn start_prometheus(place: &Path, data: &str, address: SocketAddr) -> Service {
    let config = place.join("prometheus.yml");
    fs::write(&config, "global: {}\n").unwrap();
    let mut command: Command = tools::command(&["prometheus"]);
    command.arg(format!("--config.file={}", config.display()));
    command.arg(format!("--storage.tsdb.path={data}"));
    command.arg(format!("--web.listen-address={address}"));
    let mut service = Service::start(command, place.join("prometheus.log"));
    service.until("Prometheus is ready", || {
        http::request(address, "GET", "/-/ready", "").is_ok_and(|answer| answer.status == 200)
    });
    service
}
