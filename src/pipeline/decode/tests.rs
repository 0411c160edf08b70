use super::*;

/// Decodes and writes each report as `type|document|blocked|directive`, then the counts.
#[track_caller]
fn check(body: &str, expected: &[&str], malformed: usize, refused: usize) {
    let decoded = decode(body, 4);
    let found: Vec<String> = decoded
        .reports
        .iter()
        .map(|report| {
            let body = &report.body;
            [&report.type_name, &body.document_url, &body.blocked_url, &body.effective_directive]
                .map(Scalar::text)
                .join("|")
        })
        .collect();
    assert_eq!(found, expected);
    assert_eq!((decoded.malformed, decoded.refused), (malformed, refused));
}

#[test]
fn csp_report_object() {
    check(
        r#"{"csp-report":{"document-uri":"https://a/","blocked-uri":"inline","effective-directive":"script-src"}}"#,
        &["|https://a/|inline|script-src"],
        0,
        0,
    );
}

#[test]
fn webkit_single_object_by_report_to_and_by_report_uri() {
    check(
        r#"{"type":"csp-violation","url":"https://a/","body":{"documentURL":"https://a/","blockedURL":"https://b/","effectiveDirective":"img-src"}}"#,
        &["csp-violation|https://a/|https://b/|img-src"],
        0,
        0,
    );
    check(
        r#"{"type":"csp-violation","url":"https://a/","csp-report":{"document-uri":"https://a/","effective-directive":"img-src"}}"#,
        &["csp-violation|https://a/||img-src"],
        0,
        0,
    );
}

#[test]
fn array_isolates_bad_neighbours() {
    check(
        r#"[1,{"type":"csp-violation","body":{"documentURL":"d","blockedURL":7,"lineNumber":{"x":[1]}}},{}, null]"#,
        &["csp-violation|d||"],
        3,
        0,
    );
}

#[test]
fn a_cut_body_keeps_its_good_reports() {
    check(r#"[{"type":"x"},{"type":"y","bo"#, &["x|||"], 1, 0);
}

#[test]
fn reports_beyond_the_limit_are_counted() {
    check(
        r#"[{"type":"a"},{"type":"b"},3,{"type":"c"},{"type":"d"},5]"#,
        &["a|||", "b|||", "c|||"],
        1,
        2,
    );
}

#[test]
fn bare_body_with_any_key_style() {
    check(
        r#"{"document_uri":"https://a/","Blocked-URI":"https://b/","effectiveDirective":"img-src"}"#,
        &["|https://a/|https://b/|img-src"],
        0,
        0,
    );
}

#[test]
fn anything_else_is_malformed() {
    for body in [
        "",
        "{",
        "3",
        "\"x\"",
        "{}",
        "[]",
        "{\"csp-report\":{}}",
        "{\"csp-report\":{\"key\":\"value\"}}",
        "{\"csp-report\":\"text\"}",
        "{\"csp-report\":[]}",
        "{\"type\":\"\"}",
        "{\"type\":7,\"body\":{}}",
        "nul",
        "<!doctype html><html><body>403</body></html>",
        "card=4111&name=a",
        "csp-report=%7B%7D",
        "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--",
    ] {
        check(body, &[], 1, 0);
    }
    check("[1, \"a\", null, true]", &[], 4, 0);
    check("[[], {}]", &[], 2, 0);
}

#[test]
fn deep_nesting_is_refused_not_followed() {
    let bomb = format!("[{}", "[".repeat(100_000));
    check(&bomb, &[], 1, 0);
}

#[test]
fn numbers_come_as_numbers_strings_or_fractions() {
    let decoded = decode(
        r#"{"csp-report":{"document-uri":"d","line-number":"12","column-number":3.7,"status-code":-1}}"#,
        1,
    );
    let body = &decoded.reports[0].body;
    assert_eq!(body.line_number.integer(), 12);
    assert_eq!(body.column_number.integer(), 3);
    assert_eq!(body.status_code.integer(), -1);
}

#[test]
fn webkits_endpoint_name_is_not_the_kind_of_resource() {
    let decoded = decode(
        r#"[{"body":{"destination":"script"},"destination":"ep","type":"integrity-violation"}]"#,
        1,
    );
    assert_eq!(decoded.reports[0].body.destination.text(), "script");
}

#[test]
fn obsolete_formats_are_kept_by_name_and_page_alone() {
    for (body, name, page) in [
        (
            r#"{"expect-ct-report":{"hostname":"a.example","port":443}}"#,
            "expect-ct-report",
            "https://a.example/",
        ),
        (
            r#"{"expect-staple-report":{"hostname":"a.example"}}"#,
            "expect-staple-report",
            "https://a.example/",
        ),
        (r#"{"expect-ct-report":7}"#, "expect-ct-report", ""),
        (
            r#"{"xss-report":{"request-url":"https://a.example/x?q=1","request-body":"card=4111111111111111"}}"#,
            "xss-report",
            "https://a.example/x?q=1",
        ),
        (
            r#"{"date-time":"2016-01-01T00:00:00Z","hostname":"a.example","port":443,"noted-hostname":"b.example","served-certificate-chain":["x"],"known-pins":["pin-sha256=\"x\""]}"#,
            "hpkp",
            "https://a.example/",
        ),
    ] {
        check(body, &[&format!("{name}|||")], 0, 0);
        let decoded = decode(body, 1);
        assert_eq!(decoded.reports[0].url.text(), page, "{body}");
        assert!(!format!("{decoded:?}").contains("4111"), "{body}");
    }
}

#[test]
fn the_origins_of_an_allowlist_are_its_policy() {
    let policy = |allowlist: &str| {
        let body = format!(
            r#"[{{"type":"connection-allowlist","body":{{"allowlist":{allowlist},"connection":"webrtc"}}}}]"#
        );
        let decoded = decode(&body, 1);
        decoded.reports[0].body.original_policy.text().trim().to_owned()
    };
    assert_eq!(
        policy(r#"["https://a.example", "https://b.example:8443"]"#),
        "https://a.example https://b.example:8443"
    );
    for none in ["[]", "7", "null", "{}", "[[1], {}]"] {
        assert_eq!(policy(none), "", "{none}");
    }
}
