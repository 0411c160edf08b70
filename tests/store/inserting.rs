//! Batches against a real ClickHouse: stored as a whole and once, and failures with their class.

use cspwatch::base::clock::{DAY, MILLISECOND, MINUTE, Timestamp};
use cspwatch::store::error::Class;
use cspwatch::store::insert::insert_batch;
use cspwatch::store::rows::{
    LIMITED, LimitedRow, PolicyHash, REPORTS, ReportRow, SIGHTINGS, SightingRow,
};
use cspwatch::store::schema::{Placement, migrate};

use crate::support::block_on;
use crate::support::clickhouse::ClickHouse;
use crate::support::ports::free_address;
use crate::support::until;

/// 2026-11-01T10:00:00.123Z
const NOW: Timestamp = Timestamp::from_millis(1_793_527_200_123);

fn report(fingerprint: u128) -> ReportRow<'static> {
    ReportRow {
        batch_id: "c1-1-1",
        received_at: NOW,
        first_seen: NOW - MINUTE,
        last_seen: NOW - MILLISECOND,
        count: 7,
        clients: 3,
        site: "shop",
        page_group: "payment",
        kind: "csp",
        type_name: "",
        disposition: "report",
        directive: "connect-src",
        channel: "send",
        verdict: "unknown",
        reason: "unconfigured",
        destination: "evil.example",
        blocked_scheme: "https",
        blocked_host: "a.evil.example",
        blocked_port: 8443,
        blocked_path: "/x\ty'\n\\ü",
        document_host: "shop.example",
        document_path: "/checkout",
        source_scheme: "https",
        source_host: "cdn.example",
        source_path: "/a.js",
        line: 12,
        column: 4_000_000_000,
        status_code: 200,
        sample: "fetch(",
        detail: "d",
        policy_hash: PolicyHash(0xab),
        engine: "chromium",
        engine_version: 141,
        pan_in_url: true,
        verified: true,
        fingerprint,
    }
}

fn sighting(client: u64, seen_at: Timestamp) -> SightingRow<'static> {
    SightingRow {
        batch_id: "c1-1-1",
        received_at: NOW,
        seen_at,
        site: "shop",
        page_group: "payment",
        destination: "evil.example",
        directive: "connect-src",
        disposition: "report",
        channel: "send",
        verdict: "unknown",
        kind: "csp",
        document_path: "/checkout",
        client,
        tag: "order-1",
        tag_signed: true,
        verified: true,
        extensionless: false,
        fingerprint: u128::MAX,
    }
}

fn migrated(clickhouse: &ClickHouse) -> (String, clickhouse::Client) {
    let database = clickhouse.fresh_database();
    let client = clickhouse.client(&database);
    block_on(migrate(&client, &Placement::single(&database))).unwrap();
    (database, client)
}

#[test]
fn a_report_is_read_back_as_it_was_written() {
    let clickhouse = ClickHouse::shared();
    let (database, client) = migrated(clickhouse);
    let rows = [report(u128::MAX), report(1)];
    let sent = block_on(insert_batch::<ReportRow<'_>>(&client, REPORTS, "c1-1-1", rows)).unwrap();
    assert_eq!(sent, 2);
    let row = clickhouse.query(&format!(
        "SELECT * FROM {database}.reports ORDER BY fingerprint DESC LIMIT 1 FORMAT JSONCompactEachRow"
    ));
    let expected = serde_json::json!([
        "c1-1-1",
        "2026-11-01 10:00:00.123",
        "2026-11-01 09:59:00.123",
        "2026-11-01 10:00:00.122",
        7,
        3,
        "shop",
        "payment",
        "csp",
        "",
        "report",
        "connect-src",
        "send",
        "unknown",
        "unconfigured",
        "evil.example",
        "https",
        "a.evil.example",
        8443,
        "/x\ty'\n\\ü",
        "shop.example",
        "/checkout",
        "https",
        "cdn.example",
        "/a.js",
        12,
        4_000_000_000_u32,
        200,
        "fetch(",
        "d",
        "00000000000000ab",
        "chromium",
        141,
        true,
        true,
        "FINGERPRINT"
    ]);
    // serde_json has no 128-bit numbers.
    let row = row.replace("340282366920938463463374607431768211455", "\"FINGERPRINT\"");
    let row = row.replace("\"\"FINGERPRINT\"\"", "\"FINGERPRINT\"");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&row).unwrap(), expected);
    let parts = clickhouse.query(&format!(
        "SELECT partition, rows FROM system.parts WHERE database = '{database}' AND active \
         AND table = 'reports'"
    ));
    assert_eq!(parts, "20261101\t2", "one block in the partition of the collector's day");
}

#[test]
fn a_repeated_batch_changes_nothing_even_after_kill_9() {
    let mut clickhouse = ClickHouse::start();
    let (database, client) = migrated(&clickhouse);
    let send = |client: &clickhouse::Client, token: &str| {
        let reports = [report(1), report(2)];
        let sightings = [sighting(1, NOW), sighting(2, NOW), sighting(2, NOW - DAY)];
        let limited = LimitedRow {
            batch_id: "c1-1-1",
            received_at: NOW,
            minute: u32::try_from(NOW.floor(MINUTE).seconds()).unwrap(),
            site: "shop",
            kind: "csp",
            count: 5,
        };
        block_on(async {
            insert_batch::<ReportRow<'_>>(client, REPORTS, token, reports).await.unwrap();
            insert_batch::<SightingRow<'_>>(client, SIGHTINGS, token, sightings).await.unwrap();
            insert_batch::<LimitedRow<'_>>(client, LIMITED, token, [limited]).await.unwrap();
        });
    };
    let counts = |clickhouse: &ClickHouse| {
        clickhouse.query(&format!(
            "SELECT (SELECT sum(count) FROM {database}.reports), \
                    (SELECT count() FROM {database}.sightings), \
                    (SELECT sum(count) FROM {database}.limited), \
                    (SELECT (sum(reports), uniqMerge(clients), \
                             length(groupUniqArrayArray(active_days))) \
                     FROM {database}.destinations)"
        ))
    };
    let once = "14\t3\t5\t(3,2,2)";
    send(&client, "c1-1-1");
    assert_eq!(counts(&clickhouse), once);
    send(&client, "c1-1-1");
    assert_eq!(counts(&clickhouse), once);
    clickhouse.restart();
    let client = clickhouse.client(&database);
    send(&client, "c1-1-1");
    assert_eq!(counts(&clickhouse), once, "the tokens are remembered on disk");
    send(&client, "c1-1-2");
    assert_eq!(counts(&clickhouse), "28\t6\t10\t(6,2,2)", "another token is another batch");
}

#[test]
fn failures_have_their_class() {
    let clickhouse = ClickHouse::shared();
    let (database, client) = migrated(clickhouse);
    let send = |client: &clickhouse::Client| {
        block_on(insert_batch::<ReportRow<'_>>(client, REPORTS, "t", [report(1)]))
    };
    let mut nobody = clickhouse.connection(&database);
    nobody.urls = vec![format!("http://{}", free_address())];
    let error = send(&nobody.client().unwrap()).unwrap_err();
    assert_eq!((error.class, error.code), (Class::Retry, None), "{error}");

    let unknown = block_on(insert_batch::<ReportRow<'_>>(&client, "no_such", "t", [report(1)]));
    let error = unknown.unwrap_err();
    assert_eq!((error.class, error.code), (Class::Hold, Some(60)), "{error}");

    clickhouse.query(&format!("ALTER TABLE {database}.reports RENAME COLUMN sample TO s"));
    let error = send(&client).unwrap_err();
    assert_eq!((error.class, error.code), (Class::Hold, None), "{error}");
    clickhouse.query(&format!("ALTER TABLE {database}.reports RENAME COLUMN s TO sample"));
    assert_eq!(send(&client), Ok(1), "the cached columns were dropped");
    assert_eq!(
        block_on(insert_batch::<ReportRow<'_>>(&client, "no_such", "t", std::iter::empty())),
        Ok(0),
        "without rows, no query is sent"
    );
}

#[test]
fn the_same_batch_is_not_stored_twice_at_the_same_time() {
    let clickhouse = ClickHouse::shared();
    let (database, client) = migrated(clickhouse);
    // The view keeps the first attempt busy until the other one is answered.
    clickhouse.query(&format!(
        "CREATE MATERIALIZED VIEW {database}.slow ENGINE = MergeTree ORDER BY slept AS \
         SELECT sleepEachRow(1) AS slept FROM {database}.limited"
    ));
    let row = || LimitedRow {
        batch_id: "c1-1-7",
        received_at: NOW,
        minute: 1_793_527_200,
        site: "shop",
        kind: "csp",
        count: 1,
    };
    let rows = || std::iter::repeat_with(row).take(3);
    let insert = || insert_batch::<LimitedRow<'_>>(&client, LIMITED, "busy-1", rows());
    let (first, second) = block_on(async { tokio::join!(insert(), insert()) });
    let mut answers = [first, second];
    answers.sort_by_key(Result::is_err);
    assert_eq!(answers[0], Ok(3));
    let error = answers[1].as_ref().unwrap_err();
    assert_eq!((error.class, error.code), (Class::Retry, Some(216)), "{error}");
    // The id of the query is free a moment after its answer.
    until("it is accepted again, and the rows are dropped", || block_on(insert()) == Ok(3));
    assert_eq!(clickhouse.query(&format!("SELECT count() FROM {database}.limited")), "3");
}
