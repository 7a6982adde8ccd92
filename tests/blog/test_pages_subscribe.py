"""Subscribing and unsubscribing on pages: without scripts, without cookies."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.test import Client, override_settings

from blog.models import Subscriber
from dynamo.errors import DoesNotExist
from tests.blog.writing import word


@pytest.fixture
def web() -> Client:
    """A browser that enforces CSRF checks as a real request meets them."""
    return Client(enforce_csrf_checks=True)


def post(web: Client, email: str, headers: Mapping[str, str] | None = None) -> Any:
    return web.post("/subscribe/", {"email": email}, headers=headers or {})


def test_it_takes_an_address_and_says_the_same_of_a_known_one(web: Client) -> None:
    email = f"{word()}@Example.com"
    for _ in range(2):
        answer = post(web, f" {email} ")
        assert (answer.status_code, answer["Location"]) == (303, "/subscribe/done/")
        assert answer["Cache-Control"] == "no-store"
        assert not answer.cookies
    assert Subscriber.fetch((email.lower(),)).address == email.replace("Example", "example")
    assert b"Thank you" in web.get("/subscribe/done/").content


@pytest.mark.parametrize(
    "email",
    [
        "", "x", "x@", "@example.com", "a@b@", "a b@example.com", "a@example.com\nBcc: b@example.com",
        "x\0@example.com", "x" * 300 + "@example.com", "<script>alert(1)</script>", "ä@example.com",
        '"><img src=x onerror=alert(1)>@x.com',
    ],
)  # fmt: skip
def test_it_gives_a_wrong_address_back(web: Client, email: str) -> None:
    answer = post(web, email)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "be written to" in page
    assert "<script" not in page
    assert "<img" not in page
    assert answer["Cache-Control"] == "private, no-store"


def test_it_wants_a_form(web: Client) -> None:
    assert web.post("/subscribe/", b"\xff\xfe=%00", content_type="application/x-www-form-urlencoded").status_code == 400
    assert web.post("/subscribe/", b"{", content_type="application/json").status_code == 400
    assert web.post("/subscribe/", b"--x", content_type="multipart/form-data; boundary=x").status_code == 400
    assert web.post("/subscribe/", b"a" * 2_000_000, content_type="text/plain").status_code == 413
    assert web.put("/subscribe/").status_code == 405


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_it_refuses_another_sites_form(web: Client, site: str) -> None:
    email = f"{word()}@example.com"
    assert post(web, email, {"Sec-Fetch-Site": site}).status_code == 403
    with pytest.raises(DoesNotExist):
        Subscriber.fetch((email,))
    assert post(web, email, {"Sec-Fetch-Site": "same-origin"}).status_code == 303


def test_it_is_counted_together_with_the_api(web: Client) -> None:
    address = "203.0.113." + str(hash(word()) % 250)
    with override_settings(THROTTLES={"subscribe": [("address", 2, 3600)]}):
        asked = {"email": f"{word()}@example.com"}
        web.post("/api/blog/subscribers/", asked, content_type="application/json", REMOTE_ADDR=address)
        assert web.post("/subscribe/", asked, REMOTE_ADDR=address).status_code == 303
        answer = web.post("/subscribe/", asked, REMOTE_ADDR=address)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 3600
    assert b"Try again in" in answer.content


def test_the_link_asks_and_the_button_unsubscribes(web: Client) -> None:
    email = f"{word()}@example.com"
    Subscriber.subscribe(email)
    path = f"/unsubscribe/{Subscriber.token(email)}/"
    asked = web.get(path)
    assert b'<form method="post">' in asked.content
    assert email.encode() in asked.content
    assert (asked["Cache-Control"], asked["Referrer-Policy"]) == ("private, no-store", "no-referrer")
    assert Subscriber.fetch((email,))
    for _ in range(2):
        answer = web.post(path, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert b"You are unsubscribed" in answer.content
    with pytest.raises(DoesNotExist):
        Subscriber.fetch((email,))


def test_an_altered_link_does_nothing(web: Client) -> None:
    email = f"{word()}@example.com"
    Subscriber.subscribe(email)
    token = Subscriber.token(email)
    for altered in (token[:-1] + ("A" if token[-1] != "A" else "B"), "x" + token, token.partition(":")[0]):
        assert web.post(f"/unsubscribe/{altered}/").status_code == 404
    assert Subscriber.fetch((email,))
