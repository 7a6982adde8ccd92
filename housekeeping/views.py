"""The API of housekeeping: a run now, rather than tonight."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request

from accounts.permissions import May
from housekeeping.examples import RUN, RUN_INPUT
from housekeeping.services import JOBS, begin
from rest.lazy_schema import extend_schema
from rest.problems import needing_aws
from rest.serializers import ChoiceField, StrictSerializer
from rest.views import ApiView, JsonResponse


class RunInput(StrictSerializer):
    """Which run."""

    job = ChoiceField(choices=JOBS, help_text="`weekly` sends its mail.")


class RunSerializer(serializers.Serializer[Any]):
    """A run that was begun."""

    id = serializers.CharField()


class MayRun(May):
    """Who publishes, and administrators."""

    what, permission = "Housekeeping", "housekeeping.add_run"


class RunList(ApiView):
    """Runs of housekeeping."""

    permission_classes = [MayRun]
    throttle_scope = "housekeeping"

    @extend_schema(
        operation_id="housekeeping_runs_create",
        summary="Keep house now",
        description="Begins a run, which the admin shows under this id with what it finds.",
        request=RunInput,
        responses={202: OpenApiResponse(RunSerializer, examples=[OpenApiExample("Begun", RUN)])},
        examples=[OpenApiExample("Which", RUN_INPUT, request_only=True)],
    )
    def post(self, request: Request) -> HttpResponse:
        job = self.body(RunInput)["job"]
        with needing_aws("The run could not be begun right now."):
            run = begin(job)
        return JsonResponse({"id": run}, status=202)
