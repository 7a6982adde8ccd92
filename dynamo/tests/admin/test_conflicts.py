"""Two editors at once: nothing is overwritten unseen, by form, deletion, bulk action or list."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dynamo.admin.history import log
from dynamo.errors import DoesNotExist
from dynamo.tests.admin.browser import LIST, Browser, fill, make, text
from dynamo.tests.sample.admin import ArticleAdmin
from dynamo.tests.sample.models import Article

URL = f"{LIST}a00001/change/"
KEY = ("a00001",)


def test_the_second_editor_sees_what_the_other_saved(pia: Browser, ed: Browser) -> None:
    make(author="Ann")
    mine, theirs = pia.form(URL), ed.form(URL)
    ed.post(URL, {**theirs, "title": "Theirs", "author": "Bob", "pinned": "on", "status": "published"})
    response = pia.post(URL, {**mine, "title": "Mine", "body": "My text"})
    errors = response.context["adminform"].form.errors
    assert errors["title"] == ["Saved meanwhile: Theirs"]
    assert set(errors) == {"__all__", "title"}
    assert re.match(
        r'This was saved while you were editing: ed, <time datetime="[^"]+Z">[\d: -]{16} UTC</time>\.',
        errors["__all__"][0],
    )
    assert "Now showing the saved Status, Author, Pinned." in errors["__all__"][0]
    assert 'value="Mine"' in text(response)
    assert 'value="Bob"' in text(response)
    assert Article.fetch(KEY).title == "Theirs"
    again = pia.post(URL, pia.values(response))
    assert again.status_code == 302
    found = Article.fetch(KEY)
    assert (found.title, found.author, found.body, found.status) == ("Mine", "Bob", "My text", "published")
    assert found.pinned
    assert found.version == 3


def test_what_was_not_saved_in_the_admin_is_said_so(pia: Browser) -> None:
    make()
    mine = pia.form(URL)
    Article.change(KEY, [Article.title.set("Theirs")])
    assert "while you were editing: not in the admin" in text(pia.post(URL, {**mine, "title": "Mine"}))


def test_another_window_of_ones_own_is_nobody_else(pia: Browser) -> None:
    make()
    mine, other = pia.form(URL), pia.form(URL)
    pia.post(URL, {**other, "title": "Typed there"})
    page = text(pia.post(URL, {**mine, "title": "Typed here"}))
    assert "This was saved while you were editing: pia, " in page
    assert "Saved meanwhile: Typed there" in page
    assert "someone else" not in page.lower()


def test_long_texts_are_compared_line_by_line(pia: Browser, ed: Browser) -> None:
    make(body="One\n\nTwo\n\nThree\n\nFour <b>")
    mine, theirs = pia.form(URL), ed.form(URL)
    ed.post(URL, {**theirs, "body": "One\n\nTwo of them\n\nThree\n\nFour <b>"})
    page = text(pia.post(URL, {**mine, "body": "One\n\nTwo of mine\n\nThree\n\nFour <b>\n\n<i>Five"}))
    assert re.search(r'<th scope="row">Saved</th>\s*<td>Two of <del>them</del></td>', page)
    assert re.search(r'<th scope="row">Yours</th>\s*<td>Two of <ins>mine</ins></td>', page)
    assert re.search(r'<th scope="row">Yours</th>\s*<td><ins>&lt;i&gt;Five</ins></td>', page)
    (table,) = re.findall(r'<table class="conflict">.*?</table>', page, re.DOTALL)
    assert "One" not in table


def test_a_third_save_in_between_is_seen_too(pia: Browser, ed: Browser) -> None:
    make()
    mine = pia.form(URL)
    ed.post(URL, {**ed.form(URL), "title": "Two"})
    again = pia.values(pia.post(URL, {**mine, "title": "Mine"}))
    ed.post(URL, {**ed.form(URL), "title": "Three"})
    assert "meanwhile: Three" in text(pia.post(URL, again))
    assert Article.fetch(KEY).title == "Three"


@pytest.mark.parametrize("seen", ["", "nonsense", "[]", "[1]", '["x", {}]', "[1, 5]", '{"a": 1}', "9" * 5000])
def test_a_form_that_lost_its_version_overwrites_nothing(pia: Browser, seen: str) -> None:
    make()
    response = pia.post(URL, {**pia.form(URL), "seen": seen, "title": "Mine"})
    assert response.status_code == 200
    assert Article.fetch(KEY).version == 1


def test_a_race_lost_after_the_form_had_passed(pia: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    make()
    form = pia.form(URL)
    save = ArticleAdmin.save_item
    raced: list[Any] = []

    def slow(self: Any, *args: Any) -> None:
        if not raced:
            raced.append(Article.change(KEY, [Article.title.set("Raced")]))
        save(self, *args)

    monkeypatch.setattr(ArticleAdmin, "save_item", slow)
    response = pia.post(URL, {**form, "title": "Mine"})
    assert "meanwhile: Raced" in text(response)
    assert Article.fetch(KEY).title == "Raced"


def test_of_many_at_once_one_saves(pia: Browser) -> None:
    make()
    form = pia.form(URL)

    def save(number: int) -> int:
        browser = Browser("pia" if number % 2 else "ed")
        return int(browser.post(URL, {**form, "title": f"By {number}"}).status_code)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(save, range(16)))
    assert sorted(answers) == [200] * 15 + [302]
    assert Article.fetch(KEY).version == 2
    assert len(log.of_object("sample.article#a00001", limit=9).found) == 1


def test_a_race_for_a_new_key(pia: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    save = ArticleAdmin.save_item
    raced: list[Any] = []

    def slow(self: Any, *args: Any) -> None:
        if not raced:
            raced.append(make(slug="new"))
        save(self, *args)

    monkeypatch.setattr(ArticleAdmin, "save_item", slow)
    form = {"slug": "new", "title": "Mine", "status": "draft", "words": "0", "rating": "1"}
    assert "already exists" in text(pia.post(f"{LIST}add/", form))
    assert Article.fetch(("new",)).title == "Title 00001"


def test_what_was_deleted_meanwhile_is_not_saved(pia: Browser) -> None:
    make()
    form = pia.form(URL)
    Article.remove(KEY)
    response = pia.post(URL, {**form, "title": "Mine"})
    assert "Perhaps it was deleted?" in pia.notes(response)
    with pytest.raises(DoesNotExist):
        Article.fetch(KEY)


def test_a_deletion_shows_what_changed_first(pia: Browser) -> None:
    make()
    url = f"{LIST}a00001/delete/"
    seen = pia.get(url).context["seen"]
    Article.change(KEY, [Article.title.set("Theirs")])
    response = pia.post(url, {"post": "yes", "seen": seen})
    assert response.headers["Location"] == url
    assert "was not deleted: it was changed while you were looking. Title: Theirs" in pia.notes(response)
    assert pia.post(url, {"post": "yes"}).headers["Location"] == url
    assert Article.fetch(KEY).title == "Theirs"
    pia.post(url, {"post": "yes", "seen": pia.get(url).context["seen"]})
    with pytest.raises(DoesNotExist):
        Article.fetch(KEY)


def versions(page: Any) -> dict[str, str]:
    return {f"version:{pk}": str(version) for pk, version in page.context["cl"].versions}


def test_a_bulk_change_leaves_what_changed_meanwhile(pia: Browser, ed: Browser) -> None:
    for number in (1, 2, 3):
        make(number)
    sent = versions(pia.get(LIST))
    assert len(sent) == 3
    ed.post(URL, {**ed.form(URL), "title": "Theirs"})
    chosen = ["a00001", "a00002"]
    response = pia.post(LIST, {"action": "publish", "index": "0", "_selected_action": chosen, **sent})
    notes = pia.notes(response)
    assert "1 published." in notes
    assert "“Theirs” was left as it is: it was changed meanwhile. Last in the admin: ed" in notes
    assert "Changed Title." in notes
    assert [Article.fetch((f"a0000{number}",)).status for number in (1, 2, 3)] == ["draft", "published", "draft"]


def test_a_bulk_deletion_leaves_what_changed_meanwhile(pia: Browser) -> None:
    make(1)
    make(2)
    sent = versions(pia.get(LIST))
    Article.change(KEY, [Article.title.set("Theirs")])
    data = {"action": "delete_selected", "_selected_action": ["a00001", "a00002"]}
    response = pia.post(LIST, {**data, **sent, "index": "0"})
    assert "Are you sure" in text(response)
    carried = dict(response.context["versions"])
    assert carried == sent
    response = pia.post(LIST, {**data, **carried, "post": "yes"})
    assert "Successfully deleted 1 article" in pia.notes(response)
    assert "changed meanwhile, not in the admin" in pia.notes(response)
    assert Article.fetch(KEY).title == "Theirs"
    with pytest.raises(DoesNotExist):
        Article.fetch(("a00002",))


def test_what_is_no_longer_there_is_said(pia: Browser) -> None:
    make(1)
    make(2)
    Article.remove(KEY)
    chosen = ["a00001", "a00002"]
    for data, done in (
        ({"action": "publish", "index": "0"}, "1 published."),
        ({"action": "delete_selected", "post": "yes"}, "Successfully deleted 1 article"),
    ):
        sent = versions(pia.get(LIST))
        notes = pia.notes(pia.post(LIST, {**data, **sent, "_selected_action": chosen}))
        assert done in notes
        assert "“a00001” was left as it is: it was renamed or deleted meanwhile." in notes
        assert "“a00002”" not in notes


def test_what_has_left_the_lists_filter_meanwhile_is_said(pia: Browser, ed: Browser) -> None:
    make(1)
    make(2)
    url = f"{LIST}?status=draft"
    sent = versions(pia.get(url))
    ed.post(URL, {**ed.form(URL), "status": "published"})
    data = {"action": "delete_selected", "_selected_action": ["a00001", "a00002"], "post": "yes"}
    notes = pia.notes(pia.post(url, {**data, **sent}))
    assert "Successfully deleted 1 article" in notes
    assert "“Title 00001” was left as it is: it was changed meanwhile. Last in the admin: ed" in notes


def test_a_later_row_of_the_same_key_is_not_the_one_that_was_seen(pia: Browser) -> None:
    make()
    form, sent, url = pia.form(URL), versions(pia.get(LIST)), f"{LIST}a00001/delete/"
    seen = pia.get(url).context["seen"]
    Article.remove(KEY)
    make(2, slug="a00001", title="Another")
    assert Article.fetch(KEY).version == 1
    assert "This was saved" in text(pia.post(URL, {**form, "body": "Mine"}))
    pia.post(url, {"post": "yes", "seen": seen})
    data = {"action": "delete_selected", "_selected_action": ["a00001"], "post": "yes"}
    assert "“Another” was left as it is" in pia.notes(pia.post(LIST, {**data, **sent}))
    assert (Article.fetch(KEY).title, Article.fetch(KEY).body) == ("Another", "One two three")


def test_an_action_on_everything_at_once_is_refused(pia: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(15)
    monkeypatch.setattr("dynamo.admin.query.queryset.MAX_ROWS", 12)
    data = {"action": "publish", "index": "0", "_selected_action": ["a00001"], "select_across": "1"}
    response = pia.post(LIST, data)
    assert "more than 12 rows" in pia.notes(response)


def test_editing_in_the_list_sees_conflicts(pia: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ArticleAdmin, "list_editable", ["author"])
    for number in (1, 2, 3):
        make(number, author="Ann")
    formset = pia.get(LIST).context["cl"].formset
    data: dict[str, Any] = {"form-TOTAL_FORMS": 3, "form-INITIAL_FORMS": 3, "_save": "Save"}
    for number, form in enumerate(formset.forms):
        prefix = f"form-{number}"
        data |= {f"{prefix}-slug": form.instance.pk, f"{prefix}-author": "Ann", f"{prefix}-seen": form.initial["seen"]}
        assert f'name="{prefix}-seen"' in text(pia.get(LIST))
    response = pia.post(LIST, {**data, "form-0-author": "Zoe"})
    assert "1 article was changed successfully." in pia.notes(response)
    assert [Article.fetch((f"a0000{number}",)).author for number in (3, 2)] == ["Zoe", "Ann"]
    assert Article.fetch(("a00002",)).version == 1
    response = pia.post(LIST, {**data, "form-0-author": "Old"})
    assert "Saved meanwhile: Zoe" in str(response.context["cl"].formset.errors)
    assert Article.fetch(("a00003",)).author == "Zoe"


def edited_list(browser: Browser, author: str) -> dict[str, Any]:
    """Three articles on a list that can be edited, and what the browser sends where each gets this author."""
    for number in (1, 2, 3):
        make(number)
    sent: dict[str, Any] = {"form-TOTAL_FORMS": 3, "form-INITIAL_FORMS": 3, "_save": "Save"}
    for number, form in enumerate(browser.get(LIST).context["cl"].formset.forms):
        sent |= {f"form-{number}-slug": form.instance.pk, f"form-{number}-author": author}
        sent[f"form-{number}-seen"] = form.initial["seen"]
    return sent


def test_editing_in_the_list_leaves_out_what_was_deleted_meanwhile(
    pia: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ArticleAdmin, "list_editable", ["author"])
    sent = edited_list(pia, author="Zoe")
    Article.remove(("a00002",))
    notes = pia.notes(pia.post(LIST, sent))
    assert "2 articles were changed successfully." in notes
    assert "“a00002” was left as it is: it was deleted meanwhile." in notes
    assert [Article.fetch((f"a0000{number}",)).author for number in (1, 3)] == ["Zoe", "Zoe"]


def test_a_list_that_is_shown_again_has_each_field_beside_its_own_row(
    pia: Browser, ed: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others' saves have moved rows since, and new ones are among them."""
    monkeypatch.setattr(ArticleAdmin, "list_editable", ["author"])
    sent = edited_list(pia, author="Zoe")
    ed.post(URL, {**ed.form(URL), "author": "Ann"})
    make(4)
    page = text(pia.post(LIST, sent))
    assert "Saved meanwhile: Ann" in page
    shown = re.findall(r'/article/(a\d+)/change/.*?name="form-(\d)-author"', page, re.DOTALL)
    assert [(slug, sent[f"form-{number}-slug"]) for slug, number in shown] == [
        (slug, slug) for slug in ("a00003", "a00002", "a00001")
    ]
