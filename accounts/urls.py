"""Mounted at /api/."""

from django.urls import path

from accounts.views import AuthConfig, Me

urlpatterns = [
    path("me/", Me.as_view(), name="me"),
    path("auth/config/", AuthConfig.as_view(), name="auth-config"),
]
