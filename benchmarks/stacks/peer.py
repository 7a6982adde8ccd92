"""What the peers share: PyJWT, and the product's answers by hand.

They do less than the product: no page cursors, ETags, limits of sizes, unknown fields, or problem details.
"""

import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import jwt

from benchmarks.fixtures import CLIENT, HOST, ISSUER, jwks, private_key

KEYS = {key.key_id: key.key for key in jwt.PyJWKSet.from_dict(jwks(private_key())).keys}
TODOS = f"https://{HOST}/production/api/todos/"
POSTS = f"https://{HOST}/production/api/blog/posts/"

Row = dict[str, Any]


def subject(authorization: str) -> str:
    """Who sends the request. Raises PyJWT's errors."""
    token = authorization.removeprefix("Bearer ")
    key = KEYS[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["RS256"], issuer=ISSUER)
    if claims["client_id"] != CLIENT or claims["token_use"] != "access":
        raise jwt.InvalidTokenError
    return str(claims["sub"])


def check(body: Mapping[str, Any]) -> dict[str, Any]:
    """A new to-do's values. Raises ValueError."""
    title, priority, tags = body.get("title"), body.get("priority", 0), body.get("tags", [])
    if not isinstance(title, str) or not 0 < len(title) <= 500:
        raise ValueError("title")
    if not isinstance(priority, int) or not 0 <= priority <= 3:
        raise ValueError("priority")
    if not isinstance(tags, list) or not all(isinstance(tag, str) and len(tag) <= 50 for tag in tags):
        raise ValueError("tags")
    return {
        "title": title, "notes": str(body.get("notes", "")), "completed": bool(body.get("completed")),
        "priority": priority, "tags": tags, "list": str(body.get("list", "inbox")),
        "due": datetime.fromisoformat(body["due"]).astimezone(UTC).isoformat() if body.get("due") else None,
    }  # fmt: skip


def new_row(owner: str, values: dict[str, Any]) -> dict[str, Any]:
    """A to-do's row."""
    now = datetime.now(UTC)
    order = int(now.timestamp() * 1000)
    return {
        **{name: value for name, value in values.items() if name != "due"}, "due_order": values["due"] or "~",
        "owner": owner, "id": str(uuid4()), "attachments": [], "order": order, "version": 1,
        "write_id": uuid4().hex, "created_at": now.isoformat(), "updated_at": now.isoformat(),
    }  # fmt: skip


# --- Shown ------------------------------------------------------------------------------------------------------------


def number(value: object) -> Any:
    """Table's Decimal as JSON takes it."""
    return (int(value) if value == value.to_integral_value() else float(value)) if isinstance(value, Decimal) else value


def show_todo(row: dict[str, Any]) -> dict[str, Any]:
    """A to-do as the product answers it."""
    due = row["due_order"]
    return {
        "id": row["id"], "url": f"{TODOS}{row['id']}/", "title": row["title"], "notes": row["notes"],
        "completed": row["completed"], "completed_at": row.get("completed_at"), "due": None if due == "~" else due,
        "priority": number(row["priority"]), "tags": row["tags"], "order": number(row["order"]), "list": row["list"],
        "attachments": row["attachments"], "created_at": row["created_at"], "updated_at": row["updated_at"],
        "version": number(row["version"]),
    }  # fmt: skip


def show_listed(row: dict[str, Any]) -> dict[str, Any]:
    """A listed post as the product answers it."""
    words = number(row["words"])
    return {
        "slug": row["slug"], "url": f"{POSTS}{row['slug']}/", "title": row["title"], "summary": row["summary"],
        "status": "published", "author": {"id": row["author"], "name": row["author_name"]}, "tags": row["tags"],
        "hero": row.get("hero"), "words": words, "reading_minutes": max(1, words // 200),
        "published_at": row["published_at"], "created_at": row["created_at"], "updated_at": row["updated_at"],
        "version": number(row["version"]),
    }  # fmt: skip


def show_post(row: dict[str, Any]) -> dict[str, Any]:
    """A post as the product answers it."""
    older = row["older"]
    return {
        **show_listed(row), "body": row["body"], "html": zlib.decompress(bytes(row["html"])).decode(),
        "previous": {"slug": older["slug"], "title": older["title"], "url": f"{POSTS}{older['slug']}/"}, "next": None,
    }  # fmt: skip
