"""Import this first where a process starts often: PynamoDB without botocore's client, which is slow to import.

PynamoDB imports botocore's client and session when it is imported, for what only its own client needs. Here it is
imported with stand-ins for these modules, which then go again: who imports them later gets botocore's own, and so does
the connection before it uses them (dynamo.connection). Django is imported without sqlparse, which splits scripts for
databases that take SQL, and without what mails errors and colours a terminal.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any


@contextmanager
def stand_ins(contents: Mapping[str, Mapping[str, Any] | None]) -> Iterator[None]:
    """In the block, modules that nobody has imported yet hold this alone; those with None are not there at all.

    Who keeps one of them gets what else is in the real module, once the block has ended.
    """
    modules: dict[str, Any] = {}
    for name in contents.keys() - sys.modules.keys():
        modules[name] = None
        if (content := contents[name]) is not None:
            modules[name] = ModuleType(name)
            vars(modules[name]).update({"__getattr__": partial(_real, name), **content})
    places = [name.rpartition(".") for name in modules]
    owners = [(sys.modules[package], part) for package, _, part in places if package in sys.modules]
    sys.modules.update(modules)
    for owner, part in owners:
        setattr(owner, part, modules[f"{owner.__name__}.{part}"])
    try:
        yield
    finally:
        for name in modules:
            del sys.modules[name]
        for owner, part in owners:
            delattr(owner, part)


def _real(module: str, name: str) -> Any:
    found = import_module(module)
    if found.__spec__ is None:
        raise AttributeError(f"The stand-in for {module} has no {name}.")
    return getattr(found, name)


def later(module: str, name: str) -> Callable[..., Any]:
    """A function of a module that is imported when the function is called."""

    def call(*args: object, **kwargs: object) -> Any:
        return _real(module, name)(*args, **kwargs)

    return call


def _import_models() -> None:
    from botocore.exceptions import ClientError

    with stand_ins(
        {
            "botocore.client": {"ClientError": ClientError},
            "botocore.config": {},
            "botocore.session": {"get_session": later("botocore.session", "get_session"), "Session": object},
            # Types of botocore's private methods.
            "pynamodb.connection._botocore_private": {"BotocoreBaseClientPrivate": object},
            "sqlparse": {},
            "django.core.mail": {name: later("django.core.mail", name) for name in ("get_connection", "mail_managers")},
            "django.core.management.color": {"color_style": later("django.core.management.color", "color_style")},
        }
    ):
        for module in ("django.db.models", "django.middleware.common", "django.utils.log", "pynamodb.models"):
            import_module(module)


_import_models()
