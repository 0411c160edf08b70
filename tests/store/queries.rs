//! The queries against a real ClickHouse: each returns what it promises, on data that fits on a page.

use cspwatch::base::clock::{DAY, Timestamp};
use cspwatch::store::queries::{ALL, NamedQuery};
use cspwatch::store::schema::{Placement, migrate};
use url::form_urlencoded::Serializer;

use crate::support::clickhouse::ClickHouse;
use crate::support::{block_on, http};

/// The rows that are stored.
pub const KNOWN: &str = include_str!("queries/known.sql");
/// What each query answers about them, tab separated.
pub const EXPECTED: &str = include_str!("queries/expected.tsv");

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
            // Nobody but views inserts scripts, which have no shard of their own.
            let path = "/?distributed_foreground_insert=1&insert_distributed_one_random_shard=1";
            let answer = http::request(self.clickhouse.address(), "POST", path, statement).unwrap();
            assert_eq!(answer.status, 200, "{statement}\n{}", answer.body);
        }
        self
    }

    /// Runs a query about yesterday on `site`; returns the answer, tab separated.
    #[track_caller]
    fn ask(&self, query: &NamedQuery, site: &str) -> String {
        let mut arguments = Serializer::new(String::new());
        arguments.append_pair("database", &self.database);
        for (name, value) in parameters(self.midnight, site) {
            arguments.append_pair(&format!("param_{name}"), &value);
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
            let found = without_now(query, self.ask(query, "shop"));
            if found != answer {
                wrong += &format!("== {name}\n{}", found.replace(&self.day, "${day}"));
            }
        }
        assert_eq!(sections.next(), None);
        assert!(wrong.is_empty(), "other answers than expected:\n{wrong}");
    }
}

/// What the queries are asked with: about a site, and the day that begins at `midnight`.
pub fn parameters(midnight: Timestamp, site: &str) -> Vec<(&'static str, String)> {
    let (from, to) = (midnight, midnight + DAY);
    vec![
        ("site", site.to_owned()),
        ("sites", "['shop']".to_owned()),
        ("page_group", "".to_owned()),
        ("page_groups", "['payment']".to_owned()),
        ("destinations", "['other.example','widget.example']".to_owned()),
        ("destination", "evil.example".to_owned()),
        ("verdict", "known".to_owned()),
        ("gap", "3600".to_owned()),
        ("step", "7200".to_owned()),
        ("limit", "10".to_owned()),
        ("from", from.millis().to_string()),
        ("since", from.millis().to_string()),
        ("to", to.millis().to_string()),
        ("received_before", to.millis().to_string()),
        ("collector", "c2".to_owned()),
        ("batches", "['c1-1','c2-1']".to_owned()),
        ("fingerprint", "2".to_owned()),
        ("batch_id", "c1-1".to_owned()),
        ("own", "c1-1".to_owned()),
        ("own_hosts", "['shop.example']".to_owned()),
        ("kind", "csp".to_owned()),
        ("tag", "o-1".to_owned()),
        ("client", "0".to_owned()),
        ("clients", "[]".to_owned()),
        ("directive", "".to_owned()),
        ("to_destination", "".to_owned()),
        ("engine", "".to_owned()),
        ("text", "vendor[.]example".to_owned()),
        ("about", "".to_owned()),
        ("list", String::new()),
        ("offset", "0".to_owned()),
        ("start", "0".to_owned()),
        ("fingerprints", "[2,3]".to_owned()),
        ("enough", "10".to_owned()),
        ("begin", from.millis().to_string()),
        ("hours", "[10,12]".to_owned()),
        ("version", "".to_owned()),
    ]
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

/// An answer without the time at which ClickHouse gave it.
pub fn without_now(query: &NamedQuery, answer: String) -> String {
    if query.name != "exchange_news" {
        return answer;
    }
    let columns: Vec<_> = answer.split('\t').collect();
    assert!(columns[2].len() == "2026-11-01 10:00:00.000".len(), "{answer}");
    [&columns[..2], &["now"], &columns[3..]].concat().join("\t")
}

pub fn queries_in_order() -> Vec<&'static NamedQuery> {
    let mut all: Vec<_> = ALL.iter().filter(|query| query.name != PIPELINE_TABLES).collect();
    all.sort_by_key(|query| query.name);
    all
}
