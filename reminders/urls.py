"""Where reminders answer."""

from django.urls import path, re_path

from reminders.views import Settings, Snooze, SubscriptionDetail, SubscriptionList

urlpatterns = [
    path("api/reminders/settings/", Settings.as_view(), name="reminders-settings"),
    path("api/reminders/subscriptions/", SubscriptionList.as_view(), name="reminders-subscriptions"),
    re_path(
        r"^api/reminders/subscriptions/(?P<id>[0-9a-f]{32})/$", SubscriptionDetail.as_view(), name="reminders-browser"
    ),
    path("api/reminders/<uuid:id>/snooze/", Snooze.as_view(), name="reminders-snooze"),
]
