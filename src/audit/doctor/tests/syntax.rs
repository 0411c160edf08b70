//! Mistakes in the text of a policy.

use super::*;

#[test]
fn words_that_do_not_mean_what_they_seem_to_mean_are_found() {
    for (directive, id) in [
        ("img-src 'self'; img-src a.example", "weak duplicate-directive"),
        ("img-scr 'self'", "weak unknown-directive"),
        ("connect 'self'", "weak unknown-directive"),
        ("https://a.example", "weak unknown-directive"),
        ("img-src self", "weak unquoted-keyword"),
        ("img-src \"none\"", "weak unquoted-keyword"),
        ("style-src nonce-abc", "weak unquoted-keyword"),
        ("img-src 'slef'", "weak unknown-keyword"),
        ("img-src 'https://a.example'", "weak unknown-keyword"),
        ("style-src 'nonce-'", "weak unknown-keyword"),
        ("img-src 'none' a.example", "weak none-with-others"),
        ("img-src a.example/b?c=d", "advice source-with-query"),
        ("img-src ‘self’", "weak non-ascii"),
        ("img-src bücher.example", "weak non-ascii"),
        ("img-src 'self' font-src a.example", "weak missing-semicolon"),
        ("img-src https//a.example", "weak invalid-source"),
        ("img-src a.*.example", "weak invalid-source"),
        ("img-src a.example, b.example", "weak comma-in-policy"),
        ("block-all-mixed-content", "advice dead-directive"),
    ] {
        let right =
            "; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
        // Behind it, because a comma ends the policy.
        let head = RIGHT.replace("; report-uri https://r.example/report/shop", "");
        let head = head.replacen(
            right,
            &format!("{right}; report-uri https://r.example/report/shop; {directive}"),
            1,
        );
        let comma =
            if directive.contains(',') { &["advice policy-without-reports"][..] } else { &[] };
        expect(&page(&head, None), &[&[id], comma].concat());
    }
    for right in [
        "img-src https://a.example:8443/b/ ws://a.example localhost:* 'self' data:",
        "upgrade-insecure-requests",
        "webrtc 'block'",
        "require-trusted-types-for 'script'",
        "trusted-types a b",
        "sandbox allow-scripts",
        "img-src",
    ] {
        check_enforced(&format!("object-src 'none'; {right}"), &[]);
    }
    check("report-to cspwatch", "report-to cspwatch; sandbox", &["advice ignored-in-report-only"]);
    // A proxy may write two headers as one.
    let folded = RIGHT.replace("\nContent-Security-Policy-Report-Only: default-src 'self'; script-src 'self' 'report-sample' 'report-sha256'", ", default-src 'self'; script-src 'self' 'report-sample' 'report-sha256'");
    expect(&page(&folded, None), &[]);
}
