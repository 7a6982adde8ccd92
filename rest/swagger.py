"""Swagger UI without inline scripts or styles, so that a strict Content-Security-Policy lets it run."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerOauthRedirectView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

# The window of the hosted page has to reach the one that opened it.
OPENER = "unsafe-none"


class SwaggerUI(SpectacularSwaggerSplitView):
    """drf-spectacular's, with its script and style in files."""

    template_name = "rest/swagger_ui.html"

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        made: Any = super()
        response: Response = made.get(request, *args, **kwargs)
        response["Cross-Origin-Opener-Policy"] = OPENER
        return response

    def options(self, request: HttpRequest, *args: object, **kwargs: object) -> Any:
        """As ApiView's; DRF would render what it says of a view by the page's template, which lacks its own then."""
        return HttpResponse(status=204, headers={"Allow": ", ".join(self.allowed_methods)})


class SwaggerReturn(SpectacularSwaggerOauthRedirectView):
    """The page the hosted page leads back to; it hands the code to the page that opened it."""

    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        response = super().get(request, *args, **kwargs)
        response["Cross-Origin-Opener-Policy"] = OPENER
        return response
