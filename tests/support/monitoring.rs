//! A real Prometheus and a real Alertmanager with the shipped configuration, and the on-call's pager.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use hyper::Response;
use serde_json::Value;
use tempfile::TempDir;

use super::collector::Collector;
use super::ports::free_address;
use super::server::Server;
use super::service::Service;
use super::{http, tools, until};

/// All of it, watching one collector. Ends when dropped.
pub struct Monitoring {
    pager: Server,
    prometheus: SocketAddr,
    alertmanager: SocketAddr,
    // Before their directory.
    _services: [Service; 2],
    _place: TempDir,
}

impl Monitoring {
    /// Starts it and waits until Prometheus has found the collector.
    pub fn of(collector: &Collector) -> Self {
        Self::with(collector, Some(&deploy("prometheus/rules")), &[])
    }

    /// The same with a Prometheus that keeps exemplars.
    #[cfg(feature = "otlp")]
    pub fn with_exemplars(collector: &Collector) -> Self {
        let options = ["--enable-feature=exemplar-storage"];
        Self::with(collector, Some(&deploy("prometheus/rules")), &options)
    }

    /// The same with a Prometheus that nobody gave the rules.
    pub fn without_rules(collector: &Collector) -> Self {
        Self::with(collector, None, &[])
    }

    fn with(collector: &Collector, rules: Option<&Path>, options: &[&str]) -> Self {
        let pager = Server::start(None, |_| Response::new(String::new()));
        let place = tempfile::tempdir().unwrap();
        let ports = Ports {
            admin: collector.admin(),
            alertmanager: free_address(),
            receiver: pager.address(),
            prometheus: free_address(),
        };
        let config = ports.write("alertmanager/alertmanager.yml", place.path());
        let alertmanager = start_alertmanager(&config, ports.alertmanager);
        if let Some(rules) = rules {
            symlink(rules, place.path().join("rules")).unwrap();
        }
        let (service, prometheus) = start_prometheus(place.path(), &ports, options);
        let services = [alertmanager, service];
        let alertmanager = ports.alertmanager;
        Self { pager, prometheus, alertmanager, _services: services, _place: place }
    }

    /// Waits until Alertmanager has sent the on-call an alert that is firing, with these labels.
    #[track_caller]
    pub fn wait_for(&self, labels: &[(&str, &str)]) -> Value {
        let mut found = Value::Null;
        until(&format!("an alert {labels:?}"), || {
            let mut alerts = self.firing().into_iter();
            alerts
                .find(|alert| labels.iter().all(|(name, value)| alert["labels"][name] == *value))
                .map(|alert| found = alert)
                .is_some()
        });
        found
    }

    /// The alerts that Prometheus has now.
    pub fn present(&self) -> Vec<Value> {
        let mut answer: Value = serde_json::from_str(&self.get("/api/v1/alerts")).unwrap();
        serde_json::from_value(answer["data"]["alerts"].take()).unwrap()
    }

    /// What Prometheus answers to a GET.
    pub fn get(&self, target: &str) -> String {
        http::request(self.prometheus, "GET", target, "").unwrap().body
    }

    /// Where Prometheus answers.
    pub fn prometheus(&self) -> String {
        format!("http://{}", self.prometheus)
    }

    /// Where Alertmanager answers.
    pub fn alertmanager(&self) -> String {
        format!("http://{}", self.alertmanager)
    }

    /// The firing alerts that the on-call got, oldest first, each with its receiver's name.
    pub fn firing(&self) -> Vec<Value> {
        let mut firing = Vec::new();
        for notification in self.pager.received() {
            let notification: Value = serde_json::from_str(&notification.body).unwrap();
            for alert in notification["alerts"].as_array().unwrap() {
                if alert["status"] == "firing" {
                    let mut alert = alert.clone();
                    alert["receiver"] = notification["receiver"].clone();
                    firing.push(alert);
                }
            }
        }
        firing
    }
}

/// What takes the place of the shipped ports.
struct Ports {
    admin: SocketAddr,
    alertmanager: SocketAddr,
    receiver: SocketAddr,
    prometheus: SocketAddr,
}

impl Ports {
    /// Writes a shipped file with these ports, as deploy/quickstart does: each line that is to be
    /// changed says so at its end.
    fn write(&self, shipped: &str, into: &Path) -> PathBuf {
        let text = fs::read_to_string(deploy(shipped)).unwrap();
        let mut written = String::new();
        for line in text.lines() {
            let ours = match line.rsplit_once("# CSPWATCH_PORT_") {
                Some((_, "ADMIN")) => Some(self.admin),
                Some((_, "ALERTMANAGER")) => Some(self.alertmanager),
                Some((_, "RECEIVER")) => Some(self.receiver),
                Some((_, "PROMETHEUS")) => Some(self.prometheus),
                _ => None,
            };
            written += &ours.map_or(line.to_owned(), |ours| with_address(line, ours));
            written.push('\n');
        }
        let file = into.join(Path::new(shipped).file_name().unwrap());
        fs::write(&file, written).unwrap();
        file
    }
}

fn with_address(line: &str, address: SocketAddr) -> String {
    let (before, rest) = line.split_once("127.0.0.1:").expect("a line with an address");
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    format!("{before}{address}{after}")
}

fn deploy(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(path)
}

/// Starts an Alertmanager on a configuration; its files and the shipped templates stand beside that.
pub fn start_alertmanager(config: &Path, address: SocketAddr) -> Service {
    let command = tools::command(&["prometheus-alertmanager", "alertmanager"]);
    start_alertmanager_with(command, config, address)
}

/// The same with another program.
pub fn start_alertmanager_with(
    mut command: Command,
    config: &Path,
    address: SocketAddr,
) -> Service {
    let place = config.parent().unwrap();
    symlink(deploy("alertmanager/cspwatch.tmpl"), place.join("cspwatch.tmpl")).unwrap();
    command.arg(format!("--config.file={}", config.display()));
    command.arg(format!("--storage.path={}", place.join("alertmanager").display()));
    command.arg(format!("--web.listen-address={address}"));
    // No gossip with others.
    command.arg("--cluster.listen-address=");
    let mut service = Service::start(command, place.join("alertmanager.log"));
    service.until("Alertmanager is ready", || is_ok(address, "/-/ready"));
    service
}

fn start_prometheus(place: &Path, ports: &Ports, options: &[&str]) -> (Service, SocketAddr) {
    let config = ports.write("prometheus/prometheus.yml", place);
    let address = ports.prometheus;
    let mut command = tools::command(&["prometheus"]);
    command.arg(format!("--config.file={}", config.display()));
    command.arg(format!("--storage.tsdb.path={}", place.join("prometheus").display()));
    command.arg(format!("--web.listen-address={address}"));
    command.args(options);
    let mut service = Service::start(command, place.join("prometheus.log"));
    service.until("Prometheus has scraped the collector", || {
        let answer =
            http::request(address, "GET", "/api/v1/query?query=up%7Bjob=%22cspwatch%22%7D", "");
        answer.is_ok_and(|a| a.status == 200 && a.body.contains(r#","1"]"#))
    });
    (service, address)
}

fn is_ok(address: SocketAddr, path: &str) -> bool {
    http::request(address, "GET", path, "").is_ok_and(|answer| answer.status == 200)
}
