"""What a report takes in the journal: a violation that is new to its segment, and one that is there already.

usage: bench/journal.py PROGRAM TOOLS

PROGRAM is a release build of cspwatch, TOOLS the directory of `load` (bench/load). There is no ClickHouse, so everything
stays. First all violations are distinct, then 95 % repeat others; the second run's new ones are taken for those of the first.
"""

import os
import subprocess
import sys

import backlog
from services import Services, free_port, metric

LOAD = ["--connections", "64", "--rate", "8000", "--seconds", "20"]
JOURNAL_MIB = 1024
REPORTS = 'cspwatch_reports_total{{site="shop",kind="csp",outcome="{outcome}"}}'


def run(program, tools, repetitions):
    """Bytes of the journal, new and folded reports."""
    with Services(program, "journal") as services:
        public, admin = free_port(), free_port()
        # Nobody listens on port 9.
        config = backlog.CONFIG.format(public=public, admin=admin, clickhouse=9, place=services.place, mib=JOURNAL_MIB)
        collector = services.collector(config, admin)
        url = f"http://127.0.0.1:{public}/report"
        command = [f"{tools}/load", "--url", url, "--repetitions", str(repetitions), *LOAD]
        subprocess.run(command, stdout=services.log, check=True)
        new, folded = (metric(admin, REPORTS.format(outcome=outcome)) for outcome in ("new", "folded"))
        services.end(collector)
        journal = f"{services.place}/journal"
        segments = [name for name in os.listdir(journal) if name.startswith("segment")]
        return sum(os.path.getsize(f"{journal}/{name}") for name in segments), new, folded


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    size, new, _ = run(*sys.argv[1:], 0)
    fresh = size / new
    print(f"new to its segment: {fresh:.1f} bytes ({new:,.0f} reports, {size:,} bytes)")
    size, new, folded = run(*sys.argv[1:], 0.95)
    print(f"there already: {(size - new * fresh) / folded:.1f} bytes ({folded:,.0f} beside {new:,.0f} new, {size:,} bytes)")


main()
