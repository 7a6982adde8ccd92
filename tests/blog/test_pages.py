"""MyBlog's pages: what they show, to whom, and what they tell caches, search engines and browsers."""

import json
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client
from PIL import Image

from blog import models
from blog.pages.structured_data import about_post
from dynamo.testing import recorded_requests
from tests.blog.writing import at, change, url, word, write
from tests.media.uploading import jpeg, upload
from tests.personas import Persona

PATHS = (
    "/", "/archive/", "/tags/", "/search/", "/search/?q=x", "/about/", "/subscribe/", "/subscribe/done/", "/feed/",
    "/feed/atom/", "/sitemap.xml", "/sitemap-pages.xml", "/robots.txt", "/nothing/",
)  # fmt: skip
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def web() -> Client:
    """A browser without a past."""
    return Client()


def text(web: Client, path: str, status: int = 200) -> str:
    answer = web.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.content.decode()


def page_of(post: Any) -> str:
    return f"/posts/{post['slug']}/"


# --- What they show -----------------------------------------------------------------------------------------------


def test_a_post_is_on_every_list_it_belongs_to(web: Client, edith: Persona) -> None:
    tag = word()
    # The newest of all, whatever others have published meanwhile.
    about = {"tags": [tag], "author_name": "Edith Wren", "summary": "In short.", "published_at": at()}
    post = write(edith, body="Much *more*.", **about)
    year = post["published_at"][:4]
    author = f"/authors/edith-wren/{edith.sub}/"
    for path in (
        "/", "/archive/", f"/archive/{year}/", f"/tags/{tag}/", f"/tags/{tag}/{year}/", author, f"{author}{year}/",
        f"/search/?q={post['title'].lower()}", "/feed/", "/feed/atom/",
    ):  # fmt: skip
        assert post["title"] in text(web, path), path
        assert page_of(post) in text(web, path), path
    assert f'href="/tags/{tag}/"' in text(web, "/tags/")
    page = text(web, page_of(post))
    assert "<p>Much <em>more</em>.</p>" in page
    assert f'href="{author}"' in page


@pytest.mark.parametrize("published_at", [None, at(hours=1)], ids=["draft", "scheduled"])
def test_what_is_not_public_is_nowhere(web: Client, edith: Persona, published_at: str | None) -> None:
    tag = word()
    post = write(edith, tags=[tag], published_at=published_at)
    for path in (page_of(post), f"/tags/{tag}/", f"/authors/the-editors/{edith.sub}/"):
        text(web, path, 404)
    for path in ("/", "/archive/", "/tags/", "/feed/", "/feed/atom/", "/sitemap.xml", f"/search/?q={post['title']}"):
        assert post["slug"] not in text(web, path), path
        assert tag not in text(web, path), path


def test_control_characters_stay_out(web: Client, edith: Persona) -> None:
    post = write(edith, title="Bell \x07 \x9f \ufffe!", summary="\x1b[31m", body="x\x08y")
    for path in ("/", page_of(post), "/feed/"):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe]", text(web, path)), path


def test_neighbours_are_named(web: Client, edith: Persona) -> None:
    older, newer = (write(edith, published_at=f"1985-01-0{day}T00:00:00Z") for day in (1, 2))
    assert f'rel="next" href="{page_of(newer)}"' in text(web, page_of(older))
    # Firefox fetches what a link element calls next, which the page's policy forbids, and says so on the console.
    assert not re.search('<link [^>]*rel="(next|prev)"', text(web, page_of(older)))
    assert f'rel="prev" href="{page_of(older)}"' in text(web, page_of(newer))


def test_a_list_goes_on_by_year(web: Client, edith: Persona) -> None:
    tag = word()
    for number in range(21):
        write(edith, tags=[tag], published_at=f"{2010 + number % 2}-01-01T00:00:{number:02}Z")
    page = text(web, f"/tags/{tag}/")
    assert page.count("<article") == 20
    assert [f"/tags/{tag}/{year}/" in page for year in (2009, 2010, 2011)] == [False, True, True]
    assert text(web, f"/tags/{tag}/2010/").count("<article") == 11
    text(web, f"/tags/{tag}/2009/", 404)


def test_a_former_address_leads_to_the_present_one(web: Client, edith: Persona) -> None:
    post = write(edith)
    change(edith, post, slug=(slug := word()))
    answer = web.get(page_of(post))
    assert (answer.status_code, answer["Location"]) == (301, f"/posts/{slug}/")
    change(edith, {"slug": slug}, published_at=None)
    text(web, page_of(post), 404)


@pytest.mark.parametrize("former", ["edith-wren", "authors"])
def test_an_authors_former_name_leads_to_the_present_one(web: Client, edith: Persona, former: str) -> None:
    post = write(edith, author_name=former)
    change(edith, post, author_name="Edith Finch")
    for rest in ("", f"{post['published_at'][:4]}/"):
        answer = web.get(f"/authors/{former}/{edith.sub}/{rest}")
        assert (answer.status_code, answer["Location"]) == (301, f"/authors/edith-finch/{edith.sub}/{rest}")


def test_no_copy_leads_back_to_a_name_once_a_scheduled_post_is_signed_with_the_other(
    web: Client, edith: Persona
) -> None:
    """Two names would lead to each other."""
    write(edith, author_name="Edith Wren")
    soon = write(edith, author_name="Edith Finch", published_at=at(minutes=30))
    answer = web.get(f"/authors/edith-finch/{edith.sub}/")
    assert answer["Location"] == f"/authors/edith-wren/{edith.sub}/"
    assert int(re.findall(r"s-maxage=(\d+)", answer["Cache-Control"])[0]) <= 30 * 60
    # No other test's pages are kept shorter than they need be.
    assert edith.api.delete(url(soon)).status_code == 204


def test_a_forgotten_slash_is_put_right(web: Client) -> None:
    answer = web.get("/search?q=a%20b&x=1")
    assert (answer.status_code, answer["Location"]) == (301, "/search/?q=a%20b&x=1")


def test_a_posts_address_cut_short_leads_to_the_archive(web: Client) -> None:
    answer = web.get("/posts/")
    assert (answer.status_code, answer["Location"]) == (301, "/archive/")


def test_a_photo_comes_in_the_readers_size(web: Client, edith: Persona) -> None:
    photo = upload(edith, jpeg(), visibility="public")
    post = write(edith, hero={"upload": photo["id"], "alt": 'A "hill" & <sky>'})
    page = text(web, page_of(post))
    found = re.search(
        r'<picture><source type="image/webp" srcset="([^"]+)" sizes="[^"]+"><img ([^>]+)></picture>', page
    )
    assert found
    offered = [choice.split() for choice in found[1].split(", ")]
    assert offered == [[one["webp"], f"{one['width']}w"] for one in reversed(photo["renditions"])]
    largest = photo["renditions"][0]
    assert f'src="{largest["jpeg"]}"' in found[2]
    assert f'width="{largest["width"]}" height="{largest["height"]}"' in found[2]
    assert 'alt="A &quot;hill&quot; &amp; &lt;sky&gt;"' in found[2]
    assert 'fetchpriority="high"' in found[2]
    assert f'property="og:image" content="{largest["jpeg"]}"' in page
    assert data_of(page)["image"][0] == largest["jpeg"]
    assert 'loading="lazy"' in text(web, f"/search/?q={post['title']}")


def test_pictures_in_the_text_come_in_the_readers_size_and_never_from_elsewhere(web: Client, edith: Persona) -> None:
    largest = upload(edith, jpeg(), visibility="public")["renditions"][0]
    own = f'<img src="{largest["jpeg"]}" alt="Own" width="{largest["width"]}" height="{largest["height"]}">'
    post = write(edith, body=f"{own}\n\n![Other](https://elsewhere.example/pixel.gif)\n\n![](data:image/gif;base64,AA)")
    page = text(web, page_of(post))
    small = largest["jpeg"].replace("1280.", "320.")
    assert f'srcset="{small} 320w, ' in page
    assert re.findall(r'<img[^>]+src="([^"]+)"', page) == [largest["jpeg"]]
    assert '<a href="https://elsewhere.example/pixel.gif" rel="nofollow noopener">Other</a>' in page


# --- What they tell caches ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_the_same_for_everybody(web: Client, path: str) -> None:
    plain = web.get(path)
    signed = web.get(path, headers={"Cookie": "sessionid=x; csrftoken=y", "Authorization": "Bearer x.y.z"})
    assert plain.content == signed.content
    assert not plain.cookies
    assert "Vary" not in plain
    assert re.match(r"public, max-age=0, s-maxage=\d+", plain["Cache-Control"])
    if plain.status_code == 200:
        again = web.get(path, headers={"If-None-Match": plain["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again["Content-Type"] == plain["Content-Type"]  # API Gateway would say JSON
        assert web.head(path)["ETag"] == plain["ETag"]


def test_labels_are_told_in_both_ways(web: Client, edith: Persona) -> None:
    post = write(edith, published_at=at())  # before what other tests wrote in the last minute
    answer = web.get("/")
    labels = answer["Surrogate-Key"].split(" ")
    assert {"all", f"post-{post['slug']}"} <= set(labels)
    assert answer["Cache-Tag"].split(",") == labels
    assert len(labels) <= 50


def test_a_post_says_when_it_changed(web: Client, edith: Persona) -> None:
    post = write(edith)
    seen = web.get(page_of(post))["Last-Modified"]
    assert web.get(page_of(post), headers={"If-Modified-Since": seen}).status_code == 304


@pytest.mark.parametrize(("path", "most"), [("/", 2), ("post", 1), ("/tags/", 2), ("/about/", 0), ("/feed/", 3)])
def test_a_page_costs_little(web: Client, edith: Persona, path: str, most: int) -> None:
    post = write(edith)
    for _ in range(3):
        write(edith, tags=[word()])
    with recorded_requests() as requests:
        text(web, page_of(post) if path == "post" else path)
    assert len(requests) <= most


# --- What they tell browsers, search engines and feed readers -----------------------------------------------------


def data_of(page: str) -> Any:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert found
    return json.loads(found[1])


def test_a_post_introduces_itself(web: Client, edith: Persona) -> None:
    post = write(
        edith, title='A "title" & </script><b>', summary="In <short>.", tags=["one", "two"], author_name="Edith"
    )
    page = text(web, page_of(post))
    url = settings.SITE_URL + page_of(post)
    assert f'<link rel="canonical" href="{url}">' in page
    assert 'property="og:title" content="A &quot;title&quot; &amp; &lt;/script&gt;&lt;b&gt;"' in page
    assert 'name="description" content="In &lt;short&gt;."' in page
    data = data_of(page)
    assert data["@type"] == "BlogPosting"
    assert (data["headline"], data["url"], data["keywords"]) == (post["title"], url, ["one", "two"])
    assert data["author"]["url"] == f"{settings.SITE_URL}/authors/edith/{edith.sub}/"


def test_a_post_without_a_summary_introduces_itself_by_how_it_begins(web: Client, edith: Persona) -> None:
    begins = 'It "begins"[^1] & *goes on*  \nlike <b>this</b>.\n\n[^1]: A note.'
    page = text(web, page_of(write(edith, body=f"# Heading\n\n![]({settings.STATIC_URL}a.png)\n\n{begins}\n\nMore.")))
    for name in ('name="description"', 'property="og:description"'):
        assert f'{name} content="It &quot;begins&quot; &amp; goes on like this."' in page
    assert data_of(page)["description"] == 'It "begins" & goes on like this.'
    assert len(data_of(text(web, page_of(write(edith, body="long " * 100))))["description"]) == 200
    wordless = text(web, page_of(write(edith, body="# Heading")))
    assert 'description"' not in wordless.partition("<script")[0]
    assert "description" not in data_of(wordless)


def test_a_post_was_not_modified_before_it_was_published(edith: Persona) -> None:
    post = write(edith, published_at=at(hours=1))
    stored = models.Post.fetch((post["slug"],))
    # As one is that was written long ago, and whose time has come.
    stored.updated_at = stored.published_at - timedelta(days=9)
    page = render_to_string("blog/post.html", {"post": stored, "data": about_post(stored)})
    found = {name: re.findall(f'"article:{name}_time" content="(.*?)"', page)[0] for name in ("published", "modified")}
    assert datetime.fromisoformat(found["modified"]) >= datetime.fromisoformat(found["published"])
    assert edith.api.delete(url(post)).status_code == 204


def test_addresses_are_the_sites_own_whatever_host_is_asked(web: Client, edith: Persona) -> None:
    page = web.get(page_of(write(edith)), headers={"Host": "localhost"}).content.decode()
    assert f'rel="canonical" href="{settings.SITE_URL}/' in page
    assert "localhost" not in page


def test_feeds_are_whole(web: Client, edith: Persona) -> None:
    post = write(edith, title="Bell \x07 & <b>", summary="A < B & C", author_name="Edith", tags=["feeds"])
    rss = ElementTree.fromstring(web.get("/feed/").content)
    item = next(item for item in rss.iter("item") if str(item.findtext("link")).endswith(page_of(post)))
    assert item.findtext("title") == "Bell  & <b>"
    assert item.findtext("description") == "A &lt; B &amp; C"
    assert item.findtext("category") == "feeds"
    assert web.get("/feed/")["Content-Type"].startswith("application/rss+xml")
    atom = ElementTree.fromstring(web.get("/feed/atom/").content)
    ids = [entry.findtext(f"{ATOM}id") for entry in atom.iter(f"{ATOM}entry")]
    assert len(ids) == len(set(ids))
    assert web.get("/feed/atom/")["Content-Type"].startswith("application/atom+xml")


def test_an_entry_stays_the_same_when_its_post_is_renamed(web: Client, edith: Persona) -> None:
    post = write(edith)

    def ids() -> set[str]:
        return set(re.findall(r"<guid[^>]*>([^<]+)<", text(web, "/feed/")))

    before = ids()
    change(edith, post, slug=word())
    assert ids() == before


def test_site_maps_lead_to_every_post(web: Client, edith: Persona) -> None:
    post = write(edith, published_at="1991-02-03T04:05:06Z", tags=[(tag := word())])
    maps = re.findall("<loc>([^<]+)</loc>", text(web, "/sitemap.xml"))
    assert f"{settings.SITE_URL}/sitemap-1991.xml" in maps
    for found in maps:
        ElementTree.fromstring(text(web, found.removeprefix(settings.SITE_URL)))
    assert f"{settings.SITE_URL}{page_of(post)}</loc><lastmod>" in text(web, "/sitemap-1991.xml")
    assert f"/tags/{tag}/" in text(web, "/sitemap-pages.xml")
    assert f"Sitemap: {settings.SITE_URL}/sitemap.xml" in text(web, "/robots.txt")


# --- Errors -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/posts/None/", "/posts/a--b/", "/posts/x%00y/", "/posts/%ff/", "/posts/../etc/passwd",
        "/posts/" + "x" * 300 + "/", "/archive/0000/", "/archive/9999/", "/archive/20260/", "/tags/Ä/", "/tags/x/2026/",
        "/authors/x/y/", "/%2e%2e/", "/sitemap-1066.xml", "/authors/x/y/0001/",
        "/unsubscribe/nonsense/", "/unsubscribe/%00/",
    ],
)  # fmt: skip
def test_an_address_that_is_none_gets_a_page(web: Client, path: str) -> None:
    page = text(web, path, 404)
    assert "Page not found" in page
    assert 'name="robots" content="noindex"' in page


@pytest.mark.parametrize("path", ["/", "/about/", "/feed/", "/posts/x/"])
def test_pages_are_only_read(web: Client, path: str) -> None:
    for method in ("post", "put", "patch", "delete"):
        assert getattr(web, method)(path).status_code == 405


def test_without_its_table_the_blog_says_so_and_is_not_kept(web: Client) -> None:
    with pytest.MonkeyPatch.context() as patch:
        from blog.models import Post
        from dynamo.errors import Unavailable

        def fail(*args: Any, **kwargs: Any) -> Any:
            raise Unavailable("down")

        patch.setattr(Post, "published", fail)
        answer = web.get("/")
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert answer["Cache-Control"] == "private, no-store"
    assert "try again" in answer.content.decode()


def test_a_fault_of_ours_is_a_page_too() -> None:
    web = Client(raise_request_exception=False)
    with pytest.MonkeyPatch.context() as patch:
        from blog.models import Post

        patch.setattr(Post, "published", lambda: 1 / 0)
        answer = web.get("/")
    assert answer.status_code == 500
    assert "Something is broken here" in answer.content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "/", "/archive/", "/archive/{year}/", "/tags/", "/tags/{tag}/", "/tags/{tag}/{year}/", "/feed/", "/feed/atom/",
        "/sitemap.xml", "/sitemap-pages.xml", "/sitemap-{year}.xml", "/posts/{slug}/",
    ],
)  # fmt: skip
def test_no_page_is_kept_without_a_post_whose_time_came_while_it_was_made(
    edith: Persona, web: Client, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    due, tag = datetime.now(UTC) + timedelta(minutes=9), word()
    other = write(edith, tags=[tag])  # without one, its tag and year would have no page
    post = write(edith, tags=[tag], slug=word(), published_at=due.isoformat())
    with recorded_requests() as sent:
        for module in ("models.posts", "models.tags", "pages.views", "pages.posts", "pages.feeds"):
            # The time comes with the first question to DynamoDB.
            monkeypatch.setattr(f"blog.{module}.now", lambda: due + timedelta(milliseconds=1 if sent else -1))
        answer = web.get(path.format(year=due.year, tag=tag, slug=post["slug"]))
    (kept,) = re.findall(r"s-maxage=(\d+)", answer["Cache-Control"])
    assert int(kept) <= 9 * 60
    for each in (other, post):
        assert edith.api.delete(url(each)).status_code == 204


@pytest.mark.parametrize(("path", "kind"), [("/favicon.ico", "image/x-icon"), ("/apple-touch-icon.png", "image/png")])
def test_icons_are_where_browsers_look(web: Client, path: str, kind: str) -> None:
    answer = web.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, kind)
    Image.open(BytesIO(answer.content)).verify()


def test_what_has_no_picture_is_shared_with_the_blogs(edith: Persona, web: Client) -> None:
    post, author = write(edith, tags=[tag := word()], author_name="Edith Wren"), f"/authors/edith-wren/{edith.sub}/"
    for path, title in (
        ("/", "MyBlog"), (page_of(post), post["title"]), ("/archive/", "MyBlog"), (f"/tags/{tag}/", tag),
        (author, "Edith Wren"),
    ):  # fmt: skip
        page = text(web, path)
        assert re.findall('property="og:title" content="(.*?)"', page) == [title]
        (image,) = re.findall('property="og:image" content="(.*?)"', page)
        assert image.startswith("http")
        assert image.endswith("share.png")
