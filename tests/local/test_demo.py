"""Demo content: made once, by the front doors, and all of it is there."""

import json
from urllib.request import urlopen

import pytest

from infra.local.demo.content import PICTURES, TODOS, Api, DemoError, sign_in
from infra.local.emulator import MAIL_PATH
from infra.local.processes import free_port
from infra.local.welcome import SIGN_INS
from tests.local.conftest import Start
from tests.local.running import COMPANY
from tests.waiting import until

pytestmark = pytest.mark.lifecycle
EVERYONE = {person.email.partition("@")[0]: person for person in SIGN_INS}


def test_a_newcomer_finds_people_todos_posts_pictures_and_mail(start: Start) -> None:
    first = start(DEMO="yes", **COMPANY).until()
    values = json.loads((first.folder / "env.json").read_text())
    people = {name: Api(first.url, sign_in(values, person)) for name, person in EVERYONE.items()}

    posts = Api(first.url).call("GET", "/api/blog/posts/")
    assert len(posts) == 4
    for post in posts:
        with urlopen(post["hero"]["renditions"][-1]["webp"]) as picture:
            assert picture.status == 200
    scheduled = people["edith"].call("GET", "/api/blog/drafts/?status=scheduled")
    assert len(scheduled) == 1
    assert len(people["edith"].call("GET", "/api/blog/drafts/?status=draft")) == 1
    assert [post["hero"]["status"] for post in (*posts, *scheduled)] == ["ready"] * len(list(PICTURES.iterdir()))

    todos = people["alice"].call("GET", "/api/todos/")
    assert [todo["title"] for todo in todos] == [todo["title"] for todo in TODOS]
    assert people["bob"].call("GET", "/api/todos/") == []
    pictures = until(lambda: [todo["attachments"] for todo in people["alice"].call("GET", "/api/todos/")][2])
    assert pictures[0]["content_type"] == "image/jpeg"

    def welcomed() -> list[list[str]]:
        with urlopen(f"http://127.0.0.1:{first.aws_port}{MAIL_PATH}") as mails:
            return [mail["request"]["Destination"]["ToAddresses"] for mail in json.load(mails)]

    assert until(welcomed) == [["bob@example.com"]]
    first.stop()

    second = start(DEMO="yes", port=first.port, aws_port=first.aws_port).until()
    assert "creating demo content" in first.output
    assert "creating demo content" not in second.output
    assert len(Api(second.url).call("GET", "/api/blog/posts/")) == 4


def test_a_picture_that_can_not_be_put_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """What else is raised would end the start before it says where everything is."""
    door = {"url": f"http://127.0.0.1:{free_port()}/", "method": "PUT", "headers": {}}
    monkeypatch.setattr(Api, "call", lambda *_: {"id": "1", "upload": door})
    with pytest.raises(DemoError, match=r"dawn\.jpg could not be uploaded"):
        Api("http://localhost:1").upload("dawn", "public")
