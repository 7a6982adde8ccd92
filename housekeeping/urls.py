"""Where housekeeping answers."""

from django.urls import path

from rest.lazy_views import LazyViews

views = LazyViews("housekeeping.views")

urlpatterns = [path("api/housekeeping/runs/", views.RunList, name="housekeeping-runs")]
