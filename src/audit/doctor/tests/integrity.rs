//! Integrity policies, and scripts of other hosts.

use super::*;

#[test]
fn mistakes_in_integrity_policies_are_found() {
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
fn scripts_of_other_hosts_need_integrity_and_crossorigin() {
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
