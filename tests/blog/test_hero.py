"""The photo of a post: taken from media, kept up to date by its news."""

import json
import uuid
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError
from rest_framework.test import APIClient

from blog import events
from blog.models import Photo, Post
from dynamo import connection
from dynamo.testing import recorded_requests
from rest import client
from tests.bad_bodies import assert_refused
from tests.blog.news import tell, upload_news
from tests.blog.writing import POSTS, change, url, word, write
from tests.media.uploading import UPLOADS, ask, jpeg, open_picture, post, settled, upload
from tests.personas import Persona, sign_up
from tests.waiting import until


def hero_of(editor: Persona, slug: str) -> dict[str, Any]:
    """As the API shows it."""
    found: dict[str, Any] = editor.api.get(f"{POSTS}{slug}/").json()["hero"]
    return found


def test_it_shows_a_photo(edith: Persona, api: APIClient) -> None:
    photo = upload(edith, jpeg(), visibility="public")
    made = write(edith, hero={"upload": photo["id"], "alt": "Four colours"}, tags=[tag := word()])
    hero = api.get(url(made)).json()["hero"]
    assert (hero["upload"], hero["alt"], hero["status"]) == (photo["id"], "Four colours", "ready")
    assert (hero["width"], hero["height"]) == (1600, 1200)
    assert [rendition["size"] for rendition in hero["renditions"]] == [1280, 640, 320]
    assert open_picture(hero["renditions"][2]["webp"]).size == (320, 240)
    assert open_picture(hero["renditions"][2]["jpeg"]).format == "JPEG"
    for listing in (f"?tag={tag}", f"?author={edith.sub}"):
        assert api.get(POSTS + listing).json()[0]["hero"] == hero


def test_a_photo_may_come_later(edith: Persona) -> None:
    asked = ask(edith, jpeg(), visibility="public")
    made = write(edith, hero={"upload": asked["id"], "alt": "Soon"}, tags=[tag := word()])
    assert (made["hero"]["status"], made["hero"]["renditions"]) == ("waiting", [])
    before = edith.api.get(url(made))
    assert post(asked["upload"], jpeg()) in {200, 204}
    until(lambda: hero_of(edith, made["slug"])["status"] == "ready", "the photo in the post")
    after = edith.api.get(url(made), headers={"If-None-Match": before["ETag"]})
    assert (after.status_code, len(after.json()["hero"]["renditions"])) == (200, 3)
    assert edith.api.get(f"{POSTS}?tag={tag}").json()[0]["hero"]["status"] == "ready"
    # An editor who has the post open since before the photo was ready may still save.
    saved = edith.api.patch(url(made), {"title": "T"}, format="json", headers={"If-Match": before["ETag"]})
    assert saved.status_code == 200


def test_a_deleted_photo_leaves_the_post(edith: Persona) -> None:
    photo = upload(edith, jpeg(), visibility="public")
    made = write(edith, hero={"upload": photo["id"], "alt": "Gone soon"})
    assert edith.api.delete(f"{UPLOADS}{photo['id']}/").status_code == 204
    until(lambda: hero_of(edith, made["slug"])["status"] == "deleted", "the end of the photo")
    assert hero_of(edith, made["slug"])["renditions"] == []


def test_another_editor_keeps_it(edith: Persona) -> None:
    fred = sign_up("fred", "editors")
    photo = upload(edith, jpeg(), visibility="public")
    made = write(edith, hero={"upload": photo["id"], "alt": "Hers"})
    changed = change(fred, made, hero={"upload": photo["id"], "alt": "Still hers"})
    assert changed["hero"] == {**made["hero"], "alt": "Still hers"}
    assert change(fred, made, hero=None)["hero"] is None
    refused = fred.api.patch(url(made), {"hero": {"upload": photo["id"], "alt": "His"}}, format="json")
    assert_refused(refused, 409, "/hero/upload")


def test_it_refuses_what_is_no_public_photo(edith: Persona, alice: Persona) -> None:
    private = upload(edith, jpeg())
    broken = upload(edith, b"no picture" * 50, visibility="public")
    others = upload(alice, jpeg())
    slug = word()
    for upload_id in (private["id"], broken["id"], others["id"], str(uuid.uuid4())):
        body = {"title": "T", "body": "", "slug": slug, "hero": {"upload": upload_id, "alt": "x"}}
        assert_refused(edith.api.post(POSTS, body, format="json"), 409, "/hero/upload")
    with pytest.raises(Post.DoesNotExist):
        Post.get(slug)


# --- Recorded news ------------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(edith: Persona) -> dict[str, Any]:
    """A post with a photo that no file has come for."""
    asked = ask(edith, jpeg(), visibility="public")
    return write(edith, hero={"upload": asked["id"], "alt": "A photo"})  # type: ignore[no-any-return]


def test_news_comes_once_or_more_and_in_any_order(edith: Persona, waiting: dict[str, Any]) -> None:
    photo, slug = waiting["hero"]["upload"], waiting["slug"]
    ready = upload_news("ready", edith.sub, photo, sequencer="2" * 32)
    assert tell(ready, ready) == []
    shown = hero_of(edith, slug)
    assert (shown["status"], len(shown["renditions"])) == ("ready", 3)
    with recorded_requests() as sent:
        assert tell(ready) == []
    assert "TransactWriteItems" not in sent
    assert tell(upload_news("failed", edith.sub, photo, sequencer="1" * 32)) == []
    assert hero_of(edith, slug) == shown
    assert tell(upload_news("deleted", edith.sub, photo, sequencer="3" * 32), ready) == []
    assert hero_of(edith, slug)["status"] == "deleted"


def test_private_and_others_news_is_none_of_ours(edith: Persona, alice: Persona, waiting: dict[str, Any]) -> None:
    photo = waiting["hero"]["upload"]
    assert tell(upload_news("ready", edith.sub, photo, visibility="private")) == []
    assert tell(upload_news("ready", alice.sub, photo)) == []
    assert hero_of(edith, waiting["slug"])["status"] == "waiting"


def test_poison_is_reported_alone(edith: Persona, waiting: dict[str, Any]) -> None:
    photo = waiting["hero"]["upload"]
    poison = [
        {**upload_news("ready", edith.sub, photo), "body": body}
        for body in ("", "null", "{}", '{"Message": "x"}', json.dumps({"Message": json.dumps({"type": "other"})}))
    ]
    poison.append(upload_news("ready", edith.sub, photo, type="upload.eaten"))
    poison.append(upload_news("ready", edith.sub, photo, renditions=[{"size": "big"}]))
    good = upload_news("ready", edith.sub, photo)
    assert tell(*poison, good) == [record["messageId"] for record in poison]
    assert hero_of(edith, waiting["slug"])["status"] == "ready"


def test_news_between_the_question_and_the_commit_is_not_missed(
    edith: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask(edith, jpeg(), visibility="public")
    record = events.record_uploads
    monkeypatch.setattr(events, "record_uploads", Mock(return_value={"batchItemFailures": []}))

    get, news = client.get, upload_news("ready", edith.sub, asked["id"], sequencer="2" * 32)

    def get_and_be_late(*args: Any) -> Any:
        answer = get(*args)
        if answer["status"] == "waiting":
            assert post(asked["upload"], jpeg()) in {200, 204}
            settled(edith, asked["id"])
            record({"Records": [news]}, None)
        return answer

    monkeypatch.setattr(client, "get", get_and_be_late)
    made = write(edith, hero={"upload": asked["id"], "alt": "Late"})
    assert made["hero"]["status"] == "ready"


def test_news_reaches_a_renamed_post(edith: Persona, waiting: dict[str, Any]) -> None:
    moved = change(edith, waiting, slug=word())
    assert tell(upload_news("ready", edith.sub, waiting["hero"]["upload"])) == []
    assert hero_of(edith, moved["slug"])["status"] == "ready"


def test_what_nobody_shows_is_forgotten(edith: Persona) -> None:
    upload_id = str(uuid.uuid4())
    assert tell(upload_news("ready", edith.sub, upload_id)) == []
    row = Photo.get(Photo.row(edith.sub, upload_id))
    assert row.expires is not None
    assert row.slugs is None


def test_news_while_a_post_begins_to_show_the_photo_is_not_lost(
    edith: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the two writes of Photo.note a post is saved with a photo that media called waiting a moment before."""
    asked = ask(edith, jpeg(), visibility="public")
    shared = connection.shared()
    send, made = shared.send, list[Any]()

    def slowly(operation: str, arguments: dict[str, Any]) -> Any:
        try:
            return send(operation, arguments)
        except ClientError:
            if operation == "UpdateItem" and "photo#" in str(arguments["Key"]) and not made:
                made.append(None)
                made[0] = write(edith, hero={"upload": asked["id"], "alt": "Soon"})
            raise

    monkeypatch.setattr(shared, "send", slowly)
    assert tell(upload_news("ready", edith.sub, asked["id"], sequencer="2" * 32)) == []
    assert made[0]["hero"]["status"] == "waiting"
    assert hero_of(edith, made[0]["slug"])["status"] == "ready"
