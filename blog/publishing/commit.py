"""Writing a post together with all that follows from it, in one transaction.

A post stands in the rows of its tags, in the counts of those tags, in the links of its two neighbours in the feed, in
the redirects from its former slugs and in the rows of its photo. What a transaction builds on is a condition of it, so
two editors never undo each other: the post as it was read, by its random `write_id`, and its place in the feed.
"""

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from blog.models import (
    DATED,
    DRAFT,
    FEED,
    MAX_FORMER_SLUGS,
    START,
    Hero,
    Neighbour,
    Photo,
    Post,
    Redirect,
    Rename,
    TagCount,
    TagPost,
    Trace,
)
from dynamo.errors import TransactionFailed
from dynamo.models import now
from dynamo.transactions import transaction

# From a neighbour the index knew a moment ago to the true one: more steps than posts published in that moment.
MAX_STEPS = 25

# What else belongs into the transaction, such as an entry in a log; it is told the post as it will be, or None.
Also = Callable[[TransactWrite, Post | None], None]


class Outdated(Exception):
    """What this write builds on has changed since it was read. Nothing was written: read again and repeat."""


def commit(old: Post | None, new: Post | None, at: datetime, also: Also | None = None) -> None:
    """Put `new` in the place of `old`; without `old` it is a new post, without `new` the post goes.

    `new` gets its links and a `write_id`; `at` decides which posts have been published. One TransactWriteItems, and
    before it one Query where a post takes another place in the feed; more only where the index was behind. Raises
    TransactionFailed, Contended or Outdated when another write came first, Unavailable, ItemTooLarge.
    """
    if new is None or new.position is None or (old and _stays(old, new)):
        _write(old, new, at, also)
        return
    # What the index, a moment behind, has next before the position.
    told = next(iter(Post.before(new.position).page(1).items), None) or Post(START)
    leaving = old if old and old.position else None
    if _is_place(told, new.position, leaving):
        with suppress(TransactionFailed):
            _write(old, new, at, also, told)
            return
    _write(old, new, at, also, _walk(told, new.position, leaving))


def _write(old: Post | None, new: Post | None, at: datetime, also: Also | None, place: Post | None = None) -> None:
    """The transaction; `place` is the post after which `new` comes, where that is not where `old` was."""
    if new is not None:
        new.moves = 0 if old is None else int(old.moves) + (old.position != new.position)
    chain = Chain()
    chain.move(old, new, place)
    with transaction() as block:
        _write_post(block, old, new, at)
        _write_tags(block, old, new, at)
        _write_photos(block, old, new)
        chain.write(block)
        if also is not None:
            also(block, new)


def _write_post(block: TransactWrite, old: Post | None, new: Post | None, at: datetime) -> None:
    unchanged = None if old is None else Post.write_id == old.write_id
    if new is None:
        if old is not None:
            block.delete(old, unchanged)
            _write_redirects(block, old.former, None)
        return
    new.write_id = uuid.uuid4().hex
    # A draft that was withdrawn has readers who know its address.
    was_public = bool(new.was_public or (old is not None and old.is_public(at)))
    new.was_public = was_public or None
    if old is None or old.slug == new.slug:
        block.save(new, Post.slug.does_not_exist() if unchanged is None else unchanged)
        if old is not None and old.position != new.position:
            _write_redirects(block, new.former, new)
        return
    known = [slug for slug in old.former if slug != new.slug]
    new.former = [*known, old.slug] if was_public else known
    last = Rename(slug=old.slug, until=at)  # type: ignore[no-untyped-call]  # PynamoDB leaves its constructor untyped
    new.renames = [*(old.renames or ()), last][-MAX_FORMER_SLUGS:]
    block.save(new, Post.slug.does_not_exist() | (Post.moved_to == old.slug))
    _write_redirects(block, known, new)
    if was_public:
        block.save(Redirect(old.slug, moved_to=new.slug, position=new.position), unchanged)
    else:
        block.delete(old, unchanged)
        block.save(Trace.of(old, new, at))


def _write_redirects(block: TransactWrite, slugs: list[str], post: Post | None) -> None:
    """Each former slug leads straight to the post, and nowhere while the post is a draft or gone."""
    for slug in slugs:
        if post is None:
            block.delete(Redirect(slug))
        else:
            block.save(Redirect(slug, moved_to=post.slug, position=post.position))


def _tags(post: Post | None) -> set[str]:
    """The tags a post is listed under: none for a draft."""
    return set(post.tags) if post is not None and post.position else set()


def _write_tags(block: TransactWrite, old: Post | None, new: Post | None, at: datetime) -> None:
    before, after = _tags(old), _tags(new)
    for tag in before | after:
        gone, come = old if tag in before else None, new if tag in after else None
        if come is not None:
            block.save(TagPost.of(come, tag))
        if gone is not None and come is not None and gone.position == come.position:
            continue
        if gone is not None:
            block.delete(TagPost(tag, gone.position))
        block.update(TagCount(tag=tag), TagCount.moved(gone, come, at))


def _write_photos(block: TransactWrite, old: Post | None, new: Post | None) -> None:
    """A photo knows the posts that show it; a post begins to show it as of the last news, so that none passes it by.

    A renamed post's old slug may stay: who reads it looks at the post.
    """
    before, after = _photo(old), _photo(new)
    if new is not None and after and (old is None or before != after or old.slug != new.slug):
        block.update(Photo(after), [Photo.slugs.add({new.slug}), Photo.expires.remove()], _no_news(new.hero))
    if old is not None and before and before != after:
        block.update(Photo(before), [Photo.slugs.delete({old.slug})])


def _no_news(hero: Hero) -> Condition:
    """That a photo's last news is what a post shows: it was read, or there is none, or it says the same."""
    same: Condition = (Photo.status == hero.status) & (Photo.renditions == hero.renditions)
    read: Condition = Photo.sequencer == hero.sequencer
    return read if hero.sequencer else Photo.status.does_not_exist() | same


def _photo(post: Post | None) -> str | None:
    return Photo.row(post.hero.owner, post.hero.upload) if post is not None and post.hero else None


# --- The feed -----------------------------------------------------------------------------------------------------


@dataclass
class Chain:
    """The neighbours' side of a move in the feed, gathered so that each row is written once.

    The feed of all dated posts is linked both ways, from the row START to the newest post. Whoever changes a link
    writes both its ends, so one end that is as it was read vouches for the other.
    """

    changes: dict[str, dict[str, Neighbour | None]] = field(default_factory=dict)
    guards: dict[str, Condition] = field(default_factory=dict)

    def move(self, old: Post | None, new: Post | None, place: Post | None) -> None:
        """Take `old` out of its place and `new` into its own; each may be None or a draft, and have none."""
        leaves, comes = old if old and old.position else None, new if new and new.position else None
        if leaves and comes and place is None:
            comes.older, comes.newer = leaves.older, leaves.newer
            if leaves.as_neighbour().attribute_values != comes.as_neighbour().attribute_values:
                self._insert(comes)
            return
        if leaves:
            self._join(leaves.older, leaves.newer)
        if comes and place:
            self.guards[place.slug] = _as_read(place)
            comes.older = None if place.slug == START else place.as_neighbour()
            comes.newer = _newer(place, leaves)
            self._insert(comes)
        elif new:
            new.older = new.newer = None

    def _insert(self, post: Post) -> None:
        self._join(post.older, post.as_neighbour())
        self._join(post.as_neighbour(), post.newer)
        # The post itself is written whole, with its links.
        del self.changes[post.slug]

    def _join(self, older: Neighbour | None, newer: Neighbour | None) -> None:
        self.changes.setdefault(older.slug if older else START, {})["newer"] = newer
        if newer:
            self.changes.setdefault(newer.slug, {})["older"] = older

    def write(self, block: TransactWrite) -> None:
        """Add the neighbours' rows to a transaction."""
        for slug, links in self.changes.items():
            actions: list[Action] = [Post.write_id.set(uuid.uuid4().hex), Post.linked_at.set(now())]
            if slug == START:
                actions += [Post.feed.set(FEED), Post.position.set(START)]
            for name, link in links.items():
                attribute = getattr(Post, name)
                actions.append(attribute.remove() if link is None else attribute.set(link))
            block.update(Post(slug), actions, self.guards.get(slug, Post.slug.exists()))


def _as_read(place: Post) -> Condition:
    """That a post still stands where it was read, with the same neighbour after it; START may not be there yet."""
    after: Condition = Post.newer.does_not_exist() if place.newer is None else Post.newer == place.newer
    if place.slug != START:
        after = after & (Post.position == place.position) & (Post.title == place.title)
    return after


def _newer(place: Post, leaving: Post | None) -> Neighbour | None:
    """What comes after a post once another has left."""
    found: Neighbour | None = place.newer
    return leaving.newer if leaving and found and found.slug == leaving.slug else found


def _stays(old: Post, new: Post) -> bool:
    """Whether a post keeps its place between its neighbours."""
    if not (old.position and new.position):
        return False
    after_older = old.older is None or old.older.position < new.position
    return after_older and (old.newer is None or new.position < old.newer.position)


def _is_before(row: Post, position: str) -> bool:
    return row.slug == START or bool(row.position and row.position < position)


def _is_place(row: Post, position: str, leaving: Post | None) -> bool:
    """Whether a position comes right after a row, once `leaving` has left."""
    newer = _newer(row, leaving)
    is_leaving = leaving is not None and row.slug == leaving.slug
    return not is_leaving and _is_before(row, position) and (newer is None or position < newer.position)


def _walk(told: Post, position: str, leaving: Post | None) -> Post:
    """The post, or the row START, that is next before a position, by the links, which are the truth. Raises Outdated.

    `told` is where the index says to begin; `leaving` is on its way out and is passed over.
    """
    begin: Post | Neighbour | None = told
    if leaving and told.slug == leaving.slug:
        begin = leaving.newer if leaving.newer and leaving.newer.position < position else leaving.older
    slug = begin.slug if begin else START
    for _ in range(MAX_STEPS):
        row = _fetch_or_start(slug)
        if not _is_before(row, position):
            break
        if _is_place(row, position, leaving):
            return row
        slug = newer.slug if (newer := _newer(row, leaving)) else START
    raise Outdated("The feed has changed since the index was read.")


def _fetch_or_start(slug: str) -> Post:
    row = Post.fetch_or_none((slug,)) or Post(slug, kind=DRAFT)
    if slug != START and row.kind != DATED:
        # Withdrawn, deleted, or renamed: then a redirect is there.
        raise Outdated(f"{slug} has left the feed.")
    return row
