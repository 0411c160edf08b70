//! The headers that define endpoints, and what endpoints answer.

use super::*;

#[test]
fn definitions_that_browsers_ignore_are_found() {
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

fn reply(status: u16, origin: &str, headers: &str) -> Result<EndpointReply, ConnectionFailure> {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Ok(EndpointReply {
        status,
        allowed_origin: text(origin),
        allowed_headers: text(headers),
        location: None,
    })
}

#[test]
fn only_used_endpoints_are_probed_and_only_across_origins_with_a_preflight() {
    let head = RIGHT.replace("/shop\"", "/shop\", other=\"https://other.example/\"");
    let targets = Analysis::new(&page(&head, None)).probe_targets();
    let url = Url::parse("https://r.example/report/shop").unwrap();
    assert_eq!(targets, [ProbeTarget { url, is_preflighted: true }]);
    let head = RIGHT.replace("https://r.example", "https://shop.example");
    let targets = Analysis::new(&page(&head, None)).probe_targets();
    assert_eq!(targets.iter().map(|target| target.is_preflighted).collect::<Vec<_>>(), [false]);
}

#[test]
fn answers_of_endpoints_are_judged_as_browsers_judge_them() {
    let right = || reply(204, "*", "content-type");
    let certificate = || Err(ConnectionFailure::UntrustedCertificate("x".to_owned()));
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
        (
            right(),
            Err(ConnectionFailure::WrongName("x".to_owned())),
            &["silent endpoint-wrong-name"],
        ),
        (
            right(),
            Err(ConnectionFailure::Unreachable("x".to_owned())),
            &["silent endpoint-unreachable"],
        ),
        (Err(ConnectionFailure::TimedOut), right(), &["silent endpoint-slow"]),
    ];
    for (preflight, post, ids) in cases {
        let mut page = page(RIGHT, None);
        let target = Analysis::new(&page).probe_targets().remove(0);
        page.probes = vec![(target, ProbeResult { preflight: Some(preflight), post })];
        expect(&page, ids);
    }
}
