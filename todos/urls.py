"""Where MyTodoList answers."""

from django.urls import path, register_converter

from rest.lazy_views import LazyView, LazyViews

pages, views, list_views = LazyViews("todos.pages"), LazyViews("todos.views"), LazyViews("todos.list_views")
session = LazyView("accounts.browser_session.BrowserSession", callback="todos/")


class AnyUUID:
    """A UUID in either case: Swift's and Windows' tools write upper case. Kept and answered in lower case."""

    regex = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

    def to_python(self, value: str) -> str:
        return value.lower()

    def to_url(self, value: str) -> str:
        return value


register_converter(AnyUUID, "any_uuid")

urlpatterns = [
    path("api/todos/", views.TodoList, name="todos"),
    path("api/todos/<any_uuid:id>/", views.TodoDetail, name="todo"),
    path("api/todos/bin/", views.Bin, name="todos-bin"),
    path("api/todos/lists/", list_views.Lists, name="lists"),
    # A list's id may have a slash in it, which servers decode.
    path("api/todos/lists/<path:id>/", list_views.ListDetail, name="list"),
    path("api/todos/<any_uuid:id>/restore/", views.Restore, name="todo-restore"),
    path("todos/", pages.page, name="todos-page"),
    path("todos/manifest.webmanifest", pages.manifest, name="todos-manifest"),
    # Beneath the page, because a worker is in charge of what lies beneath its own address.
    path("todos/service-worker.js", pages.service_worker, name="todos-worker"),
    path("todos/session/", session, name="todos-session"),
]
