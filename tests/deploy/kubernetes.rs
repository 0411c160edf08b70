//! deploy/kubernetes: against the schemas of Kubernetes, and against what else is shipped. kustomize is not at hand, so
//! what it would put together is looked at piece by piece.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::{check_config, files, one_yaml, read, root, text, texts, yaml};
use crate::support::tools;

const FOLDER: &str = "deploy/kubernetes";
/// Kinds of the Prometheus operator, of which Kubernetes has no schema.
const OPERATOR: [&str; 2] = ["prometheusrule.yaml", "servicemonitor.yaml"];
/// The oldest version of Kubernetes that README.md there names, and the newest whose schemas are at hand.
const VERSIONS: [&str; 2] = ["1.30", "1.37"];

fn manifest(name: &str) -> Value {
    one_yaml(&format!("{FOLDER}/{name}.yaml"))
}

/// What `kubernetes-validate` says about a file, and whether it is content: strictly, so that no key may be there that the
/// schema does not have.
fn validate(version: &str, file: &str) -> (bool, String) {
    let mut python = tools::python();
    let output = python
        .args(["-m", "kubernetes_validate", "--strict", "-k", version, file])
        .current_dir(root())
        .output()
        .unwrap();
    (output.status.success(), text(&output))
}

#[test]
fn kubernetes_has_a_schema_for_all_that_is_said() {
    let all = [files(FOLDER, "yaml"), files(&format!("{FOLDER}/optional"), "yaml")].concat();
    let ours = |file: &&String| {
        !file.ends_with("/kustomization.yaml")
            && !OPERATOR.iter().any(|other| file.ends_with(other))
    };
    assert!(
        read("deploy/kubernetes/README.md")
            .contains(&format!("Kubernetes {} or newer", VERSIONS[0]))
    );
    for file in all.iter().filter(ours) {
        for version in VERSIONS {
            let (is_right, words) = validate(version, file);
            assert!(is_right, "{file}: {words}");
        }
    }
}

#[test]
fn a_mistake_would_be_seen() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("statefulset.yaml");
    let right = read("deploy/kubernetes/statefulset.yaml");
    for (word, wrong) in
        [("whenScaled", "whenScald"), ("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: 7")]
    {
        assert!(right.contains(word));
        fs::write(&file, right.replace(word, wrong)).unwrap();
        let (is_right, words) = validate(VERSIONS[0], file.to_str().unwrap());
        assert!(!is_right, "{wrong}: {words}");
    }
}

#[test]
fn kustomization_names_every_file_and_no_other() {
    let kustomization = manifest("kustomization");
    let named: BTreeSet<String> =
        texts(&kustomization["resources"]).iter().map(|name| format!("{FOLDER}/{name}")).collect();
    let mut there: BTreeSet<String> = files(FOLDER, "yaml").into_iter().collect();
    assert!(there.remove(&format!("{FOLDER}/kustomization.yaml")));
    assert_eq!(named, there);
    for file in texts(&kustomization["configMapGenerator"][0]["files"]) {
        assert!(root().join(FOLDER).join(file).exists(), "{file}");
    }
    // What is generated and what is replaced, by the names that the pod uses.
    let pod = &manifest("statefulset")["spec"]["template"]["spec"];
    assert_eq!(kustomization["images"][0]["name"], pod["containers"][0]["image"]);
    assert_eq!(
        kustomization["configMapGenerator"][0]["name"],
        pod["volumes"][0]["configMap"]["name"]
    );
}

#[test]
fn everything_means_the_same_pods() {
    let stateful = manifest("statefulset");
    let labels = &stateful["spec"]["template"]["metadata"]["labels"];
    assert_eq!(*labels, json!({"app.kubernetes.io/name": "cspwatch"}));
    assert_eq!(stateful["spec"]["selector"]["matchLabels"], *labels);
    assert_eq!(manifest("poddisruptionbudget")["spec"]["selector"]["matchLabels"], *labels);
    assert_eq!(manifest("networkpolicy")["spec"]["podSelector"]["matchLabels"], *labels);
    let services = yaml("deploy/kubernetes/services.yaml");
    let ports = &stateful["spec"]["template"]["spec"]["containers"][0]["ports"];
    let ports: Vec<&str> =
        ports.as_array().unwrap().iter().map(|port| port["name"].as_str().unwrap()).collect();
    for service in &services {
        assert_eq!(service["spec"]["selector"], *labels);
        let target = service["spec"]["ports"][0]["targetPort"].as_str().unwrap();
        assert!(ports.contains(&target), "{target}");
    }
    let [public, admin] = &services[..] else { panic!("{services:?}") };
    assert_eq!(stateful["spec"]["serviceName"], admin["metadata"]["name"]);
    let ingress = one_yaml("deploy/kubernetes/optional/ingress.yaml");
    let backend = &ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"];
    assert_eq!(backend["name"], public["metadata"]["name"]);
    assert_eq!(backend["port"]["name"], public["spec"]["ports"][0]["name"]);
    let target = &manifest("horizontalpodautoscaler")["spec"]["scaleTargetRef"];
    assert_eq!(
        (&target["kind"], &target["name"]),
        (&stateful["kind"], &stateful["metadata"]["name"])
    );
}

/// A readiness that ClickHouse can take away would leave browsers without a collector.
#[test]
fn probes_ask_only_whether_it_lives() {
    let container = &manifest("statefulset")["spec"]["template"]["spec"]["containers"][0];
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        assert_eq!(
            container[probe]["httpGet"],
            json!({"path": "/livez", "port": "admin"}),
            "{probe}"
        );
    }
}

#[test]
fn the_console_is_one_confined_pod_that_its_service_leads_to() {
    let objects = yaml("deploy/kubernetes/optional/console.yaml");
    let [deployment, claim, service] = &objects[..] else { panic!("{objects:?}") };
    // Sessions are in its memory.
    assert_eq!(deployment["spec"]["replicas"], 1);
    assert_eq!(deployment["spec"]["strategy"]["type"], "Recreate");
    let pod = &deployment["spec"]["template"];
    let labels = &pod["metadata"]["labels"];
    assert_eq!(deployment["spec"]["selector"]["matchLabels"], *labels);
    assert_eq!(service["spec"]["selector"], *labels);
    assert_ne!(manifest("statefulset")["spec"]["selector"]["matchLabels"], *labels);
    let container = &pod["spec"]["containers"][0];
    assert_eq!(service["spec"]["ports"][0]["targetPort"], container["ports"][0]["name"]);
    let collector = &manifest("statefulset")["spec"]["template"]["spec"];
    assert_eq!(container["securityContext"], collector["containers"][0]["securityContext"]);
    assert_eq!(container["image"], collector["containers"][0]["image"]);
    for key in ["securityContext", "automountServiceAccountToken", "enableServiceLinks"] {
        assert_eq!(pod["spec"][key], collector[key], "{key}");
    }
    for probe in ["livenessProbe", "readinessProbe"] {
        let command = texts(&container[probe]["exec"]["command"]);
        assert_eq!(command, ["/usr/local/bin/cspwatch", "health", "--console"], "{probe}");
    }
    let kept = &pod["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"];
    assert_eq!(*kept, claim["metadata"]["name"]);
}

#[test]
fn the_journal_fits_into_its_volume_and_outlives_its_pod() {
    let spec = &manifest("statefulset")["spec"];
    let retained = json!({"whenDeleted": "Retain", "whenScaled": "Retain"});
    assert_eq!(spec["persistentVolumeClaimRetentionPolicy"], retained);
    let storage =
        spec["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"].as_str();
    let storage: u32 = storage.unwrap().strip_suffix("Gi").unwrap().parse().unwrap();
    let config = read("deploy/kubernetes/cspwatch.toml");
    let most = config.lines().find_map(|line| line.strip_prefix("max_bytes = \"")).unwrap();
    let most: u32 = most.strip_suffix("GiB\"").unwrap().parse().unwrap();
    assert!(most < storage, "256 MiB have to be free beside {most} GiB");
    let mount = &spec["template"]["spec"]["containers"][0]["volumeMounts"][0]["mountPath"];
    let dir = format!("dir = \"{}/journal\"", mount.as_str().unwrap());
    assert!(config.contains(&dir), "{dir}");
}

#[test]
fn the_collector_accepts_its_configuration() {
    let secrets = [
        ("admin_token_file", "/run/secrets/cspwatch/admin-token"),
        ("password_file", "/run/secrets/cspwatch/clickhouse-password"),
        ("client_key_file", "/run/secrets/cspwatch/client-key"),
    ];
    check_config("deploy/kubernetes/cspwatch.toml", &secrets);
    let pod = &manifest("statefulset")["spec"]["template"]["spec"];
    assert_eq!(pod["containers"][0]["volumeMounts"][2]["mountPath"], "/run/secrets/cspwatch");
    let items = pod["volumes"][1]["secret"]["items"].as_array().unwrap();
    let names: Vec<&str> = items.iter().map(|item| item["path"].as_str().unwrap()).collect();
    assert_eq!(names, ["admin-token", "clickhouse-password", "client-key"]);
}

#[test]
fn the_operator_gets_the_rules_that_are_shipped() {
    let rule = manifest("prometheusrule");
    assert_eq!(rule["kind"], "PrometheusRule");
    assert_eq!(rule["spec"], one_yaml("deploy/prometheus/rules/cspwatch.yml"));
    // And it is what the program beside it writes.
    let output = tools::python()
        .arg(root().join("deploy/kubernetes/prometheus-rule"))
        .arg("--check")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
fn the_rules_take_the_names_and_addresses_of_an_installation() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("rules.yml");
    let output = tools::python()
        .arg(root().join("deploy/kubernetes/prometheus-rule"))
        .args(["--plain", "--runbook-base", "https://git.corp/csp", "--collectors", "3"])
        .args(["--grafana-base", "https://grafana.corp/", "--console-base", "https://csp.corp"])
        .args(["--severity", "page=critical,ticket=warning", "--job", "web/csp"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    fs::write(&file, &output.stdout).unwrap();
    let file = file.to_str().unwrap();
    tools::check("promtool", &["check", "rules", file]);
    let rules = one_yaml(file);
    let groups = rules["groups"].as_array().unwrap().iter();
    let all: Vec<&Value> = groups.flat_map(|group| group["rules"].as_array().unwrap()).collect();
    for rule in all.iter().filter(|rule| rule["record"].is_null()) {
        let severity = rule["labels"]["severity"].as_str().unwrap();
        let by_series = severity.contains("critical") && severity.contains("warning");
        assert!(by_series || ["critical", "warning", "none"].contains(&severity), "{rule:#}");
        let urls = rule["annotations"].as_object().unwrap().iter();
        let mut urls = urls.filter(|(name, _)| name.ends_with("_url"));
        assert!(urls.all(|(_, url)| url.as_str().unwrap().starts_with("https://")), "{rule:#}");
    }
    let words = String::from_utf8(output.stdout).unwrap();
    assert!(words.contains("vector(3)") && words.contains("job=\"web/csp\""), "{words}");
    assert!(!words.contains("job=\"cspwatch\""), "{words}");
    let refused = tools::python()
        .arg(root().join("deploy/kubernetes/prometheus-rule"))
        .args(["--severity", "critical=page"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(64), "{}", text(&refused));
}

#[test]
fn the_operator_scrapes_as_the_shipped_prometheus_does() {
    let monitor = &manifest("servicemonitor")["spec"];
    let job = &one_yaml("deploy/prometheus/prometheus.yml")["scrape_configs"][0];
    let endpoint = &monitor["endpoints"][0];
    assert_eq!(endpoint["interval"], job["scrape_interval"]);
    assert_eq!(endpoint["scrapeTimeout"], job["scrape_timeout"]);
    assert_eq!(monitor["sampleLimit"], job["sample_limit"]);
    assert_eq!(monitor["labelLimit"], job["label_limit"]);
    assert_eq!(monitor["labelValueLengthLimit"], job["label_value_length_limit"]);
    // The admin service alone, and under the job's name that the rules ask for.
    let services = yaml("deploy/kubernetes/services.yaml");
    let selects = |service: &&Value| {
        let labels = &service["metadata"]["labels"];
        let wanted = monitor["selector"]["matchLabels"].as_object().unwrap();
        wanted.iter().all(|(name, value)| labels[name] == *value)
    };
    let selected: Vec<&Value> = services.iter().filter(selects).collect();
    assert_eq!(selected.len(), 1);
    assert_eq!(selected[0]["spec"]["ports"][0]["name"], endpoint["port"]);
    let label = monitor["jobLabel"].as_str().unwrap();
    assert_eq!(selected[0]["metadata"]["labels"][label], job["job_name"]);
    // The token is that of the collectors.
    let secret = &manifest("statefulset")["spec"]["template"]["spec"]["volumes"][1]["secret"];
    let credentials = &endpoint["authorization"]["credentials"];
    assert_eq!(credentials["name"], secret["secretName"]);
    assert_eq!(credentials["key"], secret["items"][0]["key"]);
}
