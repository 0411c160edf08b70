"""What people choose at the head of a dashboard."""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models.dashboard import VariableHide, VariableOption, VariableRefresh, VariableSort

from generate.queries import ALL, PROMETHEUS

# What these choices are to Prometheus. Without a form of their own: then its data source escapes them, twice, as a regular
# expression within quotes wants it.
OF_SITES = 'site=~"$site"'
OF_PAGE_GROUPS = OF_SITES + ', page_group=~"$page_group"'

# Where the runbook and the console are: `dashboards/build --help`.
RUNBOOK, CONSOLE = "https://git.example/cspwatch/", "http://127.0.0.1:8082"


def sources():
    """The two data sources: at first those of `provisioning/`, where they exist."""
    for name, kind, label in (
        ("prometheus", "prometheus", "Prometheus"),
        ("clickhouse", "grafana-clickhouse-datasource", "ClickHouse"),
    ):
        provisioned = VariableOption(text=f"cspwatch {label}", value=f"cspwatch-{name}")
        yield dashboard.DatasourceVariable(name).label(label).type(kind).current(provisioned)


def places(runbook, console):
    """Addresses that links begin with. Constants: no link that somebody sends can change them."""
    yield _Hidden("runbook").value(runbook)
    yield _Hidden("console").value(console)


class _Hidden(dashboard.ConstantVariable):
    def build(self):
        built = super().build()
        built.hide, built.skip_url_sync = VariableHide.HIDE_VARIABLE, True
        return built


def site():
    """Sites, or all of them."""
    return _of_prometheus("site", "Site", "label_values(cspwatch_verdicts_total, site)")


def page_group():
    """Page groups of the chosen sites."""
    return _of_prometheus("page_group", "Page group", f"label_values(cspwatch_site_last_report_timestamp_seconds{{{OF_SITES}}}, page_group)")


def destination():
    """One destination, typed or out of a link. Text, and no list: a list would take the place of what it does not have."""
    return dashboard.TextBoxVariable("destination").label("Destination").default_value("")


def gap():
    """How much silence ends a period, in seconds."""
    choices = {"15 minutes": 900, "1 hour": 3600, "6 hours": 21600, "1 day": 86400}
    listed = ",".join(f"{text} : {seconds}" for text, seconds in choices.items())
    return dashboard.CustomVariable("gap").label("A period ends after").values(listed).current(VariableOption(text="1 hour", value="3600"))


def _of_prometheus(name, label, query):
    """Listed when the dashboard is opened, and not again: what a person chose stays. Out of Prometheus: the numbers that say
    whether there is an attack do not hang on ClickHouse.
    """
    variable = dashboard.QueryVariable(name).label(label).query(query).datasource(PROMETHEUS)
    variable = variable.refresh(VariableRefresh.ON_DASHBOARD_LOAD).sort(VariableSort.ALPHABETICAL_ASC).multi(True)
    return variable.include_all(True).all_value(ALL).current(VariableOption(text="All", value="$__all"))
