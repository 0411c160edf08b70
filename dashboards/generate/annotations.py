"""Marks on all timelines of a dashboard: what happened meanwhile, each kind with a switch at the head."""

from grafana_foundation_sdk.models.dashboard import AnnotationQuery

from generate.queries import CLICKHOUSE, ClickHouseQuery, sql

ALERTS = ("Alerts", "annotation_alerts", "red")
DECISIONS = ("Decisions", "annotation_decisions", "green")
POLICIES = ("Policies", "annotation_policies", "blue")
RELEASES = ("Releases", "annotation_releases", "yellow")
SCRIPTS = ("Scripts", "annotation_scripts", "orange")
COLLECTORS = ("Collectors", "annotation_collectors", "purple")


class Marks:
    """An annotation for the SDK's builder of dashboards."""

    def __init__(self, kind, **constants):
        self.kind, self.constants = kind, constants

    def build(self):
        name, query, color = self.kind
        target = ClickHouseQuery(sql(query, **self.constants), over_time=False)
        return AnnotationQuery(name=name, datasource=CLICKHOUSE, enable=True, icon_color=color, target=target)
