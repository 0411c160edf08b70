"""Runs statements and queries on the ClickHouse of a Python wheel, in a directory of its own, and prints what they answer.

Standard input is JSON: {"statements": [SQL, ...], "queries": [{"name": ..., "sql": ..., "parameters": {...}}, ...]}.
The answer is "version VERSION", then for each query "== NAME" and its rows, tab separated. Exit code 1 with the first error.
"""

import json
import sys
import tempfile
import types


class Unused(types.ModuleType):
    """What wheels import for formats that nobody asks for here."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return object


for name in ("pyarrow", "pandas"):
    sys.modules.setdefault(name, Unused(name))

from chdb import session  # noqa: E402


def main():
    job = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as place:
        engine = session.Session(place)

        def run(sql):
            try:
                return str(engine.query(sql, "TabSeparated"))
            except Exception as error:
                sys.exit(f"{error}\n{sql}")

        print("version", run("SELECT version()").strip())
        for statement in job["statements"]:
            run(statement)
        for query in job["queries"]:
            for parameter, value in query["parameters"].items():
                value = value.replace("\\", "\\\\").replace("'", "\\'")
                run(f"SET param_{parameter} = '{value}'")
            print("==", query["name"])
            sys.stdout.write(run(query["sql"]))
        engine.close()


if __name__ == "__main__":
    main()
