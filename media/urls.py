"""Where this service answers."""

from django.urls import URLPattern, path

from media.views import CredentialsView, UploadDetail, UploadList

urlpatterns: list[URLPattern] = [
    path("api/media/uploads/", UploadList.as_view(), name="uploads"),
    path("api/media/uploads/<uuid:id>/", UploadDetail.as_view(), name="upload"),
    path("api/media/credentials/", CredentialsView.as_view(), name="credentials"),
]
