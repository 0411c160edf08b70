"""User instructions of a request, at 95 % repetitions, in all threads of the collector and of the parse floor.

usage: python3 -m speed.instructions PROGRAM TOOLS [LIMIT]

Runs each under callgrind twice, for some requests and for three times as many: the difference holds neither start
nor end. Exit code 1 when the collector takes more than LIMIT (45000). Counts do not depend on what else the
machine does, so that CI may run it.
"""

import glob
import re
import subprocess
import sys

from services import answers, until
from speed.rig import Server, Rig, url

LIMIT = 45_000
# So many that nearly all of the 2,000 violations that repeat have come once.
REQUESTS = 10_000
LOAD = ["--connections", "64", "--repetitions", "0.95"]


def callgrind(rig, name):
    out = f"--callgrind-out-file={rig.place}/callgrind.{name}"
    return (*rig.server_cores, "valgrind", "--tool=callgrind", out)


def collector(rig, requests):
    # Under callgrind all is slow but the clock: a segment of five seconds would hold few requests, and so few
    # repetitions. It is sealed and sent at the end.
    name = f"collector_{requests}"
    text, ports = rig.config(name, seal_every="1h")
    process = rig.collector(text, ports["admin"], callgrind(rig, name))
    until("the tables are there", lambda: answers(f"http://127.0.0.1:{ports['admin']}/readyz"))
    return name, Server(process, url(ports, over_tls=False), ports["admin"])


def floor(rig, requests):
    name = f"floor_{requests}"
    return name, rig.floor("parse", over_tls=False, under=callgrind(rig, name))


def instructions(rig, start, requests):
    name, server = start(rig, requests)
    command = [*rig.load_cores, f"{rig.tools}/load", "--url", server.url, *LOAD]
    sent = subprocess.run([*command, "--requests", str(requests)], stdout=subprocess.PIPE, text=True)
    if sent.returncode:
        sys.exit(f"bench/run instructions: wrong answers: {sent.stdout}")
    if not rig.end(server.process):
        sys.exit("bench/run instructions: a server did not end")
    # One file a process; the numbers of its threads are added up in it.
    files = glob.glob(f"{rig.place}/callgrind.{name}*")
    return sum(int(re.search(r"^(?:summary|totals): (\d+)", open(file).read(), re.M)[1]) for file in files)


def per_request(rig, start):
    few, many = instructions(rig, start, REQUESTS), instructions(rig, start, 3 * REQUESTS)
    return (many - few) // (2 * REQUESTS)


def main():
    if not 3 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    program, tools = sys.argv[1:3]
    limit = int(sys.argv[3]) if len(sys.argv) == 4 else LIMIT
    with Rig(program, tools) as rig:
        least, taken = per_request(rig, floor), per_request(rig, collector)
    print(f"user instructions per request, 95 % repetitions: collector {taken}, parse floor {least}, ", end="")
    print(f"ratio {taken / least:.2f}; limit {limit}")
    if taken > limit:
        sys.exit(1)


if __name__ == "__main__":
    main()
