"""The attackers: processes that work until they are told to stop, and count what they do."""

import multiprocessing
import signal

# Without copies of the modules: a process of an attack starts in a moment.
FORK = multiprocessing.get_context("fork")

COUNTS = ("requests", "reports", "connections", "taken", "refused", "broken")


class Tally:
    """What one attacker did. Each has a row of its own in memory that all share, so nobody waits."""

    def __init__(self, rows, row, is_over):
        self.rows, self.row, self.is_over_flag = rows, row, is_over

    def add(self, name, count=1):
        self.rows[self.row * len(COUNTS) + COUNTS.index(name)] += count

    def count_answer(self, status, reports=0):
        self.add("requests")
        if status is None:
            self.add("broken")
        elif status == 204:
            self.add("taken")
            self.add("reports", reports)
        else:
            self.add("refused")

    @property
    def is_over(self):
        return self.is_over_flag.value


class Attackers:
    """All attackers of one attack."""

    ROWS_MAX = 64

    def __init__(self):
        self.rows = FORK.RawArray("q", self.ROWS_MAX * len(COUNTS))
        self.is_over = FORK.RawValue("b", 0)
        self.workers = []

    def add(self, work, *arguments, until_done=False):
        """Starts `work(tally, *arguments)`. With `until_done` the attack lasts until it returns."""
        tally = Tally(self.rows, len(self.workers), self.is_over)
        worker = FORK.Process(target=run, args=(work, tally, arguments), daemon=True)
        worker.start()
        self.workers.append((worker, until_done))

    def total(self, name):
        return sum(self.rows[COUNTS.index(name) :: len(COUNTS)])

    def is_done(self):
        """Whether all that were to be waited for have returned."""
        awaited = [worker for worker, until_done in self.workers if until_done]
        return bool(awaited) and not any(worker.is_alive() for worker in awaited)

    def has_failed(self):
        """Whether one broke, so that the attack was not what it should be. To be asked before the stop."""
        return any(worker.exitcode not in (0, None) for worker, _ in self.workers)

    def stop(self):
        self.is_over.value = 1
        for worker, _ in self.workers:
            worker.join(5)
            if worker.is_alive():
                # It waits for an answer that may never come.
                worker.kill()
                worker.join()


def run(work, tally, arguments):
    # An interrupt from the keyboard is for the parent, which stops all.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    work(tally, *arguments)
