"""Posts for tests: each test's own, told apart by a word nobody else has."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from blog.models import Post
from blog.pages.drafts import secret_path
from tests.personas import Persona

POSTS = "/api/blog/posts/"


def word() -> str:
    """Fit for a slug or a tag."""
    return f"w{uuid.uuid4().hex[:12]}"


def at(**offset: float) -> str:
    """A time as the API takes it, e.g. at(hours=-1)."""
    return (datetime.now(UTC) + timedelta(**offset)).isoformat()


def write(editor: Persona, **fields: Any) -> Any:
    """A post; published a minute ago unless `published_at` says else."""
    body = {"title": f"About {word()}", "body": "Some *text*.", "published_at": at(minutes=-1), **fields}
    answer = editor.api.post(POSTS, body, format="json")
    assert answer.status_code == 201, answer.content
    return as_read(answer)


def as_read(answer: Any) -> Any:
    """The post of a write's answer, as reading it answers: without the warnings."""
    post = answer.json()
    assert isinstance(post.pop("warnings"), list)
    return post


def url(post: Any) -> str:
    """Where a post is, without the host."""
    return f"{POSTS}{post['slug']}/"


def change(editor: Persona, post: Any, **fields: Any) -> Any:
    """The post as a PATCH made it."""
    answer = editor.api.patch(url(post), fields, format="json")
    assert answer.status_code == 200, answer.content
    return as_read(answer)


def secret_link(slug: str) -> str:
    """What the admin shows of the post that stands there by now."""
    return secret_path(slug, Post.fetch((slug,)).created_at)
