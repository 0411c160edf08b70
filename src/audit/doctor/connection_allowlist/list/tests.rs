use super::*;

/// What Chromium 148 allowed is allowed here, and what it ignored is a fault.
#[test]
fn entries_are_read_as_chromium_reads_them() {
    for (entry, is_right) in [
        ("response-origin", true),
        ("\"https://t.example:25443\"", true),
        ("\"https://t.example:25443/*\"", true),
        ("\"https://*.t.example\"", true),
        ("\"https://(.*).t.example\"", true),
        ("\"http{s}?://t.example/pay/*\"", true),
        ("\"https://t.example/pay\"", true),
        ("\"wss://t.example\"", false),
        ("\"response-origin\"", false),
        ("\"t.example:25443\"", false),
        ("\"t.example\"", false),
        ("\"*\"", false),
        ("\"'self'\"", false),
        ("\"//t.example\"", false),
        ("\"https://\"", false),
        ("\"https:///x\"", false),
        ("\"https://t.example/\"", false),
        ("\"https://a.example https://b.example\"", false),
        ("\"https://t.example/(\\\\d+)\"", false),
        ("https://t.example", false),
        ("self", false),
        ("1", false),
        ("?1", false),
    ] {
        let list = Allowlist::parse(&format!("({entry});report-to=ca")).unwrap();
        assert_eq!(list.faults.is_empty(), is_right, "{entry}: {list:?}");
        assert!(list.wide.is_empty(), "{entry}");
    }
    for entry in
        ["https://*", "*://*", "https://*/*", "https://*:*/*", "https://*.*", "http{s}?://*"]
    {
        let list = Allowlist::parse(&format!("(\"{entry}\")")).unwrap();
        assert_eq!(list.wide, [entry]);
    }
}

#[test]
fn what_is_no_inner_list_is_invalid() {
    for text in [
        "'self';report-to=ca",
        "response-origin;report-to=ca",
        "\"https://t.example\"",
        "allow=(response-origin), report-to=ca",
        "(response-origin), report-to=ca",
        "(response-origin);Report-To=ca",
        "(response-origin",
        "(response-origin, \"https://t.example\")",
        "(response-origin https://t.example?x)",
        "(response-origin);",
    ] {
        assert!(Allowlist::parse(text).is_err(), "{text}");
    }
}

#[test]
fn parameters_are_tokens() {
    for (parameters, report_to, redirects) in [
        ("", ReportTo::Absent, Behaviour::Default),
        (";report-to", ReportTo::NotAToken, Behaviour::Default),
        (";report-to=\"ca\";redirects=\"allow\"", ReportTo::NotAToken, Behaviour::BlockByMistake),
        (";report-to=1;redirects", ReportTo::NotAToken, Behaviour::BlockByMistake),
        (";report-to=ca;redirects=block", ReportTo::Name("ca".into()), Behaviour::Block),
        (";report-to=CA;redirects=allow", ReportTo::Name("CA".into()), Behaviour::Allow),
        (";redirects=potato", ReportTo::Absent, Behaviour::AllowByMistake),
    ] {
        let list = Allowlist::parse(&format!("(response-origin){parameters}")).unwrap();
        assert_eq!((list.report_to, list.redirects), (report_to, redirects), "{parameters}");
    }
}
