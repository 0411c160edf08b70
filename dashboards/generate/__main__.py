"""Writes the dashboards. Called by dashboards/build."""

import argparse
import json
import pathlib

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, DashboardLinkType

from generate import incident, links, overview, panels, pipeline, scripts, site, variables
from generate.annotations import Marks

DASHBOARDS = {"overview": overview, "site": site, "incident": incident, "scripts": scripts, "pipeline": pipeline}
TAG = "cspwatch"


def build(name, module, places):
    """A dashboard of Grafana 11 to 13, by the SDK's types."""
    # The others open with their own range: the hours of one are not the days of another.
    others = dashboard.DashboardLink("cspwatch").type(DashboardLinkType.DASHBOARDS).tags([TAG])
    others = others.include_vars(True).keep_time(False)
    outside = [dashboard.DashboardLink(title).type(DashboardLinkType.LINK).url(url).target_blank(True) for title, url in links.OUTSIDE]
    built = dashboard.Dashboard(module.TITLE).uid(f"cspwatch-{name}").description(module.QUESTION).tags([TAG]).time(module.RANGE, "now")
    built = built.timezone("utc").refresh(module.REFRESH).tooltip(DashboardCursorSync.CROSSHAIR).links([others, *outside]).readonly()
    for variable in (*variables.sources(), *variables.places(*places), *(make() for make in module.VARIABLES)):
        built = built.with_variable(variable)
    for kind in module.ANNOTATIONS:
        built = built.annotation(Marks(kind) if name == "incident" else Marks(kind, destination=""))
    number = 0
    for panel in module.build():
        number += 1
        if isinstance(panel, panels.Folded):
            row = dashboard.Row(panel.title).collapsed(True).id(number)
            for number, inner in enumerate(panel.panels, start=number + 1):
                row = row.with_panel(inner.id(number))
            built = built.with_row(row)
        elif isinstance(panel, dashboard.Row):
            built = built.with_row(panel.id(number))
        else:
            built = built.with_panel(panel.id(number))
    return json.dumps(folded(built.build()), cls=JSONEncoder, indent=2, sort_keys=True) + "\n"


def folded(built):
    """The SDK leaves room for what is in folded rows."""
    room = 0
    for panel in built.panels:
        panel.grid_pos.y -= room
        inner = getattr(panel, "panels", None)
        for one in inner or ():
            one.grid_pos.y -= room
        if inner:
            room += max(one.grid_pos.y + one.grid_pos.h for one in inner) - panel.grid_pos.y - 1
    return built


def main():
    parser = argparse.ArgumentParser(prog="dashboards/build", add_help=False)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--runbook-base", default=variables.RUNBOOK)
    parser.add_argument("--console-base", default=variables.CONSOLE)
    arguments = parser.parse_args()
    for name, module in DASHBOARDS.items():
        (arguments.folder / f"{name}.json").write_text(build(name, module, (arguments.runbook_base, arguments.console_base)))


main()
