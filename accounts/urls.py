"""Who am I, and how do I sign in?"""

from django.urls import path

from accounts.views import AuthConfig, Me

urlpatterns = [
    path("api/me/", Me.as_view(), name="me"),
    path("api/auth/config/", AuthConfig.as_view(), name="auth-config"),
]
