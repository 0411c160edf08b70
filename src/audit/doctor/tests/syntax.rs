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
        // Schemes without a colon.
        ("img-src data", "weak scheme-without-colon"),
        ("img-src 'self' BLOB", "weak scheme-without-colon"),
        ("font-src https", "weak scheme-without-colon"),
        ("connect-src wss", "weak scheme-without-colon"),
        ("media-src mediastream", "weak scheme-without-colon"),
        // What Chromium 148 calls invalid.
        ("img-src https://", "weak invalid-source"),
        ("img-src https:/a.example", "weak invalid-source"),
        ("img-src https:a.example", "weak invalid-source"),
        ("img-src a.example:80:90", "weak invalid-source"),
        ("img-src a.example:port", "weak invalid-source"),
        ("img-src *a.example", "weak invalid-source"),
        ("img-src a*.example", "weak invalid-source"),
        ("img-src *.*.example", "weak invalid-source"),
        ("img-src **", "weak invalid-source"),
        ("img-src ?x", "weak invalid-source"),
        ("img-src /path", "weak invalid-source"),
        ("img-src //a.example", "weak invalid-source"),
        ("img-src .a.example", "weak invalid-source"),
        ("img-src a_b.example", "weak invalid-source"),
        ("img-src a@b.example", "weak invalid-source"),
        ("img-src https://u:p@a.example", "weak invalid-source"),
        ("img-src \"https://a.example\"", "weak invalid-source"),
        ("img-src <https://a.example>", "weak invalid-source"),
        ("img-src [::1]", "weak invalid-source"),
        ("img-src {{host}}", "weak invalid-source"),
        ("img-src $host", "weak invalid-source"),
        ("img-src data:image/png", "weak invalid-source"),
        ("img-src https://:443", "weak invalid-source"),
        // Wildcards in paths.
        ("img-src a.example/*", "weak wildcard-in-path"),
        ("img-src https://a.example/x/*/y", "weak wildcard-in-path"),
        ("img-src *.a.example/x*.png", "weak wildcard-in-path"),
        // Nonces and hashes.
        ("style-src 'nonce-abc", "weak unknown-keyword"),
        ("style-src nonce-abc'", "weak unquoted-keyword"),
        ("style-src 'nonce-{{nonce}}'", "weak invalid-nonce"),
        ("style-src 'nonce-$request_id'", "weak invalid-nonce"),
        ("style-src 'nonce-a=b'", "weak invalid-nonce"),
        ("style-src 'nonce-abc==='", "weak invalid-nonce"),
        ("style-src 'sha256-abc'", "weak invalid-hash"),
        (
            "style-src 'sha256-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'",
            "weak invalid-hash",
        ),
        ("style-src 'sha384-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='", "weak invalid-hash"),
        ("style-src 'sha512-'", "weak unknown-keyword"),
        ("style-src 'sha1-abc'", "weak unknown-keyword"),
        ("style-src sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "weak unquoted-keyword"),
        // Keywords where they mean nothing.
        ("img-src 'unsafe-inline'", "advice keyword-without-effect"),
        ("connect-src 'nonce-abc'", "advice keyword-without-effect"),
        ("frame-src 'strict-dynamic'", "advice keyword-without-effect"),
        // Trusted Types.
        ("require-trusted-types-for", "weak trusted-types-without-effect"),
        ("require-trusted-types-for script", "weak trusted-types-without-effect"),
        ("require-trusted-types-for \"script\"", "weak trusted-types-without-effect"),
        ("require-trusted-types-for 'scripts'", "weak trusted-types-without-effect"),
        ("require-trusted-types-for 'SCRIPT'", "weak trusted-types-without-effect"),
        ("require-trusted-types-for 'none'", "weak trusted-types-without-effect"),
        ("require-trusted-types-for *", "weak trusted-types-without-effect"),
        ("require-trusted-types-for 'script' 'style'", "weak unknown-keyword"),
        ("trusted-types 'allow-duplicates'", "weak trusted-types-without-effect"),
        ("trusted-types 'script'", "weak unknown-keyword"),
        ("trusted-types 'a'", "weak unknown-keyword"),
        ("trusted-types 'allow-duplicate' a", "weak unknown-keyword"),
        ("trusted-types none", "weak unquoted-keyword"),
        ("trusted-types a allow-duplicates", "weak unquoted-keyword"),
        ("trusted-types a 'none'", "weak none-with-others"),
        ("trusted-types \"a\"", "weak invalid-policy-name"),
        ("trusted-types a!", "weak invalid-policy-name"),
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
        "trusted-types",
        "trusted-types 'none'",
        "trusted-types * 'allow-duplicates'",
        "trusted-types a/b.c@d=%_#-x default",
        "img-src 'SELF' 127.0.0.1 a.example. -a.example https://*/x *:8443 1.2.3.4:*",
        "style-src 'nonce-Ab+/-_0==' 'self' 'unsafe-hashes'",
        "style-src 'sha256-47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'",
        "img-src 'report-sample' localhost intranet data: blob:",
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
