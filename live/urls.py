"""Where live updates answer."""

from django.urls import path

from rest.lazy_views import LazyViews

views = LazyViews("live.views")

urlpatterns = [path("api/live/tickets/", views.TicketList, name="live-tickets")]
