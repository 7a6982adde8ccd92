"""The change form: what is saved, what is left alone, what it costs."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from dynamo.errors import DoesNotExist
from dynamo.models import now
from dynamo.testing import recorded_requests
from dynamo.tests.admin.browser import LIST, Browser, make, picture, text
from dynamo.tests.sample.admin import ArticleAdmin
from dynamo.tests.sample.models import Article, File

URL = f"{LIST}a00001/change/"


def test_the_form_costs_one_get(pia: Browser) -> None:
    make()
    with recorded_requests() as sent:
        response = pia.get(URL)
    assert response.status_code == 200
    # The session, and the article.
    assert sent == ["GetItem", "GetItem"]


def test_a_save_costs_three(pia: Browser) -> None:
    make()
    form = pia.form(URL)
    with recorded_requests() as sent:
        response = pia.post(URL, {**form, "title": "Edited"})
    assert response.headers["Location"] == LIST
    assert sent == ["GetItem", "GetItem", "TransactWriteItems"]
    assert Article.fetch(("a00001",)).title == "Edited"


def test_it_derives_the_form_from_the_item(pia: Browser) -> None:
    make(picture=picture(key="p.jpg", width=9), tags={"b", "a, c"})
    page = text(pia.get(URL))
    assert 'maxlength="60"' in page
    assert 'rows="30"' in page
    assert "As readers see it" in page
    assert '<option value="draft" selected>Draft</option>' in page
    assert 'value="&quot;a, c&quot;,b"' in page
    assert "p.jpg" in page
    for hidden in ("write_id", "id_kind", "id_version", "id_views", "id_slug"):
        assert hidden not in page


def test_it_changes_only_what_was_edited(pia: Browser) -> None:
    at = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
    made = make(published_at=at, body="line\nline", steps=["b", "a"], rating=4.5, picture=picture(key="k"))
    form = pia.form(URL)
    Article.change(made.key(), [Article.views.set(99)])
    form["seen"] = pia.form(URL)["seen"]
    pia.post(URL, {**form, "title": "Edited", "body": form["body"].replace("\n", "\r\n")})
    found = Article.fetch(made.key())
    assert (found.title, found.body, found.views, found.version) == ("Edited", "line\nline", 99, 3)
    assert (found.published_at, found.steps, found.rating) == (at, ["b", "a"], 4.5)
    assert found.picture.key == "k"


def test_a_save_that_changes_nothing_writes_nothing(pia: Browser) -> None:
    made = make(published_at=now())
    with recorded_requests() as sent:
        pia.post(URL, pia.form(URL))
    assert "TransactWriteItems" not in sent
    assert Article.fetch(made.key()).version == 1


def test_it_empties_what_may_be_empty(pia: Browser) -> None:
    made = make(author="Ann", tags={"a"}, published_at=now(), pinned=True)
    form = {**pia.form(URL), "author": "", "tags": "", "published_at_0": "", "published_at_1": ""}
    del form["pinned"]
    pia.post(URL, form)
    raw = Article.fetch(made.key()).serialize()
    assert not {"author", "tags", "published_at"} & set(raw)
    assert raw["pinned"] == {"BOOL": False}


def test_it_says_what_is_wrong_and_changes_nothing(pia: Browser) -> None:
    made = make()
    form = {**pia.form(URL), "title": "", "words": "many", "status": "gone", "rating": "x"}
    response = pia.post(URL, form)
    assert response.status_code == 200
    assert set(response.context["adminform"].form.errors) == {"title", "words", "status", "rating"}
    assert Article.fetch(made.key()).version == 1


def test_it_shows_what_a_service_refuses(pia: Browser) -> None:
    made = make()
    response = pia.post(URL, {**pia.form(URL), "title": "Forbidden"})
    assert "That title is taken elsewhere." in text(response)
    assert 'value="Forbidden"' in text(response)
    assert Article.fetch(made.key()).title == "Title 00001"


def test_it_refuses_what_dynamodb_can_not_hold(pia: Browser) -> None:
    made = make()
    response = pia.post(URL, {**pia.form(URL), "body": "x" * 420_000})
    assert "DynamoDB keeps at most 400 KB" in text(response)
    assert Article.fetch(made.key()).version == 1


def test_a_large_article_and_its_entry_fit(pia: Browser) -> None:
    made = make(body="lorem ipsum " * 15_000)
    pia.post(URL, {**pia.form(URL), "body": "dolor sit " * 35_000})
    assert Article.fetch(made.key()).version == 2


def test_it_adds(pia: Browser) -> None:
    form = {
        "slug": "new",
        "title": "New",
        "status": "draft",
        "words": "0",
        "rating": "1",
        "tags": "b, a",
        "steps": "z, a",
    }
    with recorded_requests() as sent:
        response = pia.post(f"{LIST}add/", form)
    assert response.headers["Location"] == LIST
    assert sent == ["GetItem", "GetItem", "TransactWriteItems"]
    found = Article.fetch(("new",))
    assert (found.kind, found.tags, found.steps, found.version) == ("article", {"a", "b"}, ["z", "a"], 1)
    assert found.created_at is not None
    assert found.created_at == found.updated_at


def test_a_key_made_of_the_title_is_typed_once(pia: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    make()
    monkeypatch.setattr(ArticleAdmin, "prepopulated_fields", {"slug": ["title"]})
    assert "#id_slug" in text(pia.get(f"{LIST}add/"))
    assert "#id_slug" not in text(pia.get(URL))


def test_what_can_not_be_typed_may_have_its_place(pia: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    make()
    named = ["slug", "title", ("created_at", "updated_at"), "picture"]
    monkeypatch.setattr(ArticleAdmin, "fieldsets", [(None, {"fields": named})])
    for url in (URL, f"{LIST}add/"):
        assert "field-updated_at" in text(pia.get(url))
    assert pia.post(f"{LIST}add/", {"slug": "new", "title": "New"}).status_code == 302
    monkeypatch.undo()
    assert "field-updated_at" not in text(pia.get(f"{LIST}add/"))


def test_it_refuses_a_taken_key(pia: Browser) -> None:
    make()
    form = {"slug": "a00001", "title": "Other", "status": "draft", "words": "0", "rating": "1"}
    assert "already exists" in text(pia.post(f"{LIST}add/", form))
    assert Article.fetch(("a00001",)).title == "Title 00001"


@pytest.mark.parametrize("slug", ["", "x" * 3000, "ü" * 1500])
def test_it_refuses_what_can_be_no_key(pia: Browser, slug: str) -> None:
    form = {"slug": slug, "title": "Other", "status": "draft", "words": "0", "rating": "1"}
    assert pia.post(f"{LIST}add/", form).context["adminform"].form.errors["slug"]


@pytest.mark.parametrize("key", ["none", "x" * 3000, "%00", "_", "_ZZ", "..", "%F0%9F%92%A9", "%ff"])
def test_an_unknown_article_is_not_there(pia: Browser, key: str) -> None:
    for page in ("change", "delete", "history"):
        assert pia.get(f"{LIST}{key}/{page}/").headers["Location"] == "/admin/"


def test_permissions_hold(vera: Browser, ed: Browser) -> None:
    make()
    assert vera.get(URL).status_code == 200
    assert "_save" not in text(vera.get(URL))
    for url in (URL, f"{LIST}add/", f"{LIST}a00001/delete/", f"{LIST}deleted/", f"{LIST}a00001/history/restore/"):
        assert vera.post(url, {"post": "yes", "title": "x"}).status_code == 403, url
    assert ed.post(f"{LIST}a00001/delete/", {"post": "yes"}).status_code == 403
    nobody = Browser("nobody").get(URL)
    assert nobody.headers["Location"].startswith("/admin/login/")
    assert Browser(None).get(URL).headers["Location"].startswith("/admin/login/")
    assert Article.fetch(("a00001",)).version == 1


def test_forgery_is_refused(pia: Browser) -> None:
    make()
    form = pia.form(URL)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = pia.cookies
    for url in (URL, f"{LIST}a00001/delete/", LIST, f"{LIST}a00001/history/restore/", f"{LIST}deleted/"):
        assert strict.post(url, {**form, "post": "yes"}).status_code == 403, url


def test_no_page_can_be_framed_and_ours_have_no_inline_script(pia: Browser) -> None:
    import re

    make()
    for url in (LIST, URL, f"{LIST}a00001/history/", f"{LIST}a00001/delete/", f"{LIST}deleted/"):
        response = pia.get(url)
        assert response.headers["X-Frame-Options"] == "DENY"
        assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>\s*\S|\son\w+=|<style|\sstyle=", _ours(text(response))), url


def _ours(page: str) -> str:
    # Django's own theme switch is written with a style element on 5.2.
    return page.replace("<style>", "", 1) if "#changelist table thead" in page else page


def test_two_keys_make_one(ada: Browser) -> None:
    url = "/admin/sample/file/"
    assert ada.post(f"{url}add/", {"owner": "a/b:c", "number": "7", "name": "Seven"}).headers["Location"] == url
    assert File.fetch(("a/b:c", 7)).name == "Seven"
    assert "already exists" in text(ada.post(f"{url}add/", {"owner": "a/b:c", "number": "7", "name": "Other"}))
    (key,) = ada.keys(ada.get(url))
    from django.contrib.admin.utils import quote

    change = f"{url}{quote(key)}/change/"
    ada.post(change, {**ada.form(change), "name": "Changed"})
    assert File.fetch(("a/b:c", 7)).name == "Changed"
    for wrong in ("7", "a:b:c", "a:", ":7", "a:x"):
        assert ada.get(f"{url}{quote(wrong)}/change/").headers["Location"] == "/admin/"
    ada.post(
        f"{url}{quote(key)}/delete/", {"post": "yes", "seen": ada.get(f"{url}{quote(key)}/delete/").context["seen"]}
    )
    with pytest.raises(DoesNotExist):
        File.fetch(("a/b:c", 7))


def test_what_has_no_version_is_looked_at_only(ada: Browser) -> None:
    from dynamo.tests.sample.models import Tag

    Tag("t", created_at=now()).save()
    assert ada.keys(ada.get("/admin/sample/tag/")) == []
    assert "Select tag to view" in text(ada.get("/admin/sample/tag/"))
    assert ada.get("/admin/sample/tag/t/change/").status_code == 200
    assert ada.post("/admin/sample/tag/t/change/", {}).status_code == 403
    assert ada.get("/admin/sample/tag/add/").status_code == 403


def test_a_password_kept_elsewhere_is_not_changed_here(pia: Browser) -> None:
    assert pia.get("/admin/password_change/").status_code == 404
    assert pia.post("/admin/password_change/", {"new_password1": "x"}).status_code == 404


def test_saving_as_new_makes_another(pia: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    from dynamo.tests.sample.admin import ArticleAdmin

    make()
    monkeypatch.setattr(ArticleAdmin, "save_as", True)
    pia.post(URL, {**pia.form(URL), "slug": "copy", "_saveasnew": "1"})
    assert Article.fetch(("copy",)).title == "Title 00001"


def test_dynamodb_down_is_a_page_that_says_so(pia: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    from dynamo import connection
    from dynamo.errors import Unavailable

    make()
    form = pia.form(URL)
    real = connection.SharedConnection.dispatch

    def down(self: Any, operation: str, arguments: Any) -> Any:
        if operation in ("TransactWriteItems", "Query"):
            raise Unavailable("down")
        return real(self, operation, arguments)

    monkeypatch.setattr(connection.SharedConnection, "dispatch", down)
    for response in (pia.post(URL, {**form, "title": "x"}), pia.get(LIST), pia.get(f"{LIST}a00001/history/")):
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "2"
        assert "does not answer" in text(response)
    assert pia.get("/admin/").status_code == 200
