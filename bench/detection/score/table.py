"""The outcomes as a Markdown table."""

from dataclasses import dataclass

from score.check import Outcome

COLUMNS = (
    "trace", "kind", "requests", "days", "caught", "victims until", "time until", "false pages",
    "false tickets a day", "verdict",
)


def header():
    return "| " + " | ".join(COLUMNS) + " |\n" + "| --- | --- |" + " ---: |" * 7 + " --- |"


@dataclass
class Row:
    """A trace's size and what came of it."""

    name: str
    kind: str
    requests: int
    days: float
    outcome: Outcome


def line(row):
    outcome = row.outcome
    cells = (
        row.name, row.kind, row.requests, f"{row.days:.0f}",
        f"{outcome.caught}/{outcome.musts}" if outcome.musts else "-",
        "-" if outcome.victims is None else outcome.victims,
        "-" if outcome.seconds is None else duration(outcome.seconds),
        outcome.false_pages, f"{outcome.false_tickets / max(row.days, 1):.2f}",
        "PASS" if outcome.passed else "FAIL: " + "; ".join(outcome.reasons),
    )
    return "| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |"


def total(rows):
    """The last line."""
    requests, days = sum(row.requests for row in rows), sum(row.days for row in rows)
    outcomes = [row.outcome for row in rows]
    caught, musts = sum(o.caught for o in outcomes), sum(o.musts for o in outcomes)
    tickets = sum(o.false_tickets for o in outcomes)
    failed = sum(not o.passed for o in outcomes)
    cells = (
        f"**{len(rows)} traces**", "", requests, f"{days:.0f}", f"{caught}/{musts}", "", "",
        sum(o.false_pages for o in outcomes), f"{tickets / max(days, 1):.2f}",
        f"{failed} FAIL" if failed else "PASS",
    )
    return "| " + " | ".join(map(str, cells)) + " |"


def duration(seconds):
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"
