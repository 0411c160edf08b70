//! Directives, sources, keywords and nonces that let an attacker through.

use super::*;

#[test]
fn missing_directives_are_gaps_where_no_policy_has_them() {
    let without = |text: &str| RIGHT.replace(text, "");
    expect(&page(&without("form-action 'self'; "), None), &["weak no-form-action"]);
    expect(&page(&without("base-uri 'none'; "), None), &["weak no-base-uri"]);
    expect(&page(&without("frame-ancestors 'none'; "), None), &["advice no-frame-ancestors"]);
    // The other policy has it.
    check("form-action 'self'; frame-ancestors", "frame-ancestors", &[]);
    let narrow = RIGHT.replace("default-src 'self'; script-src 'self'", "script-src 'self'");
    expect(
        &page(&narrow, None),
        &["weak no-connect-src", "weak no-img-src", "weak no-frame-src", "weak no-default-src"],
    );
    let none = narrow.replace("script-src 'self' 'report-sample' 'report-sha256'; ", "");
    let none = none.replace("script-src 'self' 'report-sample'; object-src 'none'; ", "");
    expect(
        &page(&none, None),
        &[
            "weak no-script-src",
            "weak no-object-src",
            "weak no-connect-src",
            "weak no-img-src",
            "weak no-frame-src",
            "weak no-default-src",
        ],
    );
    // What reports nothing and forbids nothing does not count.
    let head = RIGHT.replace("report-to cspwatch", "report-to other");
    expect(
        &page(&head.replacen("form-action 'self'; frame", "frame", 1), None),
        &["silent report-to-undefined", "weak no-form-action", "advice no-script-hashes"],
    );
}

#[test]
fn wide_sources_are_found_where_no_other_policy_is_narrower() {
    for wide in ["*", "https:", "https://*", "*:*", "WSS:"] {
        let both = ["weak wide-source", "weak wide-source"];
        check_directive(&format!("connect-src 'self' {wide}"), &both);
        check_enforced(&format!("connect-src 'self' {wide}; object-src 'none'"), &[]);
    }
    check_directive("img-src 'self' data: blob:", &[]);
    check_directive(
        "connect-src *.cloudfront.net",
        &["weak provider-source", "weak provider-source"],
    );
    check_directive("connect-src *.stripe.com https://*.shop.example/ *.internal", &[]);
    check_directive(
        "connect-src *.co.uk a.co.uk",
        &["weak provider-source", "weak provider-source"],
    );
    check_directive(
        "img-src storage.googleapis.com",
        &["weak anybodys-host", "weak anybodys-host"],
    );
    check_directive("img-src https://storage.googleapis.com/shop/", &[]);
    check_directive("connect-src raw.githubusercontent.com", &[]);
    check_scripts("https://cdn.jsdelivr.net", &["weak anybodys-host", "weak anybodys-host"]);
    check_scripts("'nonce-abc' 'strict-dynamic' https:", &[]);
    let head = RIGHT.replace("default-src 'self'", "default-src *");
    expect(&page(&head, None), &["weak wide-source", "weak wide-source"]);
    // The one allows all customers of a provider, the other everybody.
    let mixed = RIGHT.replacen("default-src 'self'", "default-src 'self'; connect-src *", 1);
    let mixed = mixed.replace(
        "default-src 'self'; script-src 'self' 'report-sample' 'report-sha256'",
        "default-src 'self'; connect-src *.cloudfront.net; script-src 'self' 'report-sha256'",
    );
    expect(&page(&mixed, None), &["weak provider-source"]);
}

#[test]
fn keywords_that_let_injected_scripts_run_are_found() {
    check_scripts("'self' 'unsafe-inline'", &["weak unsafe-inline", "weak unsafe-inline"]);
    let ignored = ["advice unsafe-inline-ignored", "advice unsafe-inline-ignored"];
    check_scripts("'self' 'unsafe-inline' 'nonce-abc'", &ignored);
    check_scripts(
        "'self' 'unsafe-inline' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
        &ignored,
    );
    check_scripts("'self' 'unsafe-eval'", &["weak unsafe-eval", "weak unsafe-eval"]);
    check_scripts("'self' 'wasm-unsafe-eval'", &[]);
    check_scripts("'self' data:", &["weak data-scripts", "weak data-scripts"]);
    check_scripts("'self' 'unsafe-hashes'", &["advice unsafe-hashes", "advice unsafe-hashes"]);
    // The other policy forbids it.
    check(
        "script-src 'self' 'report-sample';",
        "script-src 'self' 'report-sample' 'unsafe-inline' 'unsafe-eval';",
        &[],
    );
    expect(&page(&RIGHT.replace(" 'report-sample'", ""), None), &["advice no-report-sample"]);
    check(" 'report-sha256'", "", &["advice no-script-hashes"]);
    check(" 'report-sha256'", " 'report-sha384'", &[]);
    // Hashes go by report-to only.
    let moved = RIGHT.replace(" 'report-sha256'", "").replacen(
        "'report-sample'",
        "'report-sample' 'report-sha256'",
        1,
    );
    expect(&page(&moved, None), &["advice no-script-hashes"]);
}

#[test]
fn a_nonce_that_does_not_change_is_found() {
    let head = |nonce: &str| {
        RIGHT.replace("script-src 'self'", &format!("script-src 'self' 'nonce-{nonce}'"))
    };
    let mut page = page(&head("abc"), None);
    page.second = Some((ResponseHead::parse(&head("def")).unwrap().0, None));
    expect(&page, &[]);
    page.second = Some((page.head.clone(), None));
    expect(&page, &["weak fixed-nonce"]);
}
