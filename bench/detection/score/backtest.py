"""Runs `PROGRAM backtest` over a trace and reads what it prints (contract of the command: one JSON object a
line, an alert when it starts and when its severity rises, last a summary)."""

import json
import subprocess
from datetime import datetime

KEYS = {"at", "alert", "site", "page_group", "destination", "severity", "reports", "clients", "reasons"}
ALERTS = {
    "unknown_destination", "card_data_in_url", "integrity", "script_changed", "policy_changed", "site_silent",
    "report_flood", "inline_script", "destinations_digest", "host_not_configured",
}


class Failed(Exception):
    """The program did not do what the contract says."""


def run(program, config, trace_file):
    """The alerts, each with its `time` in seconds, and the summary."""
    command = [program, "backtest", "--config", config, trace_file]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(f"exit {done.returncode}: {done.stderr.strip()[-300:]}")
    return read(done.stdout)


def read(output):
    lines = [json.loads(line) for line in output.splitlines() if line.strip()]
    if not lines or "summary" not in lines[-1]:
        raise Failed("the last line is no summary")
    return [alert(line) for line in lines[:-1]], lines[-1]["summary"]


def alert(line):
    if missing := KEYS - line.keys():
        raise Failed(f"an alert without {', '.join(sorted(missing))}: {line}")
    if line["severity"] not in ("page", "ticket"):
        raise Failed(f"severity {line['severity']!r}")
    if line["alert"] not in ALERTS:
        raise Failed(f"alert {line['alert']!r}")
    check_finding(line)
    return line | {"time": datetime.fromisoformat(line["at"]).timestamp()}


def check_finding(line):
    """What a line has where several destinations are one finding, and where there is a score."""
    if "destinations" in line and (len(line["destinations"]) < 2 or line["destinations"][0] != line["destination"]):
        raise Failed(f"destinations {line['destinations']} of {line['destination']!r}")
    if "score" in line and not isinstance(line["score"], (int, float)):
        raise Failed(f"score {line['score']!r}")
    if "score" in line and "evidence" not in line:
        raise Failed(f"a score without its evidence: {line}")
    for part in line.get("evidence", ()):
        if part.keys() != {"part", "weight", "text"}:
            raise Failed(f"evidence {part}")


def destinations(alert):
    """All that an alert is about."""
    return {name for name in (alert["destination"], *alert.get("destinations", ())) if name}
