"""The outcomes as a Markdown table."""

COLUMNS = (
    "trace", "kind", "requests", "days", "caught", "victims until", "time until", "false pages",
    "false tickets a day", "verdict",
)


def header():
    return "| " + " | ".join(COLUMNS) + " |\n" + "| --- | --- |" + " ---: |" * 7 + " --- |"


def row(name, kind, trace, outcome):
    days = max(trace.days, 1.0)
    cells = (
        name, kind, len(trace), f"{trace.days:.0f}",
        f"{outcome.caught}/{outcome.musts}" if outcome.musts else "-",
        "-" if outcome.victims is None else outcome.victims,
        "-" if outcome.seconds is None else duration(outcome.seconds),
        outcome.false_pages, f"{outcome.false_tickets / days:.2f}",
        "PASS" if outcome.passed else "FAIL: " + "; ".join(outcome.reasons),
    )
    return "| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |"


def total(rows):
    """The last line: `rows` are `(trace, outcome)`."""
    requests = sum(len(trace) for trace, _ in rows)
    days = sum(max(trace.days, 1.0) for trace, _ in rows)
    outcomes = [outcome for _, outcome in rows]
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
