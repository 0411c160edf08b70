//! Where `cspwatch doctor` goes, and where it does not: `--resolve`, and pages on the internet that lead to private addresses.

use std::path::Path;

use hyper::Response;

use super::*;

#[test]
fn resolve_leads_to_an_address_and_changes_neither_host_nor_certificate() {
    let trust = Trust::new();
    let endpoint = "https://reports.shop.example:9443/report/shop";
    let leaf = trust.authority.issue(&["www.shop.example", "reports.shop.example"]);
    let server = Server::start(Some(leaf.acceptor()), move |request| {
        if request.host == "reports.shop.example" {
            let response = Response::builder().status(204);
            let response = response.header("access-control-allow-origin", "*");
            let response = response.header("access-control-allow-headers", "content-type");
            return response.body(String::new()).unwrap();
        }
        let endpoint = endpoint.replace("9443", &request.port);
        answer(&right(&endpoint), "")
    });
    let port = server.address().port();
    let page = format!("https://www.shop.example:{port}/checkout");
    let to_loopback = |host: &str| format!("{host}:127.0.0.1");
    let endpoint_only_here = format!("reports.shop.example:{port}:127.0.0.1");
    let (www, other) = (to_loopback("www.shop.example"), to_loopback("wrong.example"));
    let output =
        trust.doctor(&["--resolve", &www, "--resolve", &endpoint_only_here, "--json", &page]);
    let found: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    assert_eq!(found["findings"], serde_json::json!([]));
    let hosts: Vec<_> = server.received().into_iter().map(|request| request.host).collect();
    assert_eq!(hosts.iter().filter(|host| *host == "reports.shop.example").count(), 3, "{hosts:?}");

    // The certificate is checked for the host of the URL.
    let wrong = format!("https://wrong.example:{port}/");
    let output = trust.doctor(&["--resolve", &other, &wrong]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("for another host"), "{}", stderr(&output));
    for (arguments, said) in [
        (&["--resolve", "www.shop.example", page.as_str()][..], "HOST:PORT:ADDRESS"),
        (&["--resolve", "www.shop.example:other.example", &page], "HOST:PORT:ADDRESS"),
        (&["--resolve", "www.shop.example:127.0.0.1", "-"], "contacts nobody"),
    ] {
        let output = trust.doctor(arguments);
        assert_eq!(output.status.code(), Some(64), "{arguments:?}");
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
}

/// Checks a page at the public address 203.0.113.7 of a network namespace of its own. Returns the findings, and what a server
/// on all addresses of the namespace was asked.
fn check_on_the_internet(path: &str) -> (Value, String) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/doctor/public_page.py");
    let script = r#"
        ip link set lo up && ip address add 203.0.113.7/32 dev lo && ip address add 169.254.169.254/32 dev lo || exit 3
        coproc python3 "$1" 2>"$2"; read -r ready <&"${COPROC[0]}"
        "$3" doctor --json --resolve www.shop.example:203.0.113.7 --resolve rebound.example:127.0.0.1 \
            "http://www.shop.example$4"
        kill "$COPROC_PID"
    "#;
    let place = tempfile::tempdir().unwrap();
    let log = place.path().join("log");
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--net", "bash", "-c", script, "bash"]).arg(here).arg(&log);
    let output = command.arg(env!("CARGO_BIN_EXE_cspwatch")).arg(path).output().unwrap();
    let found = serde_json::from_slice(&output.stdout);
    (found.unwrap_or_else(|_| panic!("{}", stderr(&output))), fs::read_to_string(log).unwrap())
}

#[test]
fn a_page_on_the_internet_sends_nobody_into_their_own_network() {
    let private = [
        "http://127.0.0.1",
        "http://localhost",
        "http://2130706433",
        "http://0x7f.1",
        "http://[::ffff:127.0.0.1]",
        "http://169.254.169.254",
        "http://rebound.example",
    ];
    for host in private {
        let (found, log) = check_on_the_internet(&format!("/page/{host}/report"));
        assert!(ids(&found).contains(&"endpoint-private-address".to_owned()), "{host}: {found}");
        assert_eq!(log.trim_end(), format!("203.0.113.7 GET /page/{host}/report"), "{host}");

        let (found, log) = check_on_the_internet(&format!("/redirect/{host}/admin"));
        assert_eq!(ids(&found), ["redirects-to-private-address"], "{host}: {found}");
        assert_eq!(log.trim_end(), format!("203.0.113.7 GET /redirect/{host}/admin"), "{host}");
    }
    // What is on the internet is contacted.
    let (found, log) = check_on_the_internet("/redirect//page/http://203.0.113.7/report");
    assert!(!ids(&found).iter().any(|id| id.contains("private")), "{found}");
    assert!(log.contains("203.0.113.7 POST /report"), "{log}");
}
