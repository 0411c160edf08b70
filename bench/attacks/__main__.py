"""Attacks a collector in every known way, and reports what it cost and what was left for an honest client.

usage: python3 -m attacks PROGRAM [NAME...]

Fails when a collector takes 512 MiB or dies, when promtool cannot read its metrics or there are 10,000
series, when an honest report that was answered 204 is not stored, or when one of the two real sightings amid the
attack is not answered 204, stored once, exported and, where Prometheus looks on, alerted.
"""

import resource
import sys
import time

from attacks import catalogue
from attacks.assault import assault
from attacks.rig import Rig

# Four figures for each honest client: reports sent, failed, milliseconds of the median and of the worst.
COLUMNS = (
    "attack",
    "sent",
    "peak RSS, MiB",
    "honest before",
    "honest beside",
    "newcomers beside",
    "the sightings",
    "series",
    "the collector counted",
)


def row(cells):
    return "| " + " | ".join(cells) + " |"


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program, names = sys.argv[1], sys.argv[2:] or list(catalogue.ATTACKS)
    if unknown := [name for name in names if name not in catalogue.ATTACKS]:
        sys.exit(f"there is no attack {', '.join(unknown)}; there are {', '.join(catalogue.ATTACKS)}")
    # Inherited by the collector and by the attackers.
    _, files_max = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files_max, files_max))
    started, outcomes = time.monotonic(), []
    with Rig(program, "attacks") as rig:
        for name in names:
            outcomes.append(assault(rig, name, catalogue.ATTACKS[name]))
            for problem in outcomes[-1].problems:
                print(f"{name}: {problem}", file=sys.stderr, flush=True)
    print(f"\n{time.monotonic() - started:.0f} s; open files at most {files_max:,}\n")
    print(row(COLUMNS) + "\n" + row(["---"] * len(COLUMNS)))
    for outcome in outcomes:
        print(row(outcome.cells()))
    if any(outcome.problems for outcome in outcomes):
        sys.exit(1)


main()
