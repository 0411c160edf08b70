"""What people choose at the head of a dashboard."""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models.dashboard import VariableOption, VariableRefresh, VariableSort

from generate.queries import CLICKHOUSE, sql

# What these choices are to Prometheus.
OF_SITES = 'site=~"${site:regex}"'
OF_PAGE_GROUPS = OF_SITES + ', page_group=~"${page_group:regex}"'


def sources():
    """The two data sources: by default those of `provisioning/`."""
    for name, kind, label in (
        ("prometheus", "prometheus", "Prometheus"),
        ("clickhouse", "grafana-clickhouse-datasource", "ClickHouse"),
    ):
        yield dashboard.DatasourceVariable(name).label(label).type(kind)


def site(several=True):
    """A site, or all of them."""
    return _of_clickhouse("site", "Site", "choice_sites", several)


def page_group():
    """Page groups of the chosen sites."""
    return _of_clickhouse("page_group", "Page group", "choice_page_groups", True)


def destination():
    """One of the destinations of the chosen sites, the latest first; any other can be typed."""
    return _of_clickhouse("destination", "Destination", "choice_destinations", False)


def gap():
    """How much silence ends a period, in seconds."""
    choices = {"15 minutes": 900, "1 hour": 3600, "6 hours": 21600, "1 day": 86400}
    chosen = VariableOption(text="1 hour", value="3600")
    listed = ",".join(f"{text} : {seconds}" for text, seconds in choices.items())
    return dashboard.CustomVariable("gap").label("A period ends after").values(listed).current(chosen)


def _of_clickhouse(name, label, query, several):
    variable = dashboard.QueryVariable(name).label(label).query(sql(query)).datasource(CLICKHOUSE)
    variable = variable.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED).sort(VariableSort.DISABLED).multi(several).include_all(several)
    return variable.current(VariableOption(text="All", value="$__all")) if several else variable
