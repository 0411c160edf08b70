//! What the on-call reads in mail, chat and pager: the shipped templates, used as the examples in the shipped
//! configuration use them, by a real Alertmanager.

use std::fs;
use std::net::SocketAddr;

use hyper::Response;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::mail::{Mail, MailServer};
use crate::support::monitoring::start_alertmanager;
use crate::support::ports::free_address;
use crate::support::server::Server;
use crate::support::service::Service;
use crate::support::{http, until};

const SHIPPED: &str = include_str!("../deploy/alertmanager/alertmanager.yml");
const RUNBOOK: &str = "https://git.example/cspwatch/deploy/runbook.md";
const DASHBOARD: &str =
    "/d/cspwatch-incident?var-site=shop%2Eexample%3Ci%3E&var-destination=evil%2Eexample";

/// An Alertmanager whose on-call reads mail, chat and pager, all of it here.
struct OnCall {
    address: SocketAddr,
    mail: MailServer,
    web: Server,
    // Before its directory.
    _alertmanager: Service,
    _place: TempDir,
}

/// One notification, as it came by each way.
struct Heard {
    mail: Mail,
    chat: Value,
    pager: Value,
}

impl OnCall {
    fn start() -> Self {
        Self::start_with(&[])
    }

    /// With these changes of the shipped configuration.
    fn start_with(more: &[(&str, &str)]) -> Self {
        let (address, mail) = (free_address(), MailServer::start());
        let web = Server::start(None, |_| Response::new("ok".to_owned()));
        let place = tempfile::tempdir().unwrap();
        let (url, key) = (place.path().join("chat.url"), place.path().join("pagerduty.key"));
        fs::write(&url, format!("http://{}/chat", web.address())).unwrap();
        fs::write(&key, "key").unwrap();
        let more = more.iter().map(|(shipped, ours)| (*shipped, (*ours).to_owned()));
        let changes = [
            ("group_interval: 1m", "group_interval: 1s".to_owned()),
            ("smtp.shop.example:587", format!("{}\n        require_tls: false", mail.address())),
            ("/etc/alertmanager/chat-webhook.url", format!("{url:?}")),
            (
                "/etc/alertmanager/pagerduty.key",
                format!("{key:?}\n        url: http://{}/pager", web.address()),
            ),
        ];
        let config = configuration(&more.chain(changes).collect::<Vec<_>>());
        let file = place.path().join("alertmanager.yml");
        fs::write(&file, config).unwrap();
        let alertmanager = start_alertmanager(&file, address);
        Self { address, mail, web, _alertmanager: alertmanager, _place: place }
    }

    /// Sends an alert to Alertmanager, as Prometheus does.
    fn alert(&self, alert: &Value) {
        self.alerts(std::slice::from_ref(alert));
    }

    fn alerts(&self, alerts: &[Value]) {
        let (headers, body) = ("Content-Type: application/json\r\n", json!(alerts).to_string());
        let answer = http::request_with(self.address, "POST", "/api/v2/alerts", headers, &body);
        let answer = answer.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Lets an alert fire and end, and hears of the end. `if_over`: what the end means.
    fn hear_of_the_end(&self, if_over: &str) -> Heard {
        let mut alert = unknown_destination();
        self.alert(&alert);
        self.hear(1);
        alert["endsAt"] = Value::from("2020-12-10T10:00:00Z");
        alert["annotations"]["if_over"] = Value::from(if_over);
        self.alert(&alert);
        self.hear(2)
    }

    /// Waits for the notification of this number.
    #[track_caller]
    fn hear(&self, number: usize) -> Heard {
        until(&format!("{number} messages by each way"), || {
            let messages = [self.mail.received().len(), self.posts("/chat"), self.posts("/pager")];
            messages.iter().all(|count| *count >= number)
        });
        let post = |target| {
            let posts = self.web.received().into_iter().filter(|post| post.target == target);
            let body = posts.map(|post| post.body).nth(number - 1).unwrap();
            serde_json::from_str::<Value>(&body).unwrap()
        };
        Heard {
            mail: self.mail.received()[number - 1].clone(),
            chat: post("/chat")["attachments"][0].clone(),
            pager: post("/pager")["payload"].clone(),
        }
    }

    fn posts(&self, target: &str) -> usize {
        self.web.received().iter().filter(|post| post.target == target).count()
    }
}

/// The shipped configuration with its examples instead of its receivers, and these changes.
fn configuration(changes: &[(&str, String)]) -> String {
    let (routes, _) = SHIPPED.split_once("receivers:\n").unwrap();
    let examples = ["email_configs", "slack_configs", "pagerduty_configs"].map(example).concat();
    let mut config = format!(
        "{routes}receivers:\n  - name: dead-mans-switch\n  - name: drills\n  - name: tickets\n  - name: on-call\n{examples}"
    );
    for (shipped, ours) in changes {
        assert!(config.contains(shipped), "{shipped} is not in {config}");
        config = config.replace(shipped, ours);
    }
    config
}

/// An example without its comment signs: from its name to a line that is empty, in the comment or not.
fn example(name: &str) -> String {
    let first = format!("    # {name}:");
    let lines = SHIPPED.lines().skip_while(|line| *line != first);
    let lines = lines.map_while(|line| line.strip_prefix("    # "));
    lines.map(|line| format!("    {line}\n")).collect()
}

/// An alert as the rules make it, with the most harmful names that there can be.
fn unknown_destination() -> Value {
    json!({
        "labels": {
            "alertname": "CspwatchUnknownDestinationOnPaymentPage",
            "severity": "page",
            "site": "shop.example<i>",
            "page_group": "<b>x</b>",
            "destination": "evil.example",
        },
        "annotations": {
            "summary": "Pages of shop.example<i> (<b>x</b>) send data to evil[.]example",
            "description": "Last report 4.2s before. Reports so far: 1.",
            "runbook_url": "deploy/runbook.md#cspwatchunknowndestinationonpaymentpage",
            "dashboard_url": DASHBOARD,
        },
        "startsAt": "2020-11-27T10:00:00Z",
        "generatorURL": "http://prometheus.example:9090/graph?g0.expr=time%28%29&g0.tab=1",
    })
}

#[track_caller]
fn assert_lines(text: &str, lines: &[&str]) {
    for wanted in lines {
        assert!(text.lines().any(|line| line == *wanted), "no line {wanted:?} in:\n{text}");
    }
}

/// All words that a program could turn into a link.
fn links(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| c.is_whitespace() || c == '"');
    words.filter(|word| word.contains("://")).collect()
}

fn text<'a>(message: &'a Value, path: &str) -> &'a str {
    message.pointer(path).and_then(Value::as_str).unwrap_or_else(|| panic!("{path} of {message:#}"))
}

#[test]
fn no_name_becomes_a_link_or_html() {
    let on_call = OnCall::start();
    on_call.alert(&unknown_destination());
    let Heard { mail, chat, pager } = on_call.hear(1);

    let headline =
        "[page] CspwatchUnknownDestinationOnPaymentPage: shop[.]example<i>, evil[.]example";
    let runbook = format!("{RUNBOOK}#cspwatchunknowndestinationonpaymentpage");
    assert_eq!(mail.subject, headline);
    let lines = [
        "Firing since 2020-11-27 10:00:00 UTC.",
        "  Severity     page",
        "  Site         shop[.]example<i>",
        "  Page group   <b>x</b>",
        "  Destination  evil[.]example (never open it in a browser)",
        "Pages of shop[.]example<i> (<b>x</b>) send data to evil[.]example",
        "Last report 4.2s before. Reports so far: 1.",
        &format!("What to do:  {runbook}"),
        &format!("Dashboard:   https://grafana.example{DASHBOARD}"),
        "Prometheus:  http://prometheus.example:9090/alerts",
    ];
    assert_lines(&mail.text, &lines);
    assert_lines(
        &mail.html,
        &[
            "<p>Firing since 2020-11-27 10:00:00 UTC.</p>",
            "<tr><td>Site</td><td><b>shop[.]example&lt;i&gt;</b></td></tr>",
            "<tr><td>Page group</td><td><b>&lt;b&gt;x&lt;/b&gt;</b></td></tr>",
            "<p>Pages of shop[.]example&lt;i&gt; (&lt;b&gt;x&lt;/b&gt;) send data to evil[.]example</p>",
        ],
    );
    assert_lines(
        text(&chat, "/text"),
        &[
            "Firing since 2020-11-27 10:00:00 UTC.",
            "Severity: page, site: shop[.]example&lt;i&gt;, page group: &lt;b&gt;x&lt;/b&gt;, \
             destination: evil[.]example (never open it in a browser)",
            "Pages of shop[.]example&lt;i&gt; (&lt;b&gt;x&lt;/b&gt;) send data to evil[.]example",
            "Last report 4.2s before. Reports so far: 1.",
        ],
    );
    let escaped = headline.replace("<i>", "&lt;i&gt;");
    assert_eq!([text(&chat, "/title"), text(&chat, "/fallback")], [&escaped; 2]);
    assert_eq!(text(&chat, "/color"), "danger");
    assert_eq!(text(&pager, "/summary"), headline);
    assert_lines(text(&pager, "/custom_details/alerts"), &lines);

    for message in [&mail.text, &mail.html, text(&chat, "/text")] {
        let readable = message.replace("&amp;", "&");
        let found = links(&readable);
        let dashboard = format!("https://grafana.example{DASHBOARD}");
        let expected = [runbook.as_str(), &dashboard, "http://prometheus.example:9090/alerts"];
        assert_eq!(found[..3], expected, "{message}");
        let alertmanager = format!(":{}", on_call.address.port());
        assert!(found.len() == 4 && found[3].ends_with(&alertmanager), "{found:?}");
    }
    for message in [&mail.subject, &mail.text, &mail.html, &chat.to_string(), &pager.to_string()] {
        assert!(!message.contains("evil.") && !message.contains("shop."), "{message}");
    }
}

#[test]
fn a_destination_that_fell_quiet_is_not_called_solved() {
    let on_call = OnCall::start();
    let Heard { mail, chat, pager } = on_call.hear_of_the_end("quiet for a day");

    let state = "Resolved at 2020-12-10 10:00:00 UTC, had fired since 2020-11-27 10:00:00 UTC. \
                 That means quiet for a day; not solved: skimmers pause. It fires again when the \
                 destination returns.";
    assert_lines(&mail.text, &[state]);
    assert_lines(&mail.html, &[&format!("<p>{state}</p>")]);
    assert_lines(text(&chat, "/text"), &[state]);
    assert_lines(text(&pager, "/custom_details/alerts"), &[state]);
    for headline in [&mail.subject, text(&chat, "/title"), text(&pager, "/summary")] {
        assert!(headline.starts_with("[page, over: quiet for a day] Cspwatch"), "{headline}");
    }
    // A green message would look like an all-clear.
    assert_eq!(text(&chat, "/color"), "#999999");
}

#[test]
fn a_hundred_tickets_of_a_site_are_one_notification_and_pages_one_each() {
    let on_call = OnCall::start_with(&[
        ("receiver: tickets", "receiver: on-call"),
        ("group_wait: 30s", "group_wait: 1s"),
    ]);
    let of = |name: &str, severity: &str, destination: &str| {
        let mut alert = unknown_destination();
        let labels = &mut alert["labels"];
        (labels["alertname"], labels["severity"]) = (name.into(), severity.into());
        labels["destination"] = destination.into();
        // Alertmanager does not let an alert that is old already wait for company.
        alert.as_object_mut().unwrap().remove("startsAt");
        alert
    };
    let ticket =
        |number| of("CspwatchUnknownDestination", "ticket", &format!("new{number}.example"));
    on_call.alerts(&(0..100).map(ticket).collect::<Vec<_>>());
    let Heard { mail, chat, .. } = on_call.hear(1);
    let headline = "[ticket] CspwatchUnknownDestination: shop[.]example<i> (100 alerts)";
    assert_eq!(mail.subject, headline);
    assert_eq!(mail.text.matches("  Destination  new").count(), 100);
    assert_lines(text(&chat, "/text"), &["There are more: 100 alerts in all."]);
    assert_eq!(text(&chat, "/text").matches("destination: new").count(), 10);

    let page = |destination| of("CspwatchUnknownDestinationOnPaymentPage", "page", destination);
    on_call.alerts(&[page("one.example"), page("other.example")]);
    on_call.hear(3);
    let mut subjects: Vec<String> =
        on_call.mail.received().iter().map(|mail| mail.subject.clone()).collect();
    subjects.sort();
    let page = |destination: &str| {
        format!("[page] CspwatchUnknownDestinationOnPaymentPage: shop[.]example<i>, {destination}")
    };
    assert_eq!(subjects, [page("one[.]example"), page("other[.]example"), headline.to_owned()]);
}

#[test]
fn a_ticket_that_became_a_page_is_not_called_solved() {
    let on_call = OnCall::start_with(&[
        ("receiver: tickets", "receiver: on-call"),
        ("group_wait: 30s", "group_wait: 1s"),
        ("group_interval: 5m", "group_interval: 1s"),
    ]);
    let mut alert = unknown_destination();
    (alert["labels"]["alertname"], alert["labels"]["severity"]) =
        ("CspwatchUnknownDestination".into(), "ticket".into());
    on_call.alert(&alert);
    on_call.hear(1);
    alert["endsAt"] = Value::from("2020-12-10T10:00:00Z");
    on_call.alert(&alert);
    let Heard { mail, chat, .. } = on_call.hear(2);
    let over = "over: quiet for a day, decided, or part of another alert now";
    for headline in [&mail.subject, text(&chat, "/title")] {
        assert!(headline.starts_with(&format!("[ticket, {over}] Cspwatch")), "{headline}");
    }
}

#[test]
fn what_a_person_decided_is_said_with_the_name_and_makes_no_link() {
    let on_call = OnCall::start();
    let Heard { mail, chat, pager } =
        on_call.hear_of_the_end("decided: approve by <!channel> ada@shop.example");
    let over = "[page, over: decided: approve by !channel ada@shop[.]example] Cspwatch";
    for headline in [&mail.subject, text(&chat, "/title"), text(&pager, "/summary")] {
        assert!(headline.starts_with(over), "{headline}");
    }
    assert!(!mail.html.contains("<!") || mail.html.matches("<!").count() == 1, "{}", mail.html);
    assert!(!text(&chat, "/text").contains("<!"), "{chat:#}");
}

#[test]
fn whole_addresses_of_rules_stay_as_they_are() {
    let on_call = OnCall::start();
    let mut alert = unknown_destination();
    let urls = ["runbook_url", "dashboard_url", "console_url"];
    let whole = urls.map(|name| format!("https://{}.shop.example/x", name.replace("_url", "")));
    for (name, url) in urls.iter().zip(&whole) {
        alert["annotations"][name] = Value::from(url.as_str());
    }
    on_call.alert(&alert);
    let Heard { mail, chat, pager } = on_call.hear(1);
    let pager = text(&pager, "/custom_details/alerts");
    for message in [&mail.text, &mail.html, text(&chat, "/text"), pager] {
        assert_eq!(links(message)[..3], whole, "{message}");
    }
}

#[test]
fn an_alert_about_no_site_names_none() {
    let on_call = OnCall::start();
    on_call.alert(&json!({
        "labels": {"alertname": "CspwatchCollectorDown", "severity": "page"},
        "annotations": {
            "summary": "The cspwatch collector does not answer Prometheus",
            "description": "Reports may be lost at this moment.",
            "runbook_url": "deploy/runbook.md#cspwatchcollectordown",
        },
    }));
    let Heard { mail, chat, .. } = on_call.hear(1);
    assert_eq!([&mail.subject, text(&chat, "/title")], ["[page] CspwatchCollectorDown"; 2]);
    assert_lines(&mail.text, &["The cspwatch collector does not answer Prometheus"]);
    assert_lines(text(&chat, "/text"), &["Severity: page"]);
    for message in [&mail.text, &mail.html, text(&chat, "/text")] {
        assert_eq!(links(message)[0], format!("{RUNBOOK}#cspwatchcollectordown"));
        for word in ["site", "destination", "no value"] {
            assert!(!message.to_lowercase().contains(word), "{word} in {message}");
        }
    }
}
