//! Connection-Allowlist.

use super::*;

const RIGHT_LIST: &str =
    "(response-origin \"https://*.bank.example\");report-to=cspwatch;redirects=block;webrtc=block";
const REPORT_ONLY: &str = "Connection-Allowlist-Report-Only";

#[test]
fn mistakes_that_keep_browsers_from_reporting_are_found() {
    for (list, id) in [
        (
            "(response-origin);report-to=\"cspwatch\";redirects=block;webrtc=block",
            "silent connection-allowlist-without-report-to",
        ),
        (
            "(response-origin);report-to;redirects=block;webrtc=block",
            "silent connection-allowlist-without-report-to",
        ),
        (
            "(response-origin);redirects=block;webrtc=block",
            "silent connection-allowlist-without-report-to",
        ),
        (
            "(response-origin);report-to=other;redirects=block;webrtc=block",
            "silent connection-allowlist-endpoint-undefined",
        ),
        (
            "(response-origin);report-to=default;redirects=block;webrtc=block",
            "silent connection-allowlist-endpoint-undefined",
        ),
        (
            "(response-origin);report-to=Cspwatch;redirects=block;webrtc=block",
            "silent connection-allowlist-endpoint-undefined",
        ),
        ("response-origin;report-to=cspwatch", "silent connection-allowlist-invalid"),
        ("'self'; report-to=cspwatch", "silent connection-allowlist-invalid"),
        (
            "(response-origin https://bank.example?x);report-to=cspwatch",
            "silent connection-allowlist-invalid",
        ),
        ("(response-origin), report-to=cspwatch", "silent connection-allowlist-invalid"),
        ("(response-origin);Report-To=cspwatch", "silent connection-allowlist-invalid"),
    ] {
        check(RIGHT_LIST, list, &[id]);
    }
}

#[test]
fn mistakes_that_make_the_list_another_are_found() {
    let end = "report-to=cspwatch;redirects=block;webrtc=block";
    for (list, ids) in [
        (
            format!("(response-origin);{end}, (\"https://b.example\")"),
            &["weak connection-allowlist-several"][..],
        ),
        (format!("(response-origin \"b.example\");{end}"), &["weak connection-allowlist-item"]),
        (format!("(response-origin https://b.example);{end}"), &["weak connection-allowlist-item"]),
        (format!("(response-origin \"'self'\");{end}"), &["weak connection-allowlist-item"]),
        (
            format!("(response-origin \"wss://b.example\");{end}"),
            &["weak connection-allowlist-item"],
        ),
        (
            format!("(response-origin \"https://b.example/\");{end}"),
            &["weak connection-allowlist-item"],
        ),
        (
            format!("(\"response-origin\");{end}"),
            &["weak connection-allowlist-item", "advice connection-allowlist-own-origin"],
        ),
        (format!("();{end}"), &["advice connection-allowlist-own-origin"]),
        (format!("(response-origin \"https://*\");{end}"), &["weak wide-source"]),
        (format!("(response-origin);{end};report_to=a"), &["weak connection-allowlist-parameter"]),
        (
            format!("(response-origin);{end};web-rtc=allow"),
            &["weak connection-allowlist-parameter"],
        ),
    ] {
        check(RIGHT_LIST, &list, ids);
    }
    for (parameters, ids) in [
        ("", &["advice connection-allowlist-defaults"][..]),
        (";redirects=block", &["advice connection-allowlist-defaults"]),
        (";redirects=allow;webrtc=block", &["weak connection-allowlist-redirects-allowed"]),
        (";redirects=block;webrtc=allow", &["weak connection-allowlist-webrtc-allowed"]),
        (";redirects=potato;webrtc=block", &["weak connection-allowlist-parameter"]),
        (";redirects=\"block\";webrtc=block", &["weak connection-allowlist-parameter"]),
        (";redirects;webrtc=block", &["weak connection-allowlist-parameter"]),
    ] {
        check(RIGHT_LIST, &format!("(response-origin);report-to=cspwatch{parameters}"), ids);
    }
}

#[test]
fn what_each_header_does_not_report_is_said() {
    check(&format!("{REPORT_ONLY}: "), "X: ", &["advice no-connection-allowlist"]);
    check(
        &format!("{REPORT_ONLY}: {RIGHT_LIST}"),
        &format!("{REPORT_ONLY}: "),
        &["advice no-connection-allowlist"],
    );
    check(REPORT_ONLY, "Connection-Allowlist", &["advice connection-allowlist-enforced"]);
    let texts = |head: &str| -> String {
        let findings = Analysis::new(&page(head, None)).findings();
        findings.iter().map(|finding| format!("{} {}\n", finding.why, finding.fix)).collect()
    };
    let without = texts(&RIGHT.replace(REPORT_ONLY, "X"));
    for said in ["navigation", "WebRTC", "preconnect", "workers", "no connect-src", "152"] {
        assert!(without.to_lowercase().contains(&said.to_lowercase()), "{said}: {without}");
    }
    let enforced = texts(&RIGHT.replace(REPORT_ONLY, "Connection-Allowlist"));
    for said in ["reports none of them", "reloads the error page"] {
        assert!(enforced.contains(said), "{said}: {enforced}");
    }
    let defaults = texts(&RIGHT.replace(";redirects=block;webrtc=block", ""));
    assert!(defaults.contains("`connection` in the report is the first URL"), "{defaults}");
    let invalid =
        texts(&RIGHT.replace(REPORT_ONLY, "Connection-Allowlist").replace(RIGHT_LIST, "'self'"));
    assert!(invalid.contains("blocks every connection"), "{invalid}");
}

#[test]
fn its_endpoint_is_probed_as_that_of_a_policy() {
    let head = format!(
        "{REPORT_ONLY}: (response-origin);report-to=ca\nReporting-Endpoints: ca=\"https://r.example/ca\"\n"
    );
    let targets = Analysis::new(&page(&head, None)).probe_targets();
    let found: Vec<_> =
        targets.iter().map(|target| (target.url.as_str(), target.channel)).collect();
    assert_eq!(found, [("https://r.example/ca", ProbeChannel::ReportTo)]);
}

#[test]
fn an_enforced_list_on_a_site_that_redirects_is_found() {
    let id = "advice connection-allowlist-enforced-redirects";
    let enforced = "advice connection-allowlist-enforced";
    let head = RIGHT.replace(REPORT_ONLY, "Connection-Allowlist");
    let form = Some("<form method=POST action=/pay><input name=card></form>");
    expect(&page(&head, form), &[enforced, id]);
    expect(&page(&head, Some("<form action=/search></form>")), &[enforced]);
    expect(&page(RIGHT, form), &[]);
    let allowed = head.replace("redirects=block", "redirects=allow");
    let allows = "weak connection-allowlist-redirects-allowed";
    expect(&page(&allowed, form), &[enforced, allows]);
    let redirects = vec![Url::parse("https://shop.example/old").unwrap()];
    let redirected = PageSnapshot { redirects, ..page(&head, None) };
    expect(&redirected, &[enforced, id]);
}
