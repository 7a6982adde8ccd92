"""History: who changed what, earlier versions restored, deleted articles brought back."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dynamo.admin.history import log
from dynamo.admin.history.differences import difference
from dynamo.errors import DoesNotExist
from dynamo.models import now
from dynamo.testing import recorded_requests
from dynamo.tests.admin.browser import LIST, Browser, make, picture, text
from dynamo.tests.sample.models import Article, File

URL = f"{LIST}a00001/change/"
HISTORY = f"{LIST}a00001/history/"
KEY = ("a00001",)


def delete(browser: Browser, slug: str = "a00001") -> None:
    url = f"{LIST}{slug}/delete/"
    browser.post(url, {"post": "yes", "seen": browser.get(url).context["seen"]})


def test_it_tells_who_changed_what(pia: Browser, ed: Browser) -> None:
    make(title="The quick fox", author="Ann")
    pia.post(URL, {**pia.form(URL), "title": "The slow <b>fox</b>", "author": "", "tags": "new"})
    with recorded_requests() as sent:
        page = text(ed.get(HISTORY))
    assert sent == ["GetItem", "GetItem", "Query"]
    assert "Changed Title, Author and Tags." in page
    assert "<td>pia</td>" in page
    assert "The <del>quick</del><ins>slow &lt;b&gt;</ins> fox" in page or "<del>quick</del><ins>slow</ins>" in page
    assert "<del>Ann</del>" in page
    assert "<ins>new</ins>" in page
    assert "<b>fox" not in page


def test_a_change_and_its_entry_are_one(pia: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    make()
    form = pia.form(URL)
    # An entry that can't be written: its condition never holds.
    monkeypatch.setattr(log.Change, "write_in", lambda self, block: block.save(self.entry(), log.Entry.user == "x"))
    assert pia.post(URL, {**form, "title": "Edited"}).status_code == 200
    assert Article.fetch(KEY).title == "Title 00001"
    assert not log.of_object("sample.article#a00001", limit=5).found


def test_it_restores_an_earlier_version(pia: Browser) -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    form = {"slug": "a00001", "title": "One", "status": "draft", "words": "3", "rating": "1", "tags": "a, b"}
    pia.post(f"{LIST}add/", form)
    Article.change(KEY, [Article.picture.set(picture(key="one.jpg", width=5)), Article.published_at.set(at)])
    pia.post(URL, {**pia.form(URL), "title": "Two", "tags": ""})
    Article.change(KEY, [Article.picture.remove(), Article.published_at.remove()])
    pia.post(URL, {**pia.form(URL), "title": "Three"})
    two = log.of_object("sample.article#a00001", limit=5).found[1]
    response = pia.post(f"{HISTORY}restore/", {"at": two.at})
    assert response.headers["Location"] == URL
    found: Any = Article.fetch(KEY)
    assert (found.title, found.tags, found.published_at, found.version) == ("Two", None, at, 6)
    assert (found.picture.key, found.picture.width) == ("one.jpg", 5)
    page = text(pia.get(HISTORY))
    assert "Restored the version of" in page
    assert "<del>Three</del><ins>Two</ins>" in page
    one = log.of_object("sample.article#a00001", limit=9).found[-1]
    pia.post(f"{HISTORY}restore/", {"at": one.at})
    restored: Any = Article.fetch(KEY)
    assert (restored.title, restored.tags, restored.picture) == ("One", {"a", "b"}, None)


def test_what_editors_do_not_see_is_not_in_the_history(pia: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    from dynamo.tests.sample.admin import ArticleAdmin

    make(author="Somebody secret")
    pia.post(URL, {**pia.form(URL), "author": "Another one", "title": "Two"})
    monkeypatch.setattr(ArticleAdmin, "exclude", ["author"])
    for url in (HISTORY, URL):
        assert "secret" not in text(pia.get(url))
        assert "Another" not in text(pia.get(url))


def test_restoring_overwrites_nothing_unseen(pia: Browser, ed: Browser) -> None:
    make(body="One")
    pia.post(URL, {**pia.form(URL), "body": "Two"})
    pia.post(URL, {**pia.form(URL), "body": "Three"})
    page = pia.get(HISTORY)
    (sent,) = re.findall(r'name="at" value="([^"]+)"><input type="hidden" name="version" value="([^"]+)"', text(page))
    ed.post(URL, {**ed.form(URL), "body": "Theirs"})
    response = pia.post(f"{HISTORY}restore/", {"at": sent[0], "version": sent[1]})
    assert "was left as it is: it was changed meanwhile. Last in the admin: ed" in pia.notes(response)
    assert Article.fetch(KEY).body == "Theirs"


def test_restoring_the_present_does_nothing(pia: Browser) -> None:
    make()
    pia.post(URL, {**pia.form(URL), "title": "Two"})
    entry = log.of_object("sample.article#a00001", limit=1).found[0]
    response = pia.post(f"{HISTORY}restore/", {"at": entry.at})
    assert "Nothing to restore" in pia.notes(response)
    assert Article.fetch(KEY).version == 2


@pytest.mark.parametrize("at", ["", "2026", "x" * 100, "\0"])
def test_an_unknown_entry_restores_nothing(pia: Browser, at: str) -> None:
    make()
    assert pia.post(f"{HISTORY}restore/", {"at": at}).status_code == 404
    assert pia.get(f"{HISTORY}restore/").status_code == 405


def test_it_brings_back_what_was_deleted(pia: Browser) -> None:
    made = make(tags={"a"}, picture=picture(key="k"), views=12)
    delete(pia)
    with recorded_requests() as sent:
        page = text(pia.get(f"{LIST}deleted/"))
    assert sent == ["GetItem", "Query"]
    assert "Title 00001" in page
    entry = next(one for one in log.deletions("sample.article", limit=50).found if one.pk == "a00001")
    response = pia.post(f"{LIST}deleted/", {"object": entry.object, "at": entry.at})
    assert response.headers["Location"] == URL
    found: Any = Article.fetch(KEY)
    assert (found.title, found.tags, found.views, found.picture.key) == ("Title 00001", {"a"}, 12, "k")
    assert found.created_at == made.created_at
    # Lists by the last change have it first, and who asks what has changed since then hears of it.
    assert found.updated_at > made.updated_at
    # A form that was open before the deletion is out of date.
    assert found.version == 2
    again = pia.post(f"{LIST}deleted/", {"object": entry.object, "at": entry.at})
    assert "is there: nothing was brought back" in pia.notes(again)
    assert Article.fetch(KEY).version == 2


def test_what_another_is_in_the_place_of_is_not_said_to_be_there(pia: Browser) -> None:
    make(title="Mine")
    delete(pia)
    (entry,) = log.of_object("sample.article#a00001", limit=1).found
    make(2, slug="a00001", title="Another")
    response = pia.post(f"{LIST}deleted/", {"object": entry.object, "at": entry.at})
    assert "“Mine” was not brought back: “Another” is in its place." in pia.notes(response)
    assert Article.fetch(KEY).title == "Another"


def test_it_brings_back_no_other_kind(pia: Browser) -> None:
    for name in ("sample.file#a:1", "", "sample.article", "sample.article#none"):
        assert pia.post(f"{LIST}deleted/", {"object": name, "at": "2026"}).status_code == 404


def test_entries_leave_in_time(pia: Browser) -> None:
    make()
    pia.post(URL, {**pia.form(URL), "title": "Two"})
    delete(pia)
    deletion, change = log.of_object("sample.article#a00001", limit=2).found
    assert timedelta(days=29) < deletion.expires - now() < timedelta(days=31)
    assert timedelta(days=364) < change.expires - now() < timedelta(days=366)


def test_what_is_past_its_time_is_not_shown_nor_brought_back(pia: Browser) -> None:
    make()
    delete(pia)
    (entry, *_) = log.of_object("sample.article#a00001", limit=1).found
    entry = log.fetch(entry.object, entry.at)
    entry.update(actions=[log.Entry.expires.set(now() - timedelta(seconds=5))])
    assert "a00001" not in text(pia.get(f"{LIST}deleted/"))
    assert pia.post(f"{LIST}deleted/", {"object": entry.object, "at": entry.at}).status_code == 404


def test_a_kind_may_keep_no_values(ada: Browser) -> None:
    ada.post("/admin/sample/file/add/", {"owner": "someone", "number": "1", "name": "Private"})
    (entry, *_) = log.of_object("sample.file#someone:1", limit=1).found
    assert not log.unpack(entry.before)
    assert not log.unpack(entry.after)
    assert "Private" not in text(ada.get("/admin/sample/file/someone_3A1/history/"))
    File.remove(("someone", 1))


def test_the_index_shows_recent_actions(pia: Browser) -> None:
    make(title="Something rare")
    pia.post(URL, {**pia.form(URL), "author": "Zoe"})
    page = text(pia.get("/admin/"))
    assert "Something rare" in page
    assert URL in page


def test_a_long_history_has_pages(pia: Browser) -> None:
    make(slug="long")
    url = f"{LIST}long/change/"
    for number in range(22):
        pia.post(url, {**pia.form(url), "title": f"Title {number}"})
    page = pia.get(f"{LIST}long/history/")
    assert text(page).count("Changed Title.") == 20
    older = pia.get(f"{LIST}long/history/{pia.link(page, 'Older')}")
    assert text(older).count("Changed Title.") == 2
    assert pia.get(f"{LIST}long/history/?p=evil").status_code == 302


def test_values_are_told_as_people_call_them(pia: Browser) -> None:
    make(1)
    url = f"{LIST}a00001/"
    pia.post(f"{url}change/", {**pia.form(f"{url}change/"), "status": "published"})
    (change,) = pia.get(f"{url}history/").context["action_list"][0].changes
    assert [(one.kind, one.text) for one in change.segments] == [("gone", "Draft"), ("new", "Published")]


def test_what_was_left_empty_is_not_told(pia: Browser) -> None:
    form = {"slug": "new", "title": "New", "status": "draft", "words": "0", "rating": "1"}
    pia.post(f"{LIST}add/", form)
    told = {change.label for change in pia.get(f"{LIST}new/history/").context["action_list"][0].changes}
    assert {"Title", "Status"} <= told
    assert told.isdisjoint({"Text", "Author", "Tags", "Steps"})


def test_differences_are_readable() -> None:
    segments = difference("a " * 300 + "old " + "b " * 300, "a " * 300 + "new " + "b " * 300)
    assert [segment.kind for segment in segments] == ["same", "gone", "new", "same"]
    assert sum(len(segment.text) for segment in segments) < 400
    assert difference("", "x") == difference("", "x")
    assert [segment.kind for segment in difference("same", "same")] == ["same"]


def test_a_deleted_article_is_gone_for_good_without_its_entry() -> None:
    with pytest.raises(DoesNotExist):
        log.fetch("sample.article#never", "2026-01-01")
