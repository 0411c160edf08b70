//! Who sent a report, and who only says so.

use std::fs;

use super::{hear, open, post_with};
use crate::support::builder::path_text;
use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP, cspwatch, violation};
use crate::support::until;

const CLIENTS: &str = "cspwatch_unknown_destination_clients{site=\"shop\",page_group=\"payment\",\
                       destination=\"evil.example\",channel=\"send\",severity=\"page\",\
                       finding=\"evil.example\"}";

/// A form: one report of it is an alert, so that the number of clients is among the metrics.
fn report() -> String {
    violation("https://shop.example/checkout", "https://evil.example/", "form-action")
}

/// Posts the report behind a header of the PROXY protocol.
fn post_behind(collector: &Collector, header: &[u8]) -> String {
    let mut bytes = header.to_vec();
    let body = report();
    let head = format!("POST /report HTTP/1.0\r\nHost: c\r\nContent-Length: {}", body.len());
    bytes.extend(format!("{head}\r\n\r\n{body}").as_bytes());
    hear(open(collector, &bytes)).split(' ').nth(1).unwrap_or_default().to_owned()
}

#[test]
fn nobody_but_a_trusted_proxy_names_the_client() {
    let collector = super::collector();
    for client in ["203.0.113.1", "198.51.100.1", "192.0.2.1"] {
        let lies = format!(
            "X-Forwarded-For: {client}\r\nForwarded: for={client}\r\nX-Real-IP: {client}\r\n"
        );
        assert_eq!(post_with(&collector, "/report", &lies, &report()), "204");
    }
    assert_eq!(collector.metric(CLIENTS), Some(1.0), "one client, whatever it says");
}

#[test]
fn of_a_trusted_proxys_list_the_last_stranger_counts() {
    let collector = Collector::build().config(SHOP).behind_proxy().start();
    // An untrusted client can write everything to the left of its own address.
    for forged in ["203.0.113.1", "198.51.100.1", "192.0.2.1", "nonsense", "\"", "127.0.0.1"] {
        let list = format!("X-Forwarded-For: {forged}, 203.0.113.9, 127.0.0.2\r\n");
        assert_eq!(post_with(&collector, "/report", &list, &report()), "204");
    }
    assert_eq!(collector.metric(CLIENTS), Some(1.0));
    let long = format!("X-Forwarded-For: {}203.0.113.9\r\n", "192.0.2.7, ".repeat(1_000));
    assert_eq!(post_with(&collector, "/report", &long, &report()), "204");
    assert_eq!(collector.metric(CLIENTS), Some(1.0));
}

#[test]
fn a_proxy_that_speaks_the_proxy_protocol_names_the_client() {
    let builder = Collector::build().config(SHOP).behind_proxy();
    let collector = builder.set("listen.proxy_protocol", true).start();
    let version_2 = [
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c".as_slice(),
        &[198, 51, 100, 1, 127, 0, 0, 1, 0, 1, 0, 80],
    ]
    .concat();
    assert_eq!(post_behind(&collector, b"PROXY TCP4 203.0.113.1 127.0.0.1 1 80\r\n"), "204");
    assert_eq!(collector.metric(CLIENTS), Some(1.0));
    assert_eq!(post_behind(&collector, &version_2), "204");
    assert_eq!(collector.metric(CLIENTS), Some(2.0), "two networks");
    assert_eq!(post_behind(&collector, b""), "", "closed without a word");
    let refused = "cspwatch_connections_refused_total{reason=\"proxy_header\"}";
    assert_eq!(collector.metric(refused), Some(1.0));
}

#[test]
fn nobody_else_may_speak_the_proxy_protocol() {
    let collector = super::collector();
    assert_eq!(post_behind(&collector, b"PROXY TCP4 203.0.113.1 127.0.0.1 1 80\r\n"), "400");
    assert_eq!(collector.metric(CLIENTS), None);
}

#[test]
fn reports_to_a_signed_endpoint_are_told_from_others() {
    let clickhouse = ClickHouse::shared();
    let (mut collector, database) = Collector::start_storing(SHOP);
    let key = collector.place().join("endpoint.key");
    fs::write(&key, "correct-horse-battery\n").unwrap();
    collector.reconfigure(|config| config.set("site.0.endpoint_key_file", path_text(&key)));

    let config = collector.config_file();
    let arguments = ["sign", "--site", "shop", "--config", config.to_str().unwrap()];
    let (code, url) = cspwatch(&arguments);
    assert_eq!(code, Some(0), "{url}");
    let signed = url.trim().strip_prefix("https://reports.example").unwrap();
    let forged = signed.replace("exp=", "exp=1");
    for target in ["/report/shop", &forged, signed, signed] {
        assert_eq!(post_with(&collector, target, "", &report()), "204", "it is no gate");
    }
    let reports = format!(
        "SELECT verified, sum(count) FROM {database}.reports GROUP BY verified ORDER BY verified FORMAT TSV"
    );
    collector.settle();
    until("both are stored", || clickhouse.query(&reports) == "false\t2\ntrue\t2");
    let sightings =
        format!("SELECT countIf(verified), count() FROM {database}.sightings FORMAT TSV");
    until("all are stored", || clickhouse.query(&sightings) == "2\t4");
}

#[test]
fn tags_that_the_site_signed_are_told_from_others() {
    let clickhouse = ClickHouse::shared();
    let (mut collector, database) = Collector::start_storing(SHOP);
    let key = collector.place().join("tag.key");
    fs::write(&key, "correct-horse-battery\n").unwrap();
    collector.reconfigure(|config| config.set("site.0.tag_key_file", path_text(&key)));

    let unsigned = "cspwatch_unsigned_tags_total{site=\"shop\"}";
    assert_eq!(collector.metric(unsigned), Some(0.0));
    let (code, url) = collector.command(&["sign", "--site", "shop", "--tag", "order-7"]);
    assert_eq!(code, Some(0), "{url}");
    let signed = url.trim().strip_prefix("https://reports.example").unwrap();
    let forged = signed.replace("order-7", "order-8");
    for target in ["/report/shop", "/report/shop?tag=order-9", &forged, signed] {
        assert_eq!(post_with(&collector, target, "", &report()), "204", "it is no gate");
    }
    assert_eq!(collector.metric(unsigned), Some(2.0));
    let sightings =
        format!("SELECT tag, tag_signed FROM {database}.sightings ORDER BY tag FORMAT TSV");
    collector.settle();
    until("all are stored", || {
        clickhouse.query(&sightings) == "\tfalse\norder-7\ttrue\norder-8\tfalse\norder-9\tfalse"
    });

    for (arguments, code, expected) in [
        (&["--tag", "order 7"][..], 64, "a tag is 1 to 128 of"),
        (&[], 1, "site.endpoint_key_file names the key of its endpoint, and is not set"),
    ] {
        let (found, text) = collector.command(&[&["sign", "--site", "shop"], arguments].concat());
        assert_eq!(found, Some(code), "{text}");
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn what_no_browser_sends_is_named_in_the_reason() {
    let clickhouse = ClickHouse::shared();
    let (collector, database) = Collector::start_storing(SHOP);
    let firefox =
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0\r\n";
    let true_one = "Content-Type: application/csp-report\r\nOrigin: https://shop.example\r\n";
    for more in [true_one, "Origin: https://elsewhere.example\r\n"] {
        let status = post_with(&collector, "/report", &format!("{firefox}{more}"), &report());
        assert_eq!(status, "204");
    }
    let reasons = format!("SELECT reason FROM {database}.reports ORDER BY reason FORMAT TSV");
    let expected = "unlisted\nunlisted odd:origin+media-type";
    collector.settle();
    until("each has a row of its own", || clickhouse.query(&reasons) == expected);
}
