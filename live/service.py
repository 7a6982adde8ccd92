"""Live updates: tickets for a WebSocket, its connections, and what is said over them."""

from serverless.service import EventSource, PersonalRows, Service, Worker

SERVICE = Service(
    name="live",
    title="Live updates",
    urls="live.urls",
    api_index={"live": "/api/live/tickets/"},
    sources=(EventSource(name="todos", handler="live.events.push_changes", stream=True, failures="live-failures"),),
    workers=(
        Worker(name="live-door", handler="live.events.answer_socket"),
        Worker(name="live-push", handler="live.events.push_changes"),
    ),
    tables=("connections", "tickets"),
    personal_rows=(PersonalRows(table="connections"), PersonalRows(table="tickets", keys=("digest",))),
    outputs={"LIVE_API": "LiveApi"},
    socket="LiveApi",
    private_paths=("/api/live/",),
    memory_mb=512,
    aws=frozenset({"apigatewaymanagementapi"}),
)
