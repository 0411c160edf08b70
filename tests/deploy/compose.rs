//! deploy/compose. No container is started here: there may be no engine. What is in the files is checked with the programs
//! that read them.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value};

use super::{check_config, one_yaml, read, root, text, texts};
use crate::support::tools;

const COMPOSE: &str = "deploy/compose/compose.yaml";
/// What make-secrets cannot make.
const BY_HAND: [&str; 2] = ["chat_url", "pagerduty_key"];

fn services() -> Map<String, Value> {
    one_yaml(COMPOSE)["services"].as_object().unwrap().clone()
}

#[test]
fn docker_compose_accepts_it() {
    tools::check("docker-compose", &["-f", COMPOSE, "config", "-q"]);
}

#[test]
fn every_service_is_confined_and_pinned_and_watched() {
    let services = services();
    let names: Vec<&str> = services.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["alertmanager", "clickhouse", "console", "cspwatch", "grafana", "prometheus"]
    );
    for (name, service) in &services {
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(texts(&service["cap_drop"]), ["ALL"], "{name}");
        assert_eq!(texts(&service["security_opt"]), ["no-new-privileges:true"], "{name}");
        let user = service["user"].as_str().unwrap();
        assert!(!user.starts_with('0') && !user.starts_with("root"), "{name}: {user}");
        assert!(service["mem_limit"].is_string(), "{name}");
        assert_eq!(texts(&service["healthcheck"]["test"])[0], "CMD", "{name}");
        let (_, tag) = service["image"].as_str().unwrap().rsplit_once(':').unwrap();
        assert!(tag.contains('.') && tag.contains(|c: char| c.is_ascii_digit()), "{name}: {tag}");
        for port in texts(&service["ports"]) {
            assert!(port.starts_with("127.0.0.1:"), "{name}: {port}");
        }
    }
}

#[test]
fn browsers_and_clickhouse_have_no_network_in_common() {
    let services = services();
    let networks =
        |name: &str| texts(&services[name]["networks"]).into_iter().collect::<BTreeSet<_>>();
    assert_eq!(networks("clickhouse"), BTreeSet::from(["store"]));
    assert_eq!(one_yaml(COMPOSE)["networks"]["store"]["internal"], true);
    for name in services.keys() {
        assert_eq!(networks(name).contains("public"), name == "cspwatch", "{name}");
        assert_eq!(networks(name).contains("people"), name == "console", "{name}");
        let asks_clickhouse =
            ["clickhouse", "console", "cspwatch", "grafana"].contains(&name.as_str());
        assert_eq!(networks(name).contains("store"), asks_clickhouse, "{name}");
    }
}

#[test]
fn all_that_is_mounted_is_there() {
    for (name, service) in services() {
        for volume in texts(&service["volumes"]) {
            let (source, target) = volume.split_once(':').unwrap();
            if source.starts_with('.') {
                assert!(root().join("deploy/compose").join(source).exists(), "{name}: {source}");
                assert!(target.ends_with(":ro"), "{name}: {volume}");
            } else {
                assert!(one_yaml(COMPOSE)["volumes"].get(source).is_some(), "{name}: {source}");
            }
        }
    }
}

fn make_secrets(dir: &Path) -> String {
    let script = root().join("deploy/compose/make-secrets");
    let output = Command::new(script).arg(dir).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    text(&output)
}

#[test]
fn every_secret_is_made_once_or_told_to_be_missing() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("secrets");
    let told = make_secrets(&dir);
    let compose = one_yaml(COMPOSE);
    let secrets = compose["secrets"].as_object().unwrap();
    for (name, secret) in secrets {
        let file = secret["file"].as_str().unwrap().strip_prefix("secrets/").unwrap();
        let is_by_hand = BY_HAND.contains(&name.as_str());
        assert_eq!(told.contains(&format!("{file}: missing; write")), is_by_hand, "{told}");
        assert_eq!(dir.join(file).exists(), !is_by_hand, "{file}");
    }
    // Other users of the machine do not get to them; those of containers, which see single files, do.
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&dir), mode(&dir.join("admin_token"))), (0o700, 0o444));
    let token = fs::read_to_string(dir.join("admin_token")).unwrap();
    assert!(token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
    assert_ne!(token, fs::read_to_string(dir.join("clickhouse_password")).unwrap());

    fs::write(dir.join("chat_url"), "https://chat.example/hook\n").unwrap();
    let told = make_secrets(&dir);
    assert!(told.contains("admin_token: there already"), "{told}");
    assert!(told.contains("chat_url: there already"), "{told}");
    assert_eq!(fs::read_to_string(dir.join("admin_token")).unwrap(), token);

    let used: BTreeSet<String> = services()
        .values()
        .flat_map(|service| {
            texts(&service["secrets"]).into_iter().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(used, secrets.keys().cloned().collect(), "each is somebody's");
}

#[test]
fn the_collector_accepts_its_configuration() {
    let secrets = [
        ("admin_token_file", "/run/secrets/admin_token"),
        ("password_file", "/run/secrets/clickhouse_password"),
    ];
    check_config("deploy/compose/cspwatch/cspwatch.toml", &secrets);
    let services = services();
    assert_eq!(texts(&services["cspwatch"]["secrets"]), ["admin_token", "clickhouse_password"]);
    // The trusted proxy is the gateway of the network.
    let public = one_yaml(COMPOSE)["networks"]["public"]["ipam"]["config"][0].clone();
    let gateway = public["gateway"].as_str().unwrap();
    let config = read("deploy/compose/cspwatch/cspwatch.toml");
    assert!(config.contains(&format!("trusted_proxies = [\"{gateway}/32\"]")), "{gateway}");
}

#[test]
fn the_console_accepts_its_configuration_with_the_collectors_sites() {
    const CONSOLE: &str = "deploy/compose/console/console.toml";
    check_config(CONSOLE, &[("password_file", "/run/secrets/clickhouse_password")]);
    let console = &services()["console"];
    assert_eq!(texts(&console["secrets"]), ["clickhouse_password"]);
    assert_eq!(console["image"], services()["cspwatch"]["image"]);
    assert_eq!(texts(&console["command"])[0], "console");
    let [own, collectors] = [CONSOLE, "deploy/compose/cspwatch/cspwatch.toml"]
        .map(|path| read(path).parse::<toml::Table>().unwrap());
    assert_eq!(own["site"], collectors["site"]);
    // What people send arrives from the gateway of the network, and users survive the container.
    let people = one_yaml(COMPOSE)["networks"]["people"]["ipam"]["config"][0].clone();
    let gateway = format!("{}/32", people["gateway"].as_str().unwrap());
    assert_eq!(own["listen"]["trusted_proxies"].as_array().unwrap(), &[gateway.into()]);
    let users = own["console"]["users_file"].as_str().unwrap();
    let volumes = texts(&console["volumes"]);
    let kept = volumes.iter().filter_map(|volume| volume.strip_prefix("console:"));
    assert!(kept.into_iter().any(|place| users.starts_with(place)), "{users}: {volumes:?}");
    // The published port is the one that it listens on.
    let port = own["console"]["listen"].as_str().unwrap().rsplit(':').next().unwrap();
    assert_eq!(texts(&console["ports"]), [format!("127.0.0.1:{port}:{port}")]);
}

/// The one job of a configuration of Prometheus, without what is another thing in each place.
fn job(path: &str) -> Value {
    let mut job = one_yaml(path)["scrape_configs"][0].clone();
    for key in ["static_configs", "authorization"] {
        job.as_object_mut().unwrap().remove(key);
    }
    job
}

#[test]
fn prometheus_accepts_its_configuration_which_is_the_shipped_one() {
    let place = tempfile::tempdir().unwrap();
    let token = place.path().join("token");
    fs::write(&token, "token").unwrap();
    let config = read("deploy/compose/prometheus.yml");
    let config = config.replace("/run/secrets/admin_token", token.to_str().unwrap());
    fs::write(place.path().join("prometheus.yml"), config).unwrap();
    symlink(root().join("deploy/prometheus/rules"), place.path().join("rules")).unwrap();
    let file = place.path().join("prometheus.yml");
    let words = tools::check("promtool", &["check", "config", file.to_str().unwrap()]);
    assert!(
        words.contains("rules/cspwatch.yml") || words.contains("1 rule files found"),
        "{words}"
    );
    let shipped = "deploy/prometheus/prometheus.yml";
    assert_eq!(job("deploy/compose/prometheus.yml"), job(shipped));
    assert_eq!(one_yaml("deploy/compose/prometheus.yml")["global"], one_yaml(shipped)["global"]);
}

#[test]
fn alertmanager_accepts_its_configuration_which_routes_as_the_shipped_one() {
    let place = tempfile::tempdir().unwrap();
    let config = read("deploy/compose/alertmanager.yml");
    fs::write(place.path().join("alertmanager.yml"), config).unwrap();
    let template = root().join("deploy/alertmanager/cspwatch.tmpl");
    symlink(template, place.path().join("cspwatch.tmpl")).unwrap();
    let file = place.path().join("alertmanager.yml");
    let words = tools::check("amtool", &["check-config", file.to_str().unwrap()]);
    assert!(words.contains("- 1 templates"), "{words}");
    let here = one_yaml("deploy/compose/alertmanager.yml");
    let shipped = one_yaml("deploy/alertmanager/alertmanager.yml");
    assert!(here["route"]["routes"].is_array(), "{here:#}");
    assert_eq!(here["route"], shipped["route"]);
    // What holds alerts back helps those whom they are about.
    assert_eq!(here["inhibit_rules"], shipped["inhibit_rules"]);
    assert!(shipped["inhibit_rules"].is_null(), "{shipped:#}");
}

/// A variable that is not set is empty, and a file that is missing keeps Grafana from starting.
#[test]
fn grafana_gets_all_that_its_provisioning_names_from_its_environment() {
    let grafana = &services()["grafana"];
    let set = grafana["environment"].as_object().unwrap();
    let entrypoint = texts(&grafana["entrypoint"]).join(" ");
    let mut named = 0;
    for kind in ["dashboards", "datasources"] {
        let file = read(&format!("dashboards/provisioning/{kind}/cspwatch.yaml"));
        assert!(!file.contains("$__file"), "{kind}");
        for rest in file
            .lines()
            .filter(|line| !line.starts_with('#'))
            .flat_map(|line| line.split("${").skip(1))
        {
            let name = rest.split('}').next().unwrap();
            assert!(set.contains_key(name) || entrypoint.contains(&format!("{name}=")), "{name}");
            named += 1;
        }
    }
    assert_eq!(named, 9);
    // Grafana logs an error at each start for each of them that is missing.
    for folder in ["alerting", "dashboards", "datasources", "plugins"] {
        assert!(root().join("dashboards/provisioning").join(folder).is_dir(), "{folder}");
    }
}

/// What the tests of the dashboards try is what runs.
#[test]
fn grafana_has_the_version_of_the_libraries_that_the_dashboards_are_tried_in() {
    let services = services();
    let image = services["grafana"]["image"].as_str().unwrap();
    let libraries: Value = serde_json::from_str(&read("dashboards/preview/package.json")).unwrap();
    let version = libraries["dependencies"]["@grafana/data"].as_str().unwrap();
    assert_eq!(image, format!("grafana/grafana:{version}"));
}
