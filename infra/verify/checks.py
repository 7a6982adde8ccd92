"""What a deployed site is held to. Each check says what it saw, or raises CheckFailed."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import urllib3

from infra.deploy import alarms, events, gateway
from infra.deploy.release import HEALTH_PATHS, live_version, standing_canary
from infra.local.emulator import PROJECT_DIR
from infra.verify.visitor import MAIL_DOMAIN, Visitor, expect, wait_for

Check = Callable[[Visitor], str]

PICTURE = PROJECT_DIR / "todos/static/todos/icon-512.png"
HSTS_SECONDS = 31_536_000
REDIRECTS = {301, 302, 303, 307, 308}
CACHED_TRIES = 5  # an edge location has several caches, and each has to see an answer once
PUBLISHED_BUCKETS = ("StaticBucket", "UploadsBucket", "ThumbnailsBucket", "UpdatesBucket")


def health(visitor: Visitor) -> str:
    """The site and what it stands on are well."""
    for path in HEALTH_PATHS:
        answer = visitor.ask("GET", path)
        expect(answer.status == 200, f"{path} answered {answer.status}")
    return f"{', '.join(HEALTH_PATHS)} answer 200"


def release(visitor: Visitor) -> str:
    """No canary was left standing."""
    standing = standing_canary(visitor.deployment)
    expect(not standing, standing)
    return f"version {live_version(visitor.deployment)} has all calls"


def contract(visitor: Visitor) -> str:
    """The conventions of every API, by the life of one to-do."""
    refused = visitor.ask("GET", "/api/todos/")
    expect(refused.status == 401, f"without a token: {refused.status}, not 401")
    expect(refused.headers.get("Content-Type") == "application/problem+json", "a 401 is no problem+json")
    made = visitor.ask("POST", "/api/todos/", {"title": visitor.name}, signed_in=True)
    expect(made.status == 201, f"a new to-do: {made.status}, not 201: {made.data[:200]!r}")
    todo, tag = f"/api/todos/{made.json()['id']}/", made.headers["ETag"]
    for expected, method, path, body, headers in (
        (400, "POST", "/api/todos/", {"title": visitor.name, "unknown": 1}, {}),
        (304, "GET", todo, None, {"If-None-Match": tag}),
        (412, "PATCH", todo, {"completed": True}, {"If-Match": '"v999"'}),
        (200, "PATCH", todo, {"completed": True}, {"If-Match": tag}),
        (200, "GET", "/api/todos/", None, {}),
        (204, "DELETE", todo, None, {}),
        (404, "GET", todo, None, {}),
        (204, "DELETE", "/api/todos/bin/", None, {}),
    ):
        answer = visitor.ask(method, path, body, headers=headers, signed_in=True)
        expect(answer.status == expected, f"{method} {path}: {answer.status}, not {expected}: {answer.data[:200]!r}")
    return "a to-do was made, read, changed on its version alone, and deleted"


def upload(visitor: Visitor) -> str:
    """A picture becomes thumbnails, which its owner can fetch, and goes when it is deleted."""
    data = PICTURE.read_bytes()
    wanted = {"name": PICTURE.name, "content_type": "image/png", "size": len(data)}
    asked = visitor.ask("POST", "/api/media/uploads/", wanted, signed_in=True)
    expect(asked.status == 201, f"asking for an upload: {asked.status}: {asked.data[:200]!r}")
    form, path = asked.json()["upload"], f"/api/media/uploads/{asked.json()['id']}/"
    put = visitor.http.request("POST", form["url"], fields={**form["fields"], "file": (PICTURE.name, data)})
    expect(put.status in {200, 201, 204}, f"S3 answered the upload with {put.status}: {put.data[:200]!r}")

    def ready() -> dict[str, Any] | None:
        found: dict[str, Any] = visitor.ask("GET", path, signed_in=True).json()
        expect(found.get("status") != "failed", f"the picture failed: {found}")
        return found if found.get("status") == "ready" else None

    renditions = wait_for(ready, "the thumbnails")["renditions"]
    thumbnail = visitor.http.request("GET", visitor.at(renditions[-1]["webp"]))
    expect(thumbnail.data[8:12] == b"WEBP", f"the thumbnail's address answered {thumbnail.status}, no WebP")
    deleted = visitor.ask("DELETE", path, signed_in=True)
    expect(deleted.status == 204, f"its deletion was answered with {deleted.status}")
    return f"{len(renditions)} sizes; the smallest was fetched, the upload deleted"


def subscription(visitor: Visitor) -> str:
    """A new subscriber is sent a welcome: SES has taken it, for an address of its own simulator."""
    visitor.subscribed = f"success+{visitor.name}@{MAIL_DOMAIN}"
    answer = visitor.ask("POST", "/api/blog/subscribers/", {"email": visitor.subscribed})
    expect(answer.status == 202, f"a subscription: {answer.status}, not 202: {answer.data[:200]!r}")

    def sent() -> str:
        row = visitor.subscriber()
        status = row.get("status", {}).get("S", "")
        expect(status != "failed", f"SES did not take it: {row.get('reason', {}).get('S', '')}")
        return row.get("message_id", {}).get("S", "") if status == "sent" else ""

    return f"SES took the mail as {wait_for(sent, 'the mail')}"


def sign_in_page(visitor: Visitor) -> str:
    """The admin leads to the hosted page, which asks for a password."""
    url, cookies = "/admin/", ""
    for _ in range(10):
        answer = visitor.ask("GET", url, headers={"Cookie": cookies})
        if answer.status not in REDIRECTS:
            break
        cookies = "; ".join(line.partition(";")[0] for line in answer.headers.getlist("Set-Cookie")) or cookies
        url = urljoin(visitor.at(url), answer.headers["Location"])
    page = answer.data.decode(errors="replace")
    expect(answer.status == 200, f"/admin/ leads to {url.partition('?')[0]}, which answered {answer.status}")
    expect(re.search(r"<input[^>]+password", page), f"/admin/ leads to {url.partition('?')[0]}, which asks no password")
    return f"/admin/ leads to {url.partition('?')[0]}"


def headers(visitor: Visitor) -> str:
    """What pages say to browsers, and that CloudFront is who says it."""
    answer = visitor.ask("GET", "/")
    said = answer.headers
    expect(answer.status == 200, f"/ answered {answer.status}")
    expect("cloudfront" in said.get("Via", "").lower(), "no CloudFront in `Via`")
    age = re.search(r"max-age=(\d+)", said.get("Strict-Transport-Security", ""))
    expect(age and int(age[1]) >= HSTS_SECONDS, "Strict-Transport-Security is not for a year")
    expect("default-src" in said.get("Content-Security-Policy", ""), "no Content-Security-Policy")
    expect("unsafe-inline" not in said["Content-Security-Policy"], "Content-Security-Policy allows inline code")
    for name, value in (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", ""), ("X-Frame-Options", "")):
        expect(value in said.get(name, "") and name in said, f"{name} is {said.get(name)}")
    expect("Set-Cookie" not in said, "a page anyone may see sets a cookie")
    if visitor.address.startswith("https:"):
        plain = visitor.http.request("GET", visitor.address.replace("https:", "http:", 1) + "/", redirect=False)
        expect(plain.status in REDIRECTS, f"plain HTTP is answered with {plain.status}")
    return "HSTS, CSP, nosniff, Referrer-Policy, no cookie"


def cache(visitor: Visitor) -> str:
    """What anyone may see comes out of CloudFront's cache, what is somebody's never does."""
    for path in ("/", "/api/blog/posts/"):
        found = [visitor.ask("GET", path).headers.get("X-Cache", "") for _ in range(CACHED_TRIES)]
        expect(any(each.startswith(("Hit", "RefreshHit")) for each in found), f"{path} was not cached: {found}")
    for path in ("/api/me/", "/api/todos/"):
        for _ in range(2):
            answer = visitor.ask("GET", path, signed_in=True)
            expect(answer.status == 200, f"{path} answered {answer.status}")
            expect("Hit" not in answer.headers.get("X-Cache", ""), f"{path} came out of a cache")
            kept = answer.headers.get("Cache-Control", "")
            expect(re.search("private|no-store|no-cache", kept), f"{path} says Cache-Control: {kept}")
    return "/ and /api/blog/posts/ are hits, /api/me/ and /api/todos/ never"


def closed_origin(visitor: Visitor) -> str:
    """Nobody comes past CloudFront: neither to the API nor to a bucket."""
    api = visitor.deployment.api_url()
    for path in ("/", "/api/todos/", "/admin/"):
        for sent in ({}, {"X-Origin-Key": "forged"}):
            answer = visitor.http.request("GET", api + path, headers=sent, redirect=False)
            expect(answer.status == 403, f"{api}{path} answered {answer.status}, not 403")
    s3 = visitor.deployment.client("s3")
    buckets = [visitor.outputs[name] for name in PUBLISHED_BUCKETS if name in visitor.outputs]
    for bucket in buckets:
        block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        expect(all(block.values()), f"{bucket} may be made public: {block}")
        # At the region's address: that of all regions redirects to a new bucket's for a day.
        url = f"{s3.meta.endpoint_url}/{bucket}/x"
        status = urllib3.request("GET", url, retries=False).status
        expect(status == 403, f"{url} answered {status}, not 403")
    return f"API Gateway answers 403, {len(buckets)} buckets are closed"


def watched(visitor: Visitor) -> str:
    """Alarms, event sources and limits are there, and somebody is told."""
    deployment = visitor.deployment
    missing = [*gateway.missing(deployment), *events.missing(deployment), *alarms.missing(deployment)]
    expect(not missing, "; ".join(missing))
    mail = deployment.options.get("alarm_mail", "")
    expect(not mail or _is_confirmed(visitor, mail), f"{mail} has not confirmed that it wants to be told of alarms")
    return f"all there; they call {mail or 'nobody: `alarm_mail` is empty'}"


def _is_confirmed(visitor: Visitor, mail: str) -> bool:
    topic = visitor.deployment.stacks_of(visitor.deployment.stage).outputs(alarms.TEMPLATE)["TopicArn"]
    found = visitor.deployment.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    return any(each["Endpoint"] == mail and each["SubscriptionArn"].startswith("arn:") for each in found)


CHECKS: dict[str, Check] = {
    "health": health,
    "release": release,
    "contract": contract,
    "upload to thumbnail": upload,
    "subscription to mail": subscription,
    "admin sign-in page": sign_in_page,
    "headers at the edge": headers,
    "cache hits": cache,
    "origin closed": closed_origin,
    "alarms": watched,
}
