//! The named queries against a real engine: each returns what it says, on data that fits on a page.

use cspwatch::store::queries::{ALL, Named};
use cspwatch::store::schema::migrate;
use url::form_urlencoded::Serializer;

use crate::support::clickhouse::ClickHouse;
use crate::support::{block_on, http};

/// The rows.
const KNOWN: &str = include_str!("queries/known.sql");
/// What each query answers about them, tab separated.
const EXPECTED: &str = include_str!("queries/expected.tsv");

struct Stand {
    clickhouse: &'static ClickHouse,
    database: String,
    day: String,
    midnight: i64,
}

impl Stand {
    fn new() -> Self {
        let clickhouse = ClickHouse::shared();
        let database = clickhouse.fresh_database();
        block_on(migrate(&clickhouse.client(&database), &database)).unwrap();
        let day = clickhouse.query("SELECT toString(toDate(now('UTC')) - 1)");
        let sql = format!("SELECT toUnixTimestamp(toDateTime('{day} 00:00:00', 'UTC')) * 1000");
        let midnight = clickhouse.query(&sql).parse().unwrap();
        Self { clickhouse, database, day, midnight }
    }

    fn filled() -> Self {
        let stand = Self::new();
        let sql = KNOWN.replace("${database}", &stand.database).replace("${day}", &stand.day);
        for statement in sql.split(";\n").filter(|statement| !statement.is_empty()) {
            stand.clickhouse.query(statement);
        }
        stand
    }

    /// Asks a query about the yesterday of `site`; the answer, tab separated.
    #[track_caller]
    fn ask(&self, query: &Named, site: &str) -> String {
        let (from, to) = (self.midnight, self.midnight + 86_400_000);
        let mut arguments = Serializer::new(String::new());
        arguments.append_pair("database", &self.database);
        for (name, value) in [
            ("site", site),
            ("page_group", ""),
            ("destination", "evil.example"),
            ("verdict", "known"),
            ("gap", "3600"),
            ("step", "300"),
            ("limit", "10"),
            ("from", &from.to_string()),
            ("since", &from.to_string()),
            ("to", &to.to_string()),
            ("collector", "c2"),
            ("batches", "['c1-1','c2-1']"),
            ("received_at", &(from + 36_000_000).to_string()),
            ("minute", &(from / 1000 + 36_000).to_string()),
            ("fingerprint", "2"),
            ("batch_id", "c1-1"),
            ("kind", "csp"),
        ] {
            arguments.append_pair(&format!("param_{name}"), value);
        }
        let path = format!("/?{}", arguments.finish());
        let answer = http::request(self.clickhouse.address(), "POST", &path, query.sql).unwrap();
        assert_eq!(answer.status, 200, "{}: {}", query.name, answer.body);
        answer.body
    }
}

#[test]
fn each_query_answers_what_it_says() {
    let stand = Stand::filled();
    let expected = EXPECTED.replace("${day}", &stand.day);
    let mut sections = expected.split("== ").skip(1);
    for query in named_in_order() {
        let (name, answer) = sections.next().unwrap().split_once('\n').unwrap();
        assert_eq!(query.name, name);
        assert_eq!(stand.ask(query, "shop"), answer, "{name}");
    }
    assert_eq!(sections.next(), None);
}

#[test]
fn each_query_runs_for_all_sites_for_none_and_on_empty_tables() {
    let stand = Stand::filled();
    for query in ALL {
        let of_shop = stand.ask(query, "shop").lines().count();
        let of_all = stand.ask(query, "").lines().count();
        // Those that are about one site find none of that name.
        let wants_one = !query.sql.contains("{site:String} = ''");
        assert!(wants_one || of_all >= of_shop, "{}: {of_all} < {of_shop}", query.name);
        stand.ask(query, "no such site");
    }
    let empty = Stand::new();
    for query in ALL {
        empty.ask(query, "");
    }
}

fn named_in_order() -> Vec<&'static Named> {
    let mut all: Vec<_> = ALL.iter().collect();
    all.sort_by_key(|query| query.name);
    all
}
