"""The API of live updates: a ticket for a WebSocket, as browsers can send no header with one."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request

from live.examples import TICKET
from live.models import TICKET_AGE
from live.services import new_ticket
from rest.lazy_schema import extend_schema
from rest.problems import NotFound
from rest.views import ApiView, JsonResponse


class TicketSerializer(serializers.Serializer[object]):
    """Where to connect."""

    url = serializers.CharField(help_text="The WebSocket's address with a ticket in it, which opens one connection.")
    expires_in = serializers.IntegerField(help_text="Seconds until the ticket opens nothing any more.")


class TicketList(ApiView):
    """Tickets for live updates."""

    @extend_schema(
        operation_id="live_tickets_create",
        summary="Ask for a live connection",
        description='Connect a WebSocket to `url`. Whenever one of your to-dos changed it says `{"type":"changed"}`, '
        "and you ask delta sync what did. Ask it once when the connection is open, too, as what changed before was not "
        'heard. A connection ends after two hours, or ten minutes without a message: send `{"action":"ping"}`, '
        "which has no answer, every few minutes. While there is none, ask delta sync from time to time; 404 "
        "means that none can be had here, as while the site is in another region.",
        request=None,
        responses={201: OpenApiResponse(TicketSerializer, examples=[OpenApiExample("A ticket", TICKET)])},
        extensions={"x-not-found": True},
    )
    def post(self, request: Request) -> HttpResponse:
        if not settings.LIVE_URL:  # as in a second region
            raise NotFound("There are no live updates here: ask delta sync.")
        query = urlencode({"ticket": new_ticket(owner=self.sub)})
        answer = {"url": f"{settings.LIVE_URL}?{query}", "expires_in": int(TICKET_AGE.total_seconds())}
        return JsonResponse(answer, status=201)
