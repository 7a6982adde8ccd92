"""A shared cache in front forgets exactly the pages a change shows on."""

from collections.abc import Iterator
from itertools import count

import pytest
from django.conf import settings
from django.test import override_settings

from blog.events import follow_posts
from tests.blog.cache import VARNISHD, Cache
from tests.blog.writing import POSTS, at, change, url, word, write
from tests.live import LiveServer
from tests.personas import Persona
from tests.waiting import until

pytestmark = pytest.mark.skipif(VARNISHD is None, reason="There is no Varnish: apt-get install varnish.")


@pytest.fixture(scope="module")
def varnish() -> Iterator[Cache]:
    from tests import live

    cache = Cache(live.server.url)
    yield cache
    cache.stop()


@pytest.fixture
def cache(varnish: Cache, live_server: LiveServer) -> Iterator[Cache]:
    """In front of the live server, and told of changes."""
    with override_settings(CACHE_URL=varnish.url):
        yield varnish


# No two shelves share a year, and no other test writes in these: a post in between would be a neighbour.
YEARS = count(1200, 20)


class Shelf:
    """An editor's posts, and every page that may show them."""

    def __init__(self, editor: Persona) -> None:
        self.editor = editor
        self.year = next(YEARS)
        self.tag, self.other_tag = word(), word()
        # Neighbours of each other.
        self.older = self._write(f"{self.year}-01-01T08:00:00Z", self.tag)
        self.newer = self._write(f"{self.year}-03-01T08:00:00Z", self.other_tag)
        self.elsewhere = self._write(f"{self.year + 10}-02-01T08:00:00Z", self.other_tag)
        self._unlisted = self._write(f"{self.year + 5}-02-01T08:00:00Z", word())

    def _write(self, published_at: str, tag: str) -> str:
        return str(write(self.editor, published_at=published_at, tags=[tag], author_name="Edith")["slug"])

    def pages(self) -> set[str]:
        """All of them."""
        author = f"/authors/edith/{self.editor.sub}/"
        years = [f"{part}{year}/" for part in ("/archive/", author) for year in (self.year, self.year + 10)]
        tags = [f"/tags/{tag}/{year}" for tag in (self.tag, self.other_tag) for year in ("", f"{self.year}/")]
        posts = [f"/posts/{slug}/" for slug in (self.older, self.newer, self.elsewhere)]
        maps = [f"/sitemap-{part}.xml" for part in ("pages", self.year, self.year + 10)]
        return {
            "/", "/archive/", "/tags/", "/search/?q=edith", "/about/", "/subscribe/", "/feed/", "/feed/atom/",
            "/sitemap.xml", "/robots.txt", author, *years, *tags, *posts, *maps,
        }  # fmt: skip

    def lists(self, tag: str) -> set[str]:
        """What holds a post of this year with this tag, whatever else is on it."""
        author = f"/authors/edith/{self.editor.sub}/{self.year}/"
        return {f"/archive/{self.year}/", author, f"/tags/{tag}/{self.year}/", f"/sitemap-{self.year}.xml"}

    def settle(self, cache: Cache, paths: set[str]) -> dict[str, str]:
        """The copies of these pages once earlier changes have cleared what they clear."""
        # A new text clears its own page alone, and a stream keeps its order.
        path, text = f"/posts/{self._unlisted}/", word()
        before = cache.copies({path})
        change(self.editor, {"slug": self._unlisted}, body=text)
        until(lambda: cache.copies({path}) != before and text in cache.text(path), "what was changed before")
        return rest(cache, paths)


@pytest.fixture
def shelf(edith: Persona, cache: Cache) -> Shelf:
    return Shelf(edith)


def rest(cache: Cache, paths: set[str]) -> dict[str, str]:
    """The copies of these pages once none is made anew: search's are after those of other pages."""
    seen: list[dict[str, str]] = [cache.copies(paths)]

    def steady() -> bool:
        seen.append(cache.copies(paths))
        return len(seen) > 4 and seen[-1] == seen[-2] == seen[-3] == seen[-4]

    until(steady, "the caches' rest")
    return seen[-1]


def assert_cleared(cache: Cache, shelf: Shelf, before: dict[str, str], expected: set[str]) -> None:
    """These pages are made anew, all others are still the same copies."""

    def cleared() -> set[str]:
        return {path for path, copy in cache.copies(before).items() if copy != before[path]}

    until(lambda: expected <= cleared(), f"clearing {sorted(expected)}")
    shelf.settle(cache, set(before))
    assert cleared() == expected


LISTS_OF_ALL = {"/", "/archive/", "/feed/", "/feed/atom/", "/search/?q=edith", "/sitemap.xml", "/sitemap-pages.xml"}


def test_publishing_clears_what_shows_the_post_and_its_neighbours(cache: Cache, shelf: Shelf) -> None:
    path = f"/posts/{shelf.tag}/"
    before = shelf.settle(cache, {*shelf.pages(), path})
    assert "Page not found" in cache.text(path)

    title = f"Between {word()}"
    when = f"{shelf.year}-02-01T08:00:00Z"
    write(shelf.editor, title=title, slug=shelf.tag, tags=[shelf.tag], published_at=when, author_name="Edith")

    author = f"/authors/edith/{shelf.editor.sub}/"
    shown = {path, author, *shelf.lists(shelf.tag), f"/posts/{shelf.older}/", f"/posts/{shelf.newer}/"}
    assert_cleared(cache, shelf, before, shown | LISTS_OF_ALL | {"/tags/", f"/tags/{shelf.tag}/"})
    for place in (shown - {f"/sitemap-{shelf.year}.xml"}) | {f"/tags/{shelf.tag}/"}:
        assert title in cache.text(place), place
    assert f"/posts/{shelf.tag}/" in cache.text(f"/sitemap-{shelf.year}.xml")


def test_a_new_title_clears_lists_that_show_it_and_no_beginnings_that_do_not(cache: Cache, shelf: Shelf) -> None:
    for _ in range(21):
        write(shelf.editor, published_at=at(minutes=-5), author_name="Edith")
    before = shelf.settle(cache, shelf.pages())

    title = f"Renamed {word()}"
    change(shelf.editor, {"slug": shelf.older}, title=title)

    # Too old for the first page, the feeds and its author's newest posts; its neighbour names it.
    shown = {f"/posts/{shelf.older}/", f"/posts/{shelf.newer}/", f"/tags/{shelf.tag}/", *shelf.lists(shelf.tag)}
    assert_cleared(cache, shelf, before, shown | {"/search/?q=edith"})
    assert title in cache.text(f"/posts/{shelf.newer}/")


def test_a_new_text_clears_the_post_alone(cache: Cache, shelf: Shelf) -> None:
    # The newest of all, so that the feeds show it whatever other tests have written.
    post = write(shelf.editor, published_at=at(), tags=[shelf.tag], author_name="Edith", body="One two.")
    path = f"/posts/{post['slug']}/"
    before = shelf.settle(cache, {*shelf.pages(), path})

    change(shelf.editor, post, body="Two three.")

    # The feeds say when it changed.
    assert_cleared(cache, shelf, before, {path, "/feed/", "/feed/atom/"})
    assert "Two three." in cache.text(path)


def test_withdrawing_clears_what_showed_it(cache: Cache, shelf: Shelf) -> None:
    before = shelf.settle(cache, shelf.pages())
    change(shelf.editor, {"slug": shelf.older}, published_at=None)

    author = f"/authors/edith/{shelf.editor.sub}/"
    shown = {f"/posts/{shelf.older}/", f"/posts/{shelf.newer}/", author, *shelf.lists(shelf.tag)}
    assert_cleared(cache, shelf, before, shown | LISTS_OF_ALL | {"/tags/", f"/tags/{shelf.tag}/"})
    assert cache.get(f"/posts/{shelf.older}/").status == 404
    assert cache.get(f"/tags/{shelf.tag}/").status == 404


def test_what_is_withdrawn_leaves_copies_of_the_api_too(cache: Cache, shelf: Shelf) -> None:
    shelf.settle(cache, shelf.pages())
    post, lists = f"{POSTS}{shelf.older}/", (f"{POSTS}?tag={shelf.tag}", "/api/blog/tags/")
    assert cache.get(post).status == 200
    assert all(shelf.tag in cache.text(path) for path in lists)
    change(shelf.editor, {"slug": shelf.older}, published_at=None)
    until(lambda: cache.get(post).status == 404, "its end", seconds=20)
    for path in lists:
        until(lambda path=path: shelf.tag not in cache.text(path), f"its end on {path}", seconds=20)  # type: ignore[misc]


def test_another_tag_clears_the_lists_of_both(cache: Cache, shelf: Shelf) -> None:
    before = shelf.settle(cache, shelf.pages())
    change(shelf.editor, {"slug": shelf.older}, tags=[shelf.other_tag])

    tags = {f"/tags/{tag}/{year}" for tag in (shelf.tag, shelf.other_tag) for year in ("", f"{shelf.year}/")}
    author = f"/authors/edith/{shelf.editor.sub}/"
    shown = {f"/posts/{shelf.older}/", author, "/tags/", *tags, *shelf.lists(shelf.tag)}
    assert_cleared(
        cache, shelf, before, shown | {"/search/?q=edith", "/sitemap-pages.xml"} | _if_shown(cache, shelf.older)
    )


def _if_shown(cache: Cache, slug: str) -> set[str]:
    """The first page and the feeds, if a post is new enough to be there."""
    return {path for path in ("/", "/feed/", "/feed/atom/") if f"/posts/{slug}/" in cache.text(path)}


def test_a_draft_clears_nothing(cache: Cache, shelf: Shelf) -> None:
    before = shelf.settle(cache, shelf.pages())
    draft = write(shelf.editor, published_at=None, tags=[shelf.tag])
    change(shelf.editor, draft, title="Still a draft")
    assert shelf.editor.api.delete(url(draft)).status_code == 204
    # A later change is cleared, so those before it have been looked at: a stream keeps its order.
    change(shelf.editor, {"slug": shelf.elsewhere}, body="Seen.")
    feeds = _if_shown(cache, shelf.elsewhere) - {"/"}  # which carry the text
    assert_cleared(cache, shelf, before, {f"/posts/{shelf.elsewhere}/", f"/sitemap-{shelf.year + 10}.xml"} | feeds)


def test_a_renamed_post_is_found_at_both_addresses(cache: Cache, shelf: Shelf) -> None:
    old, new = f"/posts/{shelf.older}/", f"/posts/{shelf.tag}/"
    assert [cache.get(old).status, cache.get(new).status] == [200, 404]
    change(shelf.editor, {"slug": shelf.older}, slug=shelf.tag)
    until(lambda: [cache.get(old).status, cache.get(new).status] == [301, 200], "the new address")
    assert cache.get(old).headers["Location"] == new


def test_a_scheduled_post_appears_in_kept_pages_when_its_time_comes(cache: Cache, shelf: Shelf) -> None:
    tag = word()
    post = write(shelf.editor, title=f"Soon {word()}", tags=[shelf.tag, tag], published_at=at(seconds=4))
    paths = ("/", f"/tags/{shelf.tag}/", f"/tags/{tag}/", "/feed/", f"/posts/{post['slug']}/")
    cache.copies(paths)
    assert cache.get(f"/posts/{post['slug']}/").status == cache.get(f"/tags/{tag}/").status == 404
    for path in paths:
        until(lambda path=path: post["title"] in cache.text(path), f"{post['title']} on {path}")  # type: ignore[misc]


def test_a_page_says_it_is_good_until_the_next_post_appears(cache: Cache, shelf: Shelf) -> None:
    soon = write(shelf.editor, tags=[shelf.tag], published_at=at(seconds=90))
    with override_settings(CACHE_URL=""):
        control = str(shelf.editor.api.get("/")["Cache-Control"])
    seconds = int(control.partition("s-maxage=")[2].partition(",")[0])
    assert 0 <= seconds <= 90
    assert "stale-while-revalidate" not in control
    # No other test's pages change while it looks.
    assert shelf.editor.api.delete(url(soon)).status_code == 204


def test_a_cache_that_cannot_be_told_is_told_again() -> None:
    row = {"slug": {"S": "x"}, "position": {"S": "2020-01-01T00:00:00.000000Z#x"}, "author": {"S": "me"}}
    event = {"Records": [{"eventName": "INSERT", "dynamodb": {"SequenceNumber": "1", "NewImage": row}}]}
    with override_settings(CACHE_URL="http://127.0.0.1:9/"):
        assert follow_posts(event, None) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    with override_settings(CACHE_URL=""):
        assert follow_posts(event, None) == {"batchItemFailures": []}
    assert settings.CACHE_URL == ""
