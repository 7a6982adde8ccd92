"""Import this first where a process starts often: PynamoDB without botocore's client, which is slow to import.

PynamoDB imports botocore's client and session when it is imported, for what only its own client needs. Here it is
imported with stand-ins for these modules, which then go again: who imports them later gets botocore's own, and so does
the connection before it uses them (dynamo.connection). Django's models are imported without sqlparse, 5 ms, which
splits scripts for databases that take SQL.
"""

import sys
from types import ModuleType
from typing import Any


def _get_session() -> Any:
    from botocore.session import get_session

    return get_session()


def _stand_ins() -> dict[str, ModuleType]:
    from botocore.exceptions import ClientError

    contents: dict[str, dict[str, Any]] = {
        "botocore.client": {"ClientError": ClientError},
        "botocore.config": {},
        "botocore.session": {"get_session": _get_session, "Session": object},
        # Types of botocore's private methods.
        "pynamodb.connection._botocore_private": {"BotocoreBaseClientPrivate": object},
        "sqlparse": {},
    }
    modules = {name: ModuleType(name) for name in contents if name not in sys.modules}
    for name, module in modules.items():
        vars(module).update(contents[name])
    return modules


def _import_models() -> None:
    import botocore

    modules = _stand_ins()
    sys.modules.update(modules)
    parts = {name.partition(".")[2]: module for name, module in modules.items() if name.startswith("botocore.")}
    vars(botocore).update(parts)
    try:
        import django.db.models  # noqa: F401
        import pynamodb.models  # noqa: F401
    finally:
        for name in modules:
            del sys.modules[name]
        for part in parts:
            delattr(botocore, part)


_import_models()
