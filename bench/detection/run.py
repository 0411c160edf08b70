"""The detection bench: traces with known answers, run through `backtest`.

usage: bench/detection/run.py [--seed N] PROGRAM [TRACE...]      prints the table; exit 1 when a trace fails
       bench/detection/run.py [--seed N] PROGRAM kinds           the same for the kinds of the second design
       bench/detection/run.py PROGRAM year [OPTION...]           a year in each deployment; `year --help`
       bench/detection/run.py [--seed N] --write DIR [TRACE...]  writes traces and answers, to be looked at
       bench/detection/run.py --list                             names the traces
       bench/detection/run.py --self-test                        bodies against recordings, the checker
"""

import dataclasses
import json
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
import unittest
from pathlib import Path

sys.dont_write_bytecode = True

from score import backtest, table  # noqa: E402
from score.check import Outcome, check  # noqa: E402
from traces import KINDS, TRACES  # noqa: E402
from world.trace import Trace, text_of  # noqa: E402
from year import run as year  # noqa: E402

HERE = Path(__file__).parent
ALL = TRACES | KINDS
SEED = "1"


def build(name, seed):
    """A trace and its answer."""
    trace = Trace(name, seed)
    return trace, ALL[name][1](trace)


def write(trace, file):
    with open(file, "w", encoding="utf-8", errors="surrogatepass") as out:
        for line in trace.lines():
            out.write(line + "\n")


def measure(program, trace, answer):
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "trace.ndjson"
        write(trace, file)
        try:
            alerts, summary = backtest.run(program, HERE / trace.config, file)
        except backtest.Failed as reason:
            return Outcome(musts=len(answer.must), reasons=[f"backtest: {reason}"])
    return check(trace, answer, alerts, summary)


def row_of(program, seed, name):
    trace, answer = build(name, seed)
    outcome = measure(program, trace, answer)
    return table.Row(name, ALL[name][0], len(trace), trace.days, outcome)


def run(program, names, seed):
    columns = table.KINDS if set(names) <= KINDS.keys() else table.TRACES
    print(table.header(columns), flush=True)
    rows = []
    with ProcessPoolExecutor() as processes:
        for row in processes.map(partial(row_of, program, seed), names):
            rows.append(row)
            print(table.line(columns, row), flush=True)
    print(table.total(columns, rows))
    return 0 if all(row.outcome.passed for row in rows) else 1


def write_all(place, names, seed):
    place = Path(place)
    place.mkdir(parents=True, exist_ok=True)
    for name in names:
        trace, answer = build(name, seed)
        write(trace, place / f"{name}.ndjson")
        known = dataclasses.asdict(answer) | {"kind": ALL[name][0], "about": ALL[name][1].__doc__}
        text = json.dumps(known, indent=1, ensure_ascii=False, default=sorted)
        (place / f"{name}.answer.json").write_text(text + "\n", encoding="utf-8")
        print(f"{name}: {len(trace)} requests")
        for must in answer.must:
            print(f"  {must.severity} {must.why}, by {text_of(must.by)}")
    return 0


def main(arguments):
    seed = SEED
    if arguments[:1] == ["--seed"]:
        seed, arguments = arguments[1], arguments[2:]
    if arguments == ["--list"]:
        for name, (kind, function) in ALL.items():
            print(f"{name} ({kind}): {' '.join(function.__doc__.split())}")
        return 0
    if arguments == ["--self-test"]:
        found = unittest.defaultTestLoader.discover(HERE / "tests", top_level_dir=HERE)
        return 0 if unittest.TextTestRunner().run(found).wasSuccessful() else 1
    if arguments[1:2] == ["year"]:
        return year.run(arguments[0], arguments[2:])
    is_writing = arguments[:1] == ["--write"]
    arguments = arguments[is_writing:]
    names = list(KINDS) if arguments[1:] == ["kinds"] else arguments[1:] or list(TRACES)
    if not arguments or arguments[0].startswith("-") or not set(names) <= ALL.keys():
        print(__doc__, file=sys.stderr)
        return 64
    return (write_all if is_writing else run)(arguments[0], names, seed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
