"""The API for subscribers: subscribing, and the link in every email that unsubscribes."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response

from blog.api.serializers import AcceptedSerializer, SubscriberInput
from blog.models import Subscriber
from rest import csp
from rest.lazy_schema import extend_schema
from rest.views import READING, PublicView


class SubscriberList(PublicView):
    """Who gets mail. Nobody learns here who that is."""

    throttle_scope = "subscribe"

    @extend_schema(
        operation_id="blog_subscribe",
        summary="Subscribe to new posts",
        description="The answer is the same whether the address was known or not. A new one gets a welcome email, "
        "whose link confirms it, and another when asked for again a day later; one that is not confirmed is forgotten "
        "after 7 days.",
        request=SubscriberInput,
        responses={202: AcceptedSerializer},
        examples=[OpenApiExample("An address", {"email": "reader@example.com"}, request_only=True)],
    )
    def post(self, request: Request) -> HttpResponse:
        Subscriber.subscribe(self.body(SubscriberInput)["email"])
        return Response({"detail": "If this address is new here, a welcome email is on its way."}, status=202)


class Unsubscribe(PublicView):
    """The link in every email (RFC 8058): a mail client posts to it, a reader presses the button that does so."""

    cache_control = "private, no-store"
    query_methods = READING | {"POST"}  # programs that handle mail add words of their own to links

    @extend_schema(
        operation_id="blog_unsubscribe_page",
        summary="A page with a button",
        description="Reading it changes nothing: scanners of mail follow links.",
        responses={(200, "text/html"): OpenApiTypes.STR},
    )
    def get(self, request: Request, token: str) -> HttpResponse:
        return self._page(request, Subscriber.read_token(token), done=False)

    @extend_schema(
        operation_id="blog_unsubscribe",
        summary="Unsubscribe",
        description="Any body will do; RFC 8058 sends `List-Unsubscribe=One-Click`. Again does no harm.",
        request=None,
        responses={(200, "text/html"): OpenApiTypes.STR},
    )
    def post(self, request: Request, token: str) -> HttpResponse:
        email = Subscriber.read_token(token)
        Subscriber.unsubscribe(email)
        return self._page(request, email, done=True)

    @staticmethod
    def _page(request: Request, email: str, *, done: bool) -> HttpResponse:
        answer = render(request._request, "blog/unsubscribe.html", {"email": email, "done": done})
        static = [csp.SELF, csp.origin(settings.STATIC_URL)]
        answer["Content-Security-Policy"] = csp.policy(style_src=static, img_src=static)
        answer["Referrer-Policy"] = "no-referrer"
        return answer
