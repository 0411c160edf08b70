use super::*;
use crate::base::clock::Timestamp;
use crate::report::{Kind, Verdict};
use crate::telemetry::TraceId;

fn metrics() -> Metrics {
    Metrics::new(Arc::default()).expect("names are distinct")
}

#[track_caller]
fn check(metrics: &Metrics, line: &str) {
    let page = metrics.render(Exposition::Text).expect("it renders");
    assert!(page.lines().any(|found| found == line), "{line}\nis not in\n{page}");
}

#[test]
fn series_of_closed_sets_and_configured_sites_exist_from_the_start() {
    let metrics = metrics();
    metrics.sites.announce("shop", &[Arc::from("payment")]);
    for line in [
        "cspwatch_requests_total{status=\"204\"} 0",
        "cspwatch_sink_rows_total{result=\"quarantined\"} 0",
        "cspwatch_reports_total{site=\"shop\",kind=\"csp\",outcome=\"new\"} 0",
        "cspwatch_verdicts_total{site=\"shop\",verdict=\"unknown\"} 0",
        "cspwatch_pan_in_url_total{site=\"shop\",page_group=\"payment\"} 0",
    ] {
        check(&metrics, line);
    }
}

#[test]
fn label_values_whose_hashes_collide_stay_apart() {
    let metrics = metrics();
    // In one vector of the crate, ("ab", "c") and ("a", "bc") are one series.
    for (site, group) in [("ab", "c"), ("a", "bc")] {
        metrics.sites.with(site, |site| site.group(group).pan_in_url += 1);
    }
    check(&metrics, "cspwatch_pan_in_url_total{site=\"ab\",page_group=\"c\"} 1");
    check(&metrics, "cspwatch_pan_in_url_total{site=\"a\",page_group=\"bc\"} 1");
}

#[test]
fn open_metrics_has_the_same_series_and_an_end() {
    let metrics = metrics();
    metrics.sites.announce("sh\"op", &[Arc::from("payment")]);
    metrics.count_request(204, Duration::from_millis(3));
    let samples = |page: &str| {
        let lines = page.lines().filter(|line| !line.starts_with('#'));
        // The clock and the process go on between the two.
        let is_still =
            |line: &&str| !line.contains("cspwatch_time") && !line.starts_with("process_");
        lines.filter(is_still).map(str::to_owned).collect::<Vec<_>>()
    };
    let text = metrics.render(Exposition::Text).expect("it renders");
    let open = metrics.render(Exposition::OpenMetrics).expect("it renders");
    assert_eq!(samples(&open), samples(&text));
    assert!(open.contains("# TYPE cspwatch_requests counter\n"), "{open}");
    assert!(open.ends_with("\n# EOF\n"));
}

#[test]
fn an_exemplar_is_in_the_bucket_of_its_value_and_in_open_metrics_alone() {
    let metrics = metrics();
    let histogram = &metrics.sink_insert_duration;
    let trace = |letter: &str| Some(TraceId(letter.repeat(32)));
    let at = Timestamp::from_millis(1_900_000_000_250);
    histogram.observe(Duration::from_millis(6), trace("a"), at);
    histogram.observe(Duration::from_millis(10), trace("b"), at);
    histogram.observe(Duration::from_millis(11), None, at);
    histogram.observe(Duration::from_secs(500), trace("c"), at);
    let open = metrics.render(Exposition::OpenMetrics).expect("it renders");
    let buckets = open.lines().filter(|line| line.contains("insert_duration_seconds_bucket"));
    let exemplars: Vec<_> = buckets.filter_map(|line| line.split_once(" # ")).collect();
    let of = |letter: &str, value: &str| {
        format!("{{trace_id=\"{}\"}} {value} 1900000000.25", letter.repeat(32))
    };
    let bucket = |le: &str, count: u32| {
        format!("cspwatch_sink_insert_duration_seconds_bucket{{le=\"{le}\"}} {count}")
    };
    // A bound belongs to the bucket below it, and the newest of a bucket counts.
    let expected = [(bucket("0.01", 2), of("b", "0.01")), (bucket("+Inf", 4), of("c", "500"))];
    assert_eq!(exemplars, expected.each_ref().map(|(bucket, of)| (&**bucket, &**of)));
    let text = metrics.render(Exposition::Text).expect("it renders");
    assert!(!text.contains("trace_id"), "{text}");
}

#[test]
fn counts() {
    let metrics = metrics();
    metrics.count_request(204, Duration::from_millis(3));
    metrics.count_rows(SinkResult::Retried, 5);
    metrics.sites.with("shop", |site| {
        site.count(Kind::Nel, ReportOutcome::Malformed, 2);
        site.count_verdict(Verdict::Impossible);
        site.group("other").last_report = Some(Timestamp::from_millis(1_500));
    });
    for line in [
        "cspwatch_requests_total{status=\"204\"} 1",
        "cspwatch_sink_rows_total{result=\"retried\"} 5",
        "cspwatch_reports_total{site=\"shop\",kind=\"nel\",outcome=\"malformed\"} 2",
        "cspwatch_verdicts_total{site=\"shop\",verdict=\"impossible\"} 1",
        "cspwatch_site_last_report_timestamp_seconds{site=\"shop\",page_group=\"other\"} 1.5",
        "cspwatch_request_duration_seconds_count 1",
    ] {
        check(&metrics, line);
    }
}
