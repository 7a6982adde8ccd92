"""Contracts of import-linter over all services, whichever config/services.py lists: pyproject.toml uses them.

Among layers, `{services}` is every service's name with `|` between them. Elsewhere a name with `{service}` is repeated
for each of them, and one in parentheses is left out when there is no such module: `({service}.models)`, `(blog.api)`.
"""

from importlib.util import find_spec
from typing import Any

import grimp
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract
from importlinter.domain.contract import Contract, ContractCheck

from config.services import NAMES


class _OfServices(Contract):
    """A contract whose options name the services, checked in a graph that has them."""

    def __init__(self, name: str, session_options: dict[str, Any], contract_options: dict[str, Any]) -> None:
        options = {option: _filled(option, value) for option, value in contract_options.items()}
        self._is_void = [] in options.values()  # it is about a service that is not there
        packages = [*session_options["root_packages"], *NAMES]
        super().__init__(name, {**session_options, "root_packages": packages}, options)

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:
        """Check the contract in a graph of the session's packages and the services."""
        if self._is_void:
            return ContractCheck(kept=True)
        packages = self.session_options["root_packages"]
        whole = grimp.build_graph(*packages, include_external_packages=True, cache_dir=".import_linter_cache")
        return super().check(whole, verbose)  # type: ignore[safe-super]  # the other parent's


class ServiceLayersContract(_OfServices, LayersContract):
    """`layers` of import-linter."""

    type_name = "service_layers"


class ServiceForbiddenContract(_OfServices, ForbiddenContract):
    """`forbidden` of import-linter."""

    type_name = "service_forbidden"


def _filled(option: str, value: object) -> object:
    if not isinstance(value, list):
        return value
    if option == "layers":
        return [each.replace("{services}", " | ".join(NAMES)) for each in value]
    return [each for pattern in value for each in _of_each(pattern)]


def _of_each(pattern: str) -> list[str]:
    names = [pattern.replace("{service}", name) for name in NAMES] if "{service}" in pattern else [pattern]
    return [name.strip("()") for name in names if not name.startswith("(") or _exists(name.strip("()"))]


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # nor does its package
        return False
