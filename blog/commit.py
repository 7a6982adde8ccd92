"""Writing a post together with all that follows from it, in one transaction.

A post stands in the rows of its tags, in the counts of those tags, in the links of its two neighbours in the feed, in
the redirects from its former slugs and in the rows of its photo. What a transaction builds on was read before it and
carries a random `write_id`; each write is conditional on the one that was read, so two editors never undo each other.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from blog.models import START, Link, Photo, Post, Redirect, TagCount, TagPost
from dynamo.errors import NotFound
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

    `new` gets its links and a `write_id`; `at` decides which posts have been published. One TransactWriteItems; before
    it reads, where counts change (one TransactGetItems) and where a post takes a place in the feed (a Query and a
    GetItem). Raises TransactionFailed, Contended or Outdated when another write came first, Unavailable, ItemTooLarge.
    """
    chain = Chain()
    chain.move(old, new)
    counts = _recount(old, new, at)
    with transaction() as block:
        _write_post(block, old, new, at)
        _write_tags(block, old, new, counts)
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
    if old is None or old.slug == new.slug:
        block.save(new, Post.slug.does_not_exist() if unchanged is None else unchanged)
        if old is not None and old.position != new.position:
            _write_redirects(block, new.former, new)
        return
    was_public = old.is_public(at)
    known = [slug for slug in old.former if slug != new.slug]
    new.former = [*known, old.slug] if was_public else known
    block.save(new, Post.slug.does_not_exist() | (Post.moved_to == old.slug))
    _write_redirects(block, known, new)
    if was_public:
        block.save(Redirect(old.slug, moved_to=new.slug, position=new.position), unchanged)
    else:
        block.delete(old, unchanged)


def _write_redirects(block: TransactWrite, slugs: list[str], post: Post | None) -> None:
    """Each former slug leads straight to the post, and nowhere while the post is a draft or gone."""
    for slug in slugs:
        if post is None:
            block.delete(Redirect(slug))
        else:
            block.save(Redirect(slug, moved_to=post.slug, position=post.position))


# --- Tags ---------------------------------------------------------------------------------------------------------


def _tags(post: Post | None) -> set[str]:
    """The tags a post is listed under: none for a draft."""
    return set(post.tags) if post is not None and post.position else set()


def _place(post: Post | None, tag: str) -> str | None:
    return post.position if post is not None and tag in _tags(post) else None


def _recount(old: Post | None, new: Post | None, at: datetime) -> dict[str, TagCount]:
    """The counts of the tags that lose a position or get another."""
    moved = {tag for tag in _tags(old) | _tags(new) if _place(old, tag) != _place(new, tag)}
    counts = TagCount.fetch_all(moved)
    for tag, row in counts.items():
        row.recount(_place(old, tag), _place(new, tag), at)
    return counts


def _write_tags(block: TransactWrite, old: Post | None, new: Post | None, counts: dict[str, TagCount]) -> None:
    for tag, row in counts.items():
        gone = _place(old, tag)
        if gone is not None:
            block.delete(TagPost(tag, gone))
        guard: Condition = TagCount.write_id == row.write_id if row.write_id else TagCount.partition.does_not_exist()
        row.write_id = uuid.uuid4().hex
        if row.posts or row.upcoming:
            block.save(row, guard)
        else:
            block.delete(row, guard)
    if new is not None:
        for tag in _tags(new):
            block.save(TagPost.of(new, tag))


# --- Photos -------------------------------------------------------------------------------------------------------


def _write_photos(block: TransactWrite, old: Post | None, new: Post | None) -> None:
    """A photo knows the posts that show it; a post begins to show it as of the last news, so that none passes it by.

    A renamed post's old slug may stay: who reads it looks at the post.
    """
    before, after = _photo(old), _photo(new)
    if new is not None and after and (old is None or before != after or old.slug != new.slug):
        seen = new.hero.sequencer
        no_news: Condition = Photo.sequencer == seen if seen else Photo.sequencer.does_not_exist()
        block.update(Photo(after), [Photo.slugs.add({new.slug}), Photo.expires.remove()], no_news)
    if old is not None and before and before != after:
        block.update(Photo(before), [Photo.slugs.delete({old.slug})])


def _photo(post: Post | None) -> str | None:
    """The key of its photo's row."""
    return Photo.row(post.hero.owner, post.hero.upload) if post is not None and post.hero else None


# --- The feed -----------------------------------------------------------------------------------------------------


@dataclass
class Chain:
    """The neighbours' side of a move in the feed, gathered so that each row is written once.

    The feed of all dated posts is linked both ways, from the row START to the newest post. Whoever changes a link
    writes both its ends, so one end that is unchanged since it was read vouches for the other.
    """

    changes: dict[str, dict[str, Link | None]] = field(default_factory=dict)
    guards: dict[str, str | None] = field(default_factory=dict)

    def move(self, old: Post | None, new: Post | None) -> None:
        """Take `old` out of its place and `new` into its own; each may be None or a draft, and have none."""
        leaves, comes = old if old and old.position else None, new if new and new.position else None
        if leaves and comes and _fits(comes.position, leaves.older, leaves.newer):
            comes.older, comes.newer = leaves.older, leaves.newer
            if _values(leaves.link()) != _values(comes.link()):
                self._insert(comes)
            return
        if leaves:
            self._join(leaves.older, leaves.newer)
        if comes:
            neighbour = _find_older(comes.position, leaves)
            self.guards[neighbour.slug] = neighbour.write_id
            comes.older = None if neighbour.slug == START else neighbour.link()
            comes.newer = neighbour.newer
            self._insert(comes)
        elif new:
            new.older = new.newer = None

    def _insert(self, post: Post) -> None:
        self._join(post.older, post.link())
        self._join(post.link(), post.newer)
        # The post itself is written whole, with its links.
        del self.changes[post.slug]

    def _join(self, older: Link | None, newer: Link | None) -> None:
        self.changes.setdefault(older.slug if older else START, {})["newer"] = newer
        if newer:
            self.changes.setdefault(newer.slug, {})["older"] = older

    def write(self, block: TransactWrite) -> None:
        """Add the neighbours' rows to a transaction."""
        for slug, links in self.changes.items():
            actions: list[Action] = [Post.write_id.set(uuid.uuid4().hex), Post.linked_at.set(now())]
            for name, link in links.items():
                attribute = getattr(Post, name)
                actions.append(attribute.remove() if link is None else attribute.set(link))
            block.update(Post(slug), actions, self._guard(slug))

    def _guard(self, slug: str) -> Condition:
        if slug not in self.guards:
            return Post.slug.exists()
        seen = self.guards[slug]
        return Post.slug.does_not_exist() if seen is None else Post.write_id == seen


def _fits(position: str, older: Link | None, newer: Link | None) -> bool:
    return (older is None or older.position < position) and (newer is None or position < newer.position)


def _values(link: Link) -> tuple[str, str, str]:
    return link.slug, link.title, link.position


def _find_older(position: str, leaving: Post | None) -> Post:
    """The post, or the row START, that is next before a position; `leaving` is on its way out and is passed over.

    The index is where to begin, as it may be a moment behind; the links are the truth. Raises Outdated.
    """
    begin: Post | Link | None = next(iter(Post.before(position).page(1).items), None)
    if begin and leaving and begin.slug == leaving.slug:
        begin = leaving.newer if leaving.newer and leaving.newer.position < position else leaving.older
    slug = begin.slug if begin else START
    for _ in range(MAX_STEPS):
        row = _fetch_or_start(slug)
        if row.slug != START and not (row.position and row.position < position):
            break
        if leaving and row.newer and row.newer.slug == leaving.slug:
            row.newer = leaving.newer
        if row.newer is None or position < row.newer.position:
            return row
        slug = row.newer.slug
    raise Outdated("The feed has changed since the index was read.")


def _fetch_or_start(slug: str) -> Post:
    try:
        return Post.fetch((slug,))
    except NotFound:
        if slug == START:
            return Post(START)
        raise Outdated(f"{slug} has left the feed.") from None
