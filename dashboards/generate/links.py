"""Where cells lead. All that they carry is percent-encoded; the data sources are those that a person looks at; the time is
left to the other dashboard, whose range fits what it shows. `__data.fields` is what a cell shows, so of a cell that may be
empty, its raw value is taken.
"""

SOURCES = "${prometheus:queryparam}&${clickhouse:queryparam}"
SITE = ("Site", f"/d/cspwatch-site?var-site=${{__data.fields.site:percentencode}}&{SOURCES}")
SCRIPTS = ("Scripts", f"/d/cspwatch-scripts?var-site=${{__data.fields.site:percentencode}}&{SOURCES}")
PAGE_GROUP = (
    "Site, these pages",
    f"/d/cspwatch-site?var-site=${{__data.fields.site:percentencode}}&var-page_group=${{__data.fields.page_group:percentencode}}&{SOURCES}",
)
INCIDENT = (
    "Incident",
    f"/d/cspwatch-incident?var-site=${{__data.fields.site:percentencode}}&var-destination=${{__value.raw:percentencode}}&{SOURCES}",
)
CONSOLE = ("Console", "${console}/destinations/${__data.fields.site:percentencode}/${__value.raw:percentencode}")
DESTINATION = (INCIDENT, CONSOLE)
RUNBOOK = ("Runbook", "${runbook}deploy/runbook.md#${__data.fields.alertname:percentencode}")
RUNBOOK_PAGE = ("Runbook", "${runbook}deploy/runbook.md")
PIPELINE = ("Pipeline", f"/d/cspwatch-pipeline?{SOURCES}")
# At the head of every dashboard.
OUTSIDE = (RUNBOOK_PAGE, ("Console", "${console}/"))
