"""MyTodoList: to-dos of one owner each, their sync, and the page."""

from serverless.service import EventSource, PersonalRows, Service

SERVICE = Service(
    name="todos",
    title="MyTodoList",
    urls="todos.urls",
    api_index={"todos": "/api/todos/"},
    sources=(EventSource(name="todos-media", handler="todos.events.record_uploads", failures="todos-media-failures"),),
    tables=("todos",),
    personal_rows=(PersonalRows(table="todos"),),
    exports={
        "lists": "todos.exports.lists",
        "todos": "todos.exports.todos",
        "bin": "todos.exports.in_bin",
        "todos.ics": "todos.exports.calendar",
        "todos.csv": "todos.exports.table",
    },
    imports="todos.imports.load",
    calls=("media",),
    enums={"PhotoStatus": ("waiting", "processing", "ready", "failed", "deleted")},
    requirements=frozenset({"tzdata"}),
    private_paths=("/api/todos/", "/todos/"),
)
