use std::fs;
use std::time::Duration;

use super::*;

fn load(text: &str) -> Result<Config, Vec<String>> {
    Config::from_text("f", text, &BTreeMap::new())
        .map_err(|error| error.0.iter().map(Problem::to_string).collect())
}

#[test]
fn defaults_are_safe() {
    let config = load("").expect("defaults hold");
    assert!(config.listen.public.ip().is_loopback() && config.listen.admin.ip().is_loopback());
    assert_eq!(config.listen.public_tls, None);
    assert_eq!(config.journal.durability, Durability::Disk);
    assert_eq!(config.limits.per_client, Some(Rate { count: 600, per: Duration::from_secs(60) }));
    assert!(matches!(config.clickhouse.server, Server::Embedded { .. }));
    assert_eq!(config.clickhouse.timeout, Duration::from_secs(120));
}

#[test]
fn the_timeout_of_clickhouse_is_a_duration() {
    let config = load("[clickhouse]\ntimeout = \"500ms\"").expect("it is right");
    assert_eq!(config.clickhouse.timeout, Duration::from_millis(500));
    let problems = load("[clickhouse]\ntimeout = \"never\"").expect_err("it is wrong");
    assert!(problems[0].starts_with("f:2:1: clickhouse.timeout: \"never\" is not a duration"));
}

#[test]
fn a_whole_site() {
    let config = load(
        r#"
        [[site]]
        name = "shop"
        hosts = ["shop.example", "*.shop.example"]
        known = ["*.stripe.com"]
          [[site.page_group]]
          name = "payment"
          paths = ["/checkout*"]
          payment = true
        [[site]]
        name = "blog"
        hosts = ["blog.example"]
        "#,
    )
    .expect("it is right");
    assert_eq!(config.sites.len(), 2);
    assert_eq!(config.sites[0].hosts[1], HostPattern::Below("shop.example".to_owned()));
    assert!(config.sites[0].page_groups[0].payment);
    assert!(config.sites[1].page_groups.is_empty());
}

#[test]
fn the_console_sends_nothing_in_the_clear_over_a_network() {
    let problems = |console: &str| {
        let text = format!("[listen]\ntrusted_proxies = ['10.0.0.0/8']\n[console]\n{console}");
        load(&text).err().map_or_else(String::new, |error| format!("{error:?}"))
    };
    for right in [
        "",
        "listen = '[::1]:8082'",
        "listen = '127.0.0.1:8082'\npublic_url = 'https://console.example'",
        "listen = '0.0.0.0:8082'\npublic_url = 'https://console.example'",
    ] {
        assert_eq!(problems(right), "", "{right}");
    }
    for (wrong, words) in [
        ("listen = '0.0.0.0:8082'", "console.public_url is missing"),
        ("listen = '0.0.0.0:8082'\npublic_url = 'http://console.example'", "without TLS"),
        ("tls_cert = 'cert.pem'", "console.tls_key: is needed"),
        ("public_url = 'https://console.example/path'", "has a path"),
        ("public_url = 'console.example'", "is no http or https URL"),
        ("public_url = 'https://me:secret@console.example'", "is no http or https URL"),
        ("report_url = 'ftp://x'", "is no http or https URL"),
    ] {
        let found = problems(wrong);
        assert!(found.contains(words), "{wrong}: {found}");
    }
    let open = load("[console]\nlisten = '0.0.0.0:8082'\npublic_url = 'https://console.example'\n");
    assert!(open.is_err(), "no proxy is there to end TLS");
}

#[test]
fn spans_go_nowhere_unless_an_endpoint_is_named() {
    let config = load("[telemetry]\notlp_endpoint = ''").expect("it is right");
    assert_eq!((config.telemetry.otlp_endpoint, config.telemetry.sample_one_in), (None, 1));
    let endpoint = |url: &str| load(&format!("[telemetry]\notlp_endpoint = '{url}'"));
    for url in ["http://127.0.0.1:4318", "https://otel.example/tenant/"] {
        if cfg!(feature = "otlp") {
            let config = endpoint(url).expect("it is right");
            assert!(config.telemetry.otlp_endpoint.is_some());
        } else {
            let problems = endpoint(url).expect_err("there is nothing that could send them");
            assert!(problems[0].contains("without the feature `otlp`"), "{problems:?}");
        }
    }
    for wrong in ["127.0.0.1:4318", "grpc://x", "http://me:hunter2@x", "http://x/?key=hunter2"] {
        let problems = endpoint(wrong).expect_err(wrong);
        assert!(problems[0].contains("without credentials"), "{problems:?}");
        assert!(!problems[0].contains("hunter2"), "{problems:?}");
    }
    assert!(load("[telemetry]\nsample_one_in = 0").is_err());
}

#[test]
fn every_mistake_is_reported_at_once_with_its_place() {
    let problems = load(
        "[listen]\npublic = \"nowhere\"\ntrusted_proxies = [\"10.0.0.0/99\"]\npublic_tls = \"127.0.0.1:1\"\n\
         [limits]\nper_client = \"lots\"\nbody_byte = \"1MiB\"\n\
         [[site]]\nname = \"other\"\nhosts = [\"https://x\"]\n",
    )
    .expect_err("it is wrong");
    let expect = [
        "f:2:1: listen.public: \"nowhere\" is not an address",
        "f:3:1: listen.trusted_proxies: \"10.0.0.0/99\" is not a network",
        "configuration: listen.tls_cert: is needed",
        "f:6:1: limits.per_client: \"lots\" is not a rate",
        "f:7:1: limits.body_byte: unknown key; known here: body_bytes,",
        "f:9:1: site 1, name: \"other\" is the name",
        "f:10:1: site 1, hosts: \"https://x\" is not a host",
    ];
    for expected in expect {
        assert!(
            problems.iter().any(|problem| problem.starts_with(expected)),
            "{expected}\n{problems:#?}"
        );
    }
}

#[test]
fn mistakes_come_in_the_order_of_the_file_and_each_once() {
    let text = "[limits]\nper_client = \"lots\"\n[[site]]\nname = \"s\"\nhosts = [\"https://x\"]\n\
                [[site.page_group]]\nname = \"g\"\npaths = [\"checkout\"]\n[listen]\npublic = \"nowhere\"\nx = 1\n";
    let environment = [("CSPWATCH__LISTEN__ADMIN".to_owned(), "nowhere".to_owned())].into();
    let error = Config::from_text("f", text, &environment).expect_err("it is wrong");
    let places: Vec<&str> = error.0.iter().map(|problem| problem.place.as_str()).collect();
    // A host or a path that is none is not missing besides.
    let expected = ["f:2:1", "f:5:1", "f:8:1", "f:10:1", "f:11:1", "CSPWATCH__LISTEN__ADMIN"];
    assert_eq!(places, expected, "{error:?}");
    for (missing, key) in [("", "hosts"), ("hosts = []", "hosts")] {
        let problems =
            load(&format!("[[site]]\nname = \"s\"\n{missing}")).expect_err("it is wrong");
        assert!(
            problems.len() == 1 && problems[0].contains(&format!("{key}: is needed")),
            "{problems:?}"
        );
    }
}

#[test]
fn a_key_that_cannot_be_read_is_reported() {
    for key in ["tag_key_file", "endpoint_key_file"] {
        let site = format!("[[site]]\nname = \"s\"\nhosts = [\"s.example\"]\n{key} = \"/none\"");
        let problems = load(&site).expect_err("refused");
        assert!(problems.len() == 1 && problems[0].contains("/none"), "{problems:#?}");
    }
    let none = "[[site]]\nname = \"s\"\nhosts = [\"s.example\"]\ntag_key_file = \"\"";
    assert_eq!(load(none).expect("empty is fine").sites[0].tag_key, None);
}

#[test]
fn a_cluster_has_a_plain_name() {
    let cluster =
        |name: &str| load(&format!("[clickhouse]\nurl = \"http://db:8123\"\ncluster = \"{name}\""));
    assert_eq!(cluster("").expect("empty is fine").clickhouse.cluster, None);
    let named = cluster("eu-1").expect("a name");
    assert_eq!(named.clickhouse.cluster.as_deref(), Some("eu-1"));
    let problems = cluster("x' ; DROP").expect_err("refused");
    assert!(problems[0].contains("cannot be the name of a cluster"), "{problems:#?}");
    let problems =
        load("[clickhouse]\ncluster = \"eu-1\"").expect_err("the embedded server is alone");
    assert!(problems[0].contains("set clickhouse.url"), "{problems:#?}");
}

#[test]
fn the_environment_overrides_the_file() {
    let environment = [
        ("CSPWATCH__LISTEN__TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1"),
        ("CSPWATCH__LISTEN__X", "1"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into();
    let error = Config::from_text("f", "", &environment).expect_err("X is unknown");
    assert_eq!(error.0.len(), 1);
    assert!(error.0[0].to_string().starts_with("CSPWATCH__LISTEN__X: listen.x: unknown key"));
    let environment = [("CSPWATCH__SITE__NAME".to_owned(), "shop".to_owned())].into();
    let error = Config::from_text("f", "", &environment).expect_err("which site?");
    assert!(error.0[0].to_string().contains("keys of sites are set in the file"), "{error:?}");
}

#[test]
fn what_needs_a_restart_is_named() {
    let now = load("").expect("defaults hold");
    let named = |text: &str| {
        now.changed_until_restart(&load(text).unwrap_or_else(|error| panic!("{error:?}")))
    };
    for (text, key) in [
        ("[listen]\npublic = '127.0.0.1:1'", "listen.public"),
        ("[listen]\nadmin = '127.0.0.1:1'", "listen.admin"),
        ("[listen]\nadmin_hosts = ['a.example']", "listen.admin_hosts"),
        ("[clickhouse]\nurl = 'http://db:8123'", "clickhouse.url or"),
        ("[clickhouse]\nembedded_dir = 'x'", "clickhouse.url or"),
        ("[clickhouse]\ndatabase = 'x'", "clickhouse.database"),
        ("[clickhouse]\nuser = 'x'", "clickhouse.user"),
        ("[clickhouse]\ntimeout = '1m'", "clickhouse.timeout"),
        ("[clickhouse]\ninsert_quorum = 2", "clickhouse.insert_quorum"),
        ("[journal]\ndir = 'x'", "journal.dir"),
        ("[journal]\ndurability = 'os'", "journal.durability"),
        ("[journal]\nmax_bytes = '1GiB'", "journal.max_bytes"),
        ("[journal]\nseal_every = '1s'", "journal.seal_every"),
        ("[limits]\nconnections = 9", "limits.connections"),
        ("[limits]\nconnections_per_network = 9", "limits.connections_per_network"),
        ("[privacy]\nclient_key_rotation = '90d'", "privacy.client_key_rotation"),
        ("[retention]\nnoise = '9d'", "retention"),
        ("[telemetry]\nsample_one_in = 2", "telemetry"),
    ] {
        let named = named(text);
        assert!(named.len() == 1 && named[0].starts_with(key), "{text}: {named:?}");
    }
    // What a reload takes over.
    for text in [
        "[listen]\ntrusted_proxies = ['10.0.0.0/8']\nproxy_protocol = true\nclient_header = 'none'",
        "[limits]\nbody_bytes = '2MiB'\nreports_per_request = 9\nper_client = '9/s'\nbytes_per_day_per_site = '1GiB'",
        "[privacy]\nkeep_query = true\n[noise]\nbuiltin = false",
        "[[site]]\nname = 's'\nhosts = ['s.example']",
        "[console]\nlisten = '127.0.0.1:1'",
    ] {
        assert_eq!(named(text), [""; 0], "{text}");
    }
}

#[test]
fn secrets_are_not_printed() {
    assert_eq!(format!("{:?}", Secret("hunter2".to_owned())), "***");
}

#[test]
fn the_admin_listener_is_not_open_to_other_machines_without_a_token() {
    let token = tempfile::NamedTempFile::new().expect("a file");
    let listen =
        |file: &Path| format!("[listen]\nadmin = \"0.0.0.0:8081\"\nadmin_token_file = {file:?}\n");
    let problems = load("[listen]\nadmin = \"0.0.0.0:8081\"").expect_err("refused");
    assert!(problems[0].contains("can be reached from other machines"), "{problems:#?}");
    let problems = load(&listen(token.path())).expect_err("it is empty");
    assert!(problems[0].contains("too short"), "{problems:#?}");
    let problems = load(&listen(Path::new("/nonexistent"))).expect_err("it is not there");
    assert!(problems[0].contains("/nonexistent cannot be read"), "{problems:#?}");
    fs::write(token.path(), "correct-horse-battery\n").expect("written");
    let config = load(&listen(token.path())).expect("it is right");
    assert_eq!(config.listen.admin_token, Some(Secret("correct-horse-battery".to_owned())));
    load("[listen]\nadmin = \"[::1]:8081\"").expect("no other machine reaches it");
}

#[test]
fn a_secret_that_everybody_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("token");
    fs::write(&file, "correct-horse-battery").expect("written");
    let text = format!("[listen]\nadmin_token_file = {:?}", file.display().to_string());
    for (mode, count) in [(0o600, 0), (0o644, 0), (0o646, 1), (0o777, 1)] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("set");
        let problems = load(&text).err().unwrap_or_default();
        assert_eq!(problems.len(), count, "{mode:o}: {problems:?}");
        assert!(problems.iter().all(|problem| problem.contains("chmod o-w")), "{problems:?}");
    }
}

#[test]
fn the_digest_of_the_rules_depends_on_sites_and_not_on_ports() {
    let digest = |text: &str| load(text).expect("a right configuration").rules_digest();
    let site = "[[site]]\nname = \"shop\"\nhosts = [\"shop.example\"]\n";
    assert_eq!(digest(site), digest(&format!("[listen]\npublic = \"127.0.0.1:1\"\n{site}")));
    assert_eq!(digest(site).len(), 16);
    assert_ne!(digest(site), digest(&format!("{site}known = [\"a.example\"]")));
}

#[test]
fn the_digest_of_the_rules_stays_what_it_is() {
    let rules = tempfile::NamedTempFile::new().expect("a file");
    let rule = "[[rule]]\nid = \"a\"\nreason = \"r\"\nsource = \"s\"\nblocked_host = [\"a.example\"]\nengine = [\"firefox\"]\n";
    fs::write(rules.path(), rule).expect("written");
    let config = format!(
        "[noise]\nbuiltin = false\nrules = {:?}\n\
         [privacy]\nkeep_parameters = [\"page\"]\n\
         [[site]]\nname = \"shop\"\nhosts = [\"shop.example\", \"*.shop.example\"]\n\
         known = [\"cdn.example\"]\n\
         [[site.page_group]]\nname = \"payment\"\npaths = [\"/checkout*\"]\npayment = true\n",
        rules.path()
    );
    // ClickHouse remembers digests: another one reads as a change of the configuration.
    assert_eq!(load(&config).expect("a right configuration").rules_digest(), "acf2e57dc3015d7d");
}
