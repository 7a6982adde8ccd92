"""Every URL: the API of each service this process serves, its description, health, and the local pages."""

from importlib import import_module

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path, re_path

import accounts.urls
import rest.urls
from config import services
from rest.lazy_views import LazyView

_served = services.named(settings.SERVICES)
# What `/api/` says of each service.
_index = {
    "docs": "/api/docs/",
    "schema": "/api/schema/",
    "health": "/api/health/",
    "me": "/api/me/",
    "sign_in": "/api/auth/config/",
}
for _service in _served:
    _index |= _service.api_index

# One flat list, as each include() is a match of its own for every request; what is asked most is first in each.
urlpatterns: list[URLPattern | URLResolver] = [
    *(pattern for service in _served for pattern in import_module(service.urls).urlpatterns),
    path("api/", LazyView("rest.index.Index", paths=_index), name="index"),
    *rest.urls.urlpatterns,
    *accounts.urls.urlpatterns,
    re_path(r"^api/[\s\S]*$", LazyView("rest.errors.no_endpoint"), name="no-endpoint"),
]
if settings.LOCAL:
    urlpatterns.append(path("_local/", include("infra.local.urls")))
    urlpatterns.append(path("updates/", include("infra.local.updates")))

handler400 = "rest.errors.bad_request"
handler403 = "rest.errors.permission_denied"
# Where a service has pages for people, they say what is wrong.
_errors = next((service.error_pages for service in _served if service.error_pages), "rest.errors")
handler404 = f"{_errors}.page_not_found"
handler500 = f"{_errors}.server_error"
