//! What still leaves a page unseen: for each head, the ways that it opens or closes in comparison with the right page.

use super::*;

/// The ways that are open on the right page: no header closes them, or only another choice does.
const RIGHT_WAYS: &str = "navigation-elsewhere webrtc-peers redirect-targets dns-and-preconnect changed-scripts \
                          own-frames-and-workers allowed-hosts redirects extensions removed-headers report-limits";

/// Checks which ways a page opens that the right one does not, and which it closes.
#[track_caller]
fn check_page(page: &PageSnapshot, opened: &str, closed: &str) {
    let ways = Analysis::new(page).unseen();
    let ids: Vec<&str> = ways.iter().map(|way| way.id).collect();
    let right: Vec<&str> = RIGHT_WAYS.split_ascii_whitespace().collect();
    let new = ids.iter().filter(|id| !right.contains(*id)).copied();
    let gone = right.iter().filter(|id| !ids.contains(*id)).copied();
    let found = [new.collect::<Vec<_>>().join(" "), gone.collect::<Vec<_>>().join(" ")];
    assert_eq!(found, [opened, closed], "opened, closed");
}

/// Checks the right page with one text replaced by another.
#[track_caller]
fn check_change(old: &str, new: &str, opened: &str, closed: &str) {
    assert!(RIGHT.contains(old), "{old}");
    check_page(&page(&RIGHT.replace(old, new), None), opened, closed);
}

#[test]
fn the_right_page_leaves_open_what_no_header_closes() {
    check_page(&page(RIGHT, None), "", "");
    let client_script = "<script src=https://r.example/sri.js></script>";
    check_page(&page(RIGHT, Some(client_script)), "", "changed-scripts");
}

#[test]
fn without_a_policy_only_the_allowlist_reports() {
    let head: String =
        RIGHT.lines().filter(|line| !line.starts_with("Content-Sec")).map(unindented).collect();
    check_page(&page(&head, None), "everything inner-frames", "");
    let none = "navigation-elsewhere webrtc-peers redirect-targets";
    let silent = "Content-Security-Policy-Report-Only: default-src 'none'; form-action 'none'\n";
    check_page(&page(silent, None), "everything navigation webrtc inner-frames", none);
    let enforced = "Content-Security-Policy: default-src 'none'; form-action 'none'\n";
    check_page(&page(enforced, None), "navigation webrtc inner-frames", none);
}

#[test]
fn what_no_list_names_goes_anywhere() {
    check_change("form-action 'self'", "x 'self'", "forms-elsewhere", "");
    check_change(
        "default-src 'self'",
        "connect-src 'self'",
        "images styles-fonts-media frames-elsewhere",
        "",
    );
    check_change("default-src 'self'", "default-src 'self'; img-src https:", "images", "");
    check_change(
        "default-src 'self'",
        "default-src *; object-src 'none'; frame-src *",
        "requests images styles-fonts-media frames-elsewhere",
        "",
    );
    check_change("script-src 'self'", "script-src https:", "scripts", "");
    check_change("script-src 'self'", "script-src 'nonce-abc' 'strict-dynamic' https:", "", "");
    let (old, new) = ("Connection-Allowlist-Report-Only: (", "X: (");
    let head = RIGHT.replace(old, new).replace("form-action 'self'", "x 'self'");
    let lost = "navigation-elsewhere webrtc-peers redirect-targets";
    check_page(&page(&head, None), "forms navigation webrtc", lost);
    let head = head.replace("default-src 'self'", "default-src 'self'; frame-src *");
    check_page(&page(&head, None), "frames forms navigation webrtc", lost);
}

#[test]
fn an_allowlist_that_does_not_report_closes_nothing() {
    let (opened, closed) =
        ("navigation webrtc", "navigation-elsewhere webrtc-peers redirect-targets");
    for (old, new) in [
        ("report-to=cspwatch;redirects", "report-to=\"cspwatch\";redirects"),
        ("report-to=cspwatch;redirects", "report-to=other;redirects"),
        ("(response-origin", "response-origin (x"),
        ("\"https://*.bank.example\"", "\"https://*\""),
        ("Connection-Allowlist-Report-Only: (", "X: ("),
    ] {
        check_change(old, new, opened, closed);
    }
}

#[test]
fn the_parameters_of_an_allowlist_count() {
    check_change(";webrtc=block", ";webrtc=allow", "webrtc", "webrtc-peers");
    check_change(";redirects=block", ";redirects=allow", "redirects-anywhere", "redirect-targets");
    check_change(";redirects=block;webrtc=block", "", "", "");
    let header = "Connection-Allowlist-Report-Only";
    let enforced = "error-page-reload dns-and-preconnect-elsewhere";
    check_change(header, "Connection-Allowlist", enforced, "dns-and-preconnect");
}

#[test]
fn a_way_by_report_uri_shows_inner_frames() {
    check_change(
        "report-uri https://r.example/report/shop",
        "report-to cspwatch",
        "inner-frames",
        "",
    );
}

#[test]
fn of_a_page_that_is_not_known_nothing_is_said() {
    let to = Url::parse("http://10.0.0.1/").unwrap();
    let refused = Some((to, std::net::IpAddr::from([10, 0, 0, 1])));
    let page = PageSnapshot { refused_redirect: refused, ..page(RIGHT, None) };
    assert!(Analysis::new(&page).unseen().is_empty());
}
