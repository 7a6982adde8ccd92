"""Where this service answers."""

from django.urls import URLPattern, path

import rest.converters  # noqa: F401  # any_uuid
from rest.lazy_views import LazyViews

views = LazyViews("media.views")

urlpatterns: list[URLPattern] = [
    path("api/media/uploads/", views.UploadList, name="uploads"),
    path("api/media/uploads/<any_uuid:id>/", views.UploadDetail, name="upload"),
    path("api/media/credentials/", views.CredentialsView, name="credentials"),
]
