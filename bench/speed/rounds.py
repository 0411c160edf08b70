"""Drives the collector and the floors in turns, and compares what they used."""

import json
import statistics
import subprocess
import sys
from dataclasses import dataclass, field

from speed.rig import core_seconds

# Seconds of a load before its latencies count.
WARM_UP = 1


@dataclass
class Length:
    """How long is measured."""

    rounds: int
    # Long enough that segments are sealed and sent while it goes on.
    seconds: int
    floor_seconds: int


@dataclass
class Drive:
    """What one load did to one server."""

    cpu_us: float
    # Shares of the server's cores: what it used, and what other processes did.
    busy: float
    others: float
    rate: float
    p50: int
    p99: int


@dataclass
class Measured:
    """A scenario's figures."""

    saturation: Drive
    rate: float
    drives: dict = field(default_factory=lambda: {"collector": [], "parse": [], "read": []})
    # MiB: before anything came, at the end, and the most.
    memory: tuple = ()

    def median(self, who, what):
        return statistics.median(getattr(drive, what) for drive in self.drives[who])

    def ratios(self, floor):
        """Of each round, the collector's to a floor's; the least first."""
        pairs = zip(self.drives["collector"], self.drives[floor])
        return sorted(drive.cpu_us / least.cpu_us for drive, least in pairs)


def measure(rig, key, scenario, length):
    """Finds the collector's saturation, then drives all three at one rate, one after the other."""
    rig.use(scenario.threads)
    collector = rig.collector_for(key, scenario)
    floors = {mode: rig.floor(mode, scenario.over_tls) for mode in ("parse", "read")}
    idle = collector.rss()
    saturation = drive(rig, collector, scenario, 0, length.seconds, seed=1)
    measured = Measured(saturation, saturation.rate * scenario.share)
    for number in range(1 if scenario.seconds else length.rounds):
        for who, server in {"collector": collector, **floors}.items():
            seconds = scenario.seconds or length.seconds if who == "collector" else length.floor_seconds
            driven = drive(rig, server, scenario, measured.rate, seconds, seed=2 + number)
            measured.drives[who].append(driven)
    measured.memory = (idle, collector.rss(), collector.peak())
    for server in (collector, *floors.values()):
        rig.end(server.process)
    rig.forget(key)
    return measured


def drive(rig, server, scenario, rate, seconds, seed):
    """CPU per request counts from the first connection until all that came is stored."""
    before, cores_before = server.cpu(), core_seconds(rig.measured_cores)
    answered = send(rig, server, scenario, rate, seconds, seed)
    used, cores_used = server.cpu() - before, core_seconds(rig.measured_cores) - cores_before
    server.rest()
    requests, latency = answered["requests_with_warmup"], answered["latency_us"]
    return Drive(
        cpu_us=(server.cpu() - before) / requests * 1e6,
        busy=used / (seconds + WARM_UP) / rig.threads,
        others=max(0, cores_used - used) / (seconds + WARM_UP) / rig.threads,
        rate=answered["rate"],
        p50=latency["p50"],
        p99=latency["p99"],
    )


def send(rig, server, scenario, rate, seconds, seed):
    """Lets the load go; what it says."""
    command = [*rig.load_cores, f"{rig.tools}/load", "--url", server.url, *scenario.options]
    command += ["--rate", str(rate), "--seconds", str(seconds), "--warmup", str(WARM_UP)]
    finished = subprocess.run([*command, "--seed", str(seed)], stdout=subprocess.PIPE, text=True)
    if finished.returncode:
        sys.exit(f"bench/run speed: wrong answers: {finished.stdout}")
    return json.loads(finished.stdout)
