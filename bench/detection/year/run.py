"""Runs the year in each deployment with each seed, and prints the tables."""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from year import report
from year.deployment import DEPLOYMENTS
from year.measure import measure
from year.stream import Year


def options(arguments):
    parser = argparse.ArgumentParser(prog="year", description=__doc__)
    parser.add_argument("--weeks", type=int, default=26, help="at least 3")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sessions", type=int, default=20_000, help="a day; a small shop has a twentieth")
    parser.add_argument("--jobs", type=int, default=max(1, os.cpu_count() // 2), help="each takes two cores")
    parser.add_argument("--only", default="", help="deployments with this in their name, or of exactly this name")
    return parser.parse_args(arguments)


def chosen(only):
    exact = [one for one in DEPLOYMENTS if one.name == only]
    return exact or [one for one in DEPLOYMENTS if only in one.name]


def one_run(program, wanted, job):
    deployment, seed = job
    return measure(program, Year(deployment, str(seed), wanted.weeks, wanted.sessions))


def run(program, arguments):
    """Exit code 1 where a deployment is short of a goal."""
    wanted = options(arguments)
    jobs = [(one, seed) for one in chosen(wanted.only) for seed in range(1, wanted.seeds + 1)]
    print(report.header(report.COLUMNS), flush=True)
    runs, lines = [], []
    with ProcessPoolExecutor(wanted.jobs) as processes:
        for found in processes.map(partial(one_run, program, wanted), jobs):
            runs.append(found)
            if len(runs) % wanted.seeds == 0:
                lines.append(report.deployment_line(runs[-wanted.seeds:]))
                print(lines[-1], flush=True)
    for table in (report.theft_lines(runs), report.curve_lines(runs)):
        print()
        print(*table, sep="\n")
    return 0 if all(line.endswith("| - |") for line in lines) else 1
