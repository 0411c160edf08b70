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
    for mistaken in
        ["report", "r.example/report", "//r.example/report", "'https://r.example/x'", "'self'"]
    {
        check(definition, &format!("cspwatch=\"{mistaken}\""), &["silent endpoint-relative"]);
    }
    // One of them costs Chromium all of them.
    for other in ["more=http", "more", "more=(\"https://r.example/x\")", "more=1", "more=:aGk=:"] {
        let ids = ["silent endpoint-not-a-string", "advice endpoint-unused", hashes];
        check(definition, &format!("{definition}, {other}"), &ids);
    }
}

#[test]
fn a_value_is_one_url_and_a_name_is_defined_once_and_used() {
    let definition = "cspwatch=\"https://r.example/report/shop\"";
    let hashes = "advice no-script-hashes";
    for value in [
        "https://r.example/1, https://r.example/2",
        "https://r.example/1,https://r.example/2",
        "https://r.example/1 https://r.example/2",
        "https://r.example/1;https://r.example/2",
        "https://r.example/1?tag=a,https://r.example/2",
        "https://r.example/a b",
    ] {
        let head = format!("cspwatch=\"{value}\"");
        check(definition, &head, &["silent endpoint-invalid", hashes]);
    }
    let unused = "advice endpoint-unused";
    for (value, ids) in [
        ("cspwatch=\"https://r.example/report/shop?u=https://shop.example/\"", &[][..]),
        (
            "cspwatch=\"https://r.example/1\", cspwatch=\"https://r.example/2\"",
            &["advice endpoint-duplicate"],
        ),
        ("cspwatch=\"https://a.example/x,y\", b=\"https://b.example/\"", &[unused]),
        ("default=\"https://a.example/\", cspwatch=\"https://r.example/\"", &[]),
        (
            "cspwatch=\"https://r.example/1\"; other=\"https://r.example/2\"",
            &["advice endpoint-parameter"],
        ),
    ] {
        check(definition, value, ids);
    }
    let used = format!("{RIGHT}Permissions-Policy: camera=();report-to=cam\n");
    let used = used.replace(definition, &format!("{definition}, cam=\"https://r.example/cam\""));
    expect(&page(&used, None), &[]);
    // A name after a semicolon is none, and the policy waits for it.
    let head = RIGHT.replace("report-to cspwatch", "report-to b");
    let head = head.replace(definition, &format!("{definition}; b=\"https://r.example/b\""));
    expect(
        &page(&head, None),
        &["silent endpoint-parameter", "silent report-to-undefined", hashes],
    );
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
    let allowlist = "silent connection-allowlist-endpoint-undefined";
    expect(
        &page(&old(right), None),
        &["silent endpoint-only-legacy", undefined, allowlist, hashes],
    );
    let wrong = [
        "silent report-to-header-invalid",
        "silent report-to-undefined",
        undefined,
        allowlist,
        hashes,
    ];
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
fn each_used_endpoint_is_probed_by_the_channels_that_use_it() {
    let endpoint = "https://r.example/report/shop";
    let probes = |head: &str| -> Vec<(String, ProbeChannel, bool)> {
        let targets = Analysis::new(&page(head, None)).probe_targets().into_iter();
        targets.map(|target| (target.url.into(), target.channel, target.is_preflighted)).collect()
    };
    let both = |url: &str, is_preflighted| {
        [
            (url.to_owned(), ProbeChannel::ReportUri, false),
            (url.to_owned(), ProbeChannel::ReportTo, is_preflighted),
        ]
    };
    let head = RIGHT.replace("/shop\"", "/shop\", other=\"https://other.example/\"");
    assert_eq!(probes(&head), both(endpoint, true), "the other one is not used");
    let own = "https://shop.example/report/shop";
    assert_eq!(probes(&RIGHT.replace(endpoint, own)), both(own, false));
    let only_to = RIGHT.replace("report-uri https://r.example/report/shop", "report-to cspwatch");
    assert_eq!(probes(&only_to), both(endpoint, true)[1..]);
}

#[test]
fn what_one_channel_loses_is_said_of_that_channel_alone() {
    let by = [ProbeChannel::ReportUri, ProbeChannel::ReportTo];
    let whats = |statuses: [u16; 2]| -> Vec<String> {
        let mut page = page(RIGHT, None);
        let targets = Analysis::new(&page).probe_targets().into_iter();
        let result = |target: ProbeTarget| {
            let status =
                statuses[by.iter().position(|channel| *channel == target.channel).unwrap()];
            let preflight = target.is_preflighted.then(|| reply(204, "*", "content-type"));
            (target, ProbeResult { preflight, post: reply(status, "*", "") })
        };
        page.probes = targets.map(result).collect();
        let findings = Analysis::new(&page).findings();
        assert!(findings.iter().all(|finding| finding.id == "endpoint-refuses"), "{findings:#?}");
        findings.into_iter().map(|finding| finding.what).collect()
    };
    for status in [401, 402, 403, 404, 405, 406, 407, 410, 413, 415, 418, 429, 451, 500, 503] {
        let text = status.to_string();
        let [uri] = &whats([status, 204])[..] else { panic!("{status}") };
        assert!(
            uri.contains("report-uri (application/csp-report)") && uri.contains(&text),
            "{uri}"
        );
        assert!(!uri.contains("report-to"), "{uri}");
        let [to] = &whats([204, status])[..] else { panic!("{status}") };
        assert!(to.contains("report-to (application/reports+json)") && to.contains(&text), "{to}");
        assert!(!to.contains("report-uri"), "{to}");
        let [both] = &whats([status, status])[..] else { panic!("{status}") };
        assert!(both.contains("report-uri and report-to") && both.contains(&text), "{both}");
    }
    // Two answers, one finding.
    let [two] = &whats([403, 415])[..] else { panic!() };
    assert!(two.contains("403") && two.contains("415"), "{two}");
    // A collector that reads the empty body.
    for status in [200, 204, 400, 411, 422] {
        assert!(whats([status, status]).is_empty(), "{status}");
    }
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
        (
            right(),
            Err(ConnectionFailure::Private([127, 0, 0, 1].into())),
            &["silent endpoint-private-address"],
        ),
    ];
    for (preflight, post, ids) in cases {
        let mut page = page(RIGHT, None);
        let target = Analysis::new(&page).probe_targets().remove(1);
        page.probes = vec![(target, ProbeResult { preflight: Some(preflight), post })];
        expect(&page, ids);
    }
}
