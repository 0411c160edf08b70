"""The year's tables."""

from statistics import median

from score import backtest
from year.measure import WEEK, at_threshold
from year.stream import START

GOAL_PAGES, GOAL_PAGES_FIRST, GOAL_TICKETS = 1, 3, 5
THRESHOLDS = (3, 4, 5, 6, 7, 8, 10, 12)
COLUMNS = (
    "deployment", "requests", "false pages a week", "in the first week", "after it, in all", "destinations paged",
    "tickets a week after the second", "digests a day", "false silences", "recall",
    "network at the page: min / median / max", "thefts in time", "short of the goals",
)


def row(line):
    return "| " + " | ".join(str(cell) for cell in line) + " |"


def header(columns, texts=1):
    return row(columns) + "\n|" + " --- |" * texts + " ---: |" * (len(columns) - texts)


def by_seed(values, form="{}"):
    return " / ".join(form.format(value) for value in values)


def deployment_line(runs):
    """One deployment, with the figures of each seed."""
    weeks = runs[0].weeks
    after = [sum(page["time"] >= START + WEEK for page in run.pages) for run in runs]
    late = [
        sum(alert["time"] >= START + 2 * WEEK for alert in run.tickets + run.silences) / max(1, weeks - 2)
        for run in runs]
    caught = [one for run in runs for one in run.caught]
    networks = [one.network for one in caught if one.network is not None]
    return row((
        runs[0].deployment.name, by_seed(run.requests for run in runs),
        by_seed((len(run.pages) / weeks for run in runs), "{:.1f}"),
        by_seed(len(run.pages) - count for run, count in zip(runs, after)), by_seed(after),
        by_seed(len(set().union(*map(backtest.destinations, run.pages))) for run in runs),
        by_seed(late, "{:.1f}"), by_seed((len(run.digests) / (weeks * 7) for run in runs), "{:.1f}"),
        by_seed(len(run.silences) for run in runs), f"{len(networks)} of {len(caught)}", spread(networks),
        f"{sum(one.in_time for one in caught)} of {len(caught)}", "; ".join(shortfalls(runs, after, late)) or "-"))


def spread(networks):
    return f"{min(networks)} / {median(networks):g} / {max(networks)}" if networks else "-"


def shortfalls(runs, after, late):
    """The goals are those of half a year; a shorter run must keep them too."""
    first = max(len(run.pages) - count for run, count in zip(runs, after))
    quarters = max(1, runs[0].weeks / 13)
    found = {
        "pages": max(after) > GOAL_PAGES,
        "pages of the first week": first > GOAL_PAGES_FIRST and runs[0].deployment.three_d_secure,
        "tickets": max(late) > GOAL_TICKETS,
        "digests": max(len(run.digests) / run.weeks / 7 for run in runs) > 1,
        "silences": max(len(run.silences) for run in runs) > quarters,
        "thefts": not all(one.in_time for run in runs for one in run.caught if one.theft.networks >= one.theft.goal),
    }
    return [name for name, is_short in found.items() if is_short]


def theft_lines(runs):
    """By kind of theft and deployment: at which network it was paged."""
    names = list(dict.fromkeys(run.deployment.name for run in runs))
    yield header(("planted theft", "goal with csp-hash", *names), 1)
    kinds = {}
    for run in runs:
        for one in run.caught:
            kinds[one.theft.name] = min(kinds.get(one.theft.name, one.theft.goal), one.theft.goal)
    for kind, goal in sorted(kinds.items()):
        cells = [_networks_of(kind, [run for run in runs if run.deployment.name == name]) for name in names]
        yield row((kind, goal, *cells))


def _networks_of(kind, runs):
    """By seed: the network at the page, or how many reported it in vain."""
    found = [one for run in runs for one in run.caught if one.theft.name == kind]
    return by_seed(f"none of {one.theft.networks}" if one.network is None else one.network for one in found)


def curve_lines(runs):
    """False pages a week against the network at the page, by threshold of the score."""
    yield header((
        "page at a score of", "false pages a week after the first", "recall",
        "network at the page: min / median / max"))
    has_score = any("score" in alert for run in runs for alert in run.alerts)
    for threshold in THRESHOLDS if has_score else (0,):
        results = [at_threshold(run, threshold) for run in runs]
        weeks = sum(run.weeks - 1 for run in runs)
        networks = [network for _, found in results for network in found]
        paged = [network for network in networks if network is not None]
        yield row((
            threshold if has_score else "none is printed: as severities say",
            f"{sum(count for count, _ in results) / max(1, weeks):.2f}", f"{len(paged)} of {len(networks)}",
            spread(paged)))
