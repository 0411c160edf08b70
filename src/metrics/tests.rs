use super::*;
use crate::base::clock::Timestamp;
use crate::report::{Kind, Verdict};

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
