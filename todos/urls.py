"""Where MyTodoList answers."""

from django.urls import path, register_converter

from accounts.browser_session import BrowserSession
from todos.list_views import ListDetail, Lists
from todos.pages import manifest, page, service_worker
from todos.views import Bin, Restore, TodoDetail, TodoList


class AnyUUID:
    """A UUID in either case: Swift's and Windows' tools write upper case. Kept and answered in lower case."""

    regex = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

    def to_python(self, value: str) -> str:
        return value.lower()

    def to_url(self, value: str) -> str:
        return value


register_converter(AnyUUID, "any_uuid")

urlpatterns = [
    path("todos/", page, name="todos-page"),
    path("todos/manifest.webmanifest", manifest, name="todos-manifest"),
    # Beneath the page, because a worker is in charge of what lies beneath its own address.
    path("todos/service-worker.js", service_worker, name="todos-worker"),
    path("todos/session/", BrowserSession.as_view(callback="todos/"), name="todos-session"),
    path("api/todos/", TodoList.as_view(), name="todos"),
    path("api/todos/bin/", Bin.as_view(), name="todos-bin"),
    path("api/todos/lists/", Lists.as_view(), name="lists"),
    # A list's id may have a slash in it, which servers decode.
    path("api/todos/lists/<path:id>/", ListDetail.as_view(), name="list"),
    path("api/todos/<any_uuid:id>/restore/", Restore.as_view(), name="todo-restore"),
    path("api/todos/<any_uuid:id>/", TodoDetail.as_view(), name="todo"),
]
