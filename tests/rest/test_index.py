"""`/api/` says where everything is, and everything is there."""

from rest_framework.test import APIClient

from tests.personas import Persona

# What is only sent there.
POSTED = {"subscribers", "credentials", "live", "erasure", "runs"}


def test_every_link_of_the_index_answers(api: APIClient, alice: Persona) -> None:
    links = api.get("/api/").json()
    assert {"docs", "schema", "todos", "posts", "uploads"} <= set(links)
    for name, url in links.items():
        answer = alice.api.get(url.removeprefix("http://testserver"))
        assert answer.status_code == (405 if name in POSTED else 200), name
