//! The queries against a real ClickHouse: each returns what it promises, on data that fits on a page.

use cspwatch::base::clock::{DAY, HOUR, Timestamp};
use cspwatch::store::queries::{ALL, NamedQuery};
use cspwatch::store::schema::{Placement, migrate};
use url::form_urlencoded::Serializer;

use crate::support::clickhouse::ClickHouse;
use crate::support::{block_on, http};

/// The rows that are stored.
const KNOWN: &str = include_str!("queries/known.sql");
/// What each query answers about them, tab separated.
const EXPECTED: &str = include_str!("queries/expected.tsv");

/// The query whose answer depends on the parts on disk, not on the rows alone.
const PIPELINE_TABLES: &str = "pipeline_tables";

/// Migrated tables, and the day of their rows.
struct Tables<'a> {
    clickhouse: &'a ClickHouse,
    database: String,
    day: String,
    midnight: Timestamp,
}

impl Tables<'static> {
    fn new() -> Self {
        let clickhouse = ClickHouse::shared();
        let database = clickhouse.fresh_database();
        block_on(migrate(&clickhouse.client(&database), &Placement::single(&database))).unwrap();
        Self::of(clickhouse, database)
    }

    fn filled() -> Self {
        Self::new().fill()
    }
}

impl<'a> Tables<'a> {
    fn of(clickhouse: &'a ClickHouse, database: String) -> Self {
        let day = clickhouse.query("SELECT toString(toDate(now('UTC')) - 1)");
        let sql = format!("SELECT toUnixTimestamp(toDateTime('{day} 00:00:00', 'UTC')) * 1000");
        let midnight = Timestamp::from_millis(clickhouse.query(&sql).parse().unwrap());
        Self { clickhouse, database, day, midnight }
    }

    fn fill(self) -> Self {
        let sql = KNOWN.replace("${database}", &self.database).replace("${day}", &self.day);
        for statement in sql.split(";\n").filter(|statement| !statement.is_empty()) {
            let path = "/?distributed_foreground_insert=1";
            let answer = http::request(self.clickhouse.address(), "POST", path, statement).unwrap();
            assert_eq!(answer.status, 200, "{statement}\n{}", answer.body);
        }
        self
    }

    /// Runs a query about yesterday on `site`; returns the answer, tab separated.
    #[track_caller]
    fn ask(&self, query: &NamedQuery, site: &str) -> String {
        let (from, to) = (self.midnight, self.midnight + DAY);
        let mut arguments = Serializer::new(String::new());
        arguments.append_pair("database", &self.database);
        for (name, value) in [
            ("site", site),
            ("sites", "['shop']"),
            ("page_group", ""),
            ("page_groups", "['payment']"),
            ("destinations", "['other.example','widget.example']"),
            ("destination", "evil.example"),
            ("verdict", "known"),
            ("gap", "3600"),
            ("step", "7200"),
            ("limit", "10"),
            ("from", &from.millis().to_string()),
            ("since", &from.millis().to_string()),
            ("to", &to.millis().to_string()),
            ("collector", "c2"),
            ("start", "0"),
            ("batches", "['c1-1','c2-1']"),
            ("received_at", &(from + 10 * HOUR).millis().to_string()),
            ("minute", &(from + 10 * HOUR).seconds().to_string()),
            ("fingerprint", "2"),
            ("batch_id", "c1-1"),
            ("kind", "csp"),
            ("tag", "o-1"),
            ("client", "0"),
            ("directive", ""),
            ("to_destination", ""),
            ("engine", ""),
            ("text", "vendor[.]example"),
            ("about", ""),
            ("offset", "0"),
            ("fingerprints", "[2,3]"),
            ("clients", "[]"),
            ("enough", "10"),
        ] {
            arguments.append_pair(&format!("param_{name}"), value);
        }
        let path = format!("/?{}", arguments.finish());
        let answer = http::request(self.clickhouse.address(), "POST", &path, query.sql).unwrap();
        assert_eq!(answer.status, 200, "{}: {}", query.name, answer.body);
        answer.body
    }

    /// Runs all queries and compares their answers.
    #[track_caller]
    fn check_answers(&self) {
        let expected = EXPECTED.replace("${day}", &self.day);
        let mut sections = expected.split("== ").skip(1);
        let mut wrong = String::new();
        for query in queries_in_order() {
            let (name, answer) = sections.next().unwrap().split_once('\n').unwrap();
            assert_eq!(query.name, name);
            let found = self.ask(query, "shop");
            if found != answer {
                wrong += &format!("== {name}\n{}", found.replace(&self.day, "${day}"));
            }
        }
        assert_eq!(sections.next(), None);
        assert!(wrong.is_empty(), "other answers than expected:\n{wrong}");
    }
}

#[test]
fn each_query_has_the_expected_answer() {
    Tables::filled().check_answers();
}

/// Each server of the cluster is queried; each has a part of the rows.
#[test]
fn a_cluster_has_the_same_answers() {
    let shards = ClickHouse::start_shards::<2>();
    let placement = Placement::cluster("watch", "shards");
    for shard in &shards {
        let report = block_on(migrate(&shard.client("watch"), &placement)).unwrap();
        assert!(report.is_of_one_of_many, "there is no Keeper");
    }
    let tables = Tables::of(&shards[0], "watch".to_owned()).fill();
    for shard in &shards {
        assert_ne!(shard.query("SELECT count() FROM watch_local.reports"), "0");
    }
    tables.check_answers();
    Tables::of(&shards[1], "watch".to_owned()).check_answers();
}

#[test]
fn each_query_runs_for_all_sites_for_none_and_on_empty_tables() {
    let tables = Tables::filled();
    for query in ALL {
        let of_shop = tables.ask(query, "shop").lines().count();
        let of_all = tables.ask(query, "").lines().count();
        // Queries about one site find no site with an empty name.
        let needs_site = !query.sql.contains("{site:String} = ''");
        assert!(needs_site || of_all >= of_shop, "{}: {of_all} < {of_shop}", query.name);
        tables.ask(query, "no such site");
    }
    let empty = Tables::new();
    for query in ALL {
        empty.ask(query, "");
    }
}

/// Only the rows are compared, because ClickHouse decides about the number of parts.
#[test]
fn the_tables_are_listed_with_their_rows() {
    let tables = Tables::filled();
    let query = ALL.iter().find(|query| query.name == PIPELINE_TABLES).unwrap();
    let answer = tables.ask(query, "");
    let rows = |table| {
        let line = answer.lines().find(|line| line.split('\t').next() == Some(table));
        line.unwrap_or_else(|| panic!("no {table} in {answer}")).split('\t').nth(1).unwrap()
    };
    assert_eq!([rows("reports"), rows("limited"), rows("policies")], ["9", "2", "2"], "{answer}");
}

fn queries_in_order() -> Vec<&'static NamedQuery> {
    let mut all: Vec<_> = ALL.iter().filter(|query| query.name != PIPELINE_TABLES).collect();
    all.sort_by_key(|query| query.name);
    all
}
