//! ClickHouse answers with errors.

use crate::support::clickhouse::ClickHouse;
use crate::support::proxy::{Fault, Proxy};
use crate::support::trial::Trial;

/// Codes that pass, and codes that somebody has to do something about. None may cost a report.
const REFUSED: [(u32, &str); 7] = [
    (241, "Memory limit (total) exceeded. (MEMORY_LIMIT_EXCEEDED)"),
    (252, "Too many parts (3004). Merges are processing slower than inserts. (TOO_MANY_PARTS)"),
    (202, "Too many simultaneous queries. Maximum: 100. (TOO_MANY_SIMULTANEOUS_QUERIES)"),
    (242, "Table is in readonly mode. (TABLE_IS_READ_ONLY)"),
    (60, "Table test.reports does not exist. (UNKNOWN_TABLE)"),
    (164, "default: Cannot execute query in readonly mode. (READONLY)"),
    (516, "default: Authentication failed. (AUTHENTICATION_FAILED)"),
];

/// Said although the INSERT was carried out.
const DENIED: [(u32, &str); 3] = [
    (159, "Timeout exceeded: elapsed 60.1 seconds. (TIMEOUT_EXCEEDED)"),
    (319, "Unknown status, client must retry. (UNKNOWN_STATUS_OF_INSERT)"),
    (999, "Session expired. (KEEPER_EXCEPTION)"),
];

#[test]
fn an_error_for_a_while_loses_nothing() {
    let clickhouse = ClickHouse::shared();
    let proxy = Proxy::start(clickhouse.address());
    let mut trial = Trial::start_behind(&proxy, clickhouse);
    trial.under_load(|_, collector| {
        let refused = REFUSED.map(|(code, words)| Fault::Refused(code, words));
        let denied = DENIED.map(|(code, words)| Fault::Denied(code, words));
        for fault in refused.into_iter().chain(denied) {
            proxy.fail_times(fault, 1);
            collector.until_stored();
        }
    });
    trial.judge(clickhouse).assert_kept();
    let quarantined = "cspwatch_sink_rows_total{result=\"quarantined\"}";
    assert_eq!(trial.collector.metric(quarantined), Some(0.0));
}
