"""The Lambda entry of functions that answer no requests (`Worker` in serverless/service.py).

HANDLER names the function that takes the events. Django gets settings of tables, and what the service's stack made: a
worker knows nothing of the site, its users or its secrets.
"""

from importlib import import_module
from typing import Any

from django.conf import settings

import dynamo.import_stubs  # noqa: F401  # before anything imports PynamoDB
from config import env, services, tables

_module, _, _function = env.text("HANDLER").rpartition(".")
_outputs = import_module(f"{_module.partition('.')[0]}.service").SERVICE.outputs
settings.configure(
    DYNAMO=tables.settings(),
    USE_TZ=True,
    USE_I18N=False,
    DECLARATIONS=services.SERVICES,
    **{name: env.text(name, "") for name in _outputs},
)
_handle = getattr(import_module(_module), _function)


def handler(event: dict[str, Any], context: object) -> Any:
    """Hand the event on."""
    return _handle(event, context)
