"""Where MyTodoList answers."""

from django.urls import path

import rest.converters  # noqa: F401  # any_uuid, any_text
from rest.lazy_views import LazyView, LazyViews

pages, views, list_views = LazyViews("todos.pages"), LazyViews("todos.views"), LazyViews("todos.list_views")
session = LazyView("accounts.browser_session.BrowserSession", callback="todos/")

urlpatterns = [
    path("api/todos/", views.TodoList, name="todos"),
    path("api/todos/<any_uuid:id>/", views.TodoDetail, name="todo"),
    path("api/todos/bin/", views.Bin, name="todos-bin"),
    path("api/todos/lists/", list_views.Lists, name="lists"),
    path("api/todos/lists/<any_text:id>/", list_views.ListDetail, name="list"),
    path("api/todos/<any_uuid:id>/restore/", views.Restore, name="todo-restore"),
    path("todos/", pages.page, name="todos-page"),
    path("todos/manifest.webmanifest", pages.manifest, name="todos-manifest"),
    # Beneath the page, because a worker is in charge of what lies beneath its own address.
    path("todos/service-worker.js", pages.service_worker, name="todos-worker"),
    path("todos/session/", session, name="todos-session"),
]
