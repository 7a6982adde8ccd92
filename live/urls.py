"""Where live updates answer."""

from django.urls import path

from live.views import TicketList

urlpatterns = [path("api/live/tickets/", TicketList.as_view(), name="live-tickets")]
