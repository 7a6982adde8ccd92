"""What every stack gets alike: a user pool's key and tokens, API Gateway's events, DynamoDB's answers.

Imported in the peers' virtual environment, too: only what both have.
"""

import base64
import json
import os
import time
import uuid
import zlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

if TYPE_CHECKING:
    from botocore.client import BaseClient

REGION, TABLE_PREFIX = "us-east-1", "bench-"
HOST = "abcdefghij.execute-api.us-east-1.amazonaws.com"
ISSUER, CLIENT, KID = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Bench", "4t9exampleclient", "bench-key"
SUB = "7d8ca528-4931-4254-9273-ea5ee853f271"
IDS = [str(uuid.UUID(int=0x0199_0000_0000_7000_8000_0000_0000_0000 + number)) for number in range(25)]
SLUGS = [f"post-number-{number}" for number in range(25)]
MOMENT = "2026-01-02T03:04:05.678901+0000"

Event = dict[str, Any]
RECORDED = Path(__file__).with_name("recorded.json")

NEW_TODO = {
    "title": "Write the report",
    "notes": "Some longer text about the task at hand. " * 3,
    "completed": False,
    "priority": 3,
    "tags": ["work", "writing"],
    "due": "2026-12-01T09:00:00Z",
}


@cache
def private_key() -> rsa.RSAPrivateKey:
    """The user pool's key: BENCH_KEY's, so that every process of a run has the same."""
    if "BENCH_KEY" not in os.environ:
        made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        os.environ["BENCH_KEY"] = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    key = load_pem_private_key(os.environ["BENCH_KEY"].encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def jwks(key: rsa.RSAPrivateKey) -> dict[str, Any]:
    """The key set as Cognito shows it."""
    numbers = key.public_key().public_numbers()
    modulus, exponent = (
        _base64url(number.to_bytes((number.bit_length() + 7) // 8)) for number in (numbers.n, numbers.e)
    )
    return {"keys": [{"kty": "RSA", "kid": KID, "use": "sig", "alg": "RS256", "n": modulus, "e": exponent}]}


def token(key: rsa.RSAPrivateKey) -> str:
    """An access token as Cognito issues it; each is another."""
    now = int(time.time())
    claims = {
        "sub": SUB, "iss": ISSUER, "client_id": CLIENT, "token_use": "access", "username": SUB,
        "scope": "aws.cognito.signin.user.admin", "auth_time": now, "iat": now, "exp": now + 3600,
        "jti": str(uuid.uuid4()), "origin_jti": str(uuid.uuid4()), "event_id": str(uuid.uuid4()),
    }  # fmt: skip
    signed = ".".join(_base64url(json.dumps(part).encode()) for part in ({"kid": KID, "alg": "RS256"}, claims))
    return f"{signed}.{_base64url(key.sign(signed.encode(), padding.PKCS1v15(), SHA256()))}"


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


# --- Events -----------------------------------------------------------------------------------------------------------


def event(
    method: str, path: str, *, resource: str, body: object = None, headers: dict[str, str] | None = None
) -> Event:
    """A REST API's event, payload 1.0, as a browser's request makes it."""
    made: Event = json.loads(RECORDED.read_bytes())["event"]
    made["headers"] |= {**({"Content-Type": "application/json"} if body is not None else {}), **(headers or {})}
    made["multiValueHeaders"] = {name: [value] for name, value in made["headers"].items()}
    made |= {"resource": resource, "path": path, "httpMethod": method}
    made["requestContext"] |= {"resourcePath": resource, "httpMethod": method, "path": f"/production{path}"}
    made["pathParameters"] = {"id": path.strip("/").rpartition("/")[2]} if "{id}" in resource else None
    made["body"] = None if body is None else json.dumps(body)
    return made


OPERATIONS = ("list", "create", "get", "posts", "post")
# What the product alone has: its pages, and the admin's as an administrator sees them.
PAGES = {
    "home": "/", "post's page": f"/posts/{SLUGS[3]}/",
    "admin's list": "/admin/blog/post/", "admin's form": f"/admin/blog/post/{SLUGS[3]}/change/",
}  # fmt: skip


def request(operation: str, bearer: str, **headers: str) -> Event:
    """The event of one of OPERATIONS or PAGES."""
    signed = {"Authorization": f"Bearer {bearer}", **headers}
    match operation:
        case "list":
            return event("GET", "/api/todos/", resource="/api/todos", headers=signed)
        case "create":
            return event("POST", "/api/todos/", resource="/api/todos", headers=signed, body=NEW_TODO)
        case "get":
            return event("GET", f"/api/todos/{IDS[3]}/", resource="/api/todos/{id}", headers=signed)
        case "posts":
            return event("GET", "/api/blog/posts/", resource="/api/blog/posts", headers=headers)
        case "post":
            return event("GET", f"/api/blog/posts/{SLUGS[3]}/", resource="/api/blog/posts/{id}", headers=headers)
    accepted = {"Accept": "text/html", "Cookie": f"__Host-staff={'s' * 32}"}
    return event("GET", PAGES[operation], resource="/{proxy+}", headers={**accepted, **headers})


class Context:
    """Lambda's second argument."""

    function_name, function_version, memory_limit_in_mb = "bench", "$LATEST", 1024
    aws_request_id = "8b5a2f1c-0000-0000-0000-000000000000"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:bench"
    log_group_name, log_stream_name = "/aws/lambda/bench", "2026/01/01/[$LATEST]0"

    def get_remaining_time_in_millis(self) -> int:
        """Enough."""
        return 30_000


# --- DynamoDB's answers -----------------------------------------------------------------------------------------------


def todo(number: int) -> dict[str, Any]:
    """A to-do's row."""
    return {
        "owner": {"S": SUB}, "id": {"S": IDS[number]}, "title": {"S": f"To-do number {number}"},
        "notes": {"S": "Buy milk, eggs and a longer description of what to do next week. " * 2},
        "completed": {"BOOL": number % 2 == 1}, "priority": {"N": str(number % 4)},
        "tags": {"L": [{"S": "home"}, {"S": "shopping"}]}, "list": {"S": "inbox"}, "attachments": {"L": []},
        "order": {"N": str(1_700_000_000_000 + number)},
        "due_order": {"S": "2026-12-01T09:00:00.000000+00:00"}, "version": {"N": "2"},
        "write_id": {"S": "0123456789abcdef0123456789abcdef"}, "created_at": {"S": MOMENT}, "updated_at": {"S": MOMENT},
    }  # fmt: skip


def listed_post(number: int) -> dict[str, Any]:
    """A post's row as an index shows it."""
    return {
        "slug": {"S": SLUGS[number]}, "title": {"S": f"Post number {number}"},
        "summary": {"S": "What it is about. " * 5},
        "author": {"S": SUB}, "author_name": {"S": "Edith"}, "tags": {"L": [{"S": "aws"}, {"S": "django"}]},
        "words": {"N": "640"}, "version": {"N": "3"}, "feed": {"S": "posts"},
        "position": {"S": f"2026-01-02T03:04:05.678901Z#{SLUGS[number]}"},
        "published_at": {"S": MOMENT}, "created_at": {"S": MOMENT}, "updated_at": {"S": MOMENT},
    }  # fmt: skip


def whole_post(number: int) -> dict[str, Any]:
    """A post's row: Markdown, and its HTML as deflated bytes."""
    body = "A paragraph of *some* length about a thing that matters to those who read it.\n\n" * 40
    html = "<p>A paragraph of <em>some</em> length about a thing that matters to those who read it.</p>\n" * 40
    neighbour = {"slug": {"S": "beside"}, "title": {"S": "Beside"}, "position": {"S": "2026-01-01T00:00:00.000000Z#b"}}
    return {
        **listed_post(number), "shelf": {"S": "posts"}, "kind": {"S": "dated"}, "body": {"S": body},
        "html": {"B": base64.b64encode(zlib.compress(html.encode())).decode()}, "renderer": {"N": RENDERER},
        "older": {"M": neighbour}, "write_id": {"S": "0123456789abcdef0123456789abcdef"}, "former": {"L": []},
    }  # fmt: skip


# blog.publishing.markdown's, so that the product does not render anew what a peer would show as it is stored.
RENDERER = "6"


def answer(operation: str, sent: dict[str, Any]) -> dict[str, Any]:
    """What DynamoDB says to a request, a dictionary in its own notation."""
    posts = not str(sent.get("TableName")).endswith("todos")
    if str(sent.get("TableName")).endswith("sessions"):
        return {"Item": {"key": {"S": "digest"}, "data": {"S": session()}, "expires": {"N": "9999999999"}}}
    if operation == "Query":
        items = [listed_post(number) if posts else todo(number) for number in range(25)]
        items = items[: int(sent.get("Limit", 25))]
        return {"Items": items, "Count": len(items), "ScannedCount": len(items)}
    if operation == "GetItem":
        return {"Item": whole_post(3) if posts else todo(3)}
    return {}


def session() -> str:
    """An administrator's, as the product keeps it."""
    from django.core import signing

    held: dict[str, Any] = {
        "sub": SUB,
        "email": "adam@example.com",
        "groups": ["admins"],
        "access": "a",
        "refresh": "r",
    }
    held |= {"told_at": time.time(), "check_at": time.time() + 86_400, "factor": True}
    salt = "django.contrib.sessions.SessionStore"
    return signing.dumps({"staff": held, "_csrftoken": "c" * 32}, salt=salt, compress=True)


class Stub:
    """DynamoDB's answers as bytes with their checksum, each made once."""

    def __init__(self) -> None:
        self.known: dict[bytes, tuple[bytes, dict[str, str]]] = {}
        self.requests: list[tuple[str, bytes]] | None = None

    def __call__(self, operation: str, body: bytes) -> tuple[bytes, dict[str, str]]:
        """The body and headers that answer a signed request."""
        if self.requests is not None:
            self.requests.append((operation, body))
        # What is written differs each time, and its answer does not.
        key = operation.encode() + (b"" if operation in {"PutItem", "UpdateItem"} else body)
        if operation == "Query":
            limit = body.partition(b'"Limit":')[2][:3].strip(b" ,}")
            key = operation.encode() + (b"todos" if b'-todos"' in body else b"posts") + limit
        if key not in self.known:
            raw = json.dumps(answer(operation, json.loads(body)), separators=(",", ":")).encode()
            self.known[key] = raw, {
                "server": "Server", "date": "Fri, 20 Nov 2026 08:00:00 GMT", "content-length": str(len(raw)),
                "content-type": "application/x-amz-json-1.0", "connection": "keep-alive",
                "x-amzn-requestid": "UKSMEQ6S0UA4KQ0L1M5H0GKJ9NVV4KQNSO5AEMVJF66Q9ASUAAJG",
                "x-amz-crc32": str(zlib.crc32(raw)),
            }  # fmt: skip
        return self.known[key]


def stub_botocore(client: "BaseClient", stub: Stub) -> None:
    """Answer a client's requests at botocore's `before-send`: it has serialised and signed, and sends nothing."""
    from botocore.awsrequest import AWSResponse, HeadersDict

    class Raw:
        def __init__(self, content: bytes) -> None:
            self.content = content

        def stream(self, *_: object, **__: object) -> Any:
            yield self.content

    def reply(request: Any, **_: object) -> Any:
        target = request.headers["X-Amz-Target"]
        operation = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
        content, headers = stub(operation, request.body)
        received: Any = HeadersDict(headers)
        return AWSResponse(request.url, 200, received, Raw(content))

    client.meta.events.register("before-send.dynamodb", reply)
