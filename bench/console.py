"""The console under people who read all pages and wait for news.

usage: bench/console.py PROGRAM [--data DIR] [--rows ROWS] [PEOPLE] [SECONDS]

PROGRAM is a release build of cspwatch. PEOPLE (50), each with a session of their own, hold a live stream each and go from page
to page for SECONDS (60), with a moment of reading in between, against a console with a real ClickHouse and a real collector
with open findings. ClickHouse has ROWS (a million) made-up reports of 30 days; --data: those that bench/run store has kept
there. Meanwhile somebody decides every five seconds. Fails where the console takes more than 128 MiB, where a page is not
answered with 200, and where a stream hears of no decision.
"""

import argparse
import http.client
import itertools
import json
import random
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse
from datetime import datetime, timedelta, timezone

from attacks import reports
from services import answers, free_port, memory, until
from store.rig import DAYS, Rig, settle

MEBIBYTES_MAX = 128
THIEVES = 20
DECIDE_SECONDS = 5
# Between two pages, as somebody who only skims.
READING_SECONDS = (0.5, 1.5)
PASSWORD = "a password of the bench"

CONFIG = """
[listen]
public = "127.0.0.1:{public}"
admin = "127.0.0.1:{admin}"
trusted_proxies = ["127.0.0.0/8"]
[clickhouse]
url = "http://127.0.0.1:{clickhouse}"
database = "big"
[journal]
dir = "{place}/journal"
seal_every = "1s"
[console]
listen = "127.0.0.1:{console}"
users_file = "{place}/users.toml"
"""

SITE = """
[[site]]
name = "{name}"
hosts = ["{name}.example", "*.{name}.example"]
  [[site.page_group]]
  name = "payment"
  paths = ["/checkout*"]
  payment = true
"""


class Scene:
    """ClickHouse with data, a collector with findings, and the console."""

    def __init__(self, rig, rows):
        self.rig, self.port, public, admin = rig, free_port(), free_port(), free_port()
        clickhouse = rig.database("big", DAYS, rows)
        settle(clickhouse)
        by_size = "SELECT site FROM reports_by_day GROUP BY site ORDER BY sum(count) DESC"
        sites = [name for name, in clickhouse.lines(by_size)]
        self.site = sites[0]
        config = CONFIG.format(public=public, admin=admin, clickhouse=rig.port, place=rig.place, console=self.port)
        rig.collector(config + "".join(SITE.format(name=name) for name in sites), admin)
        self.config = f"{rig.place}/cspwatch.toml"
        self.console = rig.start(rig.program, "console", "--config", self.config, "--log", "error")
        until("the console answers", lambda: answers(f"http://127.0.0.1:{self.port}/healthz"))
        for thief, network in itertools.product(range(THIEVES), range(3)):
            self.steal(public, f"thief{thief:02}.example", f"10.{thief}.{network}.7")
        token = self.command("token", "add", "bench", "--role", "viewer").split()
        self.token = next(word for word in token if word.startswith("cspw_"))
        until("there are findings", self.findings)
        self.destination = self.findings()[0]["destination"]

    def steal(self, public, destination, client):
        page, directive = f"https://{self.site}.example/checkout", "form-action"
        body = reports.body_of([reports.violation(page, f"https://{destination}/", directive)])
        headers = {"Content-Type": "application/reports+json", "X-Forwarded-For": client}
        status, _ = ask(connect(public), "POST", f"/report/{self.site}", body, headers)
        if status != 204:
            sys.exit(f"bench/console.py: the report was answered {status}")

    def findings(self):
        headers = {"Authorization": f"Bearer {self.token}"}
        return json.loads(ask(connect(self.port), "GET", "/api/v1/findings", None, headers)[1])["findings"]

    def command(self, *arguments, text=""):
        command = [self.rig.program, "console", *arguments, "--config", self.config]
        return subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout

    def decide(self, number):
        decision = ("approve", "forget")[number % 2]
        arguments = [decision, f"thief{number // 2 % THIEVES:02}.example", "--site", self.site, "--by", "bench", "--why", "bench"]
        command = [self.rig.program, "destinations", *arguments, "--config", self.config]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def pages(self):
        """What people read, by the name that it has in the table."""
        site, today = self.site, datetime.now(timezone.utc).date()
        week = urllib.parse.urlencode({"from": today - timedelta(days=7), "to": today - timedelta(days=1)})
        return {
            "`/`": "/",
            "a destination": f"/destinations/{site}/{self.destination}",
            "`/reports`, a day": "/reports?range=24h",
            "`/reports`, a text": "/reports?range=24h&text=checkout",
            "`/reports`, CSV": "/reports/files/reports.csv?range=24h",
            "`/sites`": "/sites",
            "a site": f"/sites/{site}",
            "policy": f"/policy/{site}",
            "scripts": f"/scripts/{site}",
            "releases": f"/releases/{site}",
            "evidence": f"/evidence/{site}",
            "evidence, a week's pack": f"/evidence/{site}/pack?{week}",
            "`/decisions`": "/decisions",
            "`/system`": "/system",
        }


def connect(port):
    return http.client.HTTPConnection("127.0.0.1", port, timeout=60)


def ask(connection, method, path, body=None, headers=None):
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    return answer.status, answer.read()


class Reader:
    """Somebody who is logged in."""

    def __init__(self, scene, number):
        self.scene, self.name = scene, f"reader{number:03}"
        self.chance = random.Random(number)
        self.taken, self.wrong, self.news = [], [], 0
        scene.command("user", "add", self.name, "--role", "viewer", "--password-stdin", text=PASSWORD)

    def log_in(self):
        form = urllib.parse.urlencode({"name": self.name, "password": PASSWORD, "next": "/"})
        headers = {
            "Origin": f"http://127.0.0.1:{self.scene.port}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        connection = connect(self.scene.port)
        connection.request("POST", "/login", form, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 303:
            sys.exit(f"bench/console.py: the login was answered {answer.status}")
        self.headers = {"Cookie": answer.headers["Set-Cookie"].split(";")[0], "Accept-Encoding": "gzip"}

    def listen(self):
        """Holds a live stream until the console ends."""
        connection = connect(self.scene.port)
        connection.request("GET", "/events", headers=self.headers)
        for line in connection.getresponse():
            self.news += line.startswith(b"event: news")

    def read(self, end):
        connection, pages = connect(self.scene.port), list(self.scene.pages().items())
        while time.monotonic() < end:
            self.chance.shuffle(pages)
            for name, path in pages:
                began = time.monotonic()
                status, _ = ask(connection, "GET", path, None, self.headers)
                self.taken.append((name, time.monotonic() - began))
                if status != 200:
                    self.wrong.append((path, status))
                # Not a wait for something: it is how people read.
                time.sleep(self.chance.uniform(*READING_SECONDS))
                if time.monotonic() >= end:
                    return


def play(scene, people, seconds):
    readers = [Reader(scene, number) for number in range(people)]
    for reader in readers:
        reader.log_in()
        threading.Thread(target=reader.listen, daemon=True).start()
    until("all streams are open", lambda: all(reader.news for reader in readers))
    end = time.monotonic() + seconds
    threads = [threading.Thread(target=reader.read, args=(end,)) for reader in readers]
    for thread in threads:
        thread.start()
    for number in itertools.count():
        if time.monotonic() >= end:
            break
        scene.decide(number)
        time.sleep(DECIDE_SECONDS)
    for thread in threads:
        thread.join()
    return readers


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("program")
    parser.add_argument("people", type=int, nargs="?", default=50)
    parser.add_argument("seconds", type=int, nargs="?", default=60)
    parser.add_argument("--data")
    parser.add_argument("--rows", type=int, default=1_000_000)
    wanted = parser.parse_intermixed_args()
    with Rig(wanted.program, wanted.data) as rig:
        scene = Scene(rig, wanted.rows)
        before = memory(scene.console, "VmHWM")
        readers = play(scene, wanted.people, wanted.seconds)
        peak = memory(scene.console, "VmHWM")
    taken = [one for reader in readers for one in reader.taken]
    print(f"{wanted.people} people, {wanted.seconds} s, {wanted.rows:,} rows, {len(taken):,} pages: "
          f"peak RSS {peak} MiB ({before} MiB before they came)\n")
    print("| page | times | ms, median | ms, worst |\n| --- | ---: | ---: | ---: |")
    for name in scene.pages():
        of_page = [1000 * second for page, second in taken if page == name]
        if of_page:
            print(f"| {name} | {len(of_page)} | {statistics.median(of_page):.0f} | {max(of_page):.0f} |")
    problems = [f"{path} was answered {status}" for reader in readers for path, status in reader.wrong[:3]]
    deaf = sum(reader.news < 2 for reader in readers)
    if deaf:
        problems.append(f"{deaf} streams heard of no decision")
    if peak > MEBIBYTES_MAX:
        problems.append(f"the console took {peak} MiB, more than {MEBIBYTES_MAX}")
    if problems:
        sys.exit("bench/console.py: " + "; ".join(problems))


if __name__ == "__main__":
    main()
