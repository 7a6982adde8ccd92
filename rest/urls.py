"""What every stage has: the API's description, its Swagger UI, what its problems mean, health."""

from typing import Any

from django.urls import path

from rest.lazy_views import LazyView

_public: dict[str, Any] = {"authentication_classes": [], "permission_classes": []}

urlpatterns = [
    path("api/schema/", LazyView("rest.openapi.Description"), name="schema"),
    path("api/docs/", LazyView("rest.swagger.SwaggerUI", url_name="schema", **_public), name="docs"),
    path("api/docs/oauth2-redirect/", LazyView("rest.swagger.SwaggerReturn")),
    path("api/problems/<slug:kind>/", LazyView("rest.openapi.ProblemKind")),
    path("api/health/", LazyView("rest.health.Health"), name="health"),
    path("api/health/deep/", LazyView("rest.health.DeepHealth"), name="health-deep"),
]
