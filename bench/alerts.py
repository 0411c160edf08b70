"""Prometheus and Alertmanager with the configuration that is shipped, on other ports."""

import json
import os
import shutil
import urllib.parse
import urllib.request

from services import answers, free_port, until

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
START_SECONDS = 60


class Alerts:
    """Both, watching the collector whose admin listener has this port.

    `receiver` is the port of the receiver of what Alertmanager sends; without one nobody gets it, and it can
    be asked.
    """

    def __init__(self, services, admin, receiver=None):
        self.services, self.starts = services, 0
        self.alertmanager, self.prometheus = free_port(), free_port()
        ports = {"ADMIN": admin, "ALERTMANAGER": self.alertmanager, "RECEIVER": receiver or free_port(), "PROMETHEUS": self.prometheus}
        self.ports = ports
        self.children = [self.start_alertmanager(), self.start_prometheus()]

    def start_alertmanager(self):
        home = self.home("alertmanager")
        os.symlink(f"{ROOT}/deploy/alertmanager/cspwatch.tmpl", f"{home}/cspwatch.tmpl")
        child = self.services.start(
            # The name that Debian gives it, else its own.
            shutil.which("prometheus-alertmanager") or "alertmanager",
            f"--config.file={home}/alertmanager.yml",
            f"--storage.path={home}/data",
            f"--web.listen-address=127.0.0.1:{self.alertmanager}",
            "--cluster.listen-address=",
        )
        until_ready("Alertmanager", self.alertmanager)
        return child

    def start_prometheus(self):
        # A directory for each start: no alert of an earlier one comes back.
        self.starts += 1
        home = self.home("prometheus", self.starts)
        os.symlink(f"{ROOT}/deploy/prometheus/rules", f"{home}/rules")
        child = self.services.start(
            "prometheus",
            f"--config.file={home}/prometheus.yml",
            f"--storage.tsdb.path={home}/data",
            f"--web.listen-address=127.0.0.1:{self.prometheus}",
        )
        until_ready("Prometheus", self.prometheus)
        return child

    def home(self, name, number=1):
        """Makes a directory with the configuration that is shipped, but for the ports."""
        home = f"{self.services.place}/{name}-{number}"
        os.makedirs(home)
        with open(f"{ROOT}/deploy/{name}/{name}.yml") as shipped:
            lines = [with_ports(line, self.ports) for line in shipped]
        with open(f"{home}/{name}.yml", "w") as ours:
            ours.writelines(lines)
        return home

    def renew_prometheus(self):
        """Starts Prometheus anew, with nothing that it knew; returns when it has scraped the collector."""
        self.services.end(self.children.pop())
        self.children.append(self.start_prometheus())
        until("Prometheus has scraped the collector", self.is_scraped, START_SECONDS)

    def is_scraped(self):
        found = ask(self.prometheus, "/api/v1/query?query=up%7Bjob%3D%22cspwatch%22%7D")["data"]["result"]
        return [series["value"][1] for series in found] == ["1"]

    def names_about(self, destination):
        """Names of the alerts about a destination that Alertmanager has."""
        wanted = urllib.parse.quote(f'destination="{destination}"')
        found = ask(self.alertmanager, f"/api/v2/alerts?filter={wanted}")
        return sorted({alert["labels"]["alertname"] for alert in found})

    def end(self):
        for child in self.children:
            self.services.end(child)


def until_ready(name, port):
    until(f"{name} answers", lambda: answers(f"http://127.0.0.1:{port}/-/ready"), START_SECONDS)


def ask(port, path):
    return json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}{path}"))


def with_ports(line, ports):
    """Replaces the port of a line that ends in "# CSPWATCH_PORT_…", as deploy/quickstart does."""
    for name, port in ports.items():
        if line.endswith(f"# CSPWATCH_PORT_{name}\n"):
            before, after = line.split("127.0.0.1:", 1)
            return f"{before}127.0.0.1:{port}{after.lstrip('0123456789')}"
    return line
