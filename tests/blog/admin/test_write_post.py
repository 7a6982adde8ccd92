"""Writing in the admin: what is stored, what it costs, what is refused, who may."""

import re
from datetime import datetime, timedelta

import pytest

from blog import services
from blog.models import ALL_TAGS, PhotoNews, Post, TagCount, TagPost
from blog.uploads import MediaUploads
from dynamo.admin.history import log
from dynamo.errors import DoesNotExist
from dynamo.models import now
from dynamo.testing import recorded_requests
from rest.problems import ServiceUnavailable
from tests.blog.admin.desk import POSTS, Desk, errors, text, values
from tests.blog.writing import word, write
from tests.media.uploading import UPLOADS, jpeg, upload
from tests.waiting import until


def change_url(slug: str) -> str:
    return f"{POSTS}{slug}/change/"


def test_it_writes_a_draft(ed: Desk) -> None:
    title = f"About {word()}"
    answer = ed.write(title=title, body="Some *text*.", tags="Web Design, bread", summary="In short.")
    assert answer.status_code == 302, errors(answer)
    post = Post.fetch((title.lower().replace(" ", "-"),))
    assert (post.title, post.body, post.html, post.tags) == (
        title, "Some *text*.", "<p>Some <em>text</em>.</p>\n", ["web-design", "bread"],
    )  # fmt: skip
    assert (post.author, post.kind, post.version, post.words) == (ed.person.sub, "draft", 1, 2)
    (entry,) = log.of_object(f"blog.post#{post.slug}", limit=5).found
    assert (entry.username, entry.title, entry.version) == (ed.person.email, title, 1)


def test_a_publisher_publishes_at_once_and_the_tags_follow(pia: Desk) -> None:
    slug, tag = word(), word()
    assert pia.write(title="T", slug=slug, body="x", tags=tag, published_at_0="published").status_code == 302
    post = Post.fetch((slug,))
    assert post.is_public(now())
    assert TagCount.fetch((ALL_TAGS, tag)).visible(now()) == 1
    assert [row.slug for row in TagPost.published(tag).page(5).items] == [slug]
    assert pia.get(f"/posts/{slug}/").status_code == 200


def test_a_save_costs_three_requests_and_the_form_two(ed: Desk) -> None:
    post = write(ed.person, published_at=None)
    with recorded_requests() as sent:
        form = ed.form(change_url(post["slug"]))
    assert sent == ["GetItem", "GetItem"]  # the session, and the post
    with recorded_requests() as sent:
        answer = ed.post(change_url(post["slug"]), {**form, "title": "Another", "summary": "Short"})
    assert answer.status_code == 302, errors(answer)
    assert sent == ["GetItem", "GetItem", "TransactWriteItems"]
    found = Post.fetch((post["slug"],))
    assert (found.title, found.summary, found.version, found.html) == ("Another", "Short", 2, post["html"])


def test_saving_what_was_not_touched_writes_nothing(pia: Desk) -> None:
    post = write(pia.person, hero={"upload": upload(pia.person, jpeg(), visibility="public")["id"], "alt": "Fields"})
    with recorded_requests() as sent:
        pia.write(change_url(post["slug"]))
    assert "TransactWriteItems" not in sent
    assert Post.fetch((post["slug"],)).version == 1


def test_it_schedules_publishes_and_withdraws(pia: Desk) -> None:
    post = write(pia.person, published_at=None)
    url = change_url(post["slug"])
    later = (now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    assert pia.write(url, published_at_0="scheduled", published_at_1=later).status_code == 302
    found = Post.fetch((post["slug"],))
    assert f"{found.published_at:%Y-%m-%dT%H:%M}" == later
    assert pia.get(f"/posts/{post['slug']}/").status_code == 404
    pia.write(url, published_at_0="published", published_at_1="")
    assert Post.fetch((post["slug"],)).is_public(now())
    pia.write(url, published_at_0="draft")
    assert Post.fetch((post["slug"],)).position is None


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"title": ""}, "title", "required"),
        ({"title": "\u200b"}, "title", "cannot be blank"),
        ({"title": "x" * 201}, "title", "at most 200"),
        ({"title": "a\x00b"}, "title", "Null characters"),
        ({"slug": "No Such"}, "slug", "Small letters"),
        ({"slug": "a" * 81}, "slug", "at most 80"),
        ({"tags": ", ".join(f"t{n}" for n in range(11))}, "tags", "10 tags"),
        ({"tags": "!!!"}, "tags", "letters or digits"),
        ({"tags": "x" * 41}, "tags", "40 characters"),
        ({"body": "ä" * 100_001}, "body", "200,000"),
        ({"hero_0": "7", "hero_1": "x"}, "hero", "UUID"),
        ({"hero_0": "01900000-0000-7000-8000-000000000000", "hero_1": ""}, "hero", "Say what"),
        ({"hero_0": "01900000-0000-7000-8000-000000000000", "hero_1": "x"}, "hero", "no such upload"),
        ({"published_at_0": "scheduled", "published_at_1": ""}, "published_at", "from which time"),
        ({"published_at_0": "scheduled", "published_at_1": "2020-01-01T00:00"}, "published_at", "has passed"),
        ({"published_at_0": "published", "published_at_1": "2999-01-01T00:00"}, "published_at", "not come"),
        ({"published_at_0": "published", "published_at_1": "soon"}, "published_at", "valid date"),
        ({"published_at_0": "gone"}, "published_at", "valid choice"),
    ],
)
def test_it_refuses(pia: Desk, fields: dict[str, str], field: str, words: str) -> None:
    slug = word()
    answer = pia.write(**{"title": "T", "slug": slug, "body": "x", **fields})
    assert answer.status_code == 200
    assert words in str(errors(answer).get(field)), errors(answer)
    with pytest.raises(DoesNotExist):
        Post.fetch((slug,))


def test_a_text_that_is_too_long_is_whole_in_the_form_that_says_so(pia: Desk) -> None:
    """No browser cuts what is pasted, as it does without a word where a text area has a maxlength."""
    body = "x" * 200_001
    answer = pia.write(title="T", body=body)
    assert errors(answer)["body"] == ["This text has 200,001 bytes; a post can have 200,000."]
    (area,) = re.findall(r'<textarea name="body"([^>]*)>([^<]*)', text(answer))
    assert (area[1].strip() == body, "maxlength" in area[0]) == (True, False)


def test_an_address_that_is_taken_is_said_at_the_field(pia: Desk) -> None:
    post = write(pia.person)
    answer = pia.write(title="T", slug=post["slug"], body="x")
    assert "already exists" in str(errors(answer)["slug"])


def test_a_new_post_that_is_sent_twice_is_one(pia: Desk) -> None:
    """Its address is made from the title, also where scripts make none: of other letters than Latin ones."""
    form = {**pia.form(f"{POSTS}add/"), "title": f"日本 {(name := word())}", "body": "x", "published_at_0": "published"}
    assert pia.post(f"{POSTS}add/", form).status_code == 302
    assert Post.fetch((f"riben-{name}",)).published_at
    assert "already exists" in str(errors(pia.post(f"{POSTS}add/", form))["slug"])
    with pytest.raises(DoesNotExist):
        Post.fetch((f"riben-{name}-2",))


def test_two_editors_are_shown_each_others_work(ed: Desk) -> None:
    other, post = Desk("editors"), write(ed.person, published_at=None)
    url = change_url(post["slug"])
    mine = ed.form(url)
    other.write(url, title="Theirs", summary="Theirs, too")
    answer = ed.post(url, {**mine, "title": "Mine"})
    assert "This was saved" in text(answer)
    assert "Saved meanwhile: Theirs" in str(errors(answer)["title"])
    assert 'value="Mine"' in text(answer)
    assert "Theirs, too" in text(answer)
    assert Post.fetch((post["slug"],)).title == "Theirs"


def test_a_publication_that_was_not_touched_follows_the_other_editor(pia: Desk) -> None:
    slug = word()
    pia.write(title="T", slug=slug, body="x", published_at_0="published")
    mine = pia.form(change_url(slug))
    Desk("publishers").write(change_url(slug), published_at_0="draft")
    answer = pia.post(change_url(slug), {**mine, "body": "Mine"})
    assert "Now showing the saved Publication." in text(answer)
    assert pia.post(change_url(slug), values(answer)).status_code == 302
    found = Post.fetch((slug,))
    assert found.body == "Mine"
    assert not found.position


def test_a_picture_that_can_not_be_looked_up_loses_nothing_that_was_typed(
    ed: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = write(ed.person, published_at=None)["slug"]

    def fail(self: object, upload_id: str) -> None:
        raise ServiceUnavailable("The service `media` does not answer.", retry_after=2)

    monkeypatch.setattr(MediaUploads, "find", fail)
    photo = {"hero_0": "01900000-0000-7000-8000-000000000000", "hero_1": "Fields"}
    answer = ed.write(change_url(slug), body="A long text.", **photo)
    assert "does not answer" in str(errors(answer)["hero"])
    assert "A long text." in text(answer)


def test_anothers_date_is_told_with_its_zone(pia: Desk) -> None:
    url = change_url(write(pia.person, published_at=None)["slug"])
    form = {**pia.form(url), "published_at_0": "scheduled"}
    Desk("publishers").post(url, {**form, "published_at_1": "2099-01-05T09:00"})
    answer = pia.post(url, {**form, "published_at_1": "2099-01-06T09:00"})
    assert '<time datetime="2099-01-05T09:00:00Z">' in str(errors(answer)["published_at"])
    assert re.search(r"2099[^<]* UTC<", text(pia.get(url.replace("change", "history"))))


def test_news_of_a_picture_is_no_change_of_either_editor(ed: Desk) -> None:
    photo = upload(ed.person, jpeg(), visibility="public")["id"]
    slug = write(ed.person, published_at=None, hero={"upload": photo, "alt": "Fields"})["slug"]
    mine = ed.form(change_url(slug))
    services.record_news(PhotoNews(ed.person.sub, photo, "ready", 9, 9, [], "~"))
    Desk("editors").write(change_url(slug), title="Theirs")
    assert errors(ed.post(change_url(slug), {**mine, "body": "Mine"})).keys() == {"__all__"}


def test_a_text_keeps_the_indent_it_begins_with_and_its_last_line(ed: Desk) -> None:
    slug, body = word(), "    code\n\nSome text.\n"
    ed.write(title="T", slug=slug, body=body)
    assert Post.fetch((slug,)).body == body
    other = write(ed.person, published_at=None, body=body)["slug"]
    ed.write(change_url(other))
    assert (Post.fetch((other,)).body, Post.fetch((other,)).version) == (body, 1)


def test_a_form_that_is_sent_twice_is_saved_once(pia: Desk) -> None:
    post, new, photo = write(pia.person, published_at=None), word(), upload(pia.person, jpeg(), visibility="public")
    fields = {"title": "Mine", "slug": new, "body": "One\r\ntwo", "tags": "Web Design", "published_at_0": "published"}
    form = {**pia.form(change_url(post["slug"])), **fields, "hero_0": photo["id"], "hero_1": "Fields"}
    for _ in range(2):
        answer = pia.post(change_url(post["slug"]), form)
        assert answer.status_code == 302, errors(answer)
    found = Post.fetch((new,))
    assert (found.version, found.body, found.tags, found.is_public(now())) == (2, "One\ntwo", ["web-design"], True)


def test_an_editor_decides_nothing_about_publication(ed: Desk) -> None:
    post = write(ed.person, published_at=None)
    url = change_url(post["slug"])
    page = ed.get(url)
    assert 'name="published_at_0"' not in text(page)
    ed.write(url, title="Changed", published_at_0="published")
    found = Post.fetch((post["slug"],))
    assert found.title == "Changed"
    assert found.serialize().get("published_at") is None
    assert ed.get(f"{POSTS}{post['slug']}/delete/").status_code == 403


def test_an_editor_mends_the_text_of_a_public_post_and_it_stays_public(ed: Desk, pia: Desk) -> None:
    post = write(pia.person)
    assert ed.write(change_url(post["slug"]), title="Mended", body="Without the *typo*.").status_code == 302
    found = Post.fetch((post["slug"],))
    assert (found.title, found.published_at) == ("Mended", datetime.fromisoformat(post["published_at"]))
    assert "Without the" in text(pia.get(f"/posts/{post['slug']}/"))
    # Who did it is in the history, and a publisher can undo it.
    (entry,) = log.of_object(f"blog.post#{post['slug']}", limit=5).found
    assert entry.username == ed.person.email


def test_a_viewer_reads_and_saves_nothing(vera: Desk, edith: object) -> None:
    writer = Desk("editors")
    post = write(writer.person, published_at=None, summary="Read me")
    page = vera.get(change_url(post["slug"]))
    assert "Read me" in text(page)
    assert vera.post(change_url(post["slug"]), {"title": "Mine"}).status_code == 403
    assert vera.get(f"{POSTS}add/").status_code == 403


def test_its_history_restores_and_brings_back(pia: Desk) -> None:
    post = write(pia.person, tags=["one"])
    url = change_url(post["slug"])
    pia.write(url, title="First", body="First *text*.")
    pia.write(url, title="Second", body="Second *text*.", published_at_0="draft")
    history = pia.get(f"{POSTS}{post['slug']}/history/")
    assert "Second" in text(history)
    assert "renderer" not in text(history)
    first = log.of_object(f"blog.post#{post['slug']}", limit=5).found[1]
    pia.post(f"{POSTS}{post['slug']}/history/restore/", {"at": first.at})
    found = Post.fetch((post["slug"],))
    assert (found.title, found.html) == ("First", "<p>First <em>text</em>.</p>\n")
    assert not found.is_public(now())
    pia.post(f"{POSTS}{post['slug']}/delete/", {"post": "yes", "seen": pia.form(url)["seen"]})
    with pytest.raises(DoesNotExist):
        Post.fetch((post["slug"],))
    deleted = log.of_object(f"blog.post#{post['slug']}", limit=1).found[0]
    pia.post(f"{POSTS}deleted/", {"object": deleted.object, "at": deleted.at})
    back = Post.fetch((post["slug"],))
    assert (back.title, back.tags, back.html) == ("First", ["one"], found.html)
    assert back.version > found.version


def test_a_public_post_comes_back_as_public_with_its_picture(pia: Desk) -> None:
    photo = upload(pia.person, jpeg(), visibility="public")
    post = write(pia.person, hero={"upload": photo["id"], "alt": "Fields"})
    url = change_url(post["slug"])
    pia.post(f"{POSTS}{post['slug']}/delete/", {"post": "yes", "seen": pia.form(url)["seen"]})
    deleted = log.of_object(f"blog.post#{post['slug']}", limit=1).found[0]
    pia.post(f"{POSTS}deleted/", {"object": deleted.object, "at": deleted.at})
    page = pia.get(f"/posts/{post['slug']}/")
    assert (page.status_code, "Fields" in text(page)) == (200, True)


def test_the_form_says_that_a_picture_was_deleted(pia: Desk) -> None:
    photo = upload(pia.person, jpeg(), visibility="public")
    slug = write(pia.person, hero={"upload": photo["id"], "alt": "Fields"})["slug"]
    assert "was deleted" not in text(pia.get(change_url(slug)))
    pia.person.api.delete(f"{UPLOADS}{photo['id']}/")
    until(lambda: Post.fetch((slug,)).hero.status == "deleted", "the end of the photo")
    assert "This picture was deleted, so readers see none." in text(pia.get(change_url(slug)))
