"""What every stage has: the API's description, its Swagger UI, health."""

from typing import Any

from django.urls import path

from rest.health import DeepHealth, Health
from rest.lazy_schema import on_demand

_public: dict[str, Any] = {"authentication_classes": [], "permission_classes": []}

urlpatterns = [
    path("api/schema/", on_demand("rest.openapi.Description"), name="schema"),
    path("api/docs/", on_demand("rest.swagger.SwaggerUI", url_name="schema", **_public), name="docs"),
    path("api/docs/oauth2-redirect/", on_demand("rest.swagger.SwaggerReturn")),
    path("api/health/", Health.as_view(), name="health"),
    path("api/health/deep/", DeepHealth.as_view(), name="health-deep"),
]
