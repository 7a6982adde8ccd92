"""Events in: connections that begin and end, and the stream of to-dos."""

from typing import TypedDict

from config import env
from dynamo.errors import DynamoError
from live.models import Connection
from live.services import open_connection, say_changed
from serverless.events import Batch, BatchResponse, Context, Event, Record, need


class SocketAnswer(TypedDict):
    """What API Gateway takes: it accepts a connection when the status is 200."""

    statusCode: int


def answer_socket(event: Event, context: Context | None) -> SocketAnswer:
    """An event of the routes `$connect` and `$disconnect`. A connection is refused with 403 without a good ticket."""
    connection_id: str = event["requestContext"]["connectionId"]
    if event["requestContext"]["eventType"] == "CONNECT":
        ticket = (event.get("queryStringParameters") or {}).get("ticket", "")
        return {"statusCode": 200 if open_connection(ticket=ticket, connection_id=connection_id) else 403}
    Connection.forget(connection_id)
    return {"statusCode": 200}


def push_changes(event: Event, context: Context | None) -> BatchResponse:
    """Records of the table `todos`: each owner's connections hear once that something changed."""
    told: set[str] = set()

    def tell(owner: str) -> None:
        if owner not in told:
            # Even if it fails: Lambda brings the record that fails again, and all that are behind it.
            told.add(owner)
            say_changed(owner=owner, api=env.text("LIVE_API"))

    return Batch(event, context, _owner, failures="live-failures", passing=(DynamoError,)).each(tell).response()


def _owner(record: Record) -> str:
    """Whose to-do a record is about; the key suffices, so the stream may carry any images."""
    return need(record["dynamodb"]["Keys"]["owner"], "S", str)
