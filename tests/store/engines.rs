//! The SQL on other versions of ClickHouse than the embedded one: all tables are made, and every query has the expected answer.
//!
//! The versions come as Python wheels, which have the engine and no server.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use cspwatch::base::clock::Timestamp;
use cspwatch::config::Retention;
use cspwatch::store::queries::NamedQuery;
use cspwatch::store::schema::{Placement, render};
use serde_json::json;

use super::queries::{EXPECTED, KNOWN, parameters, queries_in_order, without_now};
use crate::support::clickhouse::ClickHouse;
use crate::support::tools;

/// Runs everything on a version; the answers begin with that version.
#[track_caller]
fn check(version: &str) {
    let clickhouse = ClickHouse::shared();
    let day = clickhouse.query("SELECT toString(toDate(now('UTC')) - 1)");
    let sql = format!("SELECT toUnixTimestamp(toDateTime('{day} 00:00:00', 'UTC')) * 1000");
    let midnight = Timestamp::from_millis(clickhouse.query(&sql).parse().unwrap());
    let schema = render(&Placement::single("watch"), &Retention::default());
    let known = KNOWN.replace("${database}", "watch").replace("${day}", &day);
    let statements =
        [&schema, &known].map(|sql| sql.split(";\n").map(str::trim).collect::<Vec<_>>());
    let statements = statements.concat().into_iter().filter(|sql| !sql.is_empty());
    let parameters: serde_json::Map<_, _> = parameters(midnight, "shop")
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    let query = |query: &&NamedQuery| json!({"name": query.name, "sql": query.sql, "parameters": parameters});
    let queries = queries_in_order();
    let job = json!({
        "statements": statements.chain(["USE watch"]).collect::<Vec<_>>(),
        "queries": queries.iter().map(query).collect::<Vec<_>>(),
    });
    let answers = run(version, &job.to_string());
    let mut answers = answers.split("== ");
    let found = answers.next().unwrap();
    assert!(found.starts_with(&format!("version {version}.")), "{found}");
    let expected = EXPECTED.replace("${day}", &day);
    for (query, expected) in queries.iter().zip(expected.split("== ").skip(1)) {
        let (name, answer) = answers.next().unwrap().split_once('\n').unwrap();
        let answer = format!("{name}\n{}", without_now(query, answer.to_owned()));
        assert_eq!(answer, expected, "{}", query.name);
    }
}

fn run(version: &str, job: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines/run.py");
    let mut python = tools::python();
    python.arg(script).env("PYTHONPATH", tools::engine(version));
    let mut child =
        python.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(job.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_oldest_supported_clickhouse_answers_alike() {
    check("24.8");
}

#[test]
fn clickhouse_25_5_answers_alike() {
    check("25.5");
}

#[test]
fn clickhouse_26_9_answers_alike() {
    check("26.9");
}
