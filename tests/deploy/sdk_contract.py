"""What an app does, by the generated Python client alone: `python -m tests.deploy.sdk_contract`, the SDK on its path.

SITE names the API's address, SITE_HOST its host name, TOKEN a user's access token and EDITOR_TOKEN an editor's.
"""

import os
import sys
from importlib import import_module
from typing import Any
from uuid import uuid4

sdk: Any = import_module("serverless_django_client")


def call(name: str) -> Any:
    """An operation's `sync_detailed`, such as todos.todos_create."""
    return import_module(f"serverless_django_client.api.{name}").sync_detailed


def client(token: str) -> Any:
    """A client with a user's token."""
    headers = {"Host": os.environ["SITE_HOST"]}
    return sdk.AuthenticatedClient(base_url=os.environ["SITE"], token=token, headers=headers)


def check_todos(mine: Any) -> None:
    """Make, read, list, change, conflict, delete."""
    models: Any = import_module("serverless_django_client.models")
    made = call("todos.todos_create")(client=mine, body=models.TodoInputRequest(title="Buy milk", priority=2))
    assert (made.status_code, made.parsed.title, made.parsed.version) == (201, "Buy milk", 1), made
    read = call("todos.todos_retrieve")(made.parsed.id, client=mine)
    assert read.parsed == made.parsed
    listed = call("todos.todos_list")(client=mine, limit=10)
    assert made.parsed.id in [todo.id for todo in listed.parsed]
    change = models.PatchedTodoInputRequest(completed=True)
    changed = call("todos.todos_patch")(made.parsed.id, client=mine, body=change, if_match='"v1"')
    assert (changed.status_code, changed.parsed.completed, changed.parsed.version) == (200, True, 2)
    late = call("todos.todos_patch")(made.parsed.id, client=mine, body=change, if_match='"v1"')
    assert (late.status_code, type(late.parsed)) == (412, models.Problem)
    assert call("todos.todos_destroy")(made.parsed.id, client=mine).status_code == 204
    gone = call("todos.todos_retrieve")(made.parsed.id, client=mine)
    assert (gone.status_code, gone.parsed.status) == (404, 404)


def check_refusals(mine: Any) -> None:
    """What is wrong is said in a Problem, with where it is."""
    models: Any = import_module("serverless_django_client.models")
    bad = call("todos.todos_create")(client=mine, body=models.TodoInputRequest(title="", priority=9))
    assert bad.status_code == 400
    assert {error.pointer for error in bad.parsed.errors} == {"/title", "/priority"}, bad.parsed
    assert call("todos.todos_list")(client=client("nonsense")).status_code == 401


def check_posts(editors: Any, anyone: Any) -> None:
    """An editor publishes, anyone reads."""
    models: Any = import_module("serverless_django_client.models")
    word = uuid4().hex
    draft = models.PostInputRequest(title=f"About {word}", body="*Text*", published_at=None)
    made = call("blog.blog_posts_create")(client=editors, body=draft)
    assert made.status_code == 201, made
    assert call("blog.blog_posts_read")(made.parsed.slug, client=anyone).status_code == 404
    assert call("blog.blog_posts_read")(made.parsed.slug, client=editors).parsed.title == f"About {word}"


def check_uploads(mine: Any) -> None:
    """Ask for an upload, see it waiting, take it back."""
    models: Any = import_module("serverless_django_client.models")
    wanted = models.NewUploadRequest(name="a.jpg", content_type="image/jpeg", size=1000)
    asked = call("media.uploads_create")(client=mine, body=wanted)
    assert asked.status_code == 201, asked
    assert call("media.uploads_retrieve")(asked.parsed.id, client=mine).parsed.status == "waiting"
    assert call("media.uploads_destroy")(asked.parsed.id, client=mine).status_code == 204


def main() -> int:
    """Run all of them."""
    mine, editors = client(os.environ["TOKEN"]), client(os.environ["EDITOR_TOKEN"])
    anyone = sdk.Client(base_url=os.environ["SITE"], headers={"Host": os.environ["SITE_HOST"]})
    check_todos(mine)
    check_refusals(mine)
    check_posts(editors, anyone)
    check_uploads(mine)
    assert call("me.me")(client=mine).parsed.sub
    return 0


if __name__ == "__main__":
    sys.exit(main())
