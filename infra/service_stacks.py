"""The services' own stacks of one environment, the same on the embedded AWS and on AWS."""

from collections.abc import Mapping
from functools import cache

from config.services import SERVICES
from infra.stacks import Stacks, service_template
from serverless.service import Service


def apply(stacks: Stacks, values: Mapping[str, str]) -> dict[str, str]:
    """Apply the stack of each service, those it calls before it; the outputs of all. Raises StackError.

    A template is given those of the values and of the outputs before it that it has parameters for.
    """
    # Their parameters have no default: cfn-lint would take an empty one for an ARN. A table's own stack has one, too,
    # where no service reads the stream.
    no_streams = {stream_parameter(table): "" for service in owners() for table in service.tables}
    made: dict[str, str] = {}
    stacks.delete("events")  # which held the event sources of environments that are older than these stacks
    for service in owners():
        template = service_template(service)
        # A stack that is there goes on to name the stream of a table that is gone.
        made |= stacks.apply_known(template, {**no_streams, **stacks.parameters(template), **values, **made})
    return made


def outputs(stacks: Stacks) -> dict[str, str]:
    """The outputs of all services' stacks as they are."""
    found: dict[str, str] = {}
    for service in owners():
        found |= stacks.outputs(service_template(service))
    return found


@cache
def owners() -> tuple[Service, ...]:
    """The services that have a stack, each after those it calls."""
    found: list[Service] = []
    seen: set[str] = set()

    def add(service: Service) -> None:
        if service.name in seen:
            return
        seen.add(service.name)
        for called in SERVICES:
            if called.name in service.calls:
                add(called)
        if service_template(service):
            found.append(service)

    for service in SERVICES:
        add(service)
    return tuple(found)


def streamed_tables() -> list[str]:
    """The tables whose stream calls a function."""
    return [source.name for service in owners() for source in service.sources if source.stream]


def stream_parameter(table: str) -> str:
    """The parameter of a service's stack for the stream of a table."""
    return f"{table.title()}StreamArn"
