"""The list page: pages both ways, order, filters, search, and what they cost."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib import admin
from django.urls import reverse

from dynamo import queries
from dynamo.admin.checks import check_lists
from dynamo.testing import recorded_requests
from dynamo.tests.admin.browser import LIST, START, Browser, fill, make, text
from dynamo.tests.sample.admin import Tag
from dynamo.tests.sample.models import Article, Shelved
from dynamo.tests.sample.models import Tag as TagItem


def test_it_shows_the_index(pia: Browser) -> None:
    with recorded_requests() as sent:
        response = pia.get("/admin/")
    assert response.status_code == 200
    assert "Articles" in text(response)
    assert sent == ["GetItem", "Query"]


def test_it_pages_forward_and_back(pia: Browser) -> None:
    fill(35)
    response = pia.get(LIST)
    pages = [pia.keys(response)]
    while url := pia.link(response, "Next"):
        response = pia.get(LIST + url)
        pages.append(pia.keys(response))
    assert [key for page in pages for key in page] == [f"a{number:05}" for number in range(34, -1, -1)]
    back = []
    while url := pia.link(response, "Previous"):
        response = pia.get(LIST + url)
        back.append(pia.keys(response))
    assert back == pages[-2::-1]
    assert pia.keys(pia.get(LIST + str(pia.link(response, "Next")))) == pages[1]


def test_a_page_is_one_query(pia: Browser) -> None:
    fill(120)
    for url in (LIST, LIST + "?o=1", LIST + "?status__exact=published"):
        with recorded_requests() as sent:
            assert len(pia.keys(pia.get(url))) == 10
        assert sent == ["GetItem", "Query"], url


def test_no_page_scans_nor_grows_with_the_table(pia: Browser) -> None:
    def visited() -> list[list[str]]:
        pages = ["", LIST, f"{LIST}?o=1", f"{LIST}?status__exact=draft", f"{LIST}add/", f"{LIST}a00003/change/"]
        pages += [f"{LIST}a00003/history/", f"{LIST}a00003/delete/", f"{LIST}deleted/", "/admin/sample/"]
        costs = []
        for url in pages:
            with recorded_requests() as sent:
                assert pia.get(url or "/admin/").status_code == 200
            costs.append(sent)
        return costs

    fill(12)
    small = visited()
    fill(1500)
    assert visited() == small
    assert max(map(len, small)) <= 3
    assert "Scan" not in {operation for sent in small for operation in sent}


def test_it_counts_truthfully(pia: Browser) -> None:
    fill(3)
    assert "<span>3 articles</span>" in text(pia.get(LIST))
    fill(11)
    assert "<span>10 of many articles</span>" in text(pia.get(LIST))


def test_it_sorts_by_what_has_an_index(pia: Browser) -> None:
    fill(12)
    assert pia.keys(pia.get(LIST + "?o=1"))[0] == "a00000"
    assert pia.keys(pia.get(LIST + "?o=-1"))[0] == "a00011"
    assert pia.get(LIST + "?o=3").headers["Location"] == LIST + "?e=1"


def test_it_filters(pia: Browser) -> None:
    fill(35)
    assert pia.keys(pia.get(LIST + "?status__exact=published"))[0] == "a00033"
    bounds = "updated_at__gte=2026-01-01 00:05:00%2B00:00&updated_at__lt=2026-01-01 00:09:00%2B00:00"
    with recorded_requests() as sent:
        assert pia.keys(pia.get(f"{LIST}?{bounds}")) == ["a00008", "a00007", "a00006", "a00005"]
    assert sent == ["GetItem", "Query"]
    drafts = pia.keys(pia.get(LIST + "?published_at__isnull=True"))
    assert drafts[:3] == ["a00034", "a00032", "a00031"]


@pytest.mark.parametrize(
    "query",
    [
        "nonsense=1", "p=evil", "p=fevil", "p=b", "o=99", "o=x", "q=%00", "author__regex=(", "words__contains=5",
        "updated_at__gte=never", "updated_at__year=2026", "updated_at__gte=0001-01-01 00:00:00%2B14:00",
        "updated_at__gt=9999-12-31 23:59:59.999999%2B00:00&updated_at__lt=9999-12-31 23:59:59.999999-14:00",
        "status__exact=", "status__in=", "status__exact=a&status__exact=b", "status__exact=" + "x" * 3000,
        "shelf=", "shelf=%00", "shelf=" + "x" * 3000, "shelf=%F0%9F%92%A9",
        "title__gte=", "title__range=a", "slug__exact=", "slug=" + "y" * 3000, "slug__in=" + "z," * 1200,
        "rating__exact=nan", "rating__gt=1e300", "words__exact=" + "9" * 60, "tags__exact=x", "picture__key=x",
    ],
)  # fmt: skip
def test_a_nonsense_address_is_no_error(pia: Browser, query: str) -> None:
    make()
    response = pia.get(f"{LIST}?{query}", follow=True)
    assert response.status_code in (200, 400)


def test_it_searches_in_any_case_and_says_how_far(pia: Browser) -> None:
    fill(40)
    make(99, title="A Needle", tags={"Hay", "Stack"})
    assert pia.keys(pia.get(LIST + "?q=needle")) == ["a00099"]
    assert pia.keys(pia.get(LIST + "?q=needle+hay")) == ["a00099"]
    assert pia.keys(pia.get(LIST + "?q=needle+nothing")) == []
    response = pia.get(LIST + "?q=TITLE")
    assert len(pia.keys(response)) == 10
    assert len(pia.keys(pia.get(LIST + str(pia.link(response, "Next"))))) == 10


def test_a_search_is_bounded(pia: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dynamo.queries.FILTER_STEP", 5)
    fill(60)
    with recorded_requests() as sent:
        response = pia.get(LIST + "?q=00001")
    assert sent == ["GetItem", *["Query"] * 8]
    assert pia.keys(response) == []
    assert "looked at 40 so far" in text(response)
    assert pia.keys(pia.get(LIST + str(pia.link(response, "Keep looking")))) == ["a00001"]


def shelve(article: Article) -> Shelved:
    """The article's copy on the shelf `new`."""
    names = ("slug", "title", "status", "author", "version", "updated_at")
    copy = Shelved("new", **{name: getattr(article, name) for name in names})
    copy.save()
    return copy


def test_a_filter_may_list_from_a_table_of_copies(pia: Browser) -> None:
    fill(40)
    made = [
        shelve(make(100 + number, tags={"new"}, status="published" if number % 2 else "draft")) for number in range(25)
    ]
    wanted, cost = [one.slug for one in reversed(made)], ["GetItem", "Query"]
    with recorded_requests() as sent:
        first = pia.get(f"{LIST}?shelf=new")
    assert (pia.keys(first), sent) == (wanted[:10], cost)
    with recorded_requests() as sent:
        second = pia.get(LIST + str(pia.link(first, "Next")))
    assert (pia.keys(second), sent) == (wanted[10:20], cost)
    assert pia.keys(pia.get(LIST + str(pia.link(second, "Previous")))) == wanted[:10]
    published = pia.get(f"{LIST}?shelf=new&status__exact=published")
    assert pia.keys(published) == [one.slug for one in reversed(made) if one.status == "published"][:10]
    assert pia.get(f"{LIST}?shelf=new&o=1").headers["Location"] == LIST + "?e=1"
    assert pia.get(f"{LIST}?shelf=new&words=0").headers["Location"] == LIST + "?e=1"


def test_copies_show_what_was_just_saved_where_it_belongs(pia: Browser) -> None:
    kept, left = make(1, tags={"new"}), make(2, tags={"new"})
    for one in (kept, left):
        shelve(one)
    for one, tags in ((kept, "new"), (left, "old")):
        url = f"{LIST}{one.slug}/change/"
        pia.post(url, {**pia.form(url), "title": "Fresh", "tags": tags})
    page = pia.get(f"{LIST}?shelf=new")
    assert pia.keys(page) == [kept.slug]
    assert "Fresh" in text(page)


def test_rows_of_copies_can_be_changed_in_bulk(pia: Browser) -> None:
    one = make(1, tags={"new"}, body="The text")
    shelve(one)
    sent = {"action": "publish", "_selected_action": [one.slug], f"version:{one.slug}": "1"}
    assert "1 published" in pia.notes(pia.post(f"{LIST}?shelf=new", sent))
    found = Article.fetch((one.slug,))
    assert (found.status, found.body, found.tags) == ("published", "The text", {"new"})


def test_a_cursor_opens_only_its_own_list(pia: Browser) -> None:
    fill(40)
    cursor = str(pia.link(pia.get(LIST), "Next")).partition("p=")[2]
    response = pia.get(f"{LIST}?status__exact=draft&p={cursor}")
    assert response.headers["Location"] == LIST + "?e=1"


def test_it_shows_what_was_just_saved_though_the_index_lags(pia: Browser) -> None:
    fill(30)
    form = pia.form(f"{LIST}a00003/change/")
    pia.post(f"{LIST}a00003/change/", {**form, "title": "Fresh"})
    with lagging(["a00003"]), recorded_requests() as sent:
        response = pia.get(LIST)
    assert sent == ["GetItem", "Query", "GetItem"]
    assert pia.keys(response)[0] == "a00003"
    assert "Fresh" in text(response)
    with lagging(["a00003"]):
        assert "a00003" not in pia.keys(pia.get(LIST + str(pia.link(response, "Next"))))


def test_it_does_not_show_what_was_just_deleted(pia: Browser) -> None:
    fill(5)
    seen = pia.get(f"{LIST}a00004/delete/").context["seen"]
    pia.post(f"{LIST}a00004/delete/", {"post": "yes", "seen": seen})
    with lagging(["a00004"], "a00004"):
        assert pia.keys(pia.get(LIST)) == ["a00003", "a00002", "a00001", "a00000"]


def test_it_opens_view_on_site(pia: Browser) -> None:
    make(slug="with space/and slash")
    url = pia.get(f"{LIST}with space_2Fand slash/change/").context["absolute_url"]
    assert pia.get(url).headers["Location"] == "/articles/with%20space/and%20slash/"
    for number in ("1", "x", "99999999999999999999"):
        assert pia.get(reverse("admin:view_on_site", args=[number, "x"])).status_code == 404


@contextmanager
def lagging(keys: list[str], ghost: str | None = None) -> Iterator[None]:
    """An index still answers as before the last change of these keys."""
    real = queries.answers

    def answers(operation: str, arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for answer in real(operation, arguments):
            answer["Items"] = [raw for raw in answer["Items"] if raw.get("slug", {}).get("S") not in keys]
            if ghost:
                answer["Items"].insert(0, {**answer["Items"][0], "slug": {"S": ghost}})
            yield answer

    with patch.object(queries, "answers", answers):
        yield


def test_it_goes_by_the_key_where_an_index_does(ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    tags = admin.site._registry[Tag]
    for name, value in (("list_display", ["id"]), ("ordering", ["id"])):
        monkeypatch.setattr(tags, name, value)
    for key in ("k2", "k1", "k3"):
        TagItem(key, created_at=START).save()
    for query, found in (("", ["k1", "k2", "k3"]), ("?o=-0", ["k3", "k2", "k1"])):
        page = ada.get(f"/admin/sample/tag/{query}")
        assert [row.pk for row in page.context["cl"].result_list if row.pk.startswith("k")] == found
    assert [row.pk for row in Tag.objects.filter(pk__startswith="k").order_by("-pk")[:2]] == ["k3", "k2"]
    assert {each.id for each in check_lists() if each.obj is type(tags)}.isdisjoint({"dynamo.E001"})
