"""Every URL: the API of each service this process serves, its description, health, and the local pages."""

from importlib import import_module

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path, re_path

import accounts.urls
import rest.urls
from rest.errors import no_endpoint
from rest.index import Index

# What `/api/` says of each service.
INDEX = {
    "todos": {"todos": "/api/todos/"},
    "blog": {"posts": "/api/blog/posts/", "tags": "/api/blog/tags/", "subscribers": "/api/blog/subscribers/"},
    "media": {"uploads": "/api/media/uploads/", "credentials": "/api/media/credentials/"},
}
_index = {
    "docs": "/api/docs/",
    "schema": "/api/schema/",
    "health": "/api/health/",
    "me": "/api/me/",
    "sign_in": "/api/auth/config/",
}
for _name in settings.SERVICES:
    _index |= INDEX[_name]

# One flat list, as each include() is a match of its own for every request.
urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", Index.as_view(paths=_index), name="index"),
    *rest.urls.urlpatterns,
    *accounts.urls.urlpatterns,
    *(pattern for name in settings.SERVICES for pattern in import_module(f"{name}.urls").urlpatterns),
    re_path(r"^api/[\s\S]*$", no_endpoint),
]
if settings.LOCAL:
    urlpatterns.append(path("_local/", include("infra.local.urls")))
    urlpatterns.append(path("updates/", include("infra.local.updates")))

handler400 = "rest.errors.bad_request"
handler403 = "rest.errors.permission_denied"
# Beside the API people read: where the blog is served, its pages say what is wrong.
_errors = "blog.pages" if "blog" in settings.SERVICES else "rest.errors"
handler404 = f"{_errors}.page_not_found"
handler500 = f"{_errors}.server_error"
