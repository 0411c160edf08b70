"""Asks all that the dashboards ask, and tells which panels are empty. See dashboards/show --help."""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

from preview.draw import CELL_WIDTH, page
from preview.expand import Times, expand
from preview.shape import transformed
from preview.sources import SourceError, Sources

HERE = pathlib.Path(__file__).parents[1]


def main():
    arguments = parsed()
    sources, failures = Sources(arguments), []
    for file in sorted((HERE / "json").glob("*.json")):
        dashboard = json.loads(file.read_text())
        start = arguments.start or dashboard["time"]["from"]
        times = Times(start, arguments.end or dashboard["time"]["to"])
        try:
            chosen = choose(dashboard, sources, times, dict(arguments.var))
            drawn = {panel["id"]: answered(panel, sources, times, chosen) for panel in dashboard["panels"] if panel["type"] != "row"}
        except (SourceError, ValueError) as error:
            sys.exit(f"dashboards/show: {file.name}: {error}")
        failures += tell(dashboard, drawn)
        if arguments.out:
            draw(arguments, file.stem, *page(dashboard, drawn, times))
    for failure in failures:
        print(f"dashboards/show: {failure}", file=sys.stderr)
    return 1 if failures else 0


def parsed():
    parser = argparse.ArgumentParser(
        prog="dashboards/show",
        description="Asks a Prometheus and a ClickHouse all that the dashboards ask, without Grafana. Prints how many rows each panel has. "
        "Exit code 1 where a query fails, or a panel is empty and does not say that this is good.")
    parser.add_argument("--prometheus", default="http://127.0.0.1:9090", metavar="URL", help="default: %(default)s, that of deploy/quickstart")
    parser.add_argument("--clickhouse", default="http://127.0.0.1:8123", metavar="URL", help="its HTTP interface; default: %(default)s")
    parser.add_argument("--database", default="cspwatch", help="default: %(default)s")
    parser.add_argument("--user", default="default", help="of ClickHouse; default: %(default)s")
    parser.add_argument("--password-file", type=pathlib.Path, metavar="FILE", help="its content is the password of ClickHouse")
    parser.add_argument("--from", dest="start", metavar="TIME", help="now-7d or 2026-11-01T00:00:00Z; default: each dashboard's own")
    parser.add_argument("--to", dest="end", metavar="TIME", help="default: now")
    parser.add_argument("--var", action="append", default=[], type=lambda text: tuple(text.split("=", 1)), metavar="NAME=VALUE",
                        help="a variable of the dashboards, as site=shop or destination=evil.example; may be repeated")
    parser.add_argument("--out", type=pathlib.Path, metavar="DIR", help="draw each dashboard into DIR, as HTML")
    parser.add_argument("--chromium", metavar="COMMAND", help="with --out: take pictures of them too, with this browser")
    return parser.parse_args()


def choose(dashboard, sources, times, wanted):
    """The values of the variables: what is wanted, else as Grafana begins: all, or the first."""
    chosen = {}
    for variable in dashboard["templating"]["list"]:
        name = variable["name"]
        if variable["type"] == "query":
            offered = [row[0] for row in sources.rows(expand(variable["query"], times, chosen)).rows]
            chosen[name] = [wanted[name]] if name in wanted else offered if variable["includeAll"] else offered[:1]
        elif variable["type"] == "custom":
            chosen[name] = [wanted.get(name, variable["current"]["value"])]
    return chosen


def answered(panel, sources, times, chosen):
    """The tables that a panel draws, or why it cannot."""
    several = len(panel["targets"]) > 1
    try:
        tables = [sources.ask(target | {"several": several}, times, chosen) for target in panel["targets"]]
        return transformed(panel, tables)
    except (SourceError, ValueError) as error:
        return str(error)


def tell(dashboard, drawn):
    """Prints a line for each panel; returns what is wrong."""
    failures = []
    print(f"{dashboard['title']}")
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            continue
        name, tables = f"{dashboard['title']}, panel {panel['title']!r}", drawn[panel["id"]]
        if isinstance(tables, str):
            failures.append(f"{name}: {tables}")
            print(f"  failed     {panel['title']}")
            continue
        rows = sum(len(table.rows) for table in tables)
        good = panel["fieldConfig"]["defaults"].get("noValue")
        if rows == 0 and not good:
            failures.append(f"{name}: no rows, and nothing says that this is good")
        print(f"  {rows:6} rows {panel['title']}{f': {good}' if rows == 0 and good else ''}")
    return failures


def draw(arguments, name, content, height):
    arguments.out.mkdir(parents=True, exist_ok=True)
    file = (arguments.out / f"{name}.html").resolve()
    file.write_text(content)
    print(f"  drawn into {file}")
    if not arguments.chromium:
        return
    with tempfile.TemporaryDirectory() as profile:
        command = [arguments.chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", f"--user-data-dir={profile}"]
        command += [f"--window-size={24 * CELL_WIDTH + 24},{height}", f"--screenshot={file.with_suffix('.png')}", file.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    sys.exit(main())
