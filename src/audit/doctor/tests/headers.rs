//! Names of headers that are not what somebody meant.

use super::*;

/// The finding about a header that is written like this, and its fix.
#[track_caller]
fn check_name(line: &str, id: &str, fix: &str) {
    let findings = Analysis::new(&page(&format!("Server: x\n{line}\n"), None)).findings();
    let finding = findings.iter().find(|finding| finding.id.starts_with("header-"));
    let finding = finding.unwrap_or_else(|| panic!("{line}: {findings:#?}"));
    assert_eq!(format!("{} {}", finding.level.name(), finding.id), id, "{line}: {finding:#?}");
    assert!(finding.fix.contains(fix), "{line}: {finding:#?}");
    let is_about_policy = fix.contains("Content-Security-Policy") && id.ends_with("misspelt");
    let has_no_policy = findings.iter().any(|finding| finding.id == "no-policy");
    assert_ne!(has_no_policy, is_about_policy, "{line}: the other fix would be wrong");
}

#[test]
fn misspelt_names_have_the_right_name_as_their_fix() {
    let policy = "default-src 'self'; report-uri https://r.example/x";
    for (name, meant) in [
        ("Content-Security-Policy-Reportonly", "send it as Content-Security-Policy-Report-Only"),
        ("Content-Security-Policy-ReportOnly", "send it as Content-Security-Policy-Report-Only"),
        ("Content-Security-Policy-Report", "send it as Content-Security-Policy-Report-Only"),
        ("Content-Security-Policy-Report-Onyl", "send it as Content-Security-Policy-Report-Only"),
        ("Content_Security_Policy", "send it as Content-Security-Policy"),
        ("Content_Security_Policy_Report_Only", "send it as Content-Security-Policy-Report-Only"),
        ("ContentSecurityPolicy", "send it as Content-Security-Policy"),
        ("Content-Securtiy-Policy", "send it as Content-Security-Policy"),
        ("Content-Security-Policies", "send it as Content-Security-Policy"),
        ("X-Content-Security-Policy", "send it as Content-Security-Policy"),
        ("X-Content-Security-Policy-Report-Only", "send it as Content-Security-Policy-Report-Only"),
        ("X-WebKit-CSP", "send it as Content-Security-Policy"),
        ("X-Webkit-CSP-Report-Only", "send it as Content-Security-Policy-Report-Only"),
        ("CSP", "send it as Content-Security-Policy"),
        ("Content-Security-Policy ", "send it as Content-Security-Policy"),
        ("Content-Security-Policy-Report-Only\t", "send it as Content-Security-Policy-Report-Only"),
    ] {
        check_name(&format!("{name}: {policy}"), "silent header-misspelt", meant);
    }
    for (line, meant) in [
        ("Reporting-Endpoint: a=\"https://r.example/\"", "send it as Reporting-Endpoints"),
        ("Reporting_Endpoints: a=\"https://r.example/\"", "send it as Reporting-Endpoints"),
        ("Report-Endpoints: a=\"https://r.example/\"", "send it as Reporting-Endpoints"),
        ("Integrity-Policy-Reportonly: x", "send it as Integrity-Policy-Report-Only"),
        ("Integrity_Policy: x", "send it as Integrity-Policy"),
        ("Connection-Allow-List: x", "send it as Connection-Allowlist"),
        ("Connection-Allowlist-ReportOnly: x", "send it as Connection-Allowlist-Report-Only"),
    ] {
        check_name(line, "silent header-misspelt", meant);
    }
    check_name("report-uri: https://r.example/x", "advice header-misspelt", "report-uri");
    // Beside the right one, the old name only has to go.
    expect(
        &page(&format!("{RIGHT}X-Content-Security-Policy: default-src *\n"), None),
        &["advice header-misspelt"],
    );
    for other in
        ["X-Frame-Options: deny", "Referrer-Policy: origin", "Permissions-Policy: camera=()"]
    {
        expect(&page(&format!("{RIGHT}{other}\n"), None), &[]);
    }
}

#[test]
fn values_that_begin_with_a_part_of_the_name_are_explained() {
    let rest = "default-src 'self'; img-src 'self'";
    for (line, fix) in [
        (
            format!("Content-Security-Policy-Report-Only:: {rest}"),
            "one colon: `Content-Security-Policy-Report-Only: …`",
        ),
        (format!("Content-Security-Policy:: {rest}"), "one colon: `Content-Security-Policy: …`"),
        (format!("Content-Security-Policy: : {rest}"), "one colon: `Content-Security-Policy: …`"),
        (
            format!("Content-Security-Policy: Content-Security-Policy: {rest}"),
            "the name once: `Content-Security-Policy: …`",
        ),
        (format!("Content-Security-Policy: \"{rest}\""), "remove the quotes"),
    ] {
        let findings = Analysis::new(&page(&format!("{line}\n"), None)).findings();
        let finding = findings.iter().find(|finding| finding.id == "header-malformed").unwrap();
        assert!(finding.fix.contains(fix), "{line}: {finding:#?}");
        // The rest is judged as it is meant.
        let is_wrong =
            |finding: &Finding| matches!(finding.id, "unknown-directive" | "no-default-src");
        assert!(!findings.iter().any(is_wrong), "{line}: {findings:#?}");
    }
    for line in [
        "Reporting-Endpoints:: a=\"https://r.example/\"",
        "Integrity-Policy:: blocked-destinations=(script)",
        "Connection-Allowlist-Report-Only:: (response-origin)",
        "Connection-Allowlist: Connection-Allowlist: (response-origin)",
    ] {
        let findings = Analysis::new(&page(&format!("{line}\n"), None)).findings();
        let is_it = |finding: &&Finding| finding.id == "header-malformed";
        let finding = findings.iter().find(is_it).unwrap_or_else(|| panic!("{line}"));
        assert_eq!(finding.level, FindingLevel::Silent, "{line}");
    }
}
