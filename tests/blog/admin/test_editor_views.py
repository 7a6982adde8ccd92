"""What the editor asks while one writes: previews, doors for pictures; and who may ask."""

import json
import re
from typing import Any

import pytest

from blog.admin import editor
from dynamo.models import now
from dynamo.testing import recorded_requests
from tests.blog.admin.desk import POSTS, Desk
from tests.media.uploading import jpeg, post, settled, upload

PREVIEW, UPLOADS = f"{POSTS}editor/preview/", f"{POSTS}editor/uploads/"


def test_a_preview_is_the_readers_page_and_costs_the_session_alone(ed: Desk) -> None:
    text = {"title": "T", "summary": "S", "body": "Some *text* <script>alert(1)</script>", "author_name": "Ed"}
    with recorded_requests() as sent:
        answer = ed.post(PREVIEW, text)
    assert sent == ["GetItem"]
    found = answer.json()
    assert (found["words"], found["minutes"]) == (2, 1)
    assert "<em>text</em>" in found["html"]
    assert "alert" not in found["html"]
    assert "blog/blog.css" in found["html"]


@pytest.mark.parametrize(
    ("status", "moment", "shown"),
    [
        ("published", "2021-03-04T05:06", "4 March 2021"),
        ("scheduled", "2121-03-04T05:06:07", "4 March 2121"),
        ("draft", "2021-03-04T05:06", None),
        ("published", "", None),
        ("published", "2021-02-31T00:00", None),
        ("published", "soon", None),
    ],
)
def test_a_preview_has_the_forms_date_or_todays(ed: Desk, status: str, moment: str, shown: str | None) -> None:
    page = ed.post(PREVIEW, {"published_at_0": status, "published_at_1": moment}).json()["html"]
    assert (shown or f"{now():%-d %B %Y}") in page


def test_a_preview_has_the_forms_tags(ed: Desk) -> None:
    page = ed.post(PREVIEW, {"body": "x", "tags": f"Web Design, 日本,, !, web design, {'y' * 41}"}).json()["html"]
    assert re.findall(r'<a rel="tag"[^>]*>([^<]*)</a>', page) == ["web-design", "日本"]


def test_a_preview_shows_its_picture(ed: Desk) -> None:
    photo = upload(ed.person, jpeg(), visibility="public")
    answer = ed.post(PREVIEW, {"body": "x", "picture": json.dumps(photo["renditions"]), "alt": 'A "field"'})
    assert photo["renditions"][0]["jpeg"] in answer.json()["html"]
    assert 'alt="A &quot;field&quot;"' in answer.json()["html"]


@pytest.mark.parametrize(
    "fields",
    [
        {"picture": "x"}, {"picture": "[1]"}, {"picture": "{}"}, {"picture": '[{"size": "x"}]'}, {"picture": "null"},
        {"picture": '"abc"'}, {"picture": "[[]]"}, {"body": "x" * 200_001}, {"body": "\x00"}, {},
        {"title": "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")},
    ],
)  # fmt: skip
def test_any_preview_is_answered_or_refused(ed: Desk, fields: dict[str, str]) -> None:
    assert ed.post(PREVIEW, fields).status_code in {200, 400}


def test_a_door_is_asked_for_and_followed(ed: Desk) -> None:
    data = jpeg()
    asked = ed.post(UPLOADS, {"name": "fields.jpg", "content_type": "image/jpeg", "size": str(len(data))})
    assert asked.status_code == 201
    door: Any = asked.json()
    assert door["visibility"] == "public"
    assert post(door["upload"], data) in {200, 204}
    settled(ed.person, door["id"])
    answer = ed.get(f"{UPLOADS}{door['id']}/")
    assert answer.json()["status"] == "ready"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "fields",
    [
        {}, {"name": "x", "content_type": "text/html", "size": "1"}, {"name": "x", "content_type": "image/jpeg"},
        {"name": "x", "content_type": "image/jpeg", "size": "-1"},
        {"name": "", "content_type": "image/jpeg", "size": "1"},
        {"name": "x", "content_type": "image/jpeg", "size": "9" * 15},
        {"name": "x", "content_type": "image/jpeg", "size": "²"},
    ],
)  # fmt: skip
def test_what_media_refuses_is_said(ed: Desk, fields: dict[str, str]) -> None:
    answer = ed.post(UPLOADS, fields)
    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_anothers_upload_is_not_shown(ed: Desk) -> None:
    other = Desk("editors")
    photo = upload(other.person, jpeg(), visibility="public")
    assert ed.get(f"{UPLOADS}{photo['id']}/").status_code == 404
    assert ed.get(f"{UPLOADS}01900000-0000-7000-8000-000000000000/").status_code == 404


def test_ones_own_public_pictures_are_listed_page_by_page(ed: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editor, "MAX_LIMIT", 2)
    photos = [upload(ed.person, jpeg(), visibility="public")["id"] for _ in range(2)]
    hidden = [upload(ed.person, jpeg())["id"], upload(Desk("editors").person, jpeg(), visibility="public")["id"]]
    found, cursor = [], None
    while cursor != "":
        page = ed.get(UPLOADS, {"cursor": cursor or ""}).json()
        found += [one["id"] for one in page["uploads"]]
        cursor = page["next"]
    assert found[: len(photos)] == photos[::-1]
    assert not set(hidden) & set(found)
    assert ed.get(UPLOADS, {"cursor": "made up"}).status_code == 400


def test_who_only_looks_asks_for_nothing(vera: Desk) -> None:
    assert vera.post(PREVIEW, {"body": "x"}).status_code == 403
    assert vera.post(UPLOADS, {"name": "x"}).status_code == 403
    assert vera.get(UPLOADS).status_code == 403
    assert vera.get(f"{UPLOADS}01900000-0000-7000-8000-000000000000/").status_code == 403


def test_it_takes_the_method_it_is_for(ed: Desk) -> None:
    assert ed.get(PREVIEW).status_code == 405
    assert ed.delete(UPLOADS).status_code == 405
