"""Posts, tags, counts and neighbours stay together, whatever writers do and whoever else writes at the same time."""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any, cast
from unittest.mock import Mock

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from blog import services
from blog.models import ALL_TAGS, FEED, START, Post, TagCount, TagPost, position_of
from blog.publishing.commit import commit
from blog.uploads import MediaUploads
from dynamo.errors import AlreadyExists, DoesNotExist, Unavailable, VersionConflict
from dynamo.models import now
from dynamo.queries import Page, Query
from dynamo.testing import recorded_requests

TAGS = ["a", "b", "c"]
SLUGS = [f"s{number}" for number in range(6)]
# Hours from now; twice the same, for posts of the same moment.
HOURS = [None, -3, -2, -2, -1, 1, 1, 2]

MOMENT = datetime.now(UTC)


def date(hours: int | None) -> datetime | None:
    """A date of the model."""
    return None if hours is None else MOMENT + timedelta(hours=hours)


@pytest.fixture(autouse=True)
def _empty_blog() -> None:
    clear()


def clear() -> None:
    """No posts, no tags."""
    for model in (Post, TagPost, TagCount):
        for row in model.scan():
            row.delete()


@dataclass
class Model:
    """The blog in plain Python: slug -> (title, date, tags)."""

    posts: dict[str, tuple[str, datetime | None, tuple[str, ...]]] = field(default_factory=dict)

    def order(self, until: datetime | None = None) -> list[str]:
        """Slugs of dated posts, oldest first."""
        dated = [(when, slug) for slug, (_, when, _) in self.posts.items() if when and when <= (until or when)]
        return [slug for _, slug in sorted(dated)]

    def counts(self, until: datetime) -> dict[str, int]:
        """Public posts of each tag that has any."""
        public = [self.posts[slug][2] for slug in self.order(until)]
        return {tag: found for tag in TAGS if (found := sum(tag in tags for tags in public))}


def check(model: Model) -> None:
    """The tables say what the model says, now and when all scheduled posts have come."""
    order = model.order()
    feed = [post.slug for post in Query(model=Post, hash_key=FEED, index="by_published").all()]
    assert [slug for slug in feed if slug != START] == order
    assert chain() == order
    assert [post.slug for post in Post.published().all()] == model.order(now())[::-1]
    for later in (now(), now() + timedelta(days=1)):
        counts = {row.tag: row.visible(later) for row in TagCount.all().all()}
        assert {tag: count for tag, count in counts.items() if count} == model.counts(later)
    for tag in TAGS:
        rows = list(Query(model=TagPost, hash_key=tag).all())
        assert [row.slug for row in rows] == [slug for slug in order if tag in model.posts[slug][2]]
        assert [row.title for row in rows] == [model.posts[row.slug][0] for row in rows]
    drafts = {post.slug for post in Post.drafts().all()}
    assert drafts == model.posts.keys() - set(order)
    check_redirects(model)


def check_redirects(model: Model) -> None:
    """Each leads straight to a post that knows of it, and is as public as that."""
    rows = {post.slug: post for post in Post.scan() if "#" not in post.slug}
    former = {slug: post for post in rows.values() for slug in post.former or ()}
    redirects = {slug: row for slug, row in rows.items() if row.moved_to}
    assert rows.keys() - redirects.keys() == model.posts.keys()
    assert redirects.keys() == former.keys()
    for slug, row in redirects.items():
        assert (row.moved_to, row.position) == (former[slug].slug, former[slug].position)


def chain() -> list[str]:
    """The feed by its links; both directions agree, and links know titles and positions."""
    posts = {post.slug: post for post in Post.scan() if not post.moved_to}
    start = posts.pop(START, None)
    found: list[str] = []
    link, before = start.newer if start else None, None
    while link:
        post = posts[link.slug]
        assert (link.title, link.position) == (post.title, post.position)
        assert (post.older.slug if post.older else None) == (before.slug if before else None)
        if before:
            assert (post.older.title, post.older.position) == (before.title, before.position)
        found.append(post.slug)
        link, before = post.newer, post
    assert all(not post.older and not post.newer for slug, post in posts.items() if slug not in found)
    return found


operation = st.tuples(
    st.sampled_from(["create", "create", "edit", "date", "date", "tags", "rename", "delete"]),
    st.sampled_from(SLUGS),
    st.sampled_from(SLUGS),
    st.sampled_from(HOURS),
    st.lists(st.sampled_from(TAGS), unique=True),
)


@pytest.mark.parametrize("examples", [20, pytest.param(200, marks=pytest.mark.prove)])
def test_any_sequence_ends_as_in_plain_python(examples: int) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        # A shrunk sequence costs minutes of an embedded AWS; a failing one is short enough to read.
        phases=[Phase.generate],
    )
    @given(st.lists(operation, min_size=3, max_size=14))
    def ends_as_in_plain_python(operations: list[Any]) -> None:
        clear()
        model = Model()
        for number, (what, slug, other, hours, tags) in enumerate(operations):
            carry_out(model, what, slug, other, date(hours), tags, f"title {number}")
        check(model)

    ends_as_in_plain_python()


def carry_out(
    model: Model, what: str, slug: str, other: str, when: datetime | None, tags: list[str], title: str
) -> None:
    """One operation on the blog and on the model; what the model can't do the blog must refuse."""
    if what == "create":
        values: services.PostValues = {"title": title, "slug": slug, "tags": tags, "published_at": when, "body": ""}
        if slug in model.posts or is_redirect(slug):
            with pytest.raises(AlreadyExists):
                services.create_post(author="ann", values=values, uploads=MediaUploads(""), may_publish=True)
        else:
            services.create_post(author="ann", values=values, uploads=MediaUploads(""), may_publish=True)
            model.posts[slug] = (title, when, tuple(tags))
        return
    if slug not in model.posts:
        with pytest.raises(DoesNotExist):
            services.delete_post(slug=slug, expect=None)
        return
    old = model.posts[slug]
    if what == "delete":
        services.delete_post(slug=slug, expect=None)
        del model.posts[slug]
    elif what == "rename":
        rename(model, slug, other)
    else:
        choices: dict[str, tuple[dict[str, Any], tuple[str, datetime | None, tuple[str, ...]]]] = {
            "edit": ({"title": title}, (title, *old[1:])),
            "date": ({"published_at": when}, (old[0], when, old[2])),
            "tags": ({"tags": tags, "published_at": when}, (old[0], when, tuple(tags))),
        }
        changes, model.posts[slug] = choices[what]
        edit(slug, **changes)


def rename(model: Model, slug: str, other: str) -> None:
    """To a free slug, or refused."""
    row = Post.get(other) if is_redirect(other) else None
    if slug != other and (other in model.posts or (row is not None and row.moved_to != slug)):
        with pytest.raises(AlreadyExists):
            edit(slug, slug=other)
        return
    edit(slug, slug=other)
    model.posts[other] = model.posts.pop(slug)


def edit(which: str, expect: int | None = None, **values: Any) -> Post:
    """An edit by nobody in particular."""
    return services.edit_post(
        slug=which,
        values=cast(services.PostValues, values),
        expect=expect,
        editor="ann",
        uploads=MediaUploads(""),
        may_publish=True,
    )


def is_redirect(slug: str) -> bool:
    """Whether a renamed post left this slug."""
    try:
        return bool(Post.get(slug).moved_to)
    except Post.DoesNotExist:
        return False


@pytest.mark.parametrize("seed", range(3))
def test_editors_at_the_same_time_undo_nothing(seed: int) -> None:
    """Six editors, each with a post of their own between the others', all with the same tags, which are tidied."""

    def work(number: int) -> tuple[str, tuple[str, datetime | None, tuple[str, ...]]]:
        chance, slug = random.Random(f"{seed}-{number}"), SLUGS[number]
        state: dict[str, Any] = {"title": "0", "slug": slug, "published_at": date(-1), "tags": TAGS, "body": ""}
        values = cast(services.PostValues, state)
        create = lambda: services.create_post(author="ann", values=values, uploads=MediaUploads(""), may_publish=True)  # noqa: E731
        insist(create)
        for turn in range(12):
            changes: dict[str, Any] = chance.choice(
                [
                    {"published_at": date(chance.choice(HOURS))},
                    {"tags": chance.sample(TAGS, chance.randint(0, 3))},
                    {"title": str(turn)},
                    {"slug": f"{SLUGS[number]}-{chance.randint(0, 3)}"},
                    {"published_at": date(chance.choice(HOURS)), "tags": chance.sample(TAGS, 1), "title": str(turn)},
                    {},
                ]
            )
            if changes:
                insist(lambda changes=changes: edit(state["slug"], **changes))
            else:
                insist(lambda: services.delete_post(slug=state["slug"], expect=None))
                insist(create)
            state.update(changes)
        return state["slug"], (state["title"], state["published_at"], tuple(state["tags"]))

    done = Event()

    def tidy() -> None:
        while not done.wait(0.01):
            for tag in TAGS:
                with suppress(Unavailable):
                    TagCount.tidy(tag, now())

    with ThreadPoolExecutor(7) as pool:
        tidying = pool.submit(tidy)
        try:
            ends = dict(pool.map(work, range(6)))
        finally:
            done.set()
        tidying.result()
    check(Model(ends))


def insist(attempt: Any) -> Any:
    """As a patient client: 503 means that nothing was changed."""
    for _ in range(50):
        try:
            return attempt()
        except Unavailable:
            continue
    raise AssertionError("others wrote all the while")


def test_of_concurrent_edits_with_a_version_one_wins_each_time() -> None:
    services.create_post(
        author="ann",
        values={"title": "0", "slug": "s0", "body": "", "tags": TAGS},
        uploads=MediaUploads(""),
        may_publish=True,
    )

    def count_up(_: int) -> None:
        while True:
            post = services.fetch_post("s0")
            try:
                edit("s0", expect=int(post.version), title=str(int(post.title) + 1))
            except (VersionConflict, Unavailable):
                continue
            return

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(count_up, range(25)))
    post = services.fetch_post("s0")
    assert (post.title, post.version) == ("25", 26)


def test_first_posts_at_the_same_time_share_one_feed() -> None:
    def create(slug: str) -> None:
        values: services.PostValues = {"title": slug, "slug": slug, "published_at": date(-1), "body": ""}
        insist(lambda: services.create_post(author="ann", values=values, uploads=MediaUploads(""), may_publish=True))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(create, SLUGS))
    assert chain() == sorted(SLUGS)


def publish(slug: str, hours: int) -> None:
    """A published post."""
    values: services.PostValues = {"title": "t", "slug": slug, "published_at": date(hours), "body": ""}
    services.create_post(author="ann", values=values, uploads=MediaUploads(""), may_publish=True)


def test_an_index_that_is_behind_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        publish(f"s{number}", number - 5)
    # The index does not know of the posts yet: the links do.
    empty: Query[Post] = Query(model=Post, hash_key="nothing", index="by_published")
    monkeypatch.setattr(Post, "before", Mock(return_value=empty))
    publish("s9", -1)
    assert chain() == ["s0", "s1", "s2", "s9"]


def test_an_index_that_names_what_has_gone_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    publish("s0", -2)
    stale = Mock(page=Mock(return_value=Page([Post("gone")], None)))
    fresh = Post.before(position_of(now(), "s1"))
    monkeypatch.setattr(Post, "before", Mock(side_effect=[stale, stale, fresh]))
    publish("s1", -1)
    assert chain() == ["s0", "s1"]


def test_an_index_that_names_what_was_renamed_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    publish("s0", -2)
    before = services.fetch_post("s0")
    edit("s0", slug="s2")
    stale = Mock(page=Mock(return_value=Page([before], None)))
    fresh = Post.before(position_of(now(), "s1"))
    monkeypatch.setattr(Post, "before", Mock(side_effect=[stale, fresh]))
    publish("s1", -1)
    assert chain() == ["s2", "s1"]


def test_the_oldest_place_is_found_by_one_question() -> None:
    for slug, hours in (("s2", -1), ("s1", -2), ("s0", -3)):
        with recorded_requests() as sent:
            publish(slug, hours)
        assert sent == ["Query", "TransactWriteItems"]
    assert chain() == ["s0", "s1", "s2"]


def test_a_due_post_is_counted_without_a_write() -> None:
    post = Post("s0", author="ann", title="t", tags=["a"], version=1, created_at=now(), updated_at=now())
    post.date(now() + timedelta(hours=1))
    commit(None, post, now())
    row = TagCount.fetch((ALL_TAGS, "a"))
    later = now() + timedelta(hours=2)
    assert (row.visible(now()), row.visible(later)) == (0, 1)
    # What has come is tidied up when its time is over, and counts as before.
    TagCount.tidy("a", now())
    assert TagCount.fetch((ALL_TAGS, "a")).ahead_even == {post.position}
    TagCount.tidy("a", later)
    row = TagCount.fetch((ALL_TAGS, "a"))
    assert not row.ahead_even
    assert row.visible(now()) == 1
    # So is the row of a tag that has lost its last post.
    edit("s0", published_at=None)
    TagCount.tidy("a", now())
    TagCount.tidy("a", now())
    with pytest.raises(DoesNotExist):
        TagCount.fetch((ALL_TAGS, "a"))
