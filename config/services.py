"""The services there are, each a folder with a declaration. What belongs to one stands there, not here."""

from collections.abc import Collection, Iterable
from importlib import import_module

from serverless.service import EventSource, Published, Service, Worker

NAMES = (
    "todos",
    "blog",
    "media",
    "updates",
    "live",
    "reminders",
    "mydata",
    "housekeeping",
)

# Packages that every service stands on, lowest first.
SHARED = ("serverless", "dynamo", "rest", "accounts", "config")
# Groups of the user pool that have permissions, the least first: each may do what those before it may.
GROUPS = ("viewers", "editors", "publishers")


class UnknownService(ValueError):
    """No service has this name. The message says which there are."""


def _declaration(name: str) -> Service:
    service: Service = import_module(f"{name}.service").SERVICE
    return service


SERVICES = tuple(_declaration(name) for name in NAMES)
SERVED = tuple(service for service in SERVICES if service.is_served)
# The service that gets all paths no other one claims, and those that all share: /api/me/, the schema.
DEFAULT = next((service for service in SERVED if service.is_default), SERVED[0])


def sources(services: Iterable[Service] = SERVICES) -> dict[str, EventSource]:
    """Event sources by their name."""
    return {source.name: source for service in services for source in service.sources}


def tasks() -> dict[str, str]:
    """Functions that states of state machines call: path by name."""
    return {name: path for service in SERVICES for name, path in service.tasks.items()}


def workers(services: Iterable[Service] = SERVICES) -> dict[str, Worker]:
    """The functions that answer no requests, by their name."""
    return {worker.name: worker for service in services for worker in service.workers}


def failure_queues(services: Iterable[Service] = SERVICES) -> dict[str, str]:
    """The queue each failure queue's events came from; an empty one for events of a stream."""
    return {each.failures: each.name if each.is_queue else "" for each in sources(services).values() if each.failures}


def group_permissions(services: Iterable[Service] = SERVICES) -> dict[str, set[str]]:
    """What members of each group may do."""
    found: dict[str, set[str]] = {}
    allowed: set[str] = set()
    for group in GROUPS:
        allowed = allowed.union(*(service.permissions.get(group, ()) for service in services))
        found[group] = allowed
    return found


def cached_reads(services: Iterable[Service] = SERVICES) -> dict[str, tuple[str, ...]]:
    """What API Gateway's cache may keep: the query parameters of each path."""
    return {path: names for service in services for path, names in service.cached_reads.items()}


def published_with_variables() -> list[Published]:
    """The published buckets whose address the functions are told."""
    return [each for service in SERVICES for each in service.published if each.variable]


def named(names: Collection[str]) -> tuple[Service, ...]:
    """The declarations of these services. Raises UnknownService."""
    by_name = {service.name: service for service in SERVICES}
    if unknown := [name for name in names if name not in by_name]:
        raise UnknownService(f"There is no service {unknown[0]!r}; there are {', '.join(by_name)}.")
    return tuple(by_name[name] for name in names)
