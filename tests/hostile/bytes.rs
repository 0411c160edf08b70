//! Reports that are to fill the disks: many different ones, each as long as it can be, and policies.

use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP, script_hash, script_report, violation};
use crate::support::until;

const NOISE: &str = "cspwatch_reports_total{site=\"shop\",kind=\"csp\",outcome=\"limited\"}";

/// A report that is no evidence, and as long as one may be.
fn long(number: usize) -> String {
    let words = "over the hills and far away/".repeat(30).replace(' ', "-");
    violation(&format!("https://shop.example/p/{number}/{words}"), "inline", "style-src")
}

fn thief(name: &str) -> String {
    violation("https://shop.example/checkout", &format!("https://{name}.example/"), "form-action")
}

fn is_exported(collector: &Collector, name: &str) -> bool {
    let series = format!(
        "cspwatch_unknown_destination_reports_total{{site=\"shop\",page_group=\"payment\",\
         destination=\"{name}.example\",channel=\"send\",severity=\"page\",finding="
    );
    crate::support::http::request(collector.admin(), "GET", "/metrics", "")
        .is_ok_and(|page| page.body.contains(&series))
}

#[test]
fn a_network_that_has_written_its_bytes_hides_nothing_and_takes_nothing_from_others() {
    let clickhouse = ClickHouse::shared();
    let (mut collector, database) = Collector::start_storing(SHOP);
    collector.reconfigure(|config| {
        config.set("limits.bytes_per_day_per_network", "64KiB");
        config.behind_proxy();
    });
    for number in 0..200 {
        assert_eq!(collector.post_as("203.0.113.9", &long(number)).status, 204);
    }
    assert!(collector.metric(NOISE) > Some(100.0));
    assert_eq!(collector.post_as("203.0.113.77", &thief("thief")).status, 204);
    assert!(is_exported(&collector, "thief"));
    assert_eq!(collector.post_as("198.51.100.7", &long(1000)).status, 204);
    let count = |which: &str| {
        clickhouse.query(&format!("SELECT count() FROM {database}.reports WHERE {which}"))
    };
    until("the theft is stored", || count("destination = 'thief.example'") == "1");
    until("and what another network reports", || count("document_path LIKE '/p/1000/%'") == "1");
    let bytes: u64 = clickhouse
        .query(&format!("SELECT sum(length(document_path)) FROM {database}.reports"))
        .parse()
        .expect("a number");
    assert!(bytes < 64 * 1024, "{bytes}");
    // More bytes, from now on.
    let mut config = collector.config().clone();
    config.set("limits.bytes_per_day_per_network", "0");
    collector.reload(&config);
    until("the network may write again", || {
        assert_eq!(collector.post_as("203.0.113.9", &long(2000)).status, 204);
        count("document_path LIKE '/p/2000/%'") != "0"
    });
}

#[test]
fn a_theft_is_exported_while_the_journal_is_full() {
    let collector = Collector::build()
        .config(SHOP)
        .set("journal.max_bytes", "64KiB")
        .clickhouse("http://127.0.0.1:9", "nowhere")
        .start();
    for number in 0.. {
        if collector.post(&long(number)).status == 503 {
            break;
        }
    }
    assert_eq!(collector.post(&thief("first")).status, 204, "the reserve is for this");
    let refused = (0..100).find(|index| collector.post(&thief(&format!("t{index}"))).status == 503);
    let refused = format!("t{}", refused.expect("a reserve has an end"));
    assert!(is_exported(&collector, "first") && is_exported(&collector, &refused));
    assert_eq!(collector.metric("cspwatch_journal_room_bytes"), Some(0.0));
    until("it says so", || collector.readyz().body.contains("full"));
}

/// Letters that nobody could have chosen and nothing can compress, from a seed.
struct Letters(u64);

impl Letters {
    fn word(&mut self, length: usize) -> String {
        let mut next = || {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            char::from(b'a' + u8::try_from(self.0 >> 32 & 0xFF).unwrap() % 26)
        };
        (0..length).map(|_| next()).collect()
    }

    /// Words, as far as redaction leaves them: of a path of random letters it leaves a hash.
    fn path(&mut self) -> String {
        const WORDS: &str = "about account address basket billing brand cart category checkout collection contact content \
            country customer delivery details discount download email family feature garden gift guide health holiday home \
            image invoice kitchen language letter library login market member message mobile network office order page payment \
            people person picture policy price privacy product profile project question review search season service shipping \
            shop summer support travel update video weather window winter women work world";
        let words: Vec<&str> = WORDS.split_whitespace().collect();
        let of =
            |letters: String| letters.bytes().map(usize::from).fold(0, |sum, byte| sum * 26 + byte);
        (0..110).map(|_| words[of(self.word(3)) % words.len()]).collect::<Vec<_>>().join("-")
    }

    fn host(&mut self) -> String {
        let labels: Vec<String> = (0..3).map(|_| self.word(60)).collect();
        format!("{}.{}.example", labels.join("."), self.word(30))
    }
}

/// One of the ways to write as much as possible with a report: sightings, scripts, noise, policies.
fn largest(kind: usize, letters: &mut Letters) -> String {
    let page = format!("https://shop.example/checkout/{}", letters.path());
    match kind % 4 {
        0 => violation(
            &page,
            &format!("https://{}/{}", letters.host(), letters.path()),
            "form-action",
        ),
        1 => script_report(
            &page,
            &format!("https://{}/{}.js", letters.host(), letters.word(40)),
            &script_hash("a"),
        ),
        2 => violation(&page, &format!("https://cdn.example/{}", letters.path()), "img-src"),
        _ => {
            let sources: Vec<String> = (0..100).map(|_| letters.host()).collect();
            let policy = format!("img-src {}", sources.join(" "));
            violation(&page, "https://cdn.example/", "img-src")
                .replace("default-src 'self'; report-uri /report", &policy)
        }
    }
}

/// The bound of a day is fifty times this one.
#[test]
fn one_address_makes_the_disks_grow_by_no_more_than_its_bytes() {
    let clickhouse = ClickHouse::shared();
    let (mut collector, database) = Collector::start_storing(SHOP);
    let budget = 2 * 1024 * 1024;
    collector.reconfigure(|config| {
        config.set("limits.bytes_per_day_per_network", "2MiB");
    });
    let mut letters = Letters(88_172_645_463_325_252);
    let mut posted = 0;
    let limited = || collector.metric(NOISE).unwrap_or(0.0);
    // Until each of the four has been refused room for a while.
    while limited() < 400.0 {
        for _ in 0..100 {
            let body = largest(posted, &mut letters);
            assert_eq!(collector.post(&body).status, 204, "{body}");
            posted += 1;
        }
    }
    collector.settle();
    for table in ["reports", "sightings", "policies", "scripts", "destinations"] {
        clickhouse.query(&format!("OPTIMIZE TABLE {database}.{table} FINAL"));
    }
    let of_table =
        "SELECT table, sum(bytes_on_disk) FROM system.parts WHERE active AND database = ";
    let tables =
        clickhouse.query(&format!("{of_table}'{database}' GROUP BY table ORDER BY 2 DESC"));
    let rows: u64 = clickhouse
        .query(&format!(
            "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = '{database}'"
        ))
        .parse()
        .expect("a number");
    let journal = collector.metric("cspwatch_journal_bytes").expect("a gauge");
    println!("{posted} reports, {rows} bytes in ClickHouse, {journal} in the journal\n{tables}");
    assert!(rows > budget / 10, "the attack is none: {tables}");
    // Empty tables, marks and the parts of a small table take some KiB whatever is in them.
    assert!(rows < budget + 256 * 1024, "{tables}");
}
