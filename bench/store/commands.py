"""What a person waits for: whole commands, asked about the worst there is."""

import os
import statistics
import subprocess
import sys
import time

from .questions import DAY, world_of
from .rig import DAYS, settle

RUNS = 10
SECONDS_MAX = 1.0
FORMATS = ("", "--json", "--csv", "--html")


def measure(rig, rows):
    clickhouse = rig.database("big", DAYS, rows)
    settle(clickhouse)
    end = int(clickhouse.ask("SELECT toUnixTimestamp(toDateTime(max(toDate(received_at)), 'UTC')) FROM reports")) * 1000 + DAY
    world = world_of(clickhouse, end)
    # The destination with most sightings on the largest site.
    destination, sightings = clickhouse.lines(
        "SELECT destination, count() FROM sightings WHERE site = {site:String} AND destination != '' "
        "GROUP BY destination ORDER BY count() DESC LIMIT 1", {"site": world["site"]})[0]
    print(f"incident {destination} --site {world['site']}: {int(sightings):,} sightings\n")
    print("| | s, median | s, longest |\n| --- | ---: | ---: |")
    missed = []
    for form in FORMATS:
        seconds = [run(rig, destination, world["site"], form) for _ in range(RUNS + 2)][2:]
        print(f"| `{form or 'text'}` | {statistics.median(seconds):.2f} | {max(seconds):.2f} |", flush=True)
        if not form and statistics.median(seconds) > SECONDS_MAX:
            missed.append(f"incident takes {statistics.median(seconds):.2f} s")
    if missed:
        sys.exit("bench/store: missed: " + "; ".join(missed))


def run(rig, destination, site, form):
    """The seconds from the command to the end of its answer."""
    environment = os.environ | {
        "CSPWATCH__CLICKHOUSE__URL": f"http://127.0.0.1:{rig.port}",
        "CSPWATCH__CLICKHOUSE__DATABASE": "big",
    }
    command = [rig.program, "incident", destination, "--site", site] + ([form] if form else [])
    started = time.monotonic()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - started
