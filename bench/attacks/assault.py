"""One attack from its beginning to what was left of it."""

import sys
import time
from collections import Counter

from alerts import Alerts
from attacks import honest
from attacks.attackers import Attackers
from attacks.honest import Honest
from attacks.sighting import ALERT_SECONDS, STORED_SECONDS, Sighting
from attacks.watch import Watch
from services import query

BEFORE_SECONDS = 3
MEMORY_MAX_MIB = 512


class Outcome:
    """What is reported of an attack."""

    def __init__(self, name, attack):
        self.name, self.attack, self.problems = name, attack, []

    def cells(self):
        return [
            f"`{self.name}`",
            self.sent,
            str(self.watch.peak),
            str(self.before),
            str(self.beside),
            str(self.newcomers),
            str(self.sighting),
            f"{self.watch.series:,}",
            self.watch.counts(),
        ]


def assault(rig, name, attack):
    outcome = Outcome(name, attack)
    target, collector = rig.collector_for(name, attack.sites, attack.over_tls)
    alerts = Alerts(rig, target.admin) if attack.is_alerted else None
    outcome.watch = Watch(collector, target.admin)
    outcome.sighting = Sighting()
    regular = Honest("regular", target, "192.0.2", pause=0.02)
    newcomer = Honest("newcomer", target, "192.0.2", pause=0.25, fresh=True)
    pass_time(outcome, BEFORE_SECONDS)
    attackers = Attackers()
    for client in (regular, newcomer):
        client.phase.value = honest.BESIDE
    besiege(outcome, attack, target, attackers, alerts)
    outcome.before, outcome.beside = regular.figures()
    newcomers_before, outcome.newcomers = newcomer.figures()
    attackers.stop()
    everybody = (outcome.before, outcome.beside, newcomers_before, outcome.newcomers)
    taken = sum(figures.taken for figures in everybody)
    aftermath(outcome, rig, taken, alerts)
    conclude(outcome, rig, collector)
    if alerts:
        alerts.end()
    rig.forget(name)
    return outcome


def pass_time(outcome, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        outcome.watch.look()
        time.sleep(0.1)


def besiege(outcome, attack, target, attackers, alerts):
    """The attack itself, and the sightings in its middle."""
    began = time.monotonic()
    attack.begin(attackers, target)
    while (passed := time.monotonic() - began) < attack.seconds and not attackers.is_done():
        outcome.watch.look()
        is_half_over = passed > attack.seconds / 2 or 0 < attack.goal / 2 < attackers.total("reports")
        if is_half_over and outcome.sighting.posted_at is None:
            outcome.sighting.post(target)
        if alerts:
            outcome.sighting.look_for_alert(alerts)
        show(f"{outcome.name}: {passed:.0f} s, {counts(attackers)}, {outcome.watch.peak} MiB")
        time.sleep(0.2)
    seconds = time.monotonic() - began
    outcome.sent = f"{counts(attackers)} in {seconds:.0f} s; at most {outcome.watch.connections:,} open"
    if attackers.has_failed():
        outcome.problems.append("an attacker broke")


def aftermath(outcome, rig, taken, alerts):
    """What was acknowledged must be there, however long it takes."""
    watch, sighting, name = outcome.watch, outcome.sighting, outcome.name
    deadline = time.monotonic() + STORED_SECONDS
    stored = 0
    while not (sighting.is_settled() and stored >= taken) and time.monotonic() < deadline:
        watch.look()
        sighting.look_for_row(rig.clickhouse_port, name)
        stored = honest_rows(rig, name)
        show(f"{name}: over; {stored:,} of {taken:,} honest reports are stored")
        time.sleep(0.5)
    if stored < taken:
        outcome.problems.append(f"{taken:,} honest reports were taken, and {stored:,} are stored")
    deadline = min(deadline, time.monotonic() + ALERT_SECONDS)
    while alerts and sighting.alerted_after is None and time.monotonic() < deadline:
        sighting.look_for_alert(alerts)
        time.sleep(0.2)


def honest_rows(rig, name):
    mine = "blocked_path LIKE '/regular/n%' OR blocked_path LIKE '/newcomer/n%'"
    return int(query(rig.clickhouse_port, f"SELECT sum(count) FROM {name}.reports WHERE {mine}"))


def conclude(outcome, rig, collector):
    watch = outcome.watch
    watch.finish()
    outcome.sighting.look_for_series(watch)
    outcome.problems += watch.problems
    if watch.peak >= MEMORY_MAX_MIB:
        outcome.problems.append(f"{watch.peak} MiB of memory")
    if collector.poll() is not None:
        outcome.problems.append(f"the collector died: {collector.returncode}")
        rig.children.remove(collector)
    elif not rig.end(collector):
        outcome.problems.append("the collector did not end when it was told to")
    outcome.problems += outcome.sighting.problems(outcome.attack.is_alerted, outcome.attack.is_hidden)
    for who, figures in (("honest client", outcome.beside), ("newcomers", outcome.newcomers)):
        if figures.failures:
            reasons = ", ".join(f"{reason} {count}" for reason, count in Counter(figures.failures).items())
            print(f"\n{outcome.name}: {who}: {reasons}", file=sys.stderr, flush=True)


def counts(attackers):
    parts = (("requests", "requests"), ("reports", "reports taken"), ("connections", "connections"))
    done = [f"{attackers.total(name):,} {words}" for name, words in parts if attackers.total(name)]
    return ", ".join(done) or "nothing"


class Progress:
    """What is going on, on a terminal in one line that is written over, else a line now and then."""

    PAUSE_SECONDS = 10

    def __init__(self):
        self.due = 0.0

    def show(self, line):
        if sys.stderr.isatty():
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
        elif time.monotonic() >= self.due:
            self.due = time.monotonic() + self.PAUSE_SECONDS
            print(line, file=sys.stderr, flush=True)


show = Progress().show
