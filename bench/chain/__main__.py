"""34 hours of the alert chain in minutes: what people hear from the real Prometheus and Alertmanager.

usage: bench/run chain [--scale 120] [--deploy FOLDER] [--log FILE]
       bench/run chain --week PROGRAM [--scale 600]

Plays all scenarios (bench/chain/scenarios.py) to two Prometheus, the second of which starts after twelve hours without
history, and one Alertmanager, with the shipped rules and routes and all durations divided by --scale. Prints who heard how
often of what. Fails where that is not what people should hear. --deploy: the folder `deploy` of another version, to compare.
--week: instead of the scenarios, a week of six shops (bench/chain/week.py), as PROGRAM finds it in the traces of
bench/detection; fails where people hear more than detection meant, or not of each page.
"""

import argparse
import http.server
import json
import os
import shutil
import sys
import time

from alerts import ROOT, until_ready
from chain import scaled, week
from chain.scenarios import HOURS, SCENARIOS, At
from services import Services, exporter, free_port, serve

# Seconds of the clock from one scrape and evaluation to the next.
INTERVAL = 0.25
SECOND_STARTS = 12
HOUR = 3600


class Play:
    """The clock of the play, and what each collector shows."""

    def __init__(self, scale, scenarios):
        self.scale, self.scenarios, self.began = scale, scenarios, time.time()

    def hour(self):
        return (time.time() - self.began) * self.scale / HOUR

    def clock(self, hour):
        return self.began + hour * HOUR / self.scale

    def page(self, number):
        """What the collector of a scenario shows now; `None` while it is away."""
        scenario, hour = self.scenarios[number], self.hour()
        if any(begin <= hour < end for begin, end in scenario.away):
            return None
        lines = [f'{name}{labels_of(number, labels)} {self.value(value)}' for name, labels, value in scenario.series(hour)]
        return "\n".join(lines) + "\n"

    def value(self, value):
        if isinstance(value, At):
            return self.clock(value.hour)
        if isinstance(value, tuple):
            _, rate, seconds = value
            return rate * seconds / self.scale
        return value


def labels_of(number, labels):
    named = {"site": f"s{number}"} | labels
    return "{" + ",".join(f'{name}="{text}"' for name, text in named.items()) + "}"


def people(play, heard):
    """Hears what Alertmanager sends; the port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard.append((play.hour(), self.path.strip("/"), message))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    return serve(Handler)


def start_prometheus(services, name, play, port, alertmanager):
    home, own = f"{services.place}/{name}", free_port()
    os.makedirs(home)
    targets = [
        {"targets": [f"127.0.0.1:{port}"], "labels": {"__metrics_path__": f"/{number}", "instance": f"s{number}"}}
        for number in range(len(play.scenarios))
    ]
    interval = scaled.milliseconds(INTERVAL)
    configuration = {
        "global": {"scrape_interval": interval, "evaluation_interval": interval, "external_labels": {"replica": name}},
        "rule_files": [f"{services.place}/rules.json"],
        "alerting": {
            "alert_relabel_configs": [{"action": "labeldrop", "regex": "replica"}],
            "alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager}"]}]}],
        },
        "scrape_configs": [{"job_name": "cspwatch", "scrape_timeout": interval, "static_configs": targets}],
    }
    with open(f"{home}/prometheus.yml", "w") as file:
        json.dump(configuration, file)
    services.start(
        "prometheus",
        f"--config.file={home}/prometheus.yml",
        f"--storage.tsdb.path={home}/data",
        f"--web.listen-address=127.0.0.1:{own}",
        f"--query.lookback-delta={scaled.milliseconds(300 / play.scale)}",
        f"--rules.alert.resend-delay={scaled.milliseconds(60 / play.scale)}",
    )
    until_ready("Prometheus", own)


def start_alertmanager(services, deploy, scale, receiver):
    own = free_port()
    with open(f"{services.place}/alertmanager.yml", "w") as file:
        json.dump(scaled.routes(f"{deploy}/alertmanager/alertmanager.yml", scale, receiver), file)
    services.start(
        shutil.which("prometheus-alertmanager") or "alertmanager",
        f"--config.file={services.place}/alertmanager.yml",
        f"--storage.path={services.place}/alertmanager",
        f"--web.listen-address=127.0.0.1:{own}",
        "--cluster.listen-address=",
    )
    until_ready("Alertmanager", own)
    return own


def play(scale, deploy, scenarios, hours):
    """Plays all scenarios; who heard what, and when."""
    heard = []
    with Services("", "chain") as services:
        with open(f"{services.place}/rules.json", "w") as file:
            json.dump(scaled.rules(f"{deploy}/prometheus/rules/cspwatch.yml", scale), file)
        now = Play(scale, scenarios)
        alertmanager = start_alertmanager(services, deploy, scale, people(now, heard))
        port = exporter(lambda path: now.page(int(path.strip("/"))))
        start_prometheus(services, "a", now, port, alertmanager)
        has_second = False
        while now.hour() < hours:
            if not has_second and now.hour() > SECOND_STARTS:
                start_prometheus(services, "b", now, port, alertmanager)
                has_second = True
            print(f"\rhour {now.hour():4.1f} of {hours}, {len(heard)} messages", end="", file=sys.stderr, flush=True)
            time.sleep(1)
        print(file=sys.stderr)
    return heard


def counted(heard, number):
    """Pages, tickets and ends that people heard of a scenario, and the names of the alerts."""
    pages = tickets = ends = 0
    names = set()
    for _, receiver, message in heard:
        alerts = [alert for alert in message["alerts"] if f"s{number}" in (alert["labels"].get("site"), alert["labels"].get("instance"))]
        if not alerts:
            continue
        names |= {alert["labels"]["alertname"].removeprefix("Cspwatch") for alert in alerts}
        firing = any(alert["status"] == "firing" for alert in alerts)
        pages += firing and receiver == "on-call"
        tickets += firing and receiver == "tickets"
        ends += any(alert["status"] == "resolved" for alert in alerts)
    return (pages, tickets, ends), sorted(names)


def print_table(heard, scenarios):
    """What people heard beside what they should hear; the scenarios in which the two differ."""
    print("| scenario | pages | tickets | ends | should be | alerts |")
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    wrong = []
    for number, scenario in enumerate(scenarios):
        found, names = counted(heard, number)
        should = (scenario.pages, scenario.tickets, scenario.ends)
        cells = " | ".join(str(count) for count in found)
        print(f"| {scenario.name} | {cells} | {' / '.join(map(str, should))} | {', '.join(names)} |")
        if found != should:
            wrong.append(scenario.name)
    return wrong


def news(heard):
    """Without the messages that only repeat what was heard already: Alertmanager's, of what nobody decides for two days."""
    known = set()
    for hour, receiver, message in heard:
        said = {(receiver, alert["fingerprint"], alert["startsAt"], alert["status"]) for alert in message["alerts"]}
        if not said <= known:
            yield hour, receiver, message
        known |= said


def print_week(heard, scenarios):
    """What people heard of a week beside what detection meant; the deployments in which they heard more, or not of each page.
    Tickets of one kind come together, so that they are fewer messages."""
    heard = list(news(heard))
    print("| deployment | detection meant: pages / tickets | heard: pages / tickets / over | alerts |")
    print("| --- | ---: | ---: | --- |")
    wrong = []
    for number, scenario in enumerate(scenarios):
        (pages, tickets, ends), names = counted(heard, number)
        meant = f"{scenario.pages} / {scenario.tickets}"
        print(f"| {scenario.name} | {meant} | {pages} / {tickets} / {ends} | {', '.join(names)} |")
        if pages != scenario.pages or tickets > scenario.tickets:
            wrong.append(scenario.name)
    return wrong


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--scale", type=int)
    parser.add_argument("--deploy", default=f"{ROOT}/deploy")
    parser.add_argument("--week", metavar="PROGRAM")
    parser.add_argument("--log", help="a file for all that was heard")
    wanted = parser.parse_args()
    if wanted.week:
        scenarios, hours, show = list(week.scenarios(os.path.realpath(wanted.week))), week.HOURS, print_week
    else:
        scenarios, hours, show = SCENARIOS, HOURS, print_table
    heard = play(wanted.scale or (600 if wanted.week else 120), os.path.realpath(wanted.deploy), scenarios, hours)
    if wanted.log:
        with open(wanted.log, "w") as file:
            file.writelines(json.dumps(one) + "\n" for one in heard)
    if wrong := show(heard, scenarios):
        sys.exit("bench/chain: not what people should hear: " + "; ".join(wrong))


if __name__ == "__main__":
    main()
