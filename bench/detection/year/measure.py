"""A year through `backtest -`, by a pipe, and what its alerts are worth."""

import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from score import backtest
from world.trace import DAY
from year.stream import START

CONFIG = Path(__file__).parents[1] / "shop.toml"
WEEK = 7 * DAY
# How long after a release a changed script is what happened.
RELEASE = 2 * DAY


@dataclass
class Caught:
    """One planted theft, and the network whose report it was paged with; `None`: it was not."""

    theft: object
    network: int = None

    @property
    def in_time(self):
        return self.network is not None and self.network <= self.theft.goal


@dataclass
class Run:
    """A deployment's year with one seed: its alerts by what they are about."""

    deployment: object
    weeks: int
    requests: int
    pages: list = field(default_factory=list)
    tickets: list = field(default_factory=list)
    digests: list = field(default_factory=list)
    silences: list = field(default_factory=list)
    caught: list = field(default_factory=list)
    # All alerts about unknown things, planted ones included: what the curve is made of.
    alerts: list = field(default_factory=list)


def measure(program, year):
    """Runs the year. The alerts are read when all of it is written."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [program, "backtest", "--config", CONFIG, "-"], stdin=subprocess.PIPE, stdout=output, stderr=errors)
        try:
            for text in year.lines():
                process.stdin.write(text.encode())
            process.stdin.close()
        except BrokenPipeError:
            pass
        if process.wait() != 0:
            errors.seek(0)
            raise backtest.Failed(errors.read().decode(errors="replace").strip()[-300:])
        output.seek(0)
        alerts, summary = backtest.read(output.read().decode())
    if summary["requests"] != year.requests:
        raise backtest.Failed(f"{summary['requests']} requests read of {year.requests}")
    return judge(year, alerts)


def judge(year, alerts):
    """Sorts the alerts."""
    run = Run(year.deployment, year.weeks, year.requests, alerts=alerts)
    planted = {theft.destination for theft in year.thefts}
    for alert in alerts:
        if backtest.destinations(alert) & planted or _is_of_a_release(year, alert):
            continue
        kind = run.pages if alert["severity"] == "page" else {
            "destinations_digest": run.digests, "site_silent": run.silences}.get(alert["alert"], run.tickets)
        kind.append(alert)
    run.caught = [Caught(theft, _network(theft, alerts)) for theft in year.thefts]
    return run


def _is_of_a_release(year, alert):
    return alert["alert"] == "script_changed" and any(
        begin <= alert["time"] < begin + RELEASE for begin in year.releases)


def _network(theft, alerts, is_page=lambda alert: alert["severity"] == "page"):
    """How many networks had reported the theft when it was paged."""
    found = next((
        alert for alert in alerts
        if theft.destination in backtest.destinations(alert) and alert["page_group"] != "other" and is_page(alert)),
        None)
    # A report's milliseconds may be rounded on the way.
    return theft.networks_until(found["time"] + 0.01) if found else None


def at_threshold(run, threshold):
    """The false pages after the first week, and the network of each planted theft, if what has this score were a
    page. An alert without a score is what its severity says."""
    def is_page(alert):
        return alert["score"] >= threshold if "score" in alert else alert["severity"] == "page"

    thefts = [one.theft for one in run.caught]
    planted = {theft.destination for theft in thefts}
    false = [
        alert for alert in run.alerts
        if alert["time"] >= START + WEEK and alert["page_group"] != "other" and is_page(alert)
        and not backtest.destinations(alert) & planted]
    return len(false), [_network(theft, run.alerts, is_page) for theft in thefts]
