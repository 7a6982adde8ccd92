"""The API of reminders."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import bearer_token
from accounts.cognito import Unreachable
from accounts.profile import read_email
from dynamo.errors import ConditionFailed
from reminders.examples import SETTINGS, SETTINGS_INPUT, SNOOZE, SUBSCRIPTION, SUBSCRIPTION_INPUT
from reminders.models import Preferences, Reminder, Subscription
from reminders.planning import WRITE_SECONDS, OwnerChange, ReminderChange, tell
from reminders.serializers import (
    SettingsInput,
    SettingsSerializer,
    SnoozeInput,
    SubscriptionInput,
    SubscriptionSerializer,
    show_settings,
    show_subscription,
)
from rest.lazy_schema import extend_schema
from rest.problems import ServiceUnavailable, needing_aws
from rest.views import ApiView, JsonResponse
from serverless.errors import InvalidValue
from serverless.events import TryAgain

SHOWN_SETTINGS = OpenApiResponse(SettingsSerializer, examples=[OpenApiExample("Settings", SETTINGS)])
SHOWN = OpenApiResponse(SubscriptionSerializer, examples=[OpenApiExample("A browser", SUBSCRIPTION)])
NAME = OpenApiParameter("id", OpenApiTypes.STR, OpenApiParameter.PATH)
TODO_ID = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="The to-do's.")


class Settings(ApiView):
    """When and how I am reminded."""

    throttle_scope = "reminder_settings"  # another zone or time has all reminders arranged anew

    @extend_schema(operation_id="reminders_settings", summary="When am I reminded?", responses=SHOWN_SETTINGS)
    def get(self, request: Request) -> HttpResponse:
        return JsonResponse(show_settings(Preferences.of(self.sub)))

    @extend_schema(
        operation_id="reminders_settings_put",
        summary="Say when to remind me",
        description="All reminders of what is due on a day move with another zone or time, within seconds.",
        request=SettingsInput,
        responses=SHOWN_SETTINGS,
        examples=[OpenApiExample("Settings", SETTINGS_INPUT, request_only=True)],
    )
    def put(self, request: Request) -> HttpResponse:
        values = self.body(SettingsInput)
        hours, minutes = map(int, values["time"].split(":"))
        email = _email(request) if values["mail"] else None
        row = Preferences(self.sub, zone=values["zone"], minute=hours * 60 + minutes, email=email)
        changes = [OwnerChange(owner=self.sub)]
        with needing_aws("Reminders can't be arranged right now.", TryAgain):
            try:
                row.save(condition=(Preferences.zone == row.zone) & (Preferences.minute == row.minute))
            except ConditionFailed:  # by another clock, all reminders of a day come at another moment
                tell(changes, delay=WRITE_SECONDS)
                row.save()
                tell(changes)
        return JsonResponse(show_settings(row))


class SubscriptionList(ApiView):
    """Browsers that hear of my reminders."""

    throttle_scope = "subscriptions"

    @extend_schema(
        operation_id="reminders_subscriptions_list",
        summary="My browsers that hear of reminders",
        responses=OpenApiResponse(
            SubscriptionSerializer(many=True), examples=[OpenApiExample("A browser", SUBSCRIPTION)]
        ),
    )
    def get(self, request: Request) -> HttpResponse:
        return JsonResponse([show_subscription(row) for row in Subscription.of(self.sub)])

    @extend_schema(
        operation_id="reminders_subscriptions_create",
        summary="Have this browser hear of reminders",
        description="Web Push. The same endpoint again is the same subscription. One that its push service calls gone "
        "is forgotten.",
        request=SubscriptionInput,
        responses={201: SHOWN},
        examples=[OpenApiExample("A browser", SUBSCRIPTION_INPUT, request_only=True)],
    )
    def post(self, request: Request) -> HttpResponse:
        return JsonResponse(show_subscription(Subscription.keep(self.sub, **self.body(SubscriptionInput))), status=201)


class SubscriptionDetail(ApiView):
    """One of my browsers."""

    @extend_schema(
        operation_id="reminders_subscriptions_destroy",
        summary="Have a browser hear no more",
        description="204 also where there is none.",
        parameters=[NAME],
        responses={204: None},
    )
    def delete(self, request: Request, id: str) -> HttpResponse:  # noqa: A002  # the name in the URL
        Subscription.forget(self.sub, id)
        return Response(status=204)


class Snooze(ApiView):
    """Later."""

    @extend_schema(
        operation_id="reminders_snooze",
        summary="Remind me again later",
        description="At that moment, in place of the one that follows from the to-do. A change of when it is due ends "
        "that. 404 where the to-do does not remind.",
        request=SnoozeInput,
        parameters=[TODO_ID],
        responses={204: None},
        examples=[OpenApiExample("Later", SNOOZE, request_only=True)],
    )
    def post(self, request: Request, id: str) -> HttpResponse:  # noqa: A002
        until, changes = self.body(SnoozeInput)["until"], [ReminderChange(owner=self.sub, id=id)]
        with needing_aws("Reminders can't be arranged right now.", TryAgain):
            tell(changes, delay=WRITE_SECONDS)
            Reminder.snooze(self.sub, id, until)
            tell(changes)
        return Response(status=204)


def _email(request: Request) -> str:
    claims: Any = request.auth
    try:
        found = read_email(bearer_token(request.META["HTTP_AUTHORIZATION"]), claims)
    except Unreachable as error:
        raise ServiceUnavailable("Your address can't be looked up right now.", retry_after=5) from error
    if found is None:
        raise InvalidValue("Your address is not known here.", field="mail")
    return found
