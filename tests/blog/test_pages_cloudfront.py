"""CloudFront is told how long to keep a page, and which labels to forget."""

from datetime import timedelta

import pytest

from blog.caching import LISTS, MAX_CLEARED, MISSING_SECONDS, SHARED_SECONDS, cache_control, clear, stale_labels
from blog.models import Hero, Post
from dynamo.models import now
from tests.blog.writing import change, write
from tests.cloudfront import distribution, told
from tests.personas import Persona


def test_labels_become_an_invalidation() -> None:
    with distribution() as made:
        clear({"post-b", "all", "tag-a-2026"})
    assert ["#all", "#post-b", "#tag-a-2026"] in told(made)  # beside what others' posts clear meanwhile


def test_many_labels_become_several() -> None:
    with distribution() as made:
        clear({f"post-{number}" for number in range(MAX_CLEARED + 1)})
    assert sorted(len(paths) for paths in told(made) if paths[0][6:].isdecimal()) == [1, MAX_CLEARED]


def test_no_labels_cost_nothing() -> None:
    with distribution() as made:
        clear(set())
    assert [] not in told(made)


def test_a_new_text_clears_the_apis_lists_which_tell_its_version_and_no_pages_with_lists(edith: Persona) -> None:
    written = write(edith, published_at="1100-02-03T00:00:00Z")
    before = Post.fetch((written["slug"],))
    change(edith, written, body="Two three.")
    assert stale_labels(before, Post.fetch((written["slug"],))) == {f"page-{written['slug']}", "sitemap-1100", LISTS}


def test_news_of_a_picture_clears_the_apis_lists_too(edith: Persona) -> None:
    before = Post.fetch((write(edith)["slug"],))
    after = before.copy()
    after.hero = Hero(upload="u", owner="o", alt="A field", status="ready")  # type: ignore[no-untyped-call]
    assert LISTS in stale_labels(before, after)


@pytest.mark.parametrize("seconds", [MISSING_SECONDS, SHARED_SECONDS])
@pytest.mark.parametrize(("beyond", "stale"), [(-5, False), (5, False), (59, False), (60, True)])
def test_no_copy_is_served_beyond_the_time_a_post_appears(
    monkeypatch: pytest.MonkeyPatch, seconds: int, beyond: int, stale: bool
) -> None:
    """A 404 at the post's own address least of all, by a cache that asks anew behind a reader's back."""
    at = now()
    monkeypatch.setattr("blog.caching.now", lambda: at)
    control = cache_control(at + timedelta(seconds=seconds + beyond), seconds=seconds)
    assert f"s-maxage={min(seconds, seconds + beyond)}, " in control
    assert ("stale-while-revalidate=60" in control) == stale
