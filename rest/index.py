"""What `/api/` answers: where everything is."""

from rest_framework.request import Request
from rest_framework.response import Response

from rest.lazy_schema import extend_schema
from rest.views import PublicView


class Index(PublicView):
    """Links by name to what this process serves; `config/urls.py` knows what that is."""

    paths: dict[str, str] = {}

    @extend_schema(
        operation_id="index",
        summary="Where everything is",
        responses={200: {"type": "object", "additionalProperties": {"type": "string", "format": "uri"}}},
        tags=["index"],
    )
    def get(self, request: Request) -> Response:
        root = request.build_absolute_uri(request.path).removesuffix("/api/")
        return Response({name: f"{root}{path}" for name, path in self.paths.items()})
