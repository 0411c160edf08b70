//! Words that others overrule, and samples.

use super::*;

#[test]
fn strict_dynamic_needs_a_nonce_or_hash() {
    let alone = ["weak strict-dynamic-alone", "weak strict-dynamic-alone"];
    for sources in ["'strict-dynamic'", "'self' 'strict-dynamic'", "'STRICT-dynamic' cdn.example"] {
        check_scripts(sources, &alone);
    }
    let head = RIGHT.replace("script-src 'self'", "default-src 'strict-dynamic'");
    let head = head.replace("default-src 'self'; ", "");
    expect(&page(&head, None), &alone);
    check(
        "script-src 'self' 'report-sample';",
        "script-src-elem 'strict-dynamic' 'report-sample';",
        &alone[..1],
    );
    for right in [
        "'strict-dynamic' 'nonce-abc'",
        "'strict-dynamic' 'nonce-abc' https: http:",
        "'strict-dynamic' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    ] {
        // `check_scripts` would keep `'self'`.
        let head = RIGHT.replace("script-src 'self'", &format!("script-src {right}"));
        expect(&page(&head, None), &[]);
    }
}

#[test]
fn hosts_beside_strict_dynamic_are_ignored() {
    let ignored = ["advice ignored-by-strict-dynamic", "advice ignored-by-strict-dynamic"];
    for hosts in ["'self'", "https://cdn.example", "*.cdn.example:8443/js/", "blob:", "*"] {
        check_scripts(&format!("'strict-dynamic' 'nonce-abc' {hosts}"), &ignored);
    }
    let many =
        "'strict-dynamic' 'nonce-abc' a.example b.example c.example d.example e.example f.example";
    let head = RIGHT.replace("script-src 'self'", &format!("script-src {many}"));
    let findings = Analysis::new(&page(&head, None)).findings();
    assert!(findings[0].what.ends_with("a.example b.example c.example d.example e.example"));
}

#[test]
fn unsafe_inline_is_ignored_beside_what_names_scripts() {
    let ignored = ["advice unsafe-inline-ignored", "advice unsafe-inline-ignored"];
    check_directive("style-src 'self' 'unsafe-inline' 'nonce-abc'", &ignored);
    check_directive("style-src-elem 'unsafe-inline' 'nonce-abc'", &ignored);
    check_scripts("'unsafe-inline' 'strict-dynamic' 'nonce-abc' https:", &ignored);
    check_directive("style-src 'self' 'unsafe-inline'", &[]);
}

#[test]
fn a_sample_is_missing_where_no_list_that_reports_asks_for_one() {
    let sample = " 'report-sample'";
    let missing = "advice no-report-sample";
    expect(&page(&RIGHT.replace(sample, ""), None), &[missing]);
    // One of the two policies is enough, if it reports.
    expect(&page(&RIGHT.replacen(sample, "", 1), None), &[]);
    let head = RIGHT.replace("; report-uri https://r.example/report/shop", "");
    let head = head.replace(" 'report-sample' 'report-sha256'", " 'report-sha256'");
    expect(&page(&head, None), &[missing, "advice policy-without-reports", "weak no-report-uri"]);
    // Handlers and `eval` have lists of their own.
    let with = |directive: &str| {
        RIGHT.replace("script-src 'self'", &format!("{directive}; script-src 'self'"))
    };
    expect(&page(&with("script-src-attr 'none'"), None), &[missing]);
    expect(&page(&with("script-src-elem 'self' 'report-sha256'"), None), &[missing]);
    expect(&page(&with("script-src-elem 'self' 'report-sample' 'report-sha256'"), None), &[]);
}
