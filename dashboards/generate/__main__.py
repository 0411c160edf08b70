"""Writes the dashboards into json/. Called by dashboards/build."""

import json
import pathlib
import sys

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, DashboardLinkType

from generate import incident, overview, pipeline, scripts, site, variables

DASHBOARDS = {"overview": overview, "site": site, "incident": incident, "scripts": scripts, "pipeline": pipeline}
TAG = "cspwatch"


def build(name, module):
    """A dashboard of Grafana 11 and 12, by the SDK's types."""
    others = dashboard.DashboardLink("cspwatch").type(DashboardLinkType.DASHBOARDS).tags([TAG])
    others = others.include_vars(True).keep_time(True)
    built = dashboard.Dashboard(module.TITLE).uid(f"cspwatch-{name}").description(module.QUESTION).tags([TAG]).time(module.RANGE, "now")
    built = built.timezone("utc").refresh("30s").tooltip(DashboardCursorSync.CROSSHAIR).link(others).readonly()
    for variable in (*variables.sources(), *(make() for make in module.VARIABLES)):
        built = built.with_variable(variable)
    for number, panel in enumerate(module.build(), start=1):
        is_row = isinstance(panel, dashboard.Row)
        built = built.with_row(panel.id(number)) if is_row else built.with_panel(panel.id(number))
    return json.dumps(built.build(), cls=JSONEncoder, indent=2, sort_keys=True) + "\n"


folder = pathlib.Path(sys.argv[1])
for name, module in DASHBOARDS.items():
    (folder / f"{name}.json").write_text(build(name, module))
