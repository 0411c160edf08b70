//! Heads and pages, each with the findings that it must cause: all of them, and no other. A subject a file.

mod connection_allowlist;
mod endpoints;
mod headers;
mod integrity;
mod overruled;
mod policies;
mod properties;
mod reporting;
mod syntax;
mod unseen;

use url::Url;

use super::*;

/// A page on which nothing is wrong.
const RIGHT: &str = "\
Content-Security-Policy: default-src 'self'; script-src 'self' 'report-sample'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; report-uri https://r.example/report/shop
Content-Security-Policy-Report-Only: default-src 'self'; script-src 'self' 'report-sample' 'report-sha256'; form-action 'self'; base-uri 'none'; report-to cspwatch
Reporting-Endpoints: cspwatch=\"https://r.example/report/shop\"
Integrity-Policy-Report-Only: blocked-destinations=(script), endpoints=(cspwatch)
Connection-Allowlist-Report-Only: (response-origin \"https://*.bank.example\");report-to=cspwatch;redirects=block;webrtc=block
";

fn page(head: &str, html: Option<&str>) -> PageSnapshot {
    PageSnapshot {
        address: Url::parse("https://shop.example/checkout").ok(),
        head: ResponseHead::parse(head).unwrap().0,
        html: html.map(str::to_owned),
        ..PageSnapshot::default()
    }
}

#[track_caller]
fn expect(page: &PageSnapshot, ids: &[&str]) {
    let findings = Analysis::new(page).findings();
    let mut found: Vec<_> =
        findings.iter().map(|finding| format!("{} {}", finding.level.name(), finding.id)).collect();
    let mut expected: Vec<_> = ids.iter().map(|id| (*id).to_owned()).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected, "{findings:#?}");
    for finding in findings {
        let texts = [&finding.place, &finding.what, &*finding.why, &finding.fix];
        assert!(texts.iter().all(|text| !text.is_empty()), "{finding:#?}");
    }
}

/// Checks the right page with one text replaced by another.
#[track_caller]
fn check(old: &str, new: &str, ids: &[&str]) {
    assert!(RIGHT.contains(old), "{old}");
    expect(&page(&RIGHT.replace(old, new), None), ids);
}

/// Checks the right page with another list of scripts in both policies.
#[track_caller]
fn check_scripts(sources: &str, ids: &[&str]) {
    let head = RIGHT.replace("script-src 'self'", &format!("script-src {sources}"));
    expect(&page(&head, None), ids);
}

/// Checks the right page with one more directive in both policies.
#[track_caller]
fn check_directive(directive: &str, ids: &[&str]) {
    let head = RIGHT.replace("default-src 'self'", &format!("default-src 'self'; {directive}"));
    expect(&page(&head, None), ids);
}

/// Checks the right page with a directive in place of `object-src` in the enforced policy.
#[track_caller]
fn check_enforced(directive: &str, ids: &[&str]) {
    check("object-src 'none'", directive, ids);
}

#[track_caller]
fn check_html(html: &str, ids: &[&str]) {
    expect(&page(RIGHT, Some(html)), ids);
}

/// A block of a list in a document as it is pasted.
fn unindented(block: &str) -> String {
    let lines = block.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn nothing_is_wrong_with_the_right_page() {
    expect(&page(RIGHT, None), &[]);
    expect(
        &page(
            RIGHT,
            Some("<!doctype html><script src=/a.js integrity=sha384-x crossorigin></script>"),
        ),
        &[],
    );
    // Nor with the headers that the documents recommend.
    let manual = include_str!("../../../../docs/headers.md");
    let readme = include_str!("../../../../README.md");
    for document in [manual, readme] {
        let headers = document.split("```").find(|block| block.contains("Reporting-Endpoints: "));
        let findings = Analysis::new(&page(&unindented(headers.unwrap()), None)).findings();
        let is_advice = |finding: &Finding| finding.level == FindingLevel::Advice;
        assert!(findings.iter().all(is_advice), "{findings:#?}");
    }
}

#[test]
fn findings_and_policies_are_bounded() {
    let head = format!(
        "Content-Security-Policy: {}\nReporting-Endpoints: {}\nIntegrity-Policy: endpoints=({})\n",
        "report-uri a; report-to b; x,".repeat(10_000),
        (0..10_000).map(|number| format!("a{number}=1, ")).collect::<String>(),
        "a ".repeat(10_000),
    );
    let html = "<script src=https://cdn.example/></script>".repeat(10_000);
    let page = page(&head, Some(&html));
    let findings = Analysis::new(&page).findings();
    assert!(findings.iter().any(|finding| finding.id == "too-many-policies"));
    assert!(findings.len() <= limits::DOCTOR_FINDINGS);
    assert_eq!(Analysis::new(&page).policies().len(), limits::DOCTOR_POLICIES);
}
