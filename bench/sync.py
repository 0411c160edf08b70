"""What a sync costs, by how the file's room was got: `bench/run sync`.

usage: bench/sync.py [DIRECTORY]

Appends and syncs (fdatasync) in a loop, in a file in DIRECTORY (the current one), and prints mean, median and
99th percentile. The ways take turns, so that a disturbance meets all of them.
"""

import ctypes
import os
import sys
import time

ROUNDS = 5
ROOM = 64 * 1024 * 1024
KEEP_SIZE = 1
# Bytes of a write, and how many.
WRITES = ((4 * 1024, 150), (64 * 1024, 100), (256 * 1024, 60))
WAYS = ("none", "set aside", "set aside and sized", "written before")

libc = ctypes.CDLL(None, use_errno=True)
libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]


def make_room(file, way, size):
    if way == "written before":
        os.write(file, bytes(size))
        os.lseek(file, 0, os.SEEK_SET)
    elif way != "none":
        mode = KEEP_SIZE if way == "set aside" else 0
        if libc.fallocate(file, mode, 0, ROOM) != 0:
            sys.exit(f"bench/sync.py: fallocate: {os.strerror(ctypes.get_errno())}")
    os.fsync(file)


def measure(path, way, size, count):
    file = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    try:
        make_room(file, way, size * count)
        content, times = os.urandom(size), []
        for _ in range(count):
            started = time.perf_counter()
            os.write(file, content)
            os.fdatasync(file)
            times.append((time.perf_counter() - started) * 1000)
        return times
    finally:
        os.close(file)
        os.unlink(path)


def main():
    if len(sys.argv) > 2:
        sys.exit(__doc__)
    path = os.path.join(sys.argv[1] if len(sys.argv) == 2 else ".", "cspwatch-sync.tmp")
    print("| bytes | way | mean ms | p50 | p99 |\n| ---: | --- | ---: | ---: | ---: |")
    for size, count in WRITES:
        times = {way: [] for way in WAYS}
        for _ in range(ROUNDS):
            for way in WAYS:
                times[way] += measure(path, way, size, count)
        for way, taken in times.items():
            taken.sort()
            mean, median, slow = sum(taken) / len(taken), taken[len(taken) // 2], taken[len(taken) * 99 // 100]
            print(f"| {size} | {way} | {mean:.2f} | {median:.2f} | {slow:.2f} |")


if __name__ == "__main__":
    main()
