//! deploy/alertmanager/receivers.yml: what each receiver's service gets when an attacker chose the names.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use hyper::Response;
use serde_json::{Value, json};

use super::{one_yaml, root};
use crate::support::mail::MailServer;
use crate::support::monitoring::start_alertmanager_with;
use crate::support::ports::free_address;
use crate::support::server::{Received, Server};
use crate::support::{http, tools, until};

const RECEIVERS: &str = "deploy/alertmanager/receivers.yml";
/// What a link may begin with. The last is what Alertmanager writes into each card of Teams.
const OURS: [&str; 5] = [
    "https://git.example/cspwatch/",
    "https://grafana.example/d/",
    "http://prometheus.example:9090/alerts",
    "http://alertmanager.example:9093",
    "http://adaptivecards.io/schemas/",
];

#[test]
fn amtool_accepts_them_and_routes_by_severity() {
    let amtool = tools::newer("amtool");
    let amtool = amtool.to_str().unwrap();
    let words = tools::check(amtool, &["check-config", RECEIVERS]);
    assert!(words.contains("- 8 receivers") && words.contains("- 1 templates"), "{words}");
    let file = format!("--config.file={RECEIVERS}");
    for (receiver, label) in [
        ("pagerduty", "severity=page"),
        ("jira", "severity=ticket"),
        ("dead-mans-switch", "alertname=CspwatchWatchdog"),
        ("pagerduty", "severity=misspelt"),
    ] {
        let receiver = format!("--verify.receivers={receiver}");
        tools::check(amtool, &["config", "routes", "test", &file, &receiver, label]);
    }
}

/// Those that the oldest supported Alertmanager lacks are named in the file.
#[test]
fn without_teams_and_jira_debians_own_version_takes_them() {
    let mut config = one_yaml(RECEIVERS);
    let receivers = config["receivers"].as_array_mut().unwrap();
    receivers.retain(|receiver| receiver["name"] != "teams" && receiver["name"] != "jira");
    config["route"]["routes"][2]["receiver"] = "mail".into();
    let place = tempfile::tempdir().unwrap();
    let file = write(place.path(), &config);
    fs::copy(root().join("deploy/alertmanager/cspwatch.tmpl"), place.path().join("cspwatch.tmpl"))
        .unwrap();
    tools::check("amtool", &["check-config", &file]);
}

#[test]
fn no_name_becomes_a_link_or_markup_in_any_of_them() {
    let (web, mail, place) = (services(), MailServer::start(), tempfile::tempdir().unwrap());
    let file = write(place.path(), &one_receiver(&web, &mail, place.path()));
    let address = free_address();
    let mut command = tools::command(&[tools::newer("prometheus-alertmanager").to_str().unwrap()]);
    command.arg("--web.external-url=http://alertmanager.example:9093").arg("--web.route-prefix=/");
    let _alertmanager = start_alertmanager_with(command, Path::new(&file), address);
    let (headers, body) = ("Content-Type: application/json\r\n", json!([hostile()]).to_string());
    let answer = http::request_with(address, "POST", "/api/v2/alerts", headers, &body).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);

    let targets = ["/teams", "/slack", "/jira/issue", "/jsm/v2/alerts", "/pagerduty", "/webhook"];
    until("a message by each way", || {
        let came: BTreeSet<String> = web.received().into_iter().map(|post| post.target).collect();
        targets.iter().all(|target| came.contains(*target)) && !mail.received().is_empty()
    });
    let mail = mail.received().remove(0);
    // Plain text: nothing of it is markup.
    for text in [&mail.subject, &mail.text] {
        check_text(text, &[]);
    }
    check_text(&mail.html, &HTML);
    for post in web.received().iter().filter(|post| post.target != "/webhook") {
        let mut texts = Vec::new();
        collect(&serde_json::from_str(&post.body).unwrap(), &mut texts);
        assert!(!texts.is_empty(), "{post:?}");
        // Slack's links are in angle brackets.
        let markup = if post.target == "/slack" { &HTML[..] } else { &MARKUP };
        texts.iter().for_each(|text| check_text(text, markup));
    }
    check_shapes(&web);
}

/// What is left of the names where HTML is not escaped.
const HTML: [&str; 2] = ["<i>hostile", "<script"];
/// The same of markdown and of Jira's markup.
const MARKUP: [&str; 6] = ["<i>hostile", "<script", "{color", "](//", "|//", "`x"];

/// None of these is there, no line that a name began, and no link that is not ours.
#[track_caller]
fn check_text(text: &str, markup: &[&str]) {
    for harmful in markup.iter().chain(&["evil.", "shop.", "\nforged"]) {
        assert!(!text.contains(harmful), "{harmful} in: {text}");
    }
    for (at, _) in text.match_indices("://") {
        let start = text[..at].rfind(|c: char| !c.is_ascii_alphabetic()).map_or(0, |last| last + 1);
        check_link(&text[start..], text);
    }
    if markup == MARKUP {
        text.split("](").skip(1).for_each(|link| check_link(link, text));
        // Outside of {noformat}, this is Jira's.
        let outside = text.split("{noformat}").step_by(2).collect::<String>();
        outside.split('|').skip(1).for_each(|link| check_link(link, text));
    }
}

#[track_caller]
fn check_link(link: &str, text: &str) {
    assert!(OURS.iter().any(|ours| link.starts_with(ours)), "{link} in: {text}");
}

/// What is to be read is there, at the place where each service shows it.
fn check_shapes(web: &Server) {
    let body = |target: &str| {
        let post = web.received().into_iter().find(|post| post.target == target).unwrap();
        serde_json::from_str::<Value>(&post.body).unwrap()
    };
    let say = "send data to evil[.]example";
    let teams = body("/teams")["attachments"][0]["content"]["body"].to_string();
    assert!(teams.contains("[What to do](https://git.example/") && teams.contains(say), "{teams}");
    let issue = body("/jira/issue");
    let description = issue["fields"]["description"].as_str().unwrap();
    assert!(description.starts_with("{noformat}\n") && description.contains(say), "{description}");
    assert_eq!(issue["fields"]["priority"]["name"], "Highest", "{issue}");
    let alert = body("/jsm/v2/alerts");
    assert!(alert["description"].as_str().unwrap().contains(say), "{alert}");
    assert_eq!(
        (&alert["priority"], &alert["details"]["destination"]),
        (&"P1".into(), &"evil[.]example".into())
    );
    let page = body("/pagerduty");
    assert!(page["payload"]["custom_details"]["alerts"].as_str().unwrap().contains(say), "{page}");
}

/// Servers in place of the services. Jira is asked for an issue of the same alert first, and has none.
fn services() -> Server {
    Server::start(None, |request: &Received| {
        let answer = match request.target.as_str() {
            "/jira/issue" => r#"{"id":"1","key":"SEC-1"}"#,
            target if target.starts_with("/jira/") => r#"{"total":0,"issues":[]}"#,
            _ => "ok",
        };
        Response::new(answer.to_owned())
    })
}

/// The shipped receivers as one, with these addresses and with secrets that exist.
fn one_receiver(web: &Server, mail: &MailServer, place: &Path) -> Value {
    let url = |target: &str| Value::from(format!("http://{}/{target}", web.address()));
    let file = |name: &str, content: &str| {
        fs::write(place.join(name), content).unwrap();
        Value::from(place.join(name).to_str().unwrap())
    };
    let mut all = serde_json::Map::new();
    for receiver in one_yaml(RECEIVERS)["receivers"].as_array().unwrap() {
        all.extend(receiver.as_object().unwrap().clone());
    }
    all.insert("name".to_owned(), "all".into());
    let mut change = |kind: &str, key: &str, value: Value| {
        let config = all.get_mut(kind).unwrap_or_else(|| panic!("{kind} is shipped"));
        config[0][key] = value;
    };
    change("msteamsv2_configs", "webhook_url_file", file("teams", url("teams").as_str().unwrap()));
    change("slack_configs", "api_url_file", file("slack", url("slack").as_str().unwrap()));
    change("jira_configs", "api_url", url("jira/"));
    change("jira_configs", "http_config", json!({}));
    change("opsgenie_configs", "api_url", url("jsm/"));
    change("opsgenie_configs", "api_key_file", file("jsm", "key"));
    change("pagerduty_configs", "routing_key_file", file("pagerduty", "key"));
    change("pagerduty_configs", "url", url("pagerduty"));
    change("email_configs", "smarthost", Value::from(mail.address().to_string()));
    change("email_configs", "require_tls", false.into());
    change("email_configs", "auth_username", "".into());
    change("webhook_configs", "url", url("webhook"));
    json!({"templates": ["cspwatch.tmpl"], "route": {"receiver": "all", "group_wait": "0s"}, "receivers": [all]})
}

/// Every YAML reader takes JSON.
fn write(place: &Path, config: &Value) -> String {
    let file = place.join("alertmanager.yml");
    fs::write(&file, config.to_string()).unwrap();
    file.to_str().unwrap().to_owned()
}

/// An alert as the rules make it, with names that mean something to each of the services.
fn hostile() -> Value {
    let name =
        "shop.example\"'<i>hostile](//evil.example/a)\nforged|//evil.example] {color:red}`x`*";
    json!({
        "labels": {
            "alertname": "CspwatchUnknownDestinationOnPaymentPage",
            "severity": "page",
            "site": name,
            "page_group": "<script>[click](https://evil.example/) https://2130706433/ {noformat}\nforged",
            "destination": "evil.example",
            "finding": "evil.example",
        },
        "annotations": {
            "summary": format!("Pages of {name} send data to evil[.]example"),
            "description": "Last report 4.2s before.\nforged [click](https://evil.example/) {noformat}",
            "runbook_url": "deploy/runbook.md#cspwatchunknowndestinationonpaymentpage",
            "dashboard_url": "/d/cspwatch-incident?var-destination=evil%2Eexample",
        },
        "generatorURL": "http://prometheus.example:9090/graph?g0.expr=time%28%29&g0.tab=1",
    })
}

/// All texts of a message.
fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| collect(value, texts)),
        Value::Object(fields) => fields.values().for_each(|value| collect(value, texts)),
        _ => {}
    }
}
