"""Swagger UI without inline scripts or styles, so that a strict Content-Security-Policy lets it run."""

from typing import Any

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response


class SwaggerUI(SpectacularSwaggerSplitView):
    """drf-spectacular's, with its script and style in files."""

    template_name = "api/swagger_ui.html"

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        made: Any = super()
        response: Response = made.get(request, *args, **kwargs)
        # The window of the hosted sign-in page tells this one the code.
        response["Cross-Origin-Opener-Policy"] = "unsafe-none"
        return response
