"""Asks a ClickHouse over HTTP, and hears what an answer cost."""

import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request


class ClickHouse:
    """One database of a server on loopback."""

    def __init__(self, port, database):
        self.url = f"http://127.0.0.1:{port}/"
        self.database = database

    def ask(self, sql, parameters=None, **settings):
        """The answer's text."""
        return self.measure(sql, parameters, **settings)[0]

    def measure(self, sql, parameters=None, **settings):
        """The answer's text, the seconds until all of it was here, and the rows that were read."""
        arguments = {f"param_{name}": value for name, value in (parameters or {}).items()}
        arguments |= {"database": self.database, "wait_end_of_query": 1} | settings
        request = urllib.request.Request(self.url + "?" + urllib.parse.urlencode(arguments), sql.encode())
        started = time.monotonic()
        try:
            with urllib.request.urlopen(request) as answer:
                text = answer.read().decode().rstrip("\n")
                seconds = time.monotonic() - started
                summary = json.loads(answer.headers["X-ClickHouse-Summary"])
        except urllib.error.HTTPError as error:
            sys.exit(f"bench/store: {error.read().decode()[:1000]}\n{sql[:400]}")
        return text, seconds, int(summary["read_rows"])

    def lines(self, sql, parameters=None):
        """The answer's rows, each a list of its fields."""
        return [line.split("\t") for line in self.ask(sql, parameters).split("\n") if line]
