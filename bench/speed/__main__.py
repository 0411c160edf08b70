"""CPU per request of a collector, as ratios to bare servers that are driven at the same rate in the same run.

usage: python3 -m speed PROGRAM TOOLS [quick] [SCENARIO...] | soak

PROGRAM is a release build of cspwatch, TOOLS the directory of `load` and `floor` (bench/load).
"""

import os
import resource
import statistics
import sys
import time

from speed.rounds import Length, measure
from speed.scenarios import SCENARIOS
from speed.soak import soak
from speed.rig import Rig

USUAL = Length(rounds=5, seconds=14, floor_seconds=6)
QUICK = Length(rounds=2, seconds=6, floor_seconds=3)
# Syncs whose times are printed beside the latencies.
SYNCS = 500

COLUMNS = (
    "scenario",
    "saturated at",
    "driven at",
    "collector, µs of CPU",
    "parse floor",
    "ratio (spread)",
    "read floor",
    "ratio",
    "p50 / p99, ms",
    "parse floor's",
    "RSS: idle, end, peak",
    "others",
)


def row(cells):
    return "| " + " | ".join(cells) + " |"


def cells(scenario, measured):
    def micros(who):
        return f"{measured.median(who, 'cpu_us'):.1f}"

    def latency(who):
        p50, p99 = measured.median(who, "p50") / 1000, measured.median(who, "p99") / 1000
        return f"{p50:.2f} / {p99:.2f}"

    parse, read = measured.ratios("parse"), measured.ratios("read")
    return [
        scenario.name,
        f"{measured.saturation.rate:,.0f} ({measured.saturation.busy:.0%})",
        f"{measured.rate:,.0f}",
        micros("collector"),
        micros("parse"),
        f"**{statistics.median(parse):.2f}** ({parse[0]:.2f} to {parse[-1]:.2f})",
        micros("read"),
        f"{statistics.median(read):.2f}",
        latency("collector"),
        latency("parse"),
        "{}, {}, {}".format(*measured.memory),
        f"{measured.median('collector', 'others'):.0%}",
    ]


def sync_millis(place):
    """The median and the 99th percentile of fdatasync after 4 KiB, on the journal's disk."""
    times = []
    file = os.open(f"{place}/sync", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for _ in range(SYNCS):
        os.write(file, bytes(4096))
        started = time.monotonic()
        os.fdatasync(file)
        times.append((time.monotonic() - started) * 1000)
    os.close(file)
    times.sort()
    return times[SYNCS // 2], times[SYNCS * 99 // 100]


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    program, tools, *names = sys.argv[1:]
    # Inherited by the servers and the load.
    _, files_max = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files_max, files_max))
    if names == ["soak"]:
        with Rig(program, tools) as rig:
            return soak(rig)
    length = QUICK if "quick" in names else USUAL
    names = [name for name in names if name != "quick"] or [
        name for name, scenario in SCENARIOS.items() if not scenario.only_named
    ]
    if unknown := [name for name in names if name not in SCENARIOS]:
        sys.exit(f"there is no scenario {', '.join(unknown)}; there are {', '.join(SCENARIOS)}")
    with Rig(program, tools) as rig:
        print("fdatasync of 4 KiB, ms: p50 %.2f, p99 %.2f" % sync_millis(rig.place))
        print(f"{length.rounds} rounds, collector and floors in turns, medians; requests a second (share of its core")
        print("that the collector used), µs of CPU per request, MiB; others: share of that core that went to others\n")
        print(row(COLUMNS) + "\n" + row(["---"] * len(COLUMNS)), flush=True)
        for name in names:
            scenario = SCENARIOS[name]
            measured = measure(rig, name, scenario, length)
            print(row(cells(scenario, measured)), flush=True)
            _, _, peak = measured.memory
            if scenario.peak_max is not None and peak > scenario.peak_max:
                sys.exit(f"bench/run speed: {name} took {peak} MiB, more than {scenario.peak_max}")


main()
