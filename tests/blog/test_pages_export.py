"""`manage.py export_site`: what a static web server shows is what the site shows."""

import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from django.urls import get_script_prefix, set_script_prefix

from blog.pages.export import HTML, File, Folder, _former, _links
from blog.pages.export import export as export_to
from blog.pages.feeds import XML
from config.aws import client
from tests.blog.writing import change, secret_link, url, word, write
from tests.personas import Persona


def export(target: Path | str) -> str:
    output = StringIO()
    call_command("export_site", str(target), stdout=output)
    return output.getvalue()


def pages(folder: Path) -> dict[str, Path]:
    """Every exported page by the path it has on the site."""
    found = {}
    for file in folder.rglob("*"):
        name = str(file.relative_to(folder))
        if file.is_file() and not name.startswith((".", "static/")) and name != "404.html":
            found["/" + name.removesuffix("index.html").removesuffix("index.xml")] = file
    return found


def test_each_file_is_the_page_the_site_shows(edith: Persona, tmp_path: Path) -> None:
    tag = f"日本-{word()}"
    post = write(edith, tags=[tag], published_at="2014-05-06T07:08:09Z", author_name="Edith Wren")
    write(edith, published_at=None, slug=(draft := word()))
    export(tmp_path)

    found = pages(tmp_path)
    path = f"/posts/{post['slug']}/"
    assert {
        "/", path, "/archive/", "/archive/2014/", "/tags/", f"/tags/{tag}/", f"/authors/edith-wren/{edith.sub}/",
        "/about/", "/subscribe/", "/search/", "/feed/", "/feed/atom/", "/sitemap.xml", "/sitemap-2014.xml",
        "/robots.txt", "/favicon.ico", "/apple-touch-icon.png",
    } <= found.keys()  # fmt: skip
    assert f"/posts/{draft}/" not in found
    live = Client()
    for page, file in found.items():
        answer = live.get(page)
        if answer.status_code == 200:
            assert file.read_bytes() == answer.content, page
        else:
            assert answer.status_code == 301, page
            assert answer["Location"] in file.read_text()
    assert (tmp_path / "404.html").read_bytes() == live.get("/posts/-/").content


def test_what_a_secret_link_shows_is_in_no_file(edith: Persona, tmp_path: Path) -> None:
    """It is good for a week, and kept by nobody, also where a public post leads to it."""
    secret = secret_link(write(edith, published_at=None)["slug"])
    write(edith, body=f"[Soon]({secret})")
    assert Client().get(secret).status_code == 200
    export(tmp_path)
    assert not any(path.startswith("/drafts/") for path in pages(tmp_path))


def test_styles_are_where_the_pages_look_for_them(tmp_path: Path) -> None:
    export(tmp_path)
    for name in ("shared/tokens.css", "blog/blog.css", "blog/icon.svg"):
        assert f'"/static/{name}"' in (tmp_path / "index.html").read_text()
        assert (tmp_path / "static" / name).stat().st_size > 100


def test_a_second_export_writes_what_changed_and_removes_what_is_gone(edith: Persona, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("not the blog's")
    gone, stays = write(edith), write(edith)
    export(tmp_path)
    assert " 0 written, 0 removed" in export(tmp_path)
    before = (tmp_path / "about/index.html").stat().st_mtime_ns

    change(edith, gone, published_at=None)
    change(edith, stays, title=(title := f"Now {word()}"))
    export(tmp_path)

    assert not (tmp_path / "posts" / gone["slug"]).exists()
    assert title in (tmp_path / "posts" / stays["slug"] / "index.html").read_text()
    assert title in (tmp_path / "index.html").read_text()
    assert (tmp_path / "about/index.html").stat().st_mtime_ns == before
    assert (tmp_path / "mine.txt").read_text() == "not the blog's"


class Breaking(Folder):
    """A folder that takes one page and is full then."""

    def __init__(self, path: Path, last: str) -> None:
        super().__init__(path)
        self._last = last

    def write(self, name: str, file: File) -> None:
        super().write(name, file)
        if name == self._last:
            raise OSError("no space left")


def test_what_an_export_left_that_was_cut_off_goes_with_its_page(edith: Persona, tmp_path: Path) -> None:
    post = write(edith)
    page = f"posts/{post['slug']}/index.html"
    with pytest.raises(OSError, match="no space"):
        export_to(Breaking(tmp_path, page))
    assert (tmp_path / page).exists()
    change(edith, post, published_at=None)
    export(tmp_path)
    assert not (tmp_path / page).exists()


def test_a_post_that_is_deleted_meanwhile_breaks_no_export(edith: Persona) -> None:
    """Its page has been made by then, and the next export removes it."""
    post, other = write(edith), write(edith)
    renamed = change(edith, other, slug=word())
    files = {path: File(b"", HTML) for path in (f"/posts/{post['slug']}/", f"/posts/{renamed['slug']}/")}
    assert edith.api.delete(url(post)).status_code == 204
    assert list(_former(files)) == [f"/posts/{other['slug']}/"]


def test_every_address_of_the_site_maps_is_exported(edith: Persona, tmp_path: Path) -> None:
    write(edith, tags=[f"日本-{word()}"], published_at="2013-02-03T04:05:06Z")
    export(tmp_path)
    found = pages(tmp_path)
    maps = [path for path in found if path.startswith("/sitemap")]
    addresses = [one for path in maps for one in re.findall("<loc>(.*?)</loc>", found[path].read_text())]
    named = {unquote(urlsplit(one).path) for one in addresses}
    assert "/archive/2013/" in named
    assert named <= found.keys()


def test_a_site_map_is_followed_where_no_page_links() -> None:
    """As to the year of a blog whose posts are all of that year."""
    xml = "<urlset><url><loc>https://blog.example/archive/2013/</loc></url></urlset>"
    assert list(_links(File(xml.encode(), XML))) == ["/archive/2013/"]


def test_former_addresses_lead_to_the_present_one(edith: Persona, tmp_path: Path) -> None:
    post = write(edith)
    change(edith, post, slug=(slug := word()))
    export(tmp_path)
    assert f'url=/posts/{slug}/"' in (tmp_path / "posts" / post["slug"] / "index.html").read_text()


def test_it_exports_into_a_bucket_with_types(edith: Persona) -> None:
    post, s3, prefix = write(edith), client("s3"), word()
    export(f"s3://{settings.STATIC_BUCKET}/{prefix}")
    expected = {"": "text/html", "feed/": "application/rss+xml", f"posts/{post['slug']}/": "text/html"}
    for path, kind in expected.items():
        found = s3.get_object(Bucket=settings.STATIC_BUCKET, Key=f"{prefix}/{path}index.html")
        assert found["ContentType"] == f"{kind}; charset=utf-8"
        assert found["Body"].read() == Client().get(f"/{path}").content
    write(edith)
    assert " 0 removed" in export(f"s3://{settings.STATIC_BUCKET}/{prefix}")


def test_a_site_that_answers_cloudfront_alone_can_be_exported(edith: Persona, tmp_path: Path) -> None:
    post = write(edith)
    with override_settings(EDGE_ONLY=True):
        export(tmp_path)
    assert post["title"] in (tmp_path / "posts" / post["slug"] / "index.html").read_text()


@pytest.fixture
def below_a_path() -> Iterator[None]:
    """The site as API Gateway's own host has it: below the name of the stage."""
    before = get_script_prefix()
    with override_settings(SITE_PREFIX="/production/"):
        yield
    set_script_prefix(before)


@pytest.mark.usefixtures("below_a_path")
def test_addresses_of_a_site_below_a_path_have_it(edith: Persona, tmp_path: Path) -> None:
    slug = write(edith)["slug"]
    export(tmp_path)
    assert f'href="/production/posts/{slug}/"' in (tmp_path / "index.html").read_text()
    page = (tmp_path / "posts" / slug / "index.html").read_text()
    assert f'<link rel="canonical" href="{settings.SITE_URL}/production/posts/{slug}/">' in page
    assert (tmp_path / "static/blog/blog.css").exists()


def test_it_says_what_is_wrong_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for target in (tmp_path / "file" / "blog", "s3://", f"s3://no-such-bucket-{word()}/"):
        with pytest.raises(CommandError):
            export(target)
