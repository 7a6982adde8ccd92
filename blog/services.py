"""What writers do to posts, and what news of a photo does to the posts that show it.

Each write reads, decides and commits in one transaction that holds only if nothing it read has changed. If something
has, it begins again; after PAUSES it gives up with Unavailable, and nothing has been changed.
"""

import random
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import ParamSpec, TypedDict, TypeVar

from django.conf import settings

from accounts.groups import refusal
from blog.models import MAX_FORMER_SLUGS, Hero, Photo, PhotoNews, Post, Rename, Trace
from blog.photos import HeroValues, Photographer, Uploads, news_of, renew
from blog.publishing.commit import Also, Outdated, commit
from blog.publishing.markdown import RENDERER, Rendered, render
from blog.publishing.markdown_limits import TooComplex
from dynamo.errors import AlreadyExists, Contended, DoesNotExist, TransactionFailed, Unavailable, VersionConflict
from dynamo.models import now
from serverless.errors import InvalidState, InvalidValue, NotAllowed

P = ParamSpec("P")
T = TypeVar("T")

# Seconds between tries, each made half as long or half as long again by chance: 1.6 s in all.
PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
MAX_SLUG, SLUG_TRIES = 80, 5


class PostValues(TypedDict, total=False):
    """What a write says of a post; an edit leaves what is missing as it is. A Hero is one the post has had before."""

    slug: str
    title: str
    summary: str
    body: str
    author_name: str
    tags: Sequence[str]
    hero: HeroValues | Hero | None
    published_at: datetime | None
    # Made here from the body.
    html: str
    words: int
    renderer: int


def create_post(
    *,
    author: str,
    values: PostValues,
    uploads: Uploads,
    may_publish: bool,
    rendered: Rendered | None = None,
    also: Also | None = None,
) -> Post:
    """A new post: a draft, scheduled or published, as its `published_at` says.

    Without a slug it gets one made from its title, numbered if need be. `also` adds to the transaction, and `rendered`
    is the body as render_body made it, if it has been; here and below.
    Raises NotAllowed, AlreadyExists, InvalidState, Unavailable.
    """
    if not may_publish:
        _refuse_dating(None, values)
    values = _with_html(values, rendered)
    for slug in [values["slug"]] if values.get("slug") else slugs_for(values["title"]):
        with suppress(AlreadyExists):
            return _insist(_try_to_create, slug, values, Photographer(author, uploads), also)
    raise AlreadyExists


def _try_to_create(slug: str, values: PostValues, photos: Photographer, also: Also | None) -> Post:
    post = Post(slug, author=photos.owner, version=1)
    _apply(post, {**values, "slug": slug, "hero": photos.choose(values.get("hero"), None)})
    return _commit(None, post, also)


def bring_back_post(*, post: Post, version: int, also: Also | None = None) -> Post:
    """A deleted post again, at a version nobody has seen. Its redirects are gone for good.

    It is at its slug, or at the next one with a number where another post has that by now, or leads on from there.
    Raises AlreadyExists if it is there, Unavailable.
    """
    for slug in (post.slug, *islice(slugs_for(post.slug), 1, None)):
        with suppress(DoesNotExist):
            find_post(slug, lambda one: one.created_at == post.created_at)
            raise AlreadyExists
        with suppress(AlreadyExists):
            return _insist(_try_to_bring_back, post, slug, version, also)
    raise AlreadyExists


def _try_to_bring_back(kept: Post, slug: str, version: int, also: Also | None) -> Post:
    post = kept.copy()
    post.version, post.former, post.linked_at = version, [], now()
    if slug != kept.slug:  # its history goes on from there
        post.renames = [*kept.renames, Rename(slug=kept.slug, until=now())]  # type: ignore[no-untyped-call]
    _apply(post, {"slug": slug, "hero": renew(post.hero) if post.hero else None})
    return _commit(None, post, also)


def edit_post(
    *,
    slug: str,
    values: PostValues,
    expect: int | None,
    editor: str,
    uploads: Uploads,
    may_publish: bool,
    made: str | None = None,
    known: Post | None = None,
    rendered: Rendered | None = None,
    also: Also | None = None,
) -> Post:
    """Change what `values` names; a new `slug` renames the post, a new `published_at` moves it in time.

    `known` is the post at version `expect` as it was just read, and saves reading it; if it is no longer so, it is
    read. Raises DoesNotExist, VersionConflict if it is not at version `expect` or not the one with the mark `made`,
    NotAllowed for another date without `may_publish`, AlreadyExists, InvalidState, Unavailable.
    """
    values, read = _with_html(values, rendered), _reader(slug, expect, made, known)
    photos = Photographer(editor, uploads)

    def attempt() -> Post:
        old = read()
        wanted = _with_exact_date(values, old.published_at)
        if not may_publish:
            _refuse_dating(old.published_at, wanted)
        return _try_to_edit(old, wanted, photos, also)

    return _insist(attempt)


def _with_exact_date(values: PostValues, present: datetime | None) -> PostValues:
    """The present date stays to the microsecond where it is sent as it is shown, in milliseconds."""
    shown = present and present.replace(microsecond=present.microsecond // 1000 * 1000)
    return {**values, "published_at": present} if shown and values.get("published_at") == shown else values


def _refuse_dating(present: datetime | None, values: PostValues) -> None:
    """Raise NotAllowed where the values would publish, schedule, withdraw or date anew."""
    if values.get("published_at", present) != present:
        why = refusal("Deciding whether and when a post is public", "blog.publish_post")
        raise NotAllowed(f"{why} Leave `published_at` as it is.")


def _reader(slug: str, expect: int | None, made: str | None, known: Post | None) -> Callable[[], Post]:
    """What is known at first, and what is read after that."""
    seen = [known] if known is not None else []
    return lambda: seen.pop() if seen else fetch_post(slug, expect, made)


def _try_to_edit(old: Post, values: PostValues, photos: Photographer, also: Also | None) -> Post:
    new = old.copy()
    if "hero" in values:
        values = {**values, "hero": photos.choose(values["hero"], old.hero)}
    _apply(new, values)
    new.version = int(old.version) + 1
    if new.slug not in {old.slug, *old.former} and len(old.former) >= MAX_FORMER_SLUGS:
        raise InvalidState(f"A post can be renamed {MAX_FORMER_SLUGS} times.")
    return _commit(old, new, also)


def delete_post(
    *, slug: str, expect: int | None, made: str | None = None, known: Post | None = None, also: Also | None = None
) -> None:
    """Remove a post and all that leads to it. Raises DoesNotExist, VersionConflict, Unavailable."""
    read = _reader(slug, expect, made, known)
    _insist(lambda: commit(read(), None, now(), also))


def made_mark(created_at: datetime) -> str:
    """What tells a post from one that was at its slug before, and had the same versions."""
    return f"{created_at.timestamp() * 1_000_000:.0f}"


def fetch_post(slug: str, expect: int | None = None, made: str | None = None) -> Post:
    """The post at this very slug, a draft too. Raises DoesNotExist, VersionConflict."""
    post = Post.fetch((slug,))
    if post.moved_to:
        raise DoesNotExist(f"{slug} has moved to {post.moved_to}")
    if expect not in {None, post.version} or made not in {None, made_mark(post.created_at)}:
        raise VersionConflict
    return post


def find_post(slug: str, is_wanted: Callable[[Post], bool] = lambda _: True) -> Post:
    """The post at this slug, or the one that was there last and has been renamed. Raises DoesNotExist.

    One that is not wanted has taken the address of one that was renamed before it was public.

    One GetItem, and one or two more for each name since, up to MAX_FORMER_SLUGS.
    """
    for _ in range(MAX_FORMER_SLUGS):
        post = Post.fetch_or_none((slug,))
        if post is not None and not post.moved_to and is_wanted(post):
            return post
        slug = post.moved_to if post is not None and post.moved_to else Trace.fetch((Trace.row(slug),)).moved_to
    raise DoesNotExist(f"{slug} has moved too often.")


def record_news(news: PhotoNews) -> None:
    """Keep what `media` says of a photo, and show it in the posts that use it. Raises ConditionFailed for old news."""
    photo = Photo.note(news)
    for slug in sorted(photo.slugs or ()):
        with suppress(DoesNotExist):
            _insist(_develop, slug, photo)


def _insist(attempt: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    for pause in PAUSES:
        try:
            return attempt(*args, **kwargs)
        except (TransactionFailed, Contended, Outdated) as error:
            if isinstance(error, TransactionFailed) and "ValidationError" in error.reasons:
                raise
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311  # not a secret
    try:
        return attempt(*args, **kwargs)
    except (TransactionFailed, Outdated) as error:
        raise Unavailable("Others write too much at once.") from error


def _commit(old: Post | None, new: Post, also: Also | None) -> Post:
    """Raises AlreadyExists where another post has the slug, or leads on from there; else what `commit` does."""
    former = old.slug if old else None
    try:
        commit(old, new, now(), also)
    except (TransactionFailed, Outdated):
        if new.slug != former:
            row = Post.fetch_or_none((new.slug,))
            if row is not None and (not row.moved_to or row.moved_to != former):
                raise AlreadyExists from None
        raise
    return new


def _with_html(values: PostValues, rendered: Rendered | None) -> PostValues:
    """With what is made from the body, once for however many tries."""
    if "body" not in values:
        return values
    rendered = rendered or render_body(values["body"])
    return {**values, "html": rendered.html, "words": rendered.words, "renderer": RENDERER}


def render_body(body: str) -> Rendered:
    """A body as readers will see it. Raises InvalidValue for one that would take long."""
    try:
        return render(body, own_sites())
    except TooComplex as error:
        raise InvalidValue(str(error), field="body", code="too_complex") from error


def _apply(post: Post, values: PostValues) -> None:
    """Set what `values` names; the time of the change is now."""
    given: Mapping[str, object] = values
    for name in ("title", "summary", "author_name", "tags", "hero", "body", "html", "words", "renderer"):
        if name in given:
            setattr(post, name, given[name])
    post.slug = values.get("slug") or post.slug
    post.date(values.get("published_at", post.published_at))
    post.updated_at = now()
    post.created_at = post.created_at or post.updated_at


def own_sites() -> tuple[str, ...]:
    return settings.SITE_URL, settings.THUMBNAILS_URL


def slugs_for(title: str) -> Iterator[str]:
    """The title in Latin letters, then with -2, -3 ... after it, then by chance; without letters by chance alone."""
    from anyascii import anyascii  # large tables, which only writing needs

    base = (
        re.sub(r"[^a-z0-9]+", "-", anyascii(title).lower()).strip("-")[: MAX_SLUG - 3].strip("-")
        or f"post-{uuid.uuid4().hex[:8]}"
    )
    yield base
    yield from (f"{base}-{number}" for number in range(2, SLUG_TRIES + 1))
    yield f"{base[: MAX_SLUG - 9].strip('-')}-{uuid.uuid4().hex[:8]}"


def _develop(slug: str, photo: Photo) -> None:
    """Show the news of a photo in a post that shows the photo."""
    old = fetch_post(slug)
    if not old.hero or photo.slug != Photo.row(old.hero.owner, old.hero.upload):
        return
    if old.hero.sequencer and photo.sequencer <= old.hero.sequencer:
        return
    new = old.copy()
    kept = {name: getattr(old.hero, name) for name in ("upload", "owner", "alt")}
    new.hero = Hero(**kept, **news_of(photo))  # type: ignore[no-untyped-call]
    new.linked_at = now()
    commit(old, new, now())
