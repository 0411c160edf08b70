"""An honest client: one distinct report after the other, each in its own time, with a browser's patience."""

import functools
import http.client
import time

from attacks import reports, wire
from attacks.attackers import FORK

PATIENCE_SECONDS = 5
# When a report was sent: before the attack, or beside it.
BEFORE, BESIDE, OVER = range(3)


class Honest:
    """A process that posts. `fresh`: each report over a connection of its own, as of a browser that comes."""

    def __init__(self, name, target, network, pause, fresh=False):
        self.phase = FORK.RawValue("b", BEFORE)
        self.results, sender = FORK.Pipe(duplex=False)
        arguments = (sender, self.phase, target, name, network, pause, fresh)
        self.process = FORK.Process(target=work, args=arguments, daemon=True)
        self.process.start()
        # Now only the process has it: should it break, that is heard of.
        sender.close()

    def figures(self):
        """Ends it; what became of the reports before and beside the attack."""
        self.phase.value = OVER
        posted = self.results.recv()
        self.process.join()
        return [Figures([post for post in posted if post[0] == phase]) for phase in (BEFORE, BESIDE)]


class Figures:
    """What became of an honest client's reports."""

    def __init__(self, posted):
        self.sent = len(posted)
        self.failures = [outcome for _, outcome, _ in posted if outcome != 204]
        millis = sorted(1000 * seconds for _, _, seconds in posted)
        self.p50 = millis[len(millis) // 2] if millis else 0
        self.worst = millis[-1] if millis else 0

    @property
    def taken(self):
        return self.sent - len(self.failures)

    def __str__(self):
        return f"{self.sent} / {len(self.failures)} / {self.p50:.1f} / {self.worst:.0f}"


def connect(target):
    if target.over_tls:
        context = wire.tls_context()
        make, port = functools.partial(http.client.HTTPSConnection, context=context), target.https
    else:
        make, port = http.client.HTTPConnection, target.http
    return make("127.0.0.1", port, timeout=PATIENCE_SECONDS)


def post(connection, report, client, browser=()):
    """The status of the answer, or the name of what went wrong. `browser`: the header fields of one."""
    headers = {"Content-Type": "application/reports+json", "X-Forwarded-For": client} | dict(browser)
    try:
        connection.request("POST", "/report", reports.body_of([report]), headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        return type(error).__name__


def work(sender, phase, target, name, network, pause, fresh):
    connection, posted, due = connect(target), [], time.monotonic()
    while (now := phase.value) != OVER:
        # Of the shop's own: nothing that alerts. Each client stays far below its quota.
        blocked = f"https://shop.example/{name}/n{len(posted)}"
        client = f"{network}.{1 + len(posted) % 250}"
        started = time.monotonic()
        outcome = post(connection, reports.violation("https://shop.example/", blocked, "img-src"), client)
        posted.append((now, outcome, time.monotonic() - started))
        if fresh:
            connection.close()
        due = max(due + pause, time.monotonic())
        time.sleep(max(0.0, due - time.monotonic()))
    sender.send(posted)
