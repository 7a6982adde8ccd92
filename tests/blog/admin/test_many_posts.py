"""The list of posts with 10,000 of them, in `make prove` with 100,000: each page costs what it costs with ten.
They have a table of their own, with the keys and indexes of the real one and no stream, as nothing is to follow them.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.admin.views.main import PAGE_VAR
from pynamodb.connection.base import MetaTable

from dynamo.testing import recorded_requests

if TYPE_CHECKING:
    from tests.blog.admin.desk import Desk

POSTS, TABLE = "/admin/blog/post/", "many-posts"
COUNTS = [10_000, pytest.param(100_000, marks=pytest.mark.prove)]
BATCH, PAGE = 25, 25
# Of so many posts one is a draft, one is still to come, one has the tag; and so many authors share them.
DRAFT_EACH, TO_COME_EACH, AUTHORS, TAGGED_EACH = 100, 200, 100, 200
TAG = WORD = "many"
START = datetime(2020, 1, 1, tzinfo=UTC)
SESSION, LIST = ["GetItem"], ["GetItem", "Query"]
# The embedded AWS sorts a partition for each Query, and looks at each of its items.
PATIENCE = 60.0


def slug(number: int) -> str:
    return f"many-{number:06}"


def changed(number: int) -> datetime:
    return START + timedelta(minutes=number)


def status(number: int) -> str:
    if number % DRAFT_EACH == 0:
        return "draft"
    return "scheduled" if number % TO_COME_EACH == 1 else "published"


def raw_post(number: int) -> dict[str, dict[str, str]]:
    """What lists show of a post, as DynamoDB writes it: to make an object of each takes as long as to store it."""
    from blog.models import DATED, DRAFT, FEED, SHELF, Post, position_of

    at, author, times = changed(number), f"author-{number % AUTHORS}", Post.get_attributes()["updated_at"]
    stamp = times.serialize(at)
    texts = {"slug": slug(number), "shelf": SHELF, "kind": DRAFT, "title": f"Post {number}", "author": author}
    texts |= {"created_at": stamp, "updated_at": stamp}
    if status(number) != "draft":
        published_at = at if status(number) == "published" else at + timedelta(days=365_000)
        place = {"feed": FEED, "position": position_of(published_at, slug(number))}
        texts |= {**place, "kind": DATED, "published_at": times.serialize(published_at)}
    return {"version": {"N": "1"}, **{name: {"S": text} for name, text in texts.items()}}


def post(number: int) -> Any:
    """The same as an object."""
    from blog.models import Post

    return Post.from_raw_data(raw_post(number))


@pytest.fixture(scope="module", params=COUNTS)
def count(request: pytest.FixtureRequest) -> Iterator[int]:
    """How many posts there are, and time for the embedded AWS to find its way among them."""
    from django.conf import settings

    from blog.models import Post, TagPost
    from blog.search import MAX_READ, Word
    from dynamo import connection

    shared, own = connection.shared(), Post._get_connection()
    patient = pytest.MonkeyPatch()
    patient.setattr(connection, "READ_TIMEOUT", PATIENCE)
    patient.setattr(shared, "transport", connection.transport_to(settings.DYNAMO["ENDPOINT_URL"]))
    make_table(shared, own)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda start: put(shared, range(start, start + BATCH)), range(0, request.param, BATCH)))
    with TagPost.batch_write() as tagged, Word.batch_write() as words:
        for number in range(2, request.param, TAGGED_EACH):
            tagged.save(TagPost.of(post(number), TAG))
        for number in range(MAX_READ + PAGE):
            words.save(Word(f"word#{WORD}", f"60#{slug(number)}"))
    yield request.param
    shared.send("DeleteTable", {"TableName": TABLE})
    patient.undo()


def make_table(shared: Any, own: Any) -> None:
    """A table like that of the posts."""
    like = shared.send("DescribeTable", {"TableName": own.table_name})["Table"]
    indexes = [
        {name: index[name] for name in ("IndexName", "KeySchema", "Projection")}
        for index in like["GlobalSecondaryIndexes"]
    ]
    keys = {name: like[name] for name in ("AttributeDefinitions", "KeySchema")}
    wanted = {"TableName": TABLE, "BillingMode": "PAY_PER_REQUEST", "GlobalSecondaryIndexes": indexes, **keys}
    shared.send("CreateTable", wanted)
    shared.add_meta_table(MetaTable({**own.get_meta_table().data, "TableName": TABLE}))


def put(shared: Any, numbers: range) -> None:
    requests = [{"PutRequest": {"Item": raw_post(number)}} for number in numbers]
    assert not shared.send("BatchWriteItem", {"RequestItems": {TABLE: requests}})["UnprocessedItems"]


@pytest.fixture
def pia(count: int, monkeypatch: pytest.MonkeyPatch) -> "Desk":
    """Publishes, where there are many posts."""
    from blog.models import Post
    from tests.blog.admin.desk import Desk

    desk = Desk("publishers")
    for place in (Post.Meta, Post._get_connection()):
        monkeypatch.setattr(place, "table_name", TABLE)
    return desk


def visit(desk: "Desk", query: str = "", cost: list[str] = LIST) -> Any:
    """A page of the list, at exactly this cost."""
    with recorded_requests() as sent:
        page = desk.get(f"{POSTS}{query}")
    assert (page.status_code, sent) == (200, cost), query
    return page


def numbers(page: Any) -> list[int]:
    from tests.blog.admin.desk import slugs

    return [int(one.removeprefix("many-")) for one in slugs(page)]


def cursor(order: str, number: int, direction: str) -> str:
    """Where a link from the page with this post leads, as if someone had come so far."""
    from blog.admin.rows import Post
    from dynamo.admin.query.queryset import scope_of
    from dynamo.queries import dump_cursor

    plan: Any = Post.objects.order_by(order).plan
    return direction + dump_cursor(plan.listing.key_of(post(number)), f"{scope_of(plan)}:{direction}")


def test_the_first_page_is_one_query(pia: "Desk", count: int) -> None:
    page = visit(pia)
    assert numbers(page) == list(range(count - 1, count - 1 - PAGE, -1))
    assert "25 of many posts" in page.content.decode()


@pytest.mark.parametrize(("direction", "newest"), [("f", -1), ("b", PAGE)])
def test_a_page_deep_in_the_list_is_one_query(pia: "Desk", count: int, direction: str, newest: int) -> None:
    page = visit(pia, f"?{PAGE_VAR}={cursor('-updated_at', count // 2, direction)}")
    assert numbers(page) == list(range(count // 2 + newest, count // 2 + newest - PAGE, -1))
    for link in ("next", "prev"):
        assert f'rel="{link}"' in page.content.decode()


def test_the_last_page_is_one_query(pia: "Desk") -> None:
    page = visit(pia, f"?{PAGE_VAR}={cursor('-updated_at', 10, 'f')}")
    assert numbers(page) == list(range(9, -1, -1))
    assert 'rel="next"' not in page.content.decode()


def test_the_other_order_is_one_query(pia: "Desk") -> None:
    assert numbers(visit(pia, "?o=6")) == list(range(PAGE))


def test_days_are_one_query(pia: "Desk") -> None:
    first, last = "2020-01-05 00:00:00%2B00:00", "2020-01-05 00:10:00%2B00:00"
    page = visit(pia, f"?updated_at__gte={first}&updated_at__lt={last}")
    assert [changed(number) for number in numbers(page)] == [
        datetime(2020, 1, 5, 0, minute, tzinfo=UTC) for minute in range(9, -1, -1)
    ]


def test_what_is_published_is_one_query(pia: "Desk", count: int) -> None:
    found = [number for number in range(count - 1, count - 40, -1) if status(number) == "published"]
    assert numbers(visit(pia, "?status=published")) == found[:PAGE]


# The first post that it shows, how many stand between two, and whether the newest comes first.
SMALL = {
    "?status=draft": (0, DRAFT_EACH, True),
    "?status=draft&o=6": (0, DRAFT_EACH, False),
    "?status=scheduled": (1, TO_COME_EACH, False),
    "?author=author-7": (7, AUTHORS, True),
    "?author=author-7&o=6": (7, AUTHORS, False),
    f"?tag={TAG}": (2, TAGGED_EACH, True),
    f"?tag={TAG}&o=5": (2, TAGGED_EACH, False),
    f"?tag={TAG}&status=published": (2, TAGGED_EACH, True),
}


@pytest.mark.parametrize("query", SMALL)
def test_each_filter_and_each_order_is_one_query(pia: "Desk", count: int, query: str) -> None:
    first, each, is_newest_first = SMALL[query]
    found = range(first, count, each)
    assert numbers(visit(pia, query)) == list(reversed(found) if is_newest_first else found)[:PAGE]


def test_a_search_is_bounded_and_says_so(pia: "Desk") -> None:
    page = visit(pia, f"?q={WORD}", [*LIST, "BatchGetItem"])
    assert numbers(page) == list(range(PAGE))
    assert "The best 75 of many" in page.content.decode()
    visit(pia, "?q=many+more+words+than+four+are+not+asked+for", ["GetItem", *["Query"] * 4])


def test_the_other_pages_cost_what_they_cost_with_ten(pia: "Desk") -> None:
    from blog.models import Subscriber

    Subscriber.number()  # which the form shows, counted once in five minutes
    for path, cost in {
        "/admin/": LIST,
        f"{POSTS}{slug(77)}/change/": [*SESSION, "GetItem"],
        f"{POSTS}{slug(77)}/history/": [*SESSION, "GetItem", "Query"],
        f"{POSTS}{slug(77)}/delete/": [*SESSION, "GetItem"],
        f"{POSTS}deleted/": LIST,
        f"{POSTS}add/": SESSION,
    }.items():
        with recorded_requests() as sent:
            assert pia.get(path).status_code == 200
        assert sent == cost, path
