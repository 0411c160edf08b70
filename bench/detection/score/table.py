"""The outcomes as a Markdown table."""

from dataclasses import dataclass

from score.check import Outcome

# Columns of texts come first.
TRACES = (
    "trace", "kind", "requests", "days", "caught", "victims until", "time until", "false pages",
    "false tickets a day", "verdict",
)
KINDS = (
    "trace", "kind", "requests", "caught", "paged at network", "false pages", "false tickets a day", "verdict",
)


def header(columns):
    return _row(columns) + "\n| --- | --- |" + " ---: |" * (len(columns) - 3) + " --- |"


def _row(cells):
    return "| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |"


@dataclass
class Row:
    """A trace's size and what came of it."""

    name: str
    kind: str
    requests: int
    days: float
    outcome: Outcome


def line(columns, row):
    outcome = row.outcome
    cells = {
        "trace": row.name, "kind": row.kind, "requests": row.requests, "days": f"{row.days:.0f}",
        "caught": f"{outcome.caught}/{outcome.musts}" if outcome.musts else "-",
        "victims until": "-" if outcome.victims is None else outcome.victims,
        "time until": "-" if outcome.seconds is None else duration(outcome.seconds),
        "paged at network": "-" if outcome.network is None else outcome.network,
        "false pages": outcome.false_pages,
        "false tickets a day": f"{outcome.false_tickets / max(row.days, 1):.2f}",
        "verdict": "PASS" if outcome.passed else "FAIL: " + "; ".join(outcome.reasons),
    }
    return _row(cells[column] for column in columns)


def total(columns, rows):
    """The last line."""
    outcomes = [row.outcome for row in rows]
    days = sum(row.days for row in rows)
    tickets = sum(outcome.false_tickets for outcome in outcomes)
    failed = sum(not outcome.passed for outcome in outcomes)
    cells = {
        "trace": f"**{len(rows)} traces**", "requests": sum(row.requests for row in rows), "days": f"{days:.0f}",
        "caught": f"{sum(o.caught for o in outcomes)}/{sum(o.musts for o in outcomes)}",
        "false pages": sum(outcome.false_pages for outcome in outcomes),
        "false tickets a day": f"{tickets / max(days, 1):.2f}",
        "verdict": f"{failed} FAIL" if failed else "PASS",
    }
    return _row(cells.get(column, "") for column in columns)


def duration(seconds):
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"
