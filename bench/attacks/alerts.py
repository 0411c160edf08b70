"""Prometheus and Alertmanager with the configuration that is shipped, on other ports."""

import json
import os
import urllib.parse
import urllib.request

from services import answers, free_port, until

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Alerts:
    def __init__(self, services, admin):
        self.services, place = services, services.place
        self.alertmanager, self.prometheus = free_port(), free_port()
        # Nobody hears what Alertmanager tells: it is asked.
        ports = {"ADMIN": admin, "ALERTMANAGER": self.alertmanager, "RECEIVER": free_port()}
        for name in ("prometheus", "alertmanager"):
            os.makedirs(f"{place}/{name}")
            with open(f"{ROOT}/deploy/{name}/{name}.yml") as shipped:
                lines = [with_ports(line, ports) for line in shipped]
            with open(f"{place}/{name}/{name}.yml", "w") as ours:
                ours.writelines(lines)
        os.symlink(f"{ROOT}/deploy/prometheus/rules", f"{place}/prometheus/rules")
        self.children = [self.start_alertmanager(), self.start_prometheus()]
        for port in (self.alertmanager, self.prometheus):
            url = f"http://127.0.0.1:{port}/-/ready"
            until("Prometheus and Alertmanager answer", lambda: answers(url), 60)

    def start_alertmanager(self):
        home = f"{self.services.place}/alertmanager"
        return self.services.start(
            "prometheus-alertmanager",
            f"--config.file={home}/alertmanager.yml",
            f"--storage.path={home}/data",
            f"--web.listen-address=127.0.0.1:{self.alertmanager}",
            "--cluster.listen-address=",
        )

    def start_prometheus(self):
        home = f"{self.services.place}/prometheus"
        return self.services.start(
            "prometheus",
            f"--config.file={home}/prometheus.yml",
            f"--storage.tsdb.path={home}/data",
            f"--web.listen-address=127.0.0.1:{self.prometheus}",
        )

    def names_about(self, destination):
        """Names of the alerts about a destination that Alertmanager has."""
        wanted = urllib.parse.quote(f'destination="{destination}"')
        url = f"http://127.0.0.1:{self.alertmanager}/api/v2/alerts?filter={wanted}"
        found = json.load(urllib.request.urlopen(url))
        return sorted({alert["labels"]["alertname"] for alert in found})

    def end(self):
        for child in self.children:
            self.services.end(child)


def with_ports(line, ports):
    """Replaces the port of a line that ends in "# CSPWATCH_PORT_…", as deploy/quickstart does."""
    for name, port in ports.items():
        if line.endswith(f"# CSPWATCH_PORT_{name}\n"):
            before, after = line.split("127.0.0.1:", 1)
            return f"{before}127.0.0.1:{port}{after.lstrip('0123456789')}"
    return line
