//! Spans of our own work at a real receiver, and exemplars in a real Prometheus. What becomes of reports does not depend on
//! either.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde_json::Value;

use crate::support::builder::{Builder, Config, path_text};
use crate::support::clickhouse::ClickHouse;
use crate::support::collector::{Collector, SHOP, cspwatch};
use crate::support::console::{Console, PASSWORD};
use crate::support::monitoring::Monitoring;
use crate::support::proxy::{Fault, Proxy};
use crate::support::spans::{Behaviour, Received, SpanReceiver};
use crate::support::{http, until};

const DROPPED: &str = "cspwatch_spans_total{result=\"dropped\"}";
const SENT: &str = "cspwatch_spans_total{result=\"sent\"}";
const EVIL: &str = "https://evil.example/collect";

fn shop(receiver: &SpanReceiver) -> Builder {
    Collector::build().config(SHOP).set("telemetry.otlp_endpoint", receiver.url())
}

#[track_caller]
fn check(span: &Received, kind: SpanKind, attributes: &[(&str, &str)]) {
    assert_eq!(span.kind, kind, "{span:?}");
    let found: Vec<(&str, &str)> =
        span.attributes.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(found, attributes, "{span:?}");
}

/// The span of a request has its method and its page for a name.
#[track_caller]
fn check_request(span: &Received, service: &str, status: &str) {
    let (method, route) = span.name.split_once(' ').unwrap();
    check(
        span,
        SpanKind::Server,
        &[
            ("http.request.method", method),
            ("http.response.status_code", status),
            ("http.route", route),
        ],
    );
    assert_eq!((span.service.as_str(), span.parent.as_str()), (service, ""));
    assert_eq!(span.is_failure, status.starts_with('5'), "{span:?}");
}

#[test]
fn a_request_of_the_admin_listener_is_a_span_with_its_page_and_nothing_else_of_the_address() {
    let receiver = SpanReceiver::start(Behaviour::Takes);
    let collector = shop(&receiver).start();
    for target in ["/metrics?token=hunter2", "/hunter2?hunter2", "/readyz"] {
        http::request(collector.admin(), "GET", target, "").unwrap();
    }
    http::request(collector.admin(), "HUNTER2", "/alerts", "").unwrap();
    let named = |name: &'static str| receiver.wait_for(name, |span| span.name == name);
    for (name, status) in [
        ("GET /metrics", "200"),
        ("GET other", "404"),
        ("GET /readyz", "503"),
        ("_OTHER /alerts", "405"),
    ] {
        check_request(&named(name), "cspwatch", status);
    }
    assert!(!receiver.has_got("hunter2") && !receiver.has_got("HUNTER2"));
    until("the spans are counted", || collector.metric(SENT).is_some_and(|sent| sent >= 4.0));
    assert_eq!(collector.metric(DROPPED), Some(0.0));
}

#[test]
fn a_request_of_the_console_is_a_span_without_names_cookies_and_tokens() {
    let receiver = SpanReceiver::start(Behaviour::Takes);
    let collector = Collector::build().config(SHOP).start();
    let console = Console::with(&collector, |config, _| {
        config.set("telemetry.otlp_endpoint", receiver.url());
    });
    let rosa = console.log_in("rosa");
    let token = console.token("nightly-job", "viewer");
    console.get(&rosa, "/sites/hunter2-shop?from=hunter2");
    console.get(&rosa, "/hunter2-page?hunter2");
    console.api("GET /api/v1/scripts/hunter2-shop?hunter2", &token, "");
    for (name, status) in [
        ("POST /login", "303"),
        ("GET other", "404"),
        ("GET /sites/{site}", ""),
        ("GET /api/v1/scripts/{site}", ""),
    ] {
        let span = receiver.wait_for(name, |span| span.name == name);
        // Of a site that is not configured, and with ClickHouse away, the answer is the console's own business.
        let answered = span.attribute("http.response.status_code");
        check_request(&span, "cspwatch-console", if status.is_empty() { answered } else { status });
    }
    let cookie = rosa.cookie.split_once('=').unwrap().1;
    for secret in ["hunter2", "rosa", "nightly-job", PASSWORD, cookie, &token] {
        assert!(!receiver.has_got(secret), "{secret}");
    }
}

#[test]
fn each_insert_is_a_span_within_that_of_its_segment_and_a_report_has_none() {
    let receiver = SpanReceiver::start(Behaviour::Takes);
    let (builder, _) = shop(&receiver).storing();
    let mut collector = builder.start();
    assert_eq!(collector.post_violation(EVIL, "connect-src").status, 204);
    collector.settle();
    let segment = receiver.wait_for("a segment", |span| span.name == "send segment");
    assert_eq!((segment.kind, segment.parent.as_str()), (SpanKind::Internal, ""));
    assert_eq!(segment.attribute("cspwatch.attempt"), "1");
    let insert = receiver.wait_for("an INSERT", |span| span.name == "INSERT reports");
    check(
        &insert,
        SpanKind::Client,
        &[
            ("cspwatch.attempt", "1"),
            ("cspwatch.outcome", "stored"),
            ("db.collection.name", "reports"),
            ("db.operation.batch.size", "1"),
            ("db.operation.name", "INSERT"),
            ("db.system.name", "clickhouse"),
        ],
    );
    assert_eq!((&insert.trace, &insert.parent), (&segment.trace, &segment.id));
    assert!((1..=segment.duration).contains(&insert.duration), "{insert:?} {segment:?}");
    assert!(collector.terminate().success(), "what waits is sent at the end");
    for span in receiver.spans() {
        let is_known =
            ["GET /", "send segment", "INSERT "].iter().any(|k| span.name.starts_with(k));
        assert!(is_known && span.attribute("http.route") != "other", "{span:?}");
    }
    for word in ["/report", "evil.example", "shop.example", "checkout"] {
        assert!(!receiver.has_got(word), "{word}");
    }
}

#[test]
fn an_insert_that_fails_says_how_and_at_which_attempt() {
    let receiver = SpanReceiver::start(Behaviour::Takes);
    let clickhouse = ClickHouse::shared();
    let proxy = Proxy::start(clickhouse.address());
    let database = clickhouse.fresh_database();
    let collector = shop(&receiver).clickhouse(&proxy.url(), &database).start();
    proxy.only("reports");
    proxy.fail(Some(Fault::Refused(252, "too many parts, says hunter2")));
    assert_eq!(collector.post_violation(EVIL, "connect-src").status, 204);
    let second = receiver.wait_for("a second failure", |span| {
        span.name == "INSERT reports" && span.attribute("cspwatch.attempt") == "2"
    });
    assert!(second.is_failure, "{second:?}");
    for (key, value) in [
        ("cspwatch.outcome", "failed"),
        ("cspwatch.clickhouse.code", "252"),
        ("error.type", "retry"),
    ] {
        assert_eq!(second.attribute(key), value, "{second:?}");
    }
    let segment = receiver.wait_for("its segment", |span| span.id == second.parent);
    assert!(segment.is_failure, "{segment:?}");
    proxy.fail(None);
    collector.settle();
    receiver.wait_for("the attempt that succeeded", |span| {
        span.name == "INSERT reports"
            && span.attribute("cspwatch.outcome") == "stored"
            && span.attribute("cspwatch.attempt").parse::<u32>().unwrap() > 2
    });
    assert!(!receiver.has_got("hunter2"));
}

#[test]
fn the_headers_of_the_file_are_sent_and_never_printed() {
    let receiver = SpanReceiver::start(Behaviour::Takes);
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("headers");
    fs::write(&file, "Authorization: Basic hunter2\n\nX-Tenant: shop\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let collector = shop(&receiver).set("telemetry.otlp_headers_file", path_text(&file)).start();
    until("a request came", || !receiver.heads().is_empty());
    let (path, headers) = receiver.heads().remove(0);
    assert_eq!(path, "/v1/traces");
    for (name, value) in [
        ("authorization", "Basic hunter2"),
        ("x-tenant", "shop"),
        ("content-type", "application/x-protobuf"),
    ] {
        assert_eq!(headers.get(name).unwrap(), value);
    }
    assert!(!collector.log().contains("hunter2"));
}

/// The collector has an endpoint that does not take spans. Reports are stored all the same, and the loss is counted.
#[track_caller]
fn check_loss(endpoint: &str, error: &str) {
    let builder = Collector::build().config(SHOP).set("telemetry.otlp_endpoint", endpoint);
    let (builder, _) = builder.storing();
    let mut collector = builder.start();
    assert_eq!(collector.post_violation(EVIL, "connect-src").status, 204);
    collector.settle();
    until("the loss is counted", || collector.metric(DROPPED).is_some_and(|lost| lost > 1.0));
    let lost = collector.metric(DROPPED).unwrap();
    until("more is lost", || collector.metric(DROPPED).is_some_and(|more| more > lost));
    assert_eq!(collector.post_violation(EVIL, "connect-src").status, 204);
    collector.settle();
    assert_eq!(collector.readyz().body, "ok\n");
    assert!(collector.peak_memory() < 400 * 1024, "{} KiB", collector.peak_memory());
    assert!(collector.terminate().success());
    let log = collector.log();
    let warnings: Vec<_> = log.lines().filter(|line| line.contains("spans-dropped")).collect();
    assert!(warnings.len() == 1 && warnings[0].contains(error), "{error}: {warnings:?}");
}

#[test]
fn an_endpoint_that_is_away_costs_a_counter_and_one_warning() {
    // The port discard, where nobody listens.
    check_loss("http://127.0.0.1:9", "Connection refused");
}

#[track_caller]
fn check_loss_at(behaviour: Behaviour, error: &str) {
    let receiver = SpanReceiver::start(behaviour);
    check_loss(&receiver.url(), error);
}

#[test]
fn an_endpoint_that_hangs_costs_a_counter_and_one_warning() {
    check_loss_at(Behaviour::Hangs, "no answer within 5 s");
}

#[test]
fn an_endpoint_that_fails_costs_a_counter_and_one_warning() {
    check_loss_at(Behaviour::Fails, "answers 500");
}

#[test]
fn an_endpoint_whose_answer_has_no_end_costs_a_counter_and_one_warning() {
    check_loss_at(Behaviour::Floods, "its answer cannot be read");
}

#[test]
fn what_an_endpoint_rejects_is_counted_and_the_log_says_when_that_is_over() {
    let receiver = SpanReceiver::start(Behaviour::Rejects(1));
    let collector = shop(&receiver).start();
    until("one is lost", || collector.metric(DROPPED) == Some(1.0));
    receiver.behave(Behaviour::Takes);
    until("the log says so", || {
        // Each look is a span.
        let _ = collector.metric(SENT);
        collector.log().contains("takes spans again")
    });
    assert!(collector.log().contains("refuses 1 of the spans"));
}

#[test]
fn of_a_sample_most_traces_are_not_recorded() {
    let receiver = SpanReceiver::start(Behaviour::Takes);
    let collector = shop(&receiver).set("telemetry.sample_one_in", 1_000_000).start();
    for _ in 0..100 {
        assert_eq!(collector.metric(SENT), Some(0.0));
    }
    assert_eq!(collector.metric(DROPPED), Some(0.0));
}

#[test]
fn prometheus_takes_the_metrics_with_the_trace_of_an_insert() {
    let receiver = SpanReceiver::start(Behaviour::Takes);
    let (builder, _) = shop(&receiver).storing();
    let collector = builder.start();
    let monitoring = Monitoring::with_exemplars(&collector);
    assert_eq!(collector.post_violation(EVIL, "connect-src").status, 204);
    collector.settle();
    let query = "/api/v1/query_exemplars?query=cspwatch_sink_insert_duration_seconds_bucket&start=0&end=9999999999";
    let mut trace = String::new();
    until("Prometheus has an exemplar", || {
        let answer: Value = serde_json::from_str(&monitoring.get(query)).unwrap();
        let found = answer.pointer("/data/0/exemplars/0/labels/trace_id").and_then(Value::as_str);
        found.map(|found| trace = found.to_owned()).is_some()
    });
    receiver.wait_for("its trace", |span| span.name == "send segment" && span.trace == trace);
    // The counters have the names that they have in text, and the bounds of buckets are written as there.
    for series in [
        "cspwatch_requests_total{status=\"204\"}",
        "cspwatch_sink_insert_duration_seconds_bucket{le=\"1\"}",
        "cspwatch_spans_total{result=\"sent\"}",
    ] {
        let query: String = url::form_urlencoded::byte_serialize(series.as_bytes()).collect();
        let answer = monitoring.get(&format!("/api/v1/query?query={query}"));
        assert!(answer.contains(r#""resultType":"vector","result":[{"#), "{series}: {answer}");
    }
}

#[test]
fn a_file_of_headers_is_checked_without_being_printed() {
    let place = tempfile::tempdir().unwrap();
    let headers = place.path().join("headers");
    fs::write(&headers, "X-Right: yes\nhunter2\n").unwrap();
    let mut config = Config::default();
    config.set("telemetry.otlp_endpoint", "http://otel.example:4318");
    config.set("telemetry.otlp_headers_file", path_text(&headers));
    let file = place.path().join("cspwatch.toml");
    config.write(&file);
    let (code, text) = cspwatch(&["check-config", path_text(&file)]);
    assert_eq!(code, Some(64), "{text}");
    assert!(text.contains("would cross the network in the clear"), "{text}");
    assert!(text.contains("line 2 of ") && !text.contains("hunter2"), "{text}");
}
