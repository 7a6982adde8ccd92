"""Where reminders answer."""

from django.urls import path, re_path

import rest.converters  # noqa: F401  # any_uuid
from rest.lazy_views import LazyViews

views = LazyViews("reminders.views")

urlpatterns = [
    path("api/reminders/settings/", views.Settings, name="reminders-settings"),
    path("api/reminders/subscriptions/", views.SubscriptionList, name="reminders-subscriptions"),
    re_path(r"^api/reminders/subscriptions/(?P<id>[0-9a-f]{32})/$", views.SubscriptionDetail, name="reminders-browser"),
    path("api/reminders/<any_uuid:id>/snooze/", views.Snooze, name="reminders-snooze"),
]
