"""Variables and macros of Grafana, as they stand in queries."""

import datetime
import re

# How many points a panel is wide, which decides how far they lie apart.
POINTS = 300
SCRAPE_SECONDS = 5


class Times:
    """The time that a dashboard shows, in milliseconds since 1970."""

    def __init__(self, start, end):
        self.end = moment(end, datetime.datetime.now(datetime.timezone.utc))
        self.start = moment(start, self.end)
        self.from_ms, self.to_ms = (round(at.timestamp() * 1000) for at in (self.start, self.end))

    @property
    def step_seconds(self):
        return max(SCRAPE_SECONDS, (self.to_ms - self.from_ms) // 1000 // POINTS)

    def values(self):
        step = self.step_seconds
        return {
            "__from": str(self.from_ms),
            "__to": str(self.to_ms),
            "__interval": f"{step}s",
            "__interval_ms": str(1000 * step),
            "__rate_interval": f"{max(step + SCRAPE_SECONDS, 4 * SCRAPE_SECONDS)}s",
        }


def moment(text, now):
    """`now`, `now-7d`, or a date and time in ISO 8601."""
    if relative := re.fullmatch(r"now(?:-(\d+)([mhd]))?", text):
        number, unit = relative.groups(default="0")
        return now - datetime.timedelta(**{{"m": "minutes", "h": "hours", "d": "days", "0": "days"}[unit]: int(number)})
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return at if at.tzinfo else at.replace(tzinfo=datetime.timezone.utc)


def expand(text, times, chosen):
    """`chosen`: name of a variable -> its values. Fails where something is left that Grafana would not know either."""
    known = times.values()

    def value(match):
        name, form = match["braced"] or match["bare"], match["form"]
        if name in known:
            return known[name]
        if name not in chosen:
            raise ValueError(f"there is no variable {name}: {text}")
        return formatted(chosen[name], form)

    return re.sub(r"\$(?:\{(?P<braced>\w+)(?::(?P<form>\w+))?\}|(?P<bare>\w+))", value, text)


def formatted(values, form):
    """Values in one of the forms of Grafana's variables."""
    if form == "sqlstring":
        return ",".join("'" + value.replace("'", "''") + "'" for value in values) or "''"
    if form == "regex":
        escaped = [re.sub(r"[.*+?^${}()|\[\]\\/]", lambda special: "\\\\" + special[0], value) for value in values]
        return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"
    if form is None and len(values) == 1:
        return values[0]
    raise ValueError(f"a variable of {len(values)} values has no form {form}")
