"""Marks on all timelines of a dashboard: what happened meanwhile, each kind with a switch at the head."""

from grafana_foundation_sdk.models.dashboard import AnnotationQuery

from generate.queries import CLICKHOUSE, ClickHouseQuery, sql

ALERTS = ("Alerts", "annotation_alerts", "red")
DECISIONS = ("Decisions", "annotation_decisions", "green")
POLICIES = ("Policies", "annotation_policies", "blue")
RELEASES = ("Releases", "annotation_releases", "yellow")
INFERRED = ("Inferred releases", "inferred_releases", "dark-yellow")
SCRIPTS = ("Scripts", "annotation_scripts", "orange")
COLLECTORS = ("Collectors", "annotation_collectors", "purple")


# What an inferred release says. Grafana shows the text of a mark as HTML, so no tag may be in it.
WORDS = """SELECT at AS time, concat('inferred, not marked: ', toString(changed), ' scripts changed together') AS title,
    replaceRegexpAll(concat(site, ', of ', replaceAll(domain, '.', '[.]'), ': ', replaceAll(arrayStringConcat(scripts, ', '), '.', '[.]')), '[<>&]', '?') AS text
FROM
(
%s
)"""


def _inferred(query, constants):
    """The query that commands run, too, about scripts of all hosts: dashboards do not know which are a site's own."""
    return WORDS % sql(query, own_hosts=(), limit=500, **constants)


class Marks:
    """An annotation for the SDK's builder of dashboards."""

    def __init__(self, kind, **constants):
        self.kind, self.constants = kind, constants

    def build(self):
        name, query, color = self.kind
        text = _inferred(query, self.constants) if self.kind is INFERRED else sql(query, **self.constants)
        target = ClickHouseQuery(text, over_time=False)
        return AnnotationQuery(name=name, datasource=CLICKHOUSE, enable=True, icon_color=color, target=target)
