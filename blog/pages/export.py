"""The whole blog as files, for a web server or a bucket that needs nothing behind it.

Pages are asked for as a reader's browser would, beginning at the first page and following links, so that what is
written is what is shown. Nothing is written before every page has been made.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_to_bytes, urlsplit

import orjson
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.templatetags.static import static
from django.urls import Resolver404, resolve, reverse, set_script_prefix
from django.utils.html import escape

from blog import site
from blog.models import Post
from blog.pages.feeds import XML
from config.aws import client
from dynamo.errors import DoesNotExist
from rest.client import own_environ

STATIC = ("shared/tokens.css", "blog/blog.css", "blog/icon.svg", "blog/share.png")
# What was exported before, by name: so that a page that is gone goes here too, and nothing of anyone else's does.
LEDGER = ".export-site.json"
HTML = "text/html; charset=utf-8"
_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png"}


class ExportError(Exception):
    """A page could not be made. Nothing was written."""


@dataclass(frozen=True)
class File:
    """One file; `moved_to` is the path a former address leads to."""

    body: bytes
    content_type: str
    moved_to: str = ""

    @property
    def digest(self) -> str:
        """Tells a changed file from an unchanged one."""
        return hashlib.sha256(self.body + self.content_type.encode()).hexdigest()


def export(target: "Folder | Bucket") -> tuple[int, int, int]:
    """Bring the target to what the site shows now; (files, of them written, removed). Raises ExportError."""
    files = {name_of(path, file.content_type, target.index): file for path, file in collect().items()}
    found = target.read(LEDGER)
    old: dict[str, str] = orjson.loads(found) if found else {}
    new = {name: file.digest for name, file in files.items()}
    # Named before they are written: an export cut off midway leaves nothing that a later one would not know.
    _note(target, {**dict.fromkeys(new, ""), **old})
    changed = [name for name in new if old.get(name) != new[name]]
    for name in changed:
        target.write(name, files[name])
    gone = old.keys() - new.keys()
    for name in gone:
        target.remove(name)
    _note(target, new)
    return len(new), len(changed), len(gone)


def _note(target: "Folder | Bucket", names: Mapping[str, str]) -> None:
    target.write(LEDGER, File(orjson.dumps(names, option=orjson.OPT_SORT_KEYS), "application/json"))


def name_of(path: str, content_type: str, index: Mapping[str, str]) -> str:
    """The file a web server gives for a path: `index` has the name for a folder by its type, with "" for any other."""
    inside = unquote(path.removeprefix(reverse("blog-home"))).lstrip("/")
    if inside and not inside.endswith("/"):
        return inside
    return inside + index.get(content_type.partition(";")[0], index[""])


def collect() -> dict[str, File]:
    """Everything by its path. Raises ExportError."""
    set_script_prefix(settings.SITE_PREFIX)
    names = ("blog-home", "blog-rss", "blog-atom", "blog-sitemap", "blog-robots", "blog-subscribed")
    # The last two nothing leads to: browsers and telephones ask for them by themselves.
    waiting, files = [reverse(name) for name in (*names, "favicon", "touch-icon")], dict[str, File]()
    while waiting:
        path = waiting.pop()
        if path in files:
            continue
        status, file, location = ask(path)
        if status in {301, 308}:
            files[path], links = _redirect(location), [location]
        elif status == 200:
            files[path], links = file, list(_links(file))
        else:
            # A text may link to what is not there; the first page has to be.
            if path == reverse("blog-home"):
                raise ExportError(f"{path} answers {status}")
            continue
        waiting += [link for link in links if link not in files and _is_ours(link)]
    home = reverse("blog-home")
    missing = {f"{home}404.html": ask(f"{home}posts/-/")[1]}  # what to answer for an unknown address
    return {**files, **_former(files), **_static_files(), **missing}


def ask(path: str) -> tuple[int, File, str]:
    """(status, answer, Location) as the site answers now. Raises ExportError for what is the site's own fault."""
    prefix = settings.SITE_PREFIX.rstrip("/")
    environ = {
        **own_environ(unquote_to_bytes(path.removeprefix(prefix)).decode("latin-1")),
        "SCRIPT_NAME": prefix,
        "REMOTE_ADDR": "127.0.0.1",
        # Nobody from outside asks.
        "edge.passed": True,
    }
    answer = WSGIHandler().get_response(WSGIRequest(environ))
    body = b"".join(answer)
    answer.close()
    if answer.status_code >= 500:
        raise ExportError(f"{path} answers {answer.status_code}")
    return answer.status_code, File(body, answer.get("Content-Type", HTML)), answer.get("Location", "")


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"a", "link"}:
            self.found += [value for name, value in attrs if name == "href" and value]


def _links(file: File) -> Iterator[str]:
    """Paths of this site that a page, or a site map, leads to."""
    if file.content_type == HTML:
        reader = _Links()
        reader.feed(file.body.decode())
        yield from (link.partition("#")[0] for link in reader.found)
    elif file.content_type == XML:
        yield from (urlsplit(part.partition("<")[0]).path for part in file.body.decode().split("<loc>")[1:])


def _is_ours(link: str) -> bool:
    """Whether a link leads to a page of the blog that all may keep; not to its API, a search or another site."""
    if not link.startswith("/") or link.startswith("//") or "?" in link:
        return False
    try:
        found = _resolved(link)
    except Resolver404:
        return False
    return (found.url_name or "").startswith("blog-") and "token" not in found.kwargs


def _redirect(path: str) -> File:
    target = escape(path)
    text = f'<!doctype html><title>Moved</title><meta http-equiv="refresh" content="0; url={target}">'
    text += f'<link rel="canonical" href="{escape(site.absolute(path))}"><a href="{target}">It is here now.</a>\n'
    return File(text.encode(), HTML, moved_to=path)


def _former(files: Mapping[str, File]) -> dict[str, File]:
    """Former addresses of the posts among these files, of which one may have gone meanwhile."""
    moved: dict[str, File] = {}
    for path in files:
        if (found := _resolved(path)).url_name == "blog-post":
            with suppress(DoesNotExist):
                former = Post.fetch((found.kwargs["slug"],)).former
                moved |= {reverse("blog-post", args=[slug]): _redirect(path) for slug in former}
    return moved


def _resolved(path: str) -> Any:
    return resolve(unquote(path.removeprefix(settings.SITE_PREFIX.rstrip("/"))))


def _static_files() -> dict[str, File]:
    """Styles and the icon, where the pages look for them; not if that is another host, which stays up by itself."""
    places = {static(name): Path(str(finders.find(name))) for name in STATIC}
    return {
        place: File(found.read_bytes(), _TYPES[found.suffix])
        for place, found in places.items()
        if place.startswith("/")
    }


class Folder:
    """A folder of this machine. A feed at a path like /feed/ is index.xml: name it among your server's indexes."""

    index: Mapping[str, str] = {
        "": "index.html",
        "application/rss+xml": "index.xml",
        "application/atom+xml": "index.xml",
    }

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, name: str) -> bytes | None:
        """None if it is not there."""
        file = self._path / name
        return file.read_bytes() if file.is_file() else None

    def write(self, name: str, file: File) -> None:
        """All of it or nothing."""
        target = self._path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.part")
        part.write_bytes(file.body)
        part.replace(target)

    def remove(self, name: str) -> None:
        """The file, and folders that it leaves empty."""
        file = self._path / name
        file.unlink(missing_ok=True)
        for folder in file.relative_to(self._path).parents:
            if not (self._path / folder).is_dir() or any((self._path / folder).iterdir()):
                return
            (self._path / folder).rmdir()


class Bucket:
    """A bucket with website hosting, or a part of it; each object knows its type, so a feed may be index.html."""

    index: Mapping[str, str] = {"": "index.html"}

    def __init__(self, bucket: str, prefix: str) -> None:
        self._bucket, self._prefix = bucket, prefix and f"{prefix.strip('/')}/"

    def read(self, name: str) -> bytes | None:
        """None if it is not there."""
        s3 = client("s3")
        try:
            return s3.get_object(Bucket=self._bucket, Key=self._prefix + name)["Body"].read()
        except s3.exceptions.NoSuchKey:
            return None

    def write(self, name: str, file: File) -> None:
        """With its type; a former address redirects where the bucket is a website."""
        moved = {"WebsiteRedirectLocation": site.absolute(file.moved_to)} if file.moved_to else {}
        client("s3").put_object(
            Bucket=self._bucket,
            Key=self._prefix + name,
            Body=file.body,
            ContentType=file.content_type,
            CacheControl="public, max-age=60",
            **moved,  # type: ignore[arg-type]
        )

    def remove(self, name: str) -> None:
        """Harmless if it is not there."""
        client("s3").delete_object(Bucket=self._bucket, Key=self._prefix + name)
