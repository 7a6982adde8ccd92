"""blog.events.follow_posts: recorded, twice, poisoned; each of its steps whatever becomes of the others."""

import copy
import uuid
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from threading import current_thread
from typing import Any

import pytest
from botocore.exceptions import ClientError

from blog import caching, events, search
from blog.models import Post, TagCount
from tests.blog.news import recorded
from tests.blog.writing import change, word, write
from tests.failure_queues import taker
from tests.personas import Persona
from tests.waiting import until

OUR_EVENT = "follow-posts"
_images = dict[str, dict[str, Any]]()
Change = Callable[[dict[str, Any]], Any]


@pytest.fixture(autouse=True)
def cleared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The labels caches were told to forget, in order; posts of other tests are left out."""
    labels: list[str] = []
    hear(monkeypatch, lambda some: labels.extend(sorted(some)))
    return labels


def hear(monkeypatch: pytest.MonkeyPatch, clear: Callable[[Iterable[str]], object]) -> None:
    """Have this called by what the test tells, and not by events that were under way before, in other threads."""
    here = current_thread()
    monkeypatch.setattr(caching, "clear", lambda some: clear(some) if current_thread() is here else None)


@pytest.fixture(autouse=True)
def _own_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """The events of the embedded AWS go nowhere: each test tells its own."""
    follow = events.follow_posts

    def only_ours(event: Any, context: Any) -> Any:
        ours = event["Records"][0]["eventID"] == OUR_EVENT
        return follow(event, context) if ours else {"batchItemFailures": []}

    monkeypatch.setattr(events, "follow_posts", only_ours)


@pytest.fixture(autouse=True)
def _only_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no row of these posts, which no reader is to meet: they are as the last record says."""
    stored = search.present

    def present(slug: str) -> Post | None:
        return Post.from_raw_data(_images[slug]) if slug in _images else stored(slug)

    monkeypatch.setattr(search, "present", present)


@pytest.fixture
def failures() -> Callable[[], list[Any]]:
    """Takes what lies in the failure queue."""
    return taker("posts-failures")


def written(slug: str, number: int = 1, **values: Any) -> dict[str, Any]:
    """The record that came when a post was written, of a post of ours."""
    record = copy.deepcopy(recorded("post_written"))
    record["eventID"] = OUR_EVENT
    return _of(record, slug, number, values)


def changed(slug: str, number: int = 1, **values: Any) -> dict[str, Any]:
    """The record that came when its title and text were changed."""
    record = copy.deepcopy(recorded("post_changed"))
    record["eventID"] = OUR_EVENT
    return _of(record, slug, number, values)


def _of(record: dict[str, Any], slug: str, number: int, values: dict[str, Any]) -> dict[str, Any]:
    change = record["dynamodb"]
    change["Keys"]["slug"]["S"], change["SequenceNumber"] = slug, str(number)
    for name in ("OldImage", "NewImage"):
        if image := change.get(name):
            image["slug"]["S"] = slug
            image["position"]["S"] = f"1066-01-31T09:00:00.000000Z#{slug}"
    change["NewImage"].update(values)
    _images[slug] = without_html(change["NewImage"])
    return record


def without_html(image: Mapping[str, Any]) -> dict[str, Any]:
    """The row without its only binary value, which JSON has as text."""
    return {name: value for name, value in image.items() if name != "html"}


def tell(*records: dict[str, Any]) -> list[str]:
    """Hand the records to the Lambda entry as one batch; the numbers of those that failed."""
    from config.lambda_handler import handler

    answer = handler({"Records": list(records)}, None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def found(slug: str, text: str) -> bool:
    """Whether the index finds the post by this word."""
    return slug in search.find(text).slugs


def test_a_recorded_change_clears_and_indexes_once_or_twice(cleared: list[str]) -> None:
    slug, title = word(), word()
    assert tell(written(slug)) == []
    assert found(slug, "winter")
    assert f"page-{slug}" in cleared
    again = changed(slug, title={"S": f"Lakes in {title}"})
    for _ in range(2):
        cleared.clear()
        assert tell(again) == []
        assert found(slug, title)
        assert not found(slug, "winter")
        assert {f"page-{slug}", f"post-{slug}"} <= set(cleared)
    assert tell(again, again) == []
    assert found(slug, title)


def delete(name: str) -> Change:
    """Leave a field out."""

    def change(image: dict[str, Any]) -> object:
        return image.pop(name)

    change.__name__ = f"without {name}"
    return change


@pytest.mark.parametrize(
    "spoil",
    [
        {"published_at": {"S": "the day after tomorrow"}},
        {"updated_at": {"S": "2026-13-45T00:00:00.000000+0000"}},
        {"title": {"N": "5"}},
        {"words": {"S": "many"}},
        {"words": {"N": "many"}},
        {"tags": {"S": "lakes"}},
        {"tags": {"L": [{"N": "5"}]}},
        {"hero": {"S": "x"}},
        {"hero": {"M": {"renditions": {"L": [{"S": "x"}]}}}},
        {"position": {"N": "5"}},
        {"body": {"L": []}},
        delete("title"),
        delete("author"),
        {"title": {"NULL": True}},
        {"title": "Lakes"},
        {"title": None},
        {"title": {}},
    ],
    ids=lambda damage: getattr(damage, "__name__", str(damage)),
)
def test_an_unreadable_row_is_set_aside_and_the_others_go_on(
    cleared: list[str], failures: Callable[[], list[Any]], spoil: dict[str, Any] | Change, caplog: Any
) -> None:
    before, bad, after = word(), word(), word()
    poison = written(bad, 2)
    if callable(spoil):
        spoil(poison["dynamodb"]["NewImage"])
    else:
        poison["dynamodb"]["NewImage"].update(spoil)
    assert tell(written(before, 1), poison, written(after, 3)) == []
    for slug in (before, after):
        assert found(slug, "winter")
        assert {f"page-{slug}", f"post-{slug}"} <= set(cleared)
    (message,) = until(failures, "the poison in its queue")
    assert message["Records"] == [poison]
    assert "record 2" in caplog.text


def test_what_mends_an_unreadable_row_shows(cleared: list[str], failures: Callable[[], list[Any]]) -> None:
    slug = word()
    record = changed(slug)
    record["dynamodb"]["OldImage"]["published_at"] = {"S": "garbage"}
    assert tell(record) == []
    assert found(slug, "spring")
    assert f"page-{slug}" in cleared
    assert failures() == []


def test_pages_are_cleared_though_the_index_fails(cleared: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    slugs, write = [word() for _ in range(3)], search.write

    def fail(change: search.IndexChange) -> None:
        if change.slug == slugs[1]:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "BatchWriteItem")
        write(change)

    monkeypatch.setattr(search, "write", fail)
    assert tell(*(written(slug, number) for number, slug in enumerate(slugs))) == ["1"]
    assert {f"page-{slug}" for slug in slugs} <= set(cleared)
    assert [found(slug, "winter") for slug in slugs] == [True, False, True]


def test_the_index_follows_though_caches_cannot_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(labels: Any) -> None:
        raise OSError("no cache there")

    monkeypatch.setattr(caching, "clear", fail)
    slug = word()
    assert tell(written(slug, 7)) == ["7"]
    assert found(slug, "winter")


def test_results_are_cleared_after_the_index_and_everything_else_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A page of results made in between would show what the index knew before, and be kept."""
    slug, order = word(), list[tuple[str, bool]]()
    hear(monkeypatch, lambda some: order.extend((one, found(slug, "winter")) for one in some))
    assert tell(written(slug)) == []
    assert {indexed for label, indexed in order if label == "search"} == {True}
    assert {indexed for label, indexed in order if label != "search"} == {False}
    assert f"page-{slug}" in dict(order)


def test_one_batch_clears_each_page_once(cleared: list[str]) -> None:
    assert tell(*(written(word(), number) for number in range(5))) == []
    assert len(cleared) == len(set(cleared))
    assert {"all", "tags", "search"} <= set(cleared)


def test_tags_of_posts_that_moved_are_tidied(monkeypatch: pytest.MonkeyPatch) -> None:
    tidied: list[str] = []
    monkeypatch.setattr(TagCount, "tidy", lambda tag, _: tidied.append(tag))
    assert tell(written(word(), tags={"L": [{"S": "b"}, {"S": "a"}]}), changed(word(), 2)) == []
    assert tidied == ["a", "b"]
    assert tell(changed(word(), tags={"L": []})) == []
    assert tidied == ["a", "b", "lakes"]


def test_redirects_and_photos_clear_pages_and_have_no_words(cleared: list[str]) -> None:
    slug = word()
    redirect = written(slug)
    image = {"slug": {"S": slug}, "moved_to": {"S": word()}, "position": {"S": f"1066-01-31T09:00:00.000000Z#{slug}"}}
    redirect["dynamodb"]["NewImage"] = image
    photo = written("x", 2)
    photo["dynamodb"]["NewImage"] = {"slug": {"S": f"photo#{uuid.uuid4()}"}, "status": {"S": "ready"}}
    assert tell(redirect, photo) == []
    assert cleared == [f"page-{slug}"]
    assert not found(slug, "winter")


def test_a_change_that_is_sent_on_its_way_later_spoils_nothing(edith: Persona) -> None:
    """It failed ten times, lay in the queue of failures while the post was changed again, and an admin sends it on."""
    right, wrong = word(), word()
    made = write(edith, title=right)
    slug = made["slug"]
    images = [without_html(Post.fetch((slug,)).raw)]
    for title in (wrong, right):
        change(edith, made, title=title)
        images.append(without_html(Post.fetch((slug,)).raw))
    record = changed(word())
    stream = record["dynamodb"]
    first, second = (
        {**record, "dynamodb": {**stream, "OldImage": old, "NewImage": new}} for old, new in pairwise(images)
    )
    search.rebuild()
    assert tell(second) == []
    assert tell(first) == []
    assert not found(slug, wrong)
    assert found(slug, right)
