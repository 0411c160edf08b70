use super::*;
use crate::config::document::Problem;

fn problems(text: &str) -> Vec<String> {
    read("r", text).1.iter().map(Problem::to_string).collect()
}

/// Checks that a rule with these conditions is refused, with a message that begins like this.
#[track_caller]
fn check(conditions: &str, place_and_message: &str) {
    let rule = format!("[[rule]]\nid = \"x\"\nreason = \"r\"\nsource = \"s\"\n{conditions}\n");
    let problems = problems(&rule);
    assert!(problems.iter().any(|problem| problem.starts_with(place_and_message)), "{problems:#?}");
}

/// Checks that a rule with these conditions is taken.
#[track_caller]
fn check_right(conditions: &str) {
    let rule = format!("[[rule]]\nid = \"x\"\nreason = \"r\"\nsource = \"s\"\n{conditions}\n");
    assert_eq!(problems(&rule), Vec::<String>::new(), "{conditions}");
}

#[test]
fn the_builtin_rules_are_right() {
    let (file, problems) = read("builtin.toml", BUILTIN);
    assert_eq!(problems, []);
    assert!(!file.version.is_empty() && !file.rules.is_empty());
}

#[test]
fn dangerous_rules_are_refused() {
    let shared = [
        "*.cloudfront.net",
        "*.com",
        "*.s3.amazonaws.com",
        "s3.amazonaws.com",
        "github.io",
        "*.googleapis.com",
        "*.google.com",
        "www.googletagmanager.com",
        "cdn.jsdelivr.net",
    ];
    for host in shared {
        let message = "r:5:1: rule 1, blocked_host: in rule \"x\": anybody can put things on";
        check(&format!("blocked_host = [\"{host}\"]"), message);
    }
    check(
        "source_host = [\"s3.amazonaws.com\"]",
        "r:5:1: rule 1, source_host: in rule \"x\": anybody",
    );
    for scheme in ["https", "wss", "data", "inline"] {
        check(
            &format!("blocked_scheme = [\"{scheme}\"]"),
            "r:5:1: rule 1, blocked_scheme: in rule \"x\"",
        );
    }
    check("source_scheme = [\"https\"]", "r:5:1: rule 1, source_scheme: in rule \"x\"");
    check(
        "sample_contains = [\"vimium\"]",
        "r:2:1: rule 1, id: in rule \"x\": a thief can write any sample",
    );
    check(
        "sample_contains = [\"vimium\"]\nblocked_host = [\"a.example\"]",
        "r:2:1: rule 1, id: in rule \"x\": a thief can write any sample",
    );
    check(
        "blocked_keyword = [\"inline\"]",
        "r:2:1: rule 1, id: in rule \"x\": it would match too much",
    );
    check("directive = [\"img-src\"]", "r:2:1: rule 1, id: in rule \"x\": it would match too much");
}

#[test]
fn a_user_agent_or_a_page_identifies_nothing_alone() {
    let too_much = "r:2:1: rule 1, id: in rule \"x\": it would match too much";
    for condition in [
        "user_agent_contains = [\"FBAN/\"]",
        "user_agent_contains = [\"FBAN/\"]\nblocked_keyword = [\"inline\"]",
        "user_agent_contains = [\"FBAN/\"]\ndirective = [\"script-src\"]",
        "document_host = [\"a.example\"]",
        "document_path_prefix = [\"/checkout\"]\nengine = [\"chromium\"]",
    ] {
        check(condition, too_much);
    }
    for ordinary in ["Mozilla", "Chrome/", "Safari", "Mobile/15E148", "Firefox/", "Android", " "] {
        let message =
            format!("r:5:1: rule 1, user_agent_contains: \"{ordinary}\" is in the User-Agent");
        check(&format!("user_agent_contains = [\"{ordinary}\"]"), &message);
    }
}

#[test]
fn conditions_that_say_nothing_are_refused() {
    for (conditions, message) in [
        ("blocked_port = [8443]", "r:5:1: rule 1, blocked_port: in rule \"x\": a port needs"),
        ("blocked_path = [\"/a\"]", "r:5:1: rule 1, blocked_path: in rule \"x\": a path needs"),
        ("blocked_port = [0]", "r:5:1: rule 1, blocked_port: \"0\" is not a port"),
        ("blocked_port = [70000]", "r:5:1: rule 1, blocked_port: \"70000\" is not a port"),
        ("blocked_path = [\"/*\"]", "r:5:1: rule 1, blocked_path: \"/*\" is not the pattern"),
        (
            "blocked_address = [\"10.0.0.0/33\"]",
            "r:5:1: rule 1, blocked_address: \"10.0.0.0/33\" is",
        ),
        (
            "blocked_address = [\"10.0.0.0/8\"]\nblocked_host = [\"a.example\"]",
            "r:5:1: rule 1, blocked_address: in rule \"x\": a host is not an address",
        ),
        (
            "blocked_address = [\"10.0.0.0/8\"]\nblocked_scheme = [\"gsa\"]",
            "r:6:1: rule 1, blocked_scheme: in rule \"x\": schemes of browsers have no hosts",
        ),
    ] {
        check(conditions, message);
    }
}

#[test]
fn a_network_with_other_owners_is_refused() {
    for network in ["0.0.0.0/0", "203.0.113.0/23", "8.0.0.0/8", "2001:db8::/32", "10.0.0.0/7"] {
        let message = format!("r:5:1: rule 1, blocked_address: in rule \"x\": {network} has");
        check(&format!("blocked_address = [\"{network}\"]"), &message);
    }
    for network in ["10.0.0.0/8", "192.168.1.1", "198.51.100.0/24", "fd00::/8", "2001:db8::/48"] {
        check_right(&format!("blocked_address = [\"{network}\"]"));
    }
}

#[test]
fn a_host_that_fetches_for_anybody_needs_a_path_that_does_not() {
    let relay = "blocked_host = [\"translate.google.com\"]\n";
    check_right(relay);
    check_right(&format!("{relay}blocked_path_prefix = [\"/translate_a/\"]"));
    let message = "r:5:1: rule 1, blocked_host: in rule \"x\": anybody can put things on";
    check(&format!("{relay}blocked_path_prefix = [\"/trans\"]"), message);
    check(&format!("{relay}blocked_path = [\"/translate\"]"), message);
    check(&format!("{relay}blocked_path = [\"/t*\"]"), message);
    check("blocked_host = [\"corsproxy.io\"]", message);
}

#[test]
fn where_anybody_can_have_an_account() {
    for host in [
        "script.google.com",
        "storage.googleapis.com",
        "o666.ingest.sentry.io",
        "thief.zendesk.com",
        "a.b.list-manage.com",
        "www.facebook.com",
    ] {
        assert!(serves_strangers(host), "{host}");
    }
    for host in [
        "zendesk.com",
        "me.github.io",
        "notzendesk.com",
        "api.stripe.com",
        "www.google.com.example",
        "",
    ] {
        assert!(!serves_strangers(host), "{host}");
    }
    for (domain, example) in [
        ("google.com", Some("docs.google.com")),
        ("zendesk.com", Some("*.zendesk.com")),
        ("sentry.io", Some("*.ingest.sentry.io")),
        ("script.google.com", Some("script.google.com")),
        ("stripe.com", None),
        ("192.0.2.7", None),
        ("visitor-network", None),
    ] {
        assert_eq!(strangers_of(domain).as_deref(), example, "{domain}");
    }
}

#[test]
fn rules_for_payment_pages_say_why() {
    let host = "blocked_host = [\"a.example\"]";
    let relay = "blocked_host = [\"translate.google.com\"]";
    let path = "blocked_path_prefix = [\"/translate_a/\"]";
    let firefox = "engine = [\"firefox\"]\nsource_scheme = [\"moz-extension\"]";
    for (conditions, trust, message) in [
        (host, "true", "\"true\" does not say why"),
        (host, "yes", "\"yes\" does not say why"),
        (host, "owner-keeps-path", "in rule \"x\": the rule names no blocked_host with the path"),
        (host, "not-public", "in rule \"x\": not all of its blocked_host"),
        (host, "browser-names-source", "in rule \"x\": a script can name itself as it likes"),
        (
            relay,
            "owner-keeps-host",
            "in rule \"x\": one of the hosts serves or fetches for anybody",
        ),
        ("source_host = [\"a.example\"]", "owner-keeps-host", "in rule \"x\": a script can name"),
        ("source_scheme = [\"gsa\"]", "not-public", "in rule \"x\": a script can name itself"),
        (
            "source_scheme = [\"chrome-extension\"]",
            "browser-names-source",
            "in rule \"x\": a script can name itself as it likes, except in Firefox",
        ),
        (
            "blocked_address = [\"198.51.100.0/24\"]",
            "not-public",
            "in rule \"x\": not all of its blocked_host",
        ),
        ("blocked_address = [\"10.0.0.0/8\"]", "owner-keeps-host", "in rule \"x\": the rule names"),
    ] {
        let conditions = format!("payment_pages = \"{trust}\"\n{conditions}");
        check(&conditions, &format!("r:5:1: rule 1, payment_pages: {message}"));
    }
    for (conditions, trust) in [
        (host, "owner-keeps-host"),
        (host, "false"),
        (&format!("{relay}\n{path}"), "owner-keeps-path"),
        (&format!("{host}\nuser_agent_contains = [\"FBAN/\"]"), "owner-keeps-host"),
        (firefox, "browser-names-source"),
        ("blocked_host = [\"intranet\"]", "not-public"),
        ("blocked_address = [\"10.0.0.0/8\", \"fd00::/8\"]", "not-public"),
    ] {
        check_right(&format!("payment_pages = \"{trust}\"\n{conditions}"));
    }
}

#[test]
fn every_mistake_of_a_file_is_reported_with_its_place() {
    let found = problems(
        "[[rule]]\nid = \"Bad_Id\"\nreason = \"r\"\nblocked_hosts = [\"a.example\"]\n\
         [[rule]]\nid = \"a\"\nreason = \"r\"\nsource = \"s\"\nblocked_host = [\"https://x\"]\n\
         engine = [\"blink\"]\nblocked_path_prefix = [\"x\"]\n\
         [[rule]]\nid = \"a\"\nreason = \"r\"\nsource = \"s\"\nblocked_host = [\"a.example\"]\n",
    );
    for expected in [
        "r:2:1: rule 1, id: \"Bad_Id\" is not an id",
        "r:4:1: rule 1, source: is needed",
        "r:4:1: rule 1, blocked_hosts: unknown key; known here: ",
        "r:9:1: rule 2, blocked_host: \"https://x\" is not a host",
        "r:10:1: rule 2, engine: \"blink\" is not an engine",
        "r:11:1: rule 2, blocked_path_prefix: \"x\" is not the beginning",
        "r:13:1: rule 3, id: \"a\" is taken already",
    ] {
        assert!(
            found.iter().any(|problem| problem.starts_with(expected)),
            "{expected}\n{found:#?}"
        );
    }
}

#[test]
fn a_version_is_a_plain_text() {
    assert_eq!(read("r", "version = \"2026-11-28.1\"").0.version, "2026-11-28.1");
    for wrong in ["", "a b", "\\u001b[31m"] {
        let found = problems(&format!("version = \"{wrong}\""));
        assert!(found.iter().any(|problem| problem.contains("version: ")), "{wrong} {found:?}");
    }
}

#[test]
fn the_first_list_that_has_a_rule_counts() {
    let list = |version: &str, ids: &[&str]| {
        let rule = |id: &&str| NoiseRule {
            id: (*id).to_owned(),
            reason: version.to_owned(),
            ..NoiseRule::default()
        };
        RuleFile { version: version.to_owned(), rules: ids.iter().map(rule).collect() }
    };
    let mut noise = Noise::default();
    noise.add("own.toml", list("", &["own", "b"]));
    noise.add("newer.toml", list("2", &["b", "c"]));
    noise.add(BUILTIN_NAME, list("1", &["a", "b", "c"]));
    let found: Vec<_> =
        noise.rules.iter().map(|rule| format!("{} {}", rule.id, rule.reason)).collect();
    assert_eq!(found, ["own ", "b ", "c 2", "a 1"]);
    let lists =
        noise.lists.iter().map(|list| format!("{} {} {}", list.name, list.version, list.rules));
    assert_eq!(lists.collect::<Vec<_>>(), ["own.toml  2", "newer.toml 2 1", "built-in 1 1"]);
}
