use super::*;

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

#[test]
fn the_builtin_rules_are_right() {
    assert_eq!(read("builtin.toml", BUILTIN).1, []);
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
    check(
        "source_scheme = [\"chrome-extension\"]\npayment_pages = true",
        "r:6:1: rule 1, payment_pages: in rule \"x\": a script can name itself as it likes",
    );
    check("source_host = [\"a.example\"]\npayment_pages = true", "r:6:1: rule 1, payment_pages");
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
fn rules_of_the_operator_go_first_and_replace() {
    let rules = |ids: &[&str], reason: &str| -> Vec<NoiseRule> {
        let rule = |id: &&str| NoiseRule {
            id: (*id).to_owned(),
            reason: reason.to_owned(),
            ..NoiseRule::default()
        };
        ids.iter().map(rule).collect()
    };
    let merged = merged(rules(&["own", "b"], "own"), rules(&["a", "b"], "builtin"));
    let found: Vec<_> = merged.iter().map(|rule| format!("{} {}", rule.id, rule.reason)).collect();
    assert_eq!(found, ["own own", "b own", "a builtin"]);
}
