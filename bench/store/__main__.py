"""ClickHouse at scale.

usage: python3 -m store PROGRAM [--data DIR] [ROWS]           tables and named queries at ROWS (100 million)
       python3 -m store PROGRAM schema [ROWS]                 alternatives to the schema, on ROWS (3 million)
       python3 -m store PROGRAM [--data DIR] commands [ROWS]  how long `incident` takes, on ROWS (100 million)
       python3 -m store PROGRAM insert [MIB]                  sealed segments into ClickHouse, from a journal of MIB (256)

--data: where ClickHouse's data are, and stay. To make 100 million rows takes half an hour and 3 GB.
"""

import sys

from . import alternatives, commands, insert, queries
from .rig import Rig


def main():
    arguments = sys.argv[1:]
    if not arguments:
        sys.exit(__doc__)
    program, *arguments = arguments
    data = None
    if arguments[:1] == ["--data"] and len(arguments) > 1:
        data, arguments = arguments[1], arguments[2:]
    way = arguments.pop(0) if arguments and arguments[0] in ("schema", "insert", "commands") else "queries"
    if len(arguments) > 1:
        sys.exit(__doc__)
    usual = {"schema": 3_000_000, "insert": 256, "queries": 100_000_000, "commands": 100_000_000}
    size = int(arguments[0]) if arguments else usual[way]
    if way == "insert":
        insert.measure(program, size)
        return
    with Rig(program, data) as rig:
        {"schema": alternatives, "queries": queries, "commands": commands}[way].measure(rig, size)


if __name__ == "__main__":
    main()
