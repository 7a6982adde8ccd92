"""The one Lambda entry: HTTP goes to Django, events go to the handler of their source.

Events are routed by the name of the queue or table they come from, never by what a message says of itself, and an
event nothing is meant for raises: an error that retries and lands in a failure queue, where a silent success would
lose it.
"""

import gc
import logging
import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

# What is made while Lambda initialises is there to stay: looking for garbage among it would slow the cold start.
gc.disable()

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django
from django.apps import apps

import rest.import_stubs  # noqa: F401  # before anything imports Django, DRF or PynamoDB

if not apps.ready:  # on a laptop the server is set up, and its logging would begin anew
    django.setup()

from django.conf import settings
from django.core.cache import close_caches
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries
from django.urls import resolve, set_script_prefix
from django.utils.module_loading import import_string

from config import env, services
from config.logs import follow_level
from dynamo.connection import open_connection
from serverless.http import answer

log = logging.getLogger(__name__)

Event = dict[str, Any]

# The end of a queue's, table's or topic's name in this stage -> its handler.
ROUTES = {name: source.handler for name, source in services.sources().items()}

# What a state of a state machine asks for -> the function.
TASKS = services.tasks()

# What `zappa invoke STAGE NAME` may run.
COMMANDS = {"health": "rest.health.check"}

# Lambda gives full CPU while it initialises: load middleware and URLs now, not in the first request.
application = WSGIHandler()
resolve("/api/health/")
set_script_prefix(settings.SITE_PREFIX)
# Connect to DynamoDB, too, unless the initialised process becomes a snapshot.
match env.text("AWS_LAMBDA_INITIALIZATION_TYPE", ""):
    case "on-demand" | "provisioned-concurrency":
        open_connection()
    case "snap-start":
        import_module("config.snapshots").register()

# There is no SQL database, and the cache is memory: what Django does about their connections at both ends of a request
# is 11 % of a short one.
for _signal, _receiver in (
    (request_started, reset_queries),
    (request_started, close_old_connections),
    (request_finished, close_old_connections),
    (request_finished, close_caches),
):
    _signal.disconnect(_receiver)

gc.freeze()
gc.enable()


class UnroutedEvent(Exception):
    """Nothing here handles this event. Lambda retries it, then keeps it in the failure queue."""


class CommandFailed(Exception):
    """A management command ended by itself with an error."""


def handler(event: Event, context: object) -> Any:
    """Answer an HTTP event of API Gateway or a load balancer, handle records, do a state's task, or run a command.

    Raises UnroutedEvent.
    """
    if "requestContext" in event:
        follow_level((event.get("stageVariables") or {}).get("log_level"))
        return answer(application, event, context)
    # Links in mails are the site's own, whatever the request before this one was asked for.
    set_script_prefix(settings.SITE_PREFIX)
    if event.get("Records"):
        return _route(event["Records"])(event, context)
    if "task" in event:
        return _function(TASKS.get(event["task"]), f"the task {event['task']!r}")(event["input"], context)
    if "manage" in event:
        return _manage(event["manage"])
    if "command" in event:
        return _command(event["command"])
    raise UnroutedEvent(f"no handler for an event with {sorted(event)}")


def _route(records: list[Event]) -> Callable[[Event, Any], Any]:
    names = {_source_name(record) for record in records}
    if len(names) != 1:
        raise UnroutedEvent(f"records of several sources: {sorted(names)}")
    name = names.pop()
    return _function(ROUTES.get(name.removeprefix(settings.DYNAMO["TABLE_PREFIX"])), f"records of {name!r}")


def _function(path: str | None, what: str) -> Callable[[Event, Any], Any]:
    """The function at a path, if its service is served here."""
    if path is None or path.split(".")[0] not in settings.SERVICES:
        raise UnroutedEvent(f"no handler for {what}")
    function: Callable[[Event, Any], Any] = import_string(path)
    return function


def _source_name(record: Event) -> str:
    """The name of the queue, table or stream a record comes from.

    arn:aws:sqs:region:account:QUEUE; arn:aws:dynamodb:region:account:table/TABLE/stream/time;
    arn:aws:kinesis:region:account:stream/STREAM
    """
    arn = str(record.get("eventSourceARN") or "")
    name = arn.split(":", 5)[-1]
    return name.split("/")[1] if name.startswith(("table/", "stream/")) else name


def _manage(command: str) -> str:
    """`zappa manage STAGE "check --deploy"`: only someone who may invoke the function can send this.

    Zappa shows what was logged, not what was returned, so the output is both.
    """
    import shlex
    from io import StringIO

    from django.core.management import call_command

    if settings.ADMIN:
        from accounts.staff.middleware import install_apps

        install_apps()
    output = StringIO()
    try:
        call_command(*shlex.split(command), stdout=output, stderr=output)
    except SystemExit as end:
        # It would end the whole environment, and with it the log that says why.
        if end.code:
            raise CommandFailed(f"{command!r} ended with {end.code}: {output.getvalue()}") from None
    sys.stdout.write(output.getvalue())
    return output.getvalue()


def _command(name: str) -> Any:
    """`zappa invoke STAGE NAME`, for what COMMANDS lists and nothing else."""
    if name not in COMMANDS:
        raise UnroutedEvent(f"there is no command {name!r}; there are {sorted(COMMANDS)}")
    answer = import_string(COMMANDS[name])()
    sys.stdout.write(f"{answer or 'ok'}\n")
    return answer
