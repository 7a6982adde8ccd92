"""What every stage has: the API's description, its Swagger UI, health."""

from typing import Any

from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView

from api.health import DeepHealth, Health
from api.swagger import SwaggerReturn, SwaggerUI

_public: dict[str, Any] = {"authentication_classes": [], "permission_classes": []}

urlpatterns = [
    path("schema/", SpectacularJSONAPIView.as_view(**_public), name="schema"),
    path("docs/", SwaggerUI.as_view(url_name="schema", **_public), name="docs"),
    path("docs/oauth2-redirect/", SwaggerReturn.as_view()),
    path("health/", Health.as_view(), name="health"),
    path("health/deep/", DeepHealth.as_view(), name="health-deep"),
]
