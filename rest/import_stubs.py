"""Import this first where a process starts often: Django, DRF and PyJWT without what no request here needs.

Django's requests and DRF's serializers import the ORM, forms, templates and asyncio; PyJWT all about certificates. Who
uses one of them later gets the real one: the admin all of it, pages their templates, the API's description what
drf-spectacular needs. docs/performance.md says what each is worth; what is worth less than 3 % of a start is not here.
"""

import sys
from importlib import import_module
from inspect import iscoroutine, iscoroutinefunction
from typing import Any

from dynamo.import_stubs import later, stand_ins


def _running_loop() -> Any:
    """As asyncio's get_running_loop."""
    if "asyncio" not in sys.modules:
        raise RuntimeError("no running event loop")
    return later("asyncio", "get_running_loop")()


_MISSING = (
    "coreapi", "django.contrib.postgres", "inflection", "markdown", "pygments", "requests", "uritemplate", "yaml",
)  # fmt: skip
_UNUSED = (
    "asyncio.coroutines", "cryptography.x509", "django.core.mail", "django.db.models", "django.db.models.fields",
    "django.forms", "django.template", "django.template.loader", "django.views.debug", "rest_framework.schemas.openapi",
)  # fmt: skip
# What is asked for without a use of it: nothing is a query, a manager or a coroutine while none can be.
_ASKED_FOR: dict[str, dict[str, Any]] = {
    "asyncio": {
        "get_running_loop": _running_loop, "iscoroutine": iscoroutine, "iscoroutinefunction": iscoroutinefunction,
    },
    "django.db.models.manager": {"BaseManager": later("django.db.models.manager", "BaseManager")},
    "django.db.models.query": {"QuerySet": later("django.db.models.query", "QuerySet")},
}  # fmt: skip
with stand_ins(dict.fromkeys(_MISSING) | {name: {} for name in _UNUSED} | _ASKED_FOR):
    for _module in ("django.core.handlers.wsgi", "django.middleware.common", "rest_framework.views", "jwt"):
        import_module(_module)
