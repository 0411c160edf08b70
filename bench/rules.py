"""What the rules cost Prometheus: seconds for one evaluation of all of them.

usage: bench/run rules [COLLECTORS] [DESTINATIONS] [--rules FOLDER]

Serves the metrics of so many collectors (10) that each show so many destinations with an alert (1000), a finding each, to
a real Prometheus with the shipped configuration, and reads after some evaluations how long the groups took. Fails
when that is more than a tenth of the interval. --rules: other rules than the shipped ones, to compare.
"""

import argparse
import json
import os
import sys
import time
import urllib.parse
import urllib.request

from alerts import ROOT, until_ready
from services import Services, exporter, free_port, until

EVALUATIONS = 20
SHARE_MAX = 0.1
SITES = 10
LAST_SEEN = "cspwatch_unknown_destination_last_seen_timestamp_seconds"


def page(destinations):
    """A collector's page, which stays as it is."""
    now = int(time.time())
    lines = []
    for number in range(destinations):
        where = f'site="shop{number % SITES}",page_group="payment"'
        name = f"thief{number}.example"
        severity = "page" if number % 2 else "ticket"
        labels = f'{where},destination="{name}",channel="send",severity="{severity}",finding="{name}"'
        lines.append(f"{LAST_SEEN}{{{labels}}} {now - number % 30}")
        lines.append(f"cspwatch_unknown_destination_clients{{{labels}}} 3")
        lines.append(f'cspwatch_unknown_destination_reason{{{where},destination="{name}",reason="a form posts there"}} 1')
        words = 'clients="3",channels="send",reasons="a form posts there"'
        lines.append(f'cspwatch_finding_clients{{{where},finding="{name}",{words}}} 3')
    return "\n".join(lines) + "\n"


def configuration(collectors, port):
    """The shipped intervals, and one target with a path of its own for each collector."""
    targets = [
        {"targets": [f"127.0.0.1:{port}"], "labels": {"__metrics_path__": f"/{number}", "instance": f"c{number}"}}
        for number in range(collectors)
    ]
    job = {"job_name": "cspwatch", "scrape_interval": "5s", "scrape_timeout": "4s", "static_configs": targets}
    return {"global": {"evaluation_interval": "5s"}, "rule_files": ["rules/*.yml"], "scrape_configs": [job]}


def ask(port, path):
    return json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}{path}"))["data"]


def groups(port):
    return ask(port, "/api/v1/rules")["groups"]


def measure(collectors, destinations, rules):
    with Services("", "rules") as services:
        home, port = services.place, free_port()
        shown = page(destinations)
        os.symlink(rules, f"{home}/rules")
        with open(f"{home}/prometheus.yml", "w") as file:
            json.dump(configuration(collectors, exporter(lambda _: shown)), file)
        services.start(
            "prometheus",
            f"--config.file={home}/prometheus.yml",
            f"--storage.tsdb.path={home}/data",
            f"--web.listen-address=127.0.0.1:{port}",
        )
        until_ready("Prometheus", port)
        until("all collectors are scraped", lambda: count(port, f"count({LAST_SEEN})") == collectors * destinations)
        taken = []
        seen = set()
        while len(taken) < EVALUATIONS:
            now = groups(port)
            stamp = now[0]["lastEvaluation"]
            if stamp not in seen:
                seen.add(stamp)
                taken.append(sum(group["evaluationTime"] for group in now))
            time.sleep(1)
        interval = now[0]["interval"]
        firing = count(port, 'count(ALERTS{alertstate="firing",destination!=""})')
        slowest = max((rule for group in now for rule in group["rules"]), key=lambda rule: rule["evaluationTime"])
    return sorted(taken[2:]), interval, firing, slowest


def count(port, query):
    found = ask(port, "/api/v1/query?" + urllib.parse.urlencode({"query": query}))["result"]
    return int(found[0]["value"][1]) if found else 0


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("collectors", type=int, nargs="?", default=10)
    parser.add_argument("destinations", type=int, nargs="?", default=1000)
    parser.add_argument("--rules", default=f"{ROOT}/deploy/prometheus/rules")
    wanted = parser.parse_args()
    taken, interval, firing, slowest = measure(wanted.collectors, wanted.destinations, os.path.realpath(wanted.rules))
    median, worst = taken[len(taken) // 2], taken[-1]
    print("| collectors | destinations | alerts | median | worst | share of the interval | slowest rule |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    name = f"`{slowest['name']}` {slowest['evaluationTime']:.3f} s"
    print(
        f"| {wanted.collectors} | {wanted.destinations} | {firing} | {median:.3f} s | {worst:.3f} s "
        f"| {median / interval:.1%} | {name} |"
    )
    if median > SHARE_MAX * interval:
        sys.exit(f"bench/rules.py: more than {SHARE_MAX:.0%} of the interval")


if __name__ == "__main__":
    main()
