//! Heads and pages, each with the findings that it must cause: all of them, and no other.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use url::Url;

use super::*;

/// A page on which nothing is wrong.
const RIGHT: &str = "\
Content-Security-Policy: default-src 'self'; script-src 'self' 'report-sample'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; report-uri https://r.example/report/shop
Content-Security-Policy-Report-Only: default-src 'self'; script-src 'self' 'report-sample' 'report-sha256'; form-action 'self'; base-uri 'none'; report-to cspwatch
Reporting-Endpoints: cspwatch=\"https://r.example/report/shop\"
Integrity-Policy-Report-Only: blocked-destinations=(script), endpoints=(cspwatch)
";

fn page(head: &str, html: Option<&str>) -> Page {
    Page {
        address: Url::parse("https://shop.example/checkout").ok(),
        head: Head::parse(head).unwrap().0,
        html: html.map(str::to_owned),
        ..Page::default()
    }
}

#[track_caller]
fn expect(page: &Page, ids: &[&str]) {
    let findings = Reading::of(page).findings();
    let mut found: Vec<_> =
        findings.iter().map(|it| format!("{} {}", it.level.name(), it.id)).collect();
    let mut expected: Vec<_> = ids.iter().map(|id| (*id).to_owned()).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected, "{findings:#?}");
    for finding in findings {
        let texts = [&finding.place, &finding.what, &*finding.why, &finding.mend];
        assert!(texts.iter().all(|text| !text.is_empty()), "{finding:#?}");
    }
}

/// Of the right page one text is another.
#[track_caller]
fn check(old: &str, new: &str, ids: &[&str]) {
    assert!(RIGHT.contains(old), "{old}");
    expect(&page(&RIGHT.replace(old, new), None), ids);
}

/// Both policies of the right page have another list of scripts.
#[track_caller]
fn check_scripts(sources: &str, ids: &[&str]) {
    let head = RIGHT.replace("script-src 'self'", &format!("script-src {sources}"));
    expect(&page(&head, None), ids);
}

/// Both have one directive more.
#[track_caller]
fn check_directive(directive: &str, ids: &[&str]) {
    let head = RIGHT.replace("default-src 'self'", &format!("default-src 'self'; {directive}"));
    expect(&page(&head, None), ids);
}

/// The enforced one has it.
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
    expect(&page(RIGHT, Some("<!doctype html><script src=/a.js></script>")), &[]);
    // Nor with the headers that the documents recommend.
    let manual = include_str!("../../../docs/headers.md");
    let readme = include_str!("../../../README.md");
    for document in [manual, readme] {
        let headers = document.split("```").find(|block| block.contains("Reporting-Endpoints: "));
        let findings = Reading::of(&page(&unindented(headers.unwrap()), None)).findings();
        assert!(findings.iter().all(|finding| finding.level == Level::Advice), "{findings:#?}");
    }
}

#[test]
fn a_page_without_policy_or_reports_is_silent() {
    let no_integrity = "advice no-integrity-policy";
    expect(&page("Server: x\n", None), &["silent no-policy", no_integrity]);
    let head = "Content-Security-Policy: default-src 'self'; script-src 'self' 'report-sample'; form-action 'self'; \
                base-uri 'self'; frame-ancestors 'self'\n";
    let hashes = "advice no-script-hashes";
    expect(&page(head, None), &["silent no-reports", hashes, no_integrity]);
    check(
        "Content-Security-Policy:",
        "Content-Security-Policy-Report-Only:",
        &["advice only-report-only"],
    );
}

#[test]
fn policies_without_reports_beside_others_are_told() {
    check(
        "; report-uri https://r.example/report/shop",
        "",
        &["advice policy-without-reports", "weak no-report-uri"],
    );
}

#[test]
fn one_way_is_not_enough() {
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
fn endpoints_that_are_none_are_told() {
    let definition = "cspwatch=\"https://r.example/report/shop\"";
    let hashes = "advice no-script-hashes";
    for (wrong, id) in [
        ("cspwatch=https://r.example/report/shop", "silent endpoint-not-a-string"),
        ("cspwatch", "silent endpoint-not-a-string"),
        ("cspwatch=https://r.example/report/shop?tag=1", "silent reporting-endpoints-invalid"),
        ("cspwatch='https://r.example/report/shop'", "silent reporting-endpoints-invalid"),
        ("Cspwatch=\"https://r.example/report/shop\"", "silent reporting-endpoints-invalid"),
        ("cspwatch: \"https://r.example/report/shop\"", "silent reporting-endpoints-invalid"),
        ("cspwatch=\"http://r.example/report/shop\"", "silent endpoint-insecure"),
        ("cspwatch=\"https://\"", "silent endpoint-invalid"),
        ("cspwatch=\"\"", "silent endpoint-invalid"),
    ] {
        check(definition, wrong, &[id, hashes]);
    }
    check(definition, "cspwatch=\"/report\"", &["advice endpoint-relative"]);
    check(definition, "cspwatch=\"report\"", &["silent endpoint-relative"]);
    check(definition, &format!("{definition}, more=http"), &["advice endpoint-not-a-string"]);
}

#[test]
fn the_old_header_is_not_enough() {
    let hashes = "advice no-script-hashes";
    let old = |json: &str| {
        RIGHT.replace(
            "Reporting-Endpoints: cspwatch=\"https://r.example/report/shop\"",
            &format!("Report-To: {json}"),
        )
    };
    let right =
        r#"{"group":"cspwatch","max_age":1,"endpoints":[{"url":"https://r.example/report/shop"}]}"#;
    let undefined = "silent integrity-endpoint-undefined";
    expect(&page(&old(right), None), &["silent endpoint-only-legacy", undefined, hashes]);
    let wrong =
        ["silent report-to-header-invalid", "silent report-to-undefined", undefined, hashes];
    expect(&page(&old("{'group':'cspwatch'}"), None), &wrong);
    // Beside the new header it hardly matters, and NEL needs it.
    expect(
        &page(&format!("{RIGHT}Report-To: {right}\nNEL: {{\"report_to\":\"cspwatch\"}}\n"), None),
        &[],
    );
    expect(&page(&format!("{RIGHT}Report-To: x\n"), None), &["advice report-to-header-invalid"]);
}

#[test]
fn report_uris_that_browsers_leave_out_are_told() {
    let uri = "report-uri https://r.example/report/shop";
    check(
        uri,
        "report-uri http://r.example/report/shop",
        &["silent endpoint-insecure", "advice policy-without-reports", "weak no-report-uri"],
    );
    for wrong in ["report-uri", "report-uri https://", "report-uri mailto:a@b.example"] {
        check(
            uri,
            wrong,
            &["silent report-uri-invalid", "advice policy-without-reports", "weak no-report-uri"],
        );
    }
    check(uri, "report-uri /report", &[]);
    check(uri, &format!("{uri} https://other.example/"), &[]);
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
        ],
    );
}

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
fn sources_that_allow_everything_are_told_where_no_other_policy_is_narrower() {
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
fn what_lets_injected_scripts_run_is_told() {
    check_scripts("'self' 'unsafe-inline'", &["weak unsafe-inline", "weak unsafe-inline"]);
    check_scripts("'self' 'unsafe-inline' 'nonce-abc'", &[]);
    check_scripts(
        "'self' 'unsafe-inline' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
        &[],
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
fn a_nonce_that_comes_again_is_told() {
    let head = |nonce: &str| {
        RIGHT.replace("script-src 'self'", &format!("script-src 'self' 'nonce-{nonce}'"))
    };
    let mut page = page(&head("abc"), None);
    page.again = Some((Head::parse(&head("def")).unwrap().0, None));
    expect(&page, &[]);
    page.again = Some((page.head.clone(), None));
    expect(&page, &["weak fixed-nonce"]);
}

#[test]
fn words_that_do_not_mean_what_they_look_like_are_told() {
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

#[test]
fn integrity_policies_are_read() {
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
    ] {
        check(right, wrong, &[id]);
    }
    check("Integrity-Policy-Report-Only", "X", &["advice no-integrity-policy"]);
    check("Integrity-Policy-Report-Only", "Integrity-Policy", &[]);
}

#[test]
fn scripts_of_other_hosts_are_asked_for_their_integrity() {
    let script = |attributes: &str| {
        format!("<script src=\"https://cdn.example/a.js\" {attributes}></script>")
    };
    check_html(&script(""), &["advice script-without-integrity"]);
    check_html(&script("integrity=sha384-x"), &["advice integrity-without-crossorigin"]);
    check_html(&script("integrity=sha384-x crossorigin"), &[]);
    check_html(&script("integrity=sha384-x type=module"), &[]);
    check_html("<script src=//shop.example/a.js></script>", &[]);
    let blind = page(&RIGHT.replace(" 'report-sha256'", ""), Some(&script("")));
    expect(&blind, &["weak script-without-integrity", "advice no-script-hashes"]);
}

fn reply(status: u16, origin: &str, headers: &str) -> Result<Reply, Trouble> {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Ok(Reply {
        status,
        allowed_origin: text(origin),
        allowed_headers: text(headers),
        location: None,
    })
}

#[test]
fn only_endpoints_that_are_in_use_are_asked_and_only_across_origins_by_preflight() {
    let head = RIGHT.replace("/shop\"", "/shop\", other=\"https://other.example/\"");
    let targets = Reading::of(&page(&head, None)).targets();
    let url = Url::parse("https://r.example/report/shop").unwrap();
    assert_eq!(targets, [Target { url, is_preflighted: true }]);
    let head = RIGHT.replace("https://r.example", "https://shop.example");
    let targets = Reading::of(&page(&head, None)).targets();
    assert_eq!(targets.iter().map(|it| it.is_preflighted).collect::<Vec<_>>(), [false]);
}

#[test]
fn what_endpoints_answer_is_judged_as_browsers_do() {
    let right = || reply(204, "*", "content-type");
    let certificate = || Err(Trouble::Certificate("x".to_owned()));
    let cases = [
        (right(), reply(400, "*", ""), &[][..]),
        (right(), reply(204, "https://shop.example", ""), &[]),
        (reply(200, "https://shop.example", "X, Content-Type"), right(), &[]),
        (reply(200, "*", "*"), right(), &[]),
        (reply(404, "*", "content-type"), right(), &["silent endpoint-preflight"]),
        (reply(204, "", "content-type"), right(), &["silent endpoint-preflight"]),
        (
            reply(204, "https://other.example", "content-type"),
            right(),
            &["silent endpoint-preflight"],
        ),
        (reply(204, "*", ""), right(), &["silent endpoint-preflight"]),
        (right(), reply(400, "", ""), &["advice endpoint-post-without-cors"]),
        (right(), reply(301, "*", ""), &["silent endpoint-redirects"]),
        (right(), reply(404, "*", ""), &["silent endpoint-refuses"]),
        (right(), reply(410, "*", ""), &["silent endpoint-refuses"]),
        (right(), reply(503, "*", ""), &["silent endpoint-refuses"]),
        (certificate(), certificate(), &["silent endpoint-untrusted-certificate"]),
        (right(), Err(Trouble::WrongName("x".to_owned())), &["silent endpoint-wrong-name"]),
        (right(), Err(Trouble::Unreachable("x".to_owned())), &["silent endpoint-unreachable"]),
        (Err(Trouble::Slow), right(), &["silent endpoint-slow"]),
    ];
    for (preflight, post, ids) in cases {
        let mut page = page(RIGHT, None);
        let target = Reading::of(&page).targets().remove(0);
        page.answers = vec![(target, Answer { preflight: Some(preflight), post })];
        expect(&page, ids);
    }
}

#[test]
fn what_a_page_makes_thousands_of_is_bounded() {
    let head = format!(
        "Content-Security-Policy: {}\nReporting-Endpoints: {}\nIntegrity-Policy: endpoints=({})\n",
        "report-uri a; report-to b; x,".repeat(10_000),
        (0..10_000).map(|n| format!("a{n}=1, ")).collect::<String>(),
        "a ".repeat(10_000),
    );
    let html = "<script src=https://cdn.example/></script>".repeat(10_000);
    let page = page(&head, Some(&html));
    let findings = Reading::of(&page).findings();
    assert!(findings.iter().any(|finding| finding.id == "too-many-policies"));
    assert!(findings.len() <= limits::DOCTOR_FINDINGS);
    assert_eq!(Reading::of(&page).policies().len(), limits::DOCTOR_POLICIES);
}

proptest! {
    /// Whatever a page sends: no panic, each finding once, and nothing in its key that changes with the nonce.
    #[test]
    fn any_head_is_judged(
        policy in text(),
        report_only in text(),
        endpoints in text(),
        integrity in text(),
        html in text(),
    ) {
        let page = |nonce: &str| {
            let mut head = Head::default();
            for (name, value) in [
                ("content-security-policy", &policy),
                ("content-security-policy-report-only", &report_only),
                ("reporting-endpoints", &endpoints),
                ("report-to", &endpoints),
                ("integrity-policy", &integrity),
            ] {
                head.push(name, &value.replace("{nonce}", nonce));
            }
            Page { head, html: Some(html.replace("{nonce}", nonce)), ..Page::default() }
        };
        let keys = |page: &Page| {
            let findings = Reading::of(page).findings();
            findings.into_iter().map(|it| (it.id, it.place)).collect::<Vec<_>>()
        };
        let (first, second) = (page("abc"), page("def"));
        let found = keys(&first);
        prop_assert_eq!(&found, &keys(&second));
        prop_assert_eq!(found.iter().collect::<HashSet<_>>().len(), found.len());
        let look = |page: &Page| change::Look::new(&page.head, Reading::of(page).findings());
        prop_assert_eq!(look(&first).since(&look(&second)), []);
    }
}

/// Texts of what stands in such headers and pages, and of anything.
fn text() -> impl Strategy<Value = String> {
    const WORDS: &[&str] = &[
        "default-src",
        "script-src",
        "report-to",
        "report-uri",
        "img-scr",
        "'self'",
        "self",
        "'none'",
        "*",
        "https:",
        "'nonce-{nonce}'",
        "nonce-{nonce}",
        "'strict-dynamic'",
        "'unsafe-inline'",
        "a.example/b?c=d",
        ";",
        ";",
        ",",
        "=",
        "\"",
        "(",
        ")",
        "endpoints",
        "blocked-destinations",
        "script",
        "ep",
        "ep=\"https://r.example/x\"",
        "é",
        "‘self’",
        "{\"group\":\"ep\",\"max_age\":1,\"endpoints\":[{\"url\":\"https://a\"}]}",
        "<script src=//b.example/x ",
        "<meta http-equiv=content-security-policy content=\"",
        ">",
        "<base href=",
        "</script>",
    ];
    let word = prop_oneof![4 => select(WORDS).prop_map(str::to_owned), 1 => any::<String>()];
    vec(word, 0..24).prop_map(|words| words.join(" "))
}
