"""Python alone: what any start takes."""

from benchmarks.fixtures import Event


def handler(event: Event, context: object) -> object:
    """Lambda's."""
    return {"statusCode": 200, "body": "[]"}
