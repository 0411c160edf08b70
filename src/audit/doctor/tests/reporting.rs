//! Whether violations are reported, and how.

use super::*;

#[test]
fn a_page_without_policy_or_reports_is_silent() {
    let (no_integrity, no_allowlist) =
        ("advice no-integrity-policy", "advice no-connection-allowlist");
    expect(&page("Server: x\n", None), &["silent no-policy", no_integrity, no_allowlist]);
    let head = "Content-Security-Policy: default-src 'self'; script-src 'self' 'report-sample'; form-action 'self'; \
                base-uri 'self'; frame-ancestors 'self'\n";
    let hashes = "advice no-script-hashes";
    expect(&page(head, None), &["silent no-reports", hashes, no_integrity, no_allowlist]);
    check(
        "Content-Security-Policy:",
        "Content-Security-Policy-Report-Only:",
        &["advice only-report-only"],
    );
}

#[test]
fn a_policy_without_reports_beside_others_is_found() {
    check(
        "; report-uri https://r.example/report/shop",
        "",
        &["advice policy-without-reports", "weak no-report-uri"],
    );
}

#[test]
fn one_of_report_uri_and_report_to_is_not_enough() {
    let to = "; report-to cspwatch";
    let hashes = "advice no-script-hashes";
    let without = RIGHT.replace(to, "; report-uri https://r.example/report/shop");
    expect(&page(&without, None), &["advice no-report-to", hashes]);
    let watching =
        without.replace("Content-Security-Policy:", "Content-Security-Policy-Report-Only:");
    expect(&page(&watching, None), &["advice only-report-only", "weak no-report-to", hashes]);
    check(
        "report-uri https://r.example/report/shop",
        "report-to cspwatch",
        &["weak no-report-uri"],
    );
    let both = "report-uri https://r.example/report/shop; report-to cspwatch";
    check("report-uri https://r.example/report/shop", both, &["weak report-uri-ignored"]);
    check("; report-to cspwatch", &format!("; {both}"), &["advice report-uri-ignored"]);
}

#[test]
fn a_report_to_that_leads_nowhere_silences_its_policy() {
    let undefined = "silent report-to-undefined";
    let hashes = "advice no-script-hashes";
    check("report-to cspwatch", "report-to other", &[undefined, hashes]);
    check("report-to cspwatch", "report-to", &[undefined, hashes]);
    check("report-to cspwatch", "report-to https://r.example/x", &[undefined, hashes]);
    check(
        "report-to cspwatch",
        "report-to other cspwatch",
        &[undefined, hashes, "advice report-to-several"],
    );
    check("report-to cspwatch", "report-to cspwatch other", &["advice report-to-several"]);
    // A report-uri does not save it.
    let both = "report-uri https://r.example/report/shop; report-to other";
    let head = RIGHT
        .replace("report-uri https://r.example/report/shop", both)
        .replace("report-to cspwatch", "report-to other");
    expect(&page(&head, None), &[undefined, undefined, "weak report-uri-ignored", hashes]);
}

#[test]
fn report_uris_that_browsers_ignore_are_found() {
    let uri = "report-uri https://r.example/report/shop";
    check(
        uri,
        "report-uri http://r.example/report/shop",
        &["silent endpoint-insecure", "advice policy-without-reports", "weak no-report-uri"],
    );
    for wrong in [
        "",
        "https://",
        "mailto:a@b.example",
        // No scheme: a path, or a scheme of its own.
        "r.example/report/shop",
        "r.example:8443/report",
        "r.example",
        "/r.example/report/shop",
        "https//r.example/report",
        "https:/r.example/report",
        "https:r.example/report",
        "localhost:8080/report",
        // Quotes and brackets.
        "\"https://r.example/report\"",
        "'https://r.example/report'",
        "<https://r.example/report>",
        // Keywords and names.
        "'self'",
        "'none'",
        "self",
        "cspwatch",
        "default",
        // What nobody posts to.
        "wss://r.example/report",
        "data:text/plain",
        "https://me:secret@r.example/report",
    ] {
        check(
            uri,
            &format!("report-uri {wrong}"),
            &["silent report-uri-invalid", "advice policy-without-reports", "weak no-report-uri"],
        );
    }
    for right in
        ["/report", "/csp.php", "/v1.2/report", "HTTPS://R.example/x", "https:\\\\r.example/"]
    {
        check(uri, &format!("report-uri {right}"), &[]);
    }
    check(uri, "report-uri //r.example/report", &["advice report-uri-relative"]);
    check(uri, "report-uri https://r.example/report#shop", &["advice report-uri-fragment"]);
    let comma = ["weak comma-in-policy", "advice policy-without-reports"];
    check(uri, "report-uri https://r.example/1,https://r.example/2", &comma);
    check(uri, &format!("{uri} https://other.example/"), &[]);
}

#[test]
fn a_policy_that_says_where_to_report_is_explained_once() {
    let head = |uri: &str| {
        format!(
            "Content-Security-Policy: default-src 'self'; script-src 'self' 'report-sample'; form-action 'self'; base-uri \
             'self'; frame-ancestors 'self'; report-uri {uri}\n"
        )
    };
    let rest =
        ["advice no-script-hashes", "advice no-integrity-policy", "advice no-connection-allowlist"];
    for (uri, id) in [
        ("http://r.example/report/shop", "silent endpoint-insecure"),
        ("cspwatch", "silent report-uri-invalid"),
        ("", "silent report-uri-invalid"),
    ] {
        expect(&page(&head(uri), None), &[&[id][..], &rest].concat());
    }
}

#[test]
fn a_page_on_http_is_silent() {
    let mut page = page(RIGHT, None);
    page.address = Url::parse("http://shop.example/").ok();
    expect(&page, &["silent page-not-secure"]);
    page.address = None;
    expect(&page, &[]);
}

#[test]
fn policies_in_meta_do_not_report() {
    let meta =
        |policy: &str| format!("<meta http-equiv=Content-Security-Policy content=\"{policy}\">");
    check_html(&meta("img-src 'self'"), &[]);
    check_html(
        &meta("img-src 'self'; report-uri https://r.example/x"),
        &["silent meta-directive-ignored"],
    );
    check_html(
        &meta("img-src 'self'; frame-ancestors 'none'; sandbox"),
        &["weak meta-directive-ignored", "weak meta-directive-ignored"],
    );
    check_html(
        "<meta http-equiv=content-security-policy-report-only content=\"img-src a\">",
        &["weak meta-report-only"],
    );
    let whole = "default-src 'self'; script-src 'self' 'report-sample'; form-action 'self'; base-uri 'self'; frame-ancestors 'self'";
    let only_meta = page("Server: x\n", Some(&meta(whole)));
    expect(
        &only_meta,
        &[
            "silent no-reports",
            "weak meta-directive-ignored",
            "advice no-script-hashes",
            "advice no-integrity-policy",
            "advice no-connection-allowlist",
        ],
    );
}
