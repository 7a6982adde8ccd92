"""Django alone, by the product's adapter: no apps, no DRF, no table. What a start of Django can't go below."""

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path, resolve

from benchmarks.fixtures import HOST, Event

settings.configure(
    ALLOWED_HOSTS=[HOST], CACHED_READS={}, EDGE_KEYS=[], ROOT_URLCONF=__name__, SECRET_KEY="k" * 64, USE_I18N=False
)
django.setup()

from django.core.handlers.wsgi import WSGIHandler

from serverless.http import answer

application = WSGIHandler()


def handler(event: Event, context: object) -> object:
    """Lambda's."""
    return answer(application, event, context)


def todos(request: HttpRequest) -> HttpResponse:
    """No to-dos."""
    return HttpResponse("[]", content_type="application/json")


urlpatterns = [path("api/todos/", todos)]
resolve("/api/todos/")
