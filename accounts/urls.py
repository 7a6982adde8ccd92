"""Who am I, and how do I sign in?"""

from django.urls import path

from rest.lazy_views import LazyViews

views = LazyViews("accounts.views")

urlpatterns = [
    path("api/me/", views.Me, name="me"),
    path("api/auth/config/", views.AuthConfig, name="auth-config"),
]
