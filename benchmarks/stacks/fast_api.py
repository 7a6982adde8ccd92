"""FastAPI with Mangum and boto3's Table.

Its views are `async`, the faster way by half again in one Lambda, though boto3 blocks; the usual `def` would go through
a thread.
"""

from datetime import datetime
from typing import Any

from fastapi import Depends, FastAPI, Header, HTTPException
from mangum import Mangum
from pydantic import BaseModel, Field

from benchmarks.stacks import peer, tables

app = FastAPI()


class NewTodo(BaseModel):
    """A to-do as a client sends it."""

    title: str = Field(min_length=1, max_length=500)
    notes: str = Field("", max_length=10_000)
    completed: bool = False
    due: datetime | None = None
    priority: int = Field(0, ge=0, le=3)
    tags: list[str] = []
    list: str = Field("inbox", max_length=100)


async def _subject(authorization: str = Header()) -> str:
    return peer.subject(authorization)


@app.get("/api/todos/")
async def todos(owner: str = Depends(_subject)) -> Any:
    return tables.todos_of(owner)


@app.post("/api/todos/", status_code=201)
async def create(todo: NewTodo, owner: str = Depends(_subject)) -> Any:
    values = todo.model_dump()
    values["due"] = values["due"] and values["due"].isoformat()
    return tables.create_todo(owner, values)


@app.get("/api/todos/{id}/")
async def todo(id: str, owner: str = Depends(_subject)) -> Any:  # noqa: A002
    found = tables.find_todo(owner, id)
    if found is None:
        raise HTTPException(404)
    return found


@app.get("/api/blog/posts/")
async def posts() -> Any:
    return tables.public_posts()


@app.get("/api/blog/posts/{id}/")
async def post(id: str) -> Any:  # noqa: A002
    found = tables.find_post(id)
    if found is None:
        raise HTTPException(404)
    return found


handler, stub = Mangum(app, lifespan="off", api_gateway_base_path="/production"), tables.stub
