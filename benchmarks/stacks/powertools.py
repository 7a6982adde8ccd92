"""AWS Lambda Powertools' resolver with boto3's Table."""

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.exceptions import BadRequestError, NotFoundError

from benchmarks.stacks import peer, tables

app = APIGatewayRestResolver()


def _subject() -> str:
    return peer.subject(app.current_event.headers["authorization"])


@app.get("/api/todos/")
def todos() -> Any:
    return tables.todos_of(_subject())


@app.post("/api/todos/")
def create() -> Any:
    owner = _subject()
    try:
        values = peer.check(app.current_event.json_body)
    except ValueError as error:
        raise BadRequestError(str(error)) from error
    return tables.create_todo(owner, values), 201


@app.get("/api/todos/<id>/")
def todo(id: str) -> Any:  # noqa: A002
    found = tables.find_todo(_subject(), id)
    if found is None:
        raise NotFoundError(id)
    return found


@app.get("/api/blog/posts/")
def posts() -> Any:
    return tables.public_posts()


@app.get("/api/blog/posts/<id>/")
def post(id: str) -> Any:  # noqa: A002
    found = tables.find_post(id)
    if found is None:
        raise NotFoundError(id)
    return found


def handler(event: dict[str, Any], context: object) -> Any:
    """Lambda's entry."""
    return app.resolve(event, context)


stub = tables.stub
