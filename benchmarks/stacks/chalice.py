"""Chalice with boto3's Table."""

from typing import Any

from chalice import BadRequestError, Chalice, NotFoundError, Response

from benchmarks.stacks import peer, tables

app = Chalice(app_name="todos")


def _subject() -> str:
    return peer.subject(app.current_request.headers["authorization"])


@app.route("/api/todos", methods=["GET"])
def todos() -> Any:
    return tables.todos_of(_subject())


@app.route("/api/todos", methods=["POST"])
def create() -> Any:
    owner = _subject()
    try:
        values = peer.check(app.current_request.json_body)
    except ValueError as error:
        raise BadRequestError(str(error)) from error
    return Response(tables.create_todo(owner, values), status_code=201)


@app.route("/api/todos/{id}", methods=["GET"])
def todo(id: str) -> Any:  # noqa: A002
    found = tables.find_todo(_subject(), id)
    if found is None:
        raise NotFoundError(id)
    return found


@app.route("/api/blog/posts", methods=["GET"])
def posts() -> Any:
    return tables.public_posts()


@app.route("/api/blog/posts/{id}", methods=["GET"])
def post(id: str) -> Any:  # noqa: A002
    found = tables.find_post(id)
    if found is None:
        raise NotFoundError(id)
    return found


handler, stub = app, tables.stub
