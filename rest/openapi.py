"""The OpenAPI file, as the API hands it out, and what the `type` of a problem leads to."""

from functools import cache
from inspect import getdoc
from typing import Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer2
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from rest.problems import ALL, NotFound
from rest.views import READING, JsonResponse, PublicView

# They change with a deployment at most, but then clients should follow within minutes.
_CACHE_CONTROL = "public, max-age=0, s-maxage=300, stale-while-revalidate=86400, stale-if-error=86400"


class Description(PublicView):
    """The same for everybody, so it is made once in a process."""

    query_methods = READING  # it is passed on as a link, and links are added to
    cache_control = _CACHE_CONTROL

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        named = {"Content-Disposition": 'inline; filename="openapi.json"'}
        return HttpResponse(_rendered(), content_type=OpenApiJsonRenderer2.media_type, headers=named)


@cache
def _rendered() -> bytes:
    make: Any = SchemaGenerator  # untyped in drf-spectacular
    rendered: bytes = OpenApiJsonRenderer2().render(make().get_schema(public=True), renderer_context={})
    return rendered


class ProblemKind(PublicView):
    """What one kind of problem means, for developers who follow its `type`."""

    cache_control = _CACHE_CONTROL

    @extend_schema(exclude=True)
    def get(self, request: Request, kind: str) -> HttpResponse:
        found = next((each for each in ALL if each.kind == kind), None)
        if found is None:
            raise NotFound
        meaning = (getdoc(found) or "").partition("\n")[0]
        return JsonResponse({"title": found.title, "status": found.status, "meaning": meaning})
