"""The Lambda entry of functions that answer no requests (`Worker` in serverless/service.py).

HANDLER names the function that takes the events. Django gets settings of tables, and what the service's stack made: a
worker knows nothing of the site, its users or its secrets.
"""

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

import dynamo.import_stubs  # noqa: F401  # before anything imports PynamoDB
from config import env, services, tables

_service = env.text("HANDLER").partition(".")[0]
settings.configure(
    DYNAMO=tables.settings(),
    USE_TZ=True,
    USE_I18N=False,
    DECLARATIONS=services.SERVICES,
    **{name: env.text(name, "") for name in services.named([_service])[0].outputs},
)
_handle = import_string(env.text("HANDLER"))


def handler(event: dict[str, Any], context: object) -> Any:
    """Hand the event on."""
    return _handle(event, context)
