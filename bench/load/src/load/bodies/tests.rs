use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::*;

/// So many requests: address, body.
fn requests(count: usize, repetitions: f64, seed: u64) -> Vec<(String, String)> {
    let mut bodies = Bodies::new("127.0.0.1:1", "/report/shop", repetitions, 10_000, seed);
    let mut bytes = Vec::new();
    (0..count)
        .map(|_| {
            let rendered = bodies.render(&mut bytes);
            let (client, body_at) = (rendered.client, rendered.body_at);
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
            (text(&bytes[client]), text(&bytes[body_at..]))
        })
        .collect()
}

/// Document, directive, blocked URL and policy of either format.
fn parts(body: &str) -> [String; 4] {
    let body: Value = serde_json::from_str(body).expect("JSON");
    let report = body.get("csp-report").unwrap_or(&body[0]["body"]);
    let either = |names: [&str; 2]| {
        let found = names.iter().find_map(|name| report.get(name)?.as_str());
        found.unwrap_or_else(|| panic!("{names:?} in {report}")).to_owned()
    };
    [
        either(["document-uri", "documentURL"]),
        either(["effective-directive", "effectiveDirective"]),
        either(["blocked-uri", "blockedURL"]),
        either(["original-policy", "originalPolicy"]),
    ]
}

#[test]
fn bodies_are_as_long_as_those_of_real_pages() {
    let bodies = requests(20_000, 0.95, 1);
    let mean = bodies.iter().map(|(_, body)| body.len()).sum::<usize>() / bodies.len();
    assert!((1_650..1_850).contains(&mean), "{mean}");
    let arrays = bodies.iter().filter(|(_, body)| body.starts_with('[')).count();
    assert!((8_000..12_000).contains(&arrays), "{arrays}");
}

#[test]
fn a_seed_makes_the_same_requests_again() {
    assert_eq!(requests(100, 0.5, 7), requests(100, 0.5, 7));
    assert_ne!(requests(100, 0.5, 7), requests(100, 0.5, 8));
}

#[test]
fn no_nonce_comes_twice() {
    let nonces = requests(5_000, 1.0, 1).into_iter().map(|(_, body)| {
        let policy = parts(&body)[3].clone();
        let nonce = policy.split("'nonce-").nth(1).expect("a nonce").split("=='").next();
        nonce.expect("its end").to_owned()
    });
    assert_eq!(nonces.collect::<BTreeSet<_>>().len(), 5_000);
}

#[test]
fn repetitions_are_as_many_as_wanted() {
    let distinct = |share: f64| {
        let violations = requests(20_000, share, 1).into_iter().map(|(_, body)| {
            let [document, directive, blocked, _] = parts(&body);
            (document, directive, blocked)
        });
        violations.collect::<BTreeSet<_>>().len()
    };
    assert_eq!(distinct(0.0), 20_000);
    assert!((1_900..=2_000).contains(&distinct(1.0)));
    let mixed = distinct(0.95);
    assert!((2_800..3_100).contains(&mixed), "{mixed}");
}

#[test]
fn clients_are_spread() {
    let clients: BTreeMap<String, usize> =
        requests(50_000, 1.0, 1).into_iter().fold(BTreeMap::new(), |mut clients, (client, _)| {
            *clients.entry(client).or_default() += 1;
            clients
        });
    assert!((9_800..=10_000).contains(&clients.len()), "{}", clients.len());
    let networks: BTreeSet<&str> =
        clients.keys().filter_map(|client| Some(client.rsplit_once('.')?.0)).collect();
    assert_eq!(networks.len(), clients.len());
    assert!(clients.keys().all(|client| client.parse::<std::net::Ipv4Addr>().is_ok()));
}
