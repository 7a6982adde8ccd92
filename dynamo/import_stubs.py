"""Import this first where a process starts often: PynamoDB without botocore's client, which is slow to import.

PynamoDB imports botocore's client and session when it is imported, for what only its own client needs. Here it is
imported with stand-ins for these modules, which then go again: who imports them later gets botocore's own, and so does
the connection before it uses them (dynamo.connection). `stand_ins` does the same for others, such as rest.import_stubs.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from botocore.exceptions import ClientError


class Later(type):
    """What stands for a class or a function until its module is imported.

    Called, or asked for an attribute, it is the real one, imported then. Nothing is an instance of it before somebody
    has imported its module. To inherit of it is a TypeError, as that needs the real one at once.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], content: dict[str, Any]) -> "Later":
        if bases:
            raise TypeError(f"{name} inherits of {bases}: their module can't be stood in for.")
        return super().__new__(cls, name, bases, content)

    def __call__(cls, *args: object, **kwargs: object) -> Any:
        return _real(cls.__module__, cls.__name__)(*args, **kwargs)

    def __getattr__(cls, name: str) -> Any:
        return getattr(_real(cls.__module__, cls.__name__), name)

    def __instancecheck__(cls, instance: object) -> bool:
        return cls.__module__ in sys.modules and isinstance(instance, _real(cls.__module__, cls.__name__))


def later(module: str, name: str) -> Later:
    """What stands for a module's name until it is used."""
    return Later(name, (), {"__module__": module})


def _real(module: str, name: str) -> Any:
    found = import_module(module)
    if found.__spec__ is None:
        raise AttributeError(f"The stand-in for {module} has no {name}.")
    return getattr(found, name)


@contextmanager
def stand_ins(contents: Mapping[str, Mapping[str, Any] | None]) -> Iterator[None]:
    """In the block, modules that nobody has imported yet have this, and else a `Later`; with None they are missing.

    Modules inside of them that are not named here are the real ones. Once the block has ended, who has kept a stand-in
    gets from it what is in the real module.
    """
    held = {
        name: None if content is None else _stand_in(name, content)
        for name, content in contents.items()
        if name not in sys.modules
    }
    sys.modules.update(held)  # type: ignore[arg-type]  # None is how Python is told that a module is missing
    places = [(*name.rpartition("."), module) for name, module in held.items() if module]
    owners = [(sys.modules[package], part, module) for package, _, part, module in places if package in sys.modules]
    for owner, part, made in owners:
        setattr(owner, part, made)
    try:
        yield
    finally:
        for name, module in held.items():
            del sys.modules[name]
            if module:
                module.__getattr__ = partial(_real, name)  # type: ignore[method-assign]
        for owner, part, _ in owners:
            if owner not in held.values():
                delattr(owner, part)


def _stand_in(name: str, content: Mapping[str, Any]) -> ModuleType:
    top, *parts = name.split(".")
    spec, made = find_spec(top), ModuleType(name)
    places = (spec and spec.submodule_search_locations) or ()
    vars(made).update(__path__=["/".join((place, *parts)) for place in places], __getattr__=partial(later, name))
    vars(made).update(content)
    return made


_UNUSED = ("botocore.config", "botocore.session", "pynamodb.connection._botocore_private")
with stand_ins({"botocore.client": {"ClientError": ClientError}, **{name: {} for name in _UNUSED}}):
    import_module("pynamodb.models")
