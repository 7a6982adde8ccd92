"""Housekeeping: what nobody looks at by day, looked through by night, and told once a week."""

from serverless.service import EventSource, Service, Worker

SERVICE = Service(
    name="housekeeping",
    title="Housekeeping",
    urls="housekeeping.urls",
    api_index={"runs": "/api/housekeeping/runs/"},
    sources=(
        EventSource(name="housekeeping", handler="housekeeping.events.keep_house", failures="housekeeping-failures"),
    ),
    workers=(Worker(name="housekeeping-run", handler="housekeeping.events.keep_house"),),
    tables=("runs", "links"),
    permissions={
        "viewers": frozenset({"housekeeping.view_run", "housekeeping.view_link"}),
        "publishers": frozenset({"housekeeping.add_run"}),
    },
    throttles={"housekeeping": (("user", 6, 3600),)},
    private_paths=("/api/housekeeping/",),
    memory_mb=512,
    aws=frozenset({"sesv2"}),
)
