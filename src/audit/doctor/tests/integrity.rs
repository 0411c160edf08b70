//! Integrity policies, and scripts of other hosts.

use super::*;

#[test]
fn mistakes_in_integrity_policies_are_found() {
    let right = "blocked-destinations=(script), endpoints=(cspwatch)";
    for (wrong, id) in [
        ("blocked-destinations=(script)", "silent integrity-policy-without-endpoints"),
        ("blocked-destinations=(script), endpoints=(other)", "silent integrity-endpoint-undefined"),
        ("blocked-destinations=script, endpoints=(cspwatch)", "silent integrity-policy-invalid"),
        (
            "blocked-destinations=(\"script\"), endpoints=(cspwatch)",
            "silent integrity-policy-invalid",
        ),
        ("blocked-destinations=(style), endpoints=(cspwatch)", "silent integrity-policy-invalid"),
        ("blocked-destinations=(script); endpoints=(cspwatch)", "silent integrity-policy-invalid"),
        (
            "blocked-destinations=(script), sources=(header), endpoints=(cspwatch)",
            "silent integrity-policy-invalid",
        ),
        (
            "blocked-destinations=(script), endpoints=(\"cspwatch\")",
            "silent integrity-policy-without-endpoints",
        ),
    ] {
        check(right, wrong, &[id]);
    }
    check("Integrity-Policy-Report-Only", "X", &["advice no-integrity-policy"]);
    check("Integrity-Policy-Report-Only", "Integrity-Policy", &[]);
}

#[test]
fn scripts_of_other_hosts_need_integrity_and_crossorigin() {
    let script = |attributes: &str| {
        format!("<script src=\"https://cdn.example/a.js\" {attributes}></script>")
    };
    let reported = "advice integrity-policy-would-report";
    check_html(&script(""), &["advice script-without-integrity", reported]);
    check_html(&script("integrity=sha384-x"), &["advice integrity-without-crossorigin", reported]);
    check_html(&script("integrity=sha384-x crossorigin"), &[]);
    check_html(&script("integrity=sha384-x type=module"), &[]);
    check_html("<script src=//shop.example/a.js></script>", &[reported]);
    let blind = page(&RIGHT.replace(" 'report-sha256'", ""), Some(&script("")));
    expect(&blind, &["weak script-without-integrity", "advice no-script-hashes", reported]);
}

/// What Chromium 148 did not load under such a header, and what it loaded.
const BARE: [&str; 9] = [
    "<script src=/app.js></script>",
    "<script src=/app.js integrity=sha384-x></script>",
    "<script src=/app.js integrity crossorigin></script>",
    "<script src=/app.js integrity=sha999-x crossorigin></script>",
    "<script src=/app.js integrity=sha384- crossorigin></script>",
    "<script type=module src=/app.js></script>",
    "<link rel=preload as=script href=/app.js>",
    "<link rel=modulepreload href=/app.js>",
    "<script src=https://shop.example/app.js crossorigin></script>",
];
const LOADED: [&str; 6] = [
    "<script src=/app.js integrity=sha384-x crossorigin></script>",
    "<script type=module src=/app.js integrity=sha384-x></script>",
    "<script>inline()</script>",
    "<script src=data:text/javascript,1></script>",
    "<script type=application/json src=/x.json></script>",
    "<link rel=modulepreload href=/app.js integrity=sha512-x><link rel=icon href=/x.ico>",
];

#[test]
fn a_path_is_no_other_host_where_the_page_is_unknown() {
    let mut page = page(RIGHT, Some("<script src=/app.js integrity=sha384-x></script>"));
    page.address = None;
    expect(&page, &["advice integrity-policy-would-report"]);
    page.html = Some("<script src=//cdn.example/app.js integrity=sha384-x></script>".to_owned());
    let ids = ["advice integrity-policy-would-report", "advice integrity-without-crossorigin"];
    expect(&page, &ids);
}

#[test]
fn an_integrity_policy_that_blocks_the_pages_own_scripts_is_found() {
    let enforced = RIGHT.replace("Integrity-Policy-Report-Only", "Integrity-Policy");
    for html in BARE {
        expect(&page(&enforced, Some(html)), &["weak integrity-policy-blocks-scripts"]);
        check_html(html, &["advice integrity-policy-would-report"]);
    }
    for html in LOADED {
        expect(&page(&enforced, Some(html)), &[]);
        check_html(html, &[]);
    }
    let all = BARE.join("");
    let findings = Analysis::new(&page(&enforced, Some(&all))).findings();
    let what = &findings[0].what;
    assert!(what.contains("9 of the page's 9 scripts: /app.js (neither"), "{what}");
    assert!(what.contains("/app.js (no crossorigin)") && what.ends_with(", …"), "{what}");
}

#[test]
fn style_sheets_count_where_the_header_names_them() {
    let head = |destinations: &str, name: &str| {
        let head = RIGHT.replace("(script)", destinations);
        head.replace("Integrity-Policy-Report-Only", name)
    };
    let bare = "<link rel=stylesheet href=/a.css><link rel='preload alternate' as=style href=/b.css integrity=sha384-x>";
    let right = "<link rel=stylesheet href=/a.css integrity=sha384-x crossorigin>";
    let both = head("(script style)", "Integrity-Policy");
    expect(&page(&both, Some(bare)), &["advice integrity-policy-blocks-styles"]);
    expect(&page(&both, Some(right)), &[]);
    let report_only = head("(script style)", "Integrity-Policy-Report-Only");
    expect(&page(&report_only, Some(bare)), &["advice integrity-policy-would-report"]);
    expect(&page(&head("(script)", "Integrity-Policy"), Some(bare)), &[]);
    let findings = Analysis::new(&page(&both, Some(bare))).findings();
    assert!(findings[0].what.contains("2 of the page's 2 style sheets"), "{findings:?}");
}
