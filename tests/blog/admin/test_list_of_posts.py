"""The list of posts: one Query, what it can be narrowed to, what is done to many at once."""

from datetime import timedelta

import pytest

from blog.models import ALL_TAGS, Post, TagCount
from dynamo.models import now
from dynamo.testing import recorded_requests
from tests.blog.admin.desk import POSTS, Desk, notes, slugs, text
from tests.blog.writing import at, word, write

LIST = ["GetItem", "Query"]  # the session, and the list


def test_it_lists_drafts_and_posts_by_their_last_change(pia: Desk) -> None:
    draft, post = write(pia.person, published_at=None), write(pia.person)
    with recorded_requests() as sent:
        page = pia.get(POSTS)
    assert sent == LIST
    assert slugs(page)[:2] == [post["slug"], draft["slug"]]
    assert "of many posts" in text(page) or "posts" in text(page)


@pytest.mark.parametrize("query", ["", "?status=draft", "?status=published", "?status=scheduled", "?author=me"])
def test_each_filter_is_one_query(pia: Desk, query: str) -> None:
    query = query.replace("me", pia.person.sub)
    draft, public = write(pia.person, published_at=None), write(pia.person)
    scheduled = write(pia.person, published_at=at(days=1))
    with recorded_requests() as sent:
        found = slugs(pia.get(f"{POSTS}{query}"))
    assert sent == LIST
    shown = {one["slug"] for one in (draft, public, scheduled)} & set(found)
    wanted = {
        "": {draft["slug"], public["slug"], scheduled["slug"]},
        "?status=draft": {draft["slug"]},
        "?status=published": {public["slug"]},
        "?status=scheduled": {scheduled["slug"]},
    }.get(query, {draft["slug"], public["slug"], scheduled["slug"]})
    assert shown == wanted


def test_an_authors_drafts_and_a_tags_posts(pia: Desk) -> None:
    other, tag = Desk("publishers"), word()
    mine = write(pia.person, published_at=None, tags=[tag])
    public, theirs = write(pia.person, tags=[f"{tag}-more"]), write(other.person, tags=[tag])
    assert slugs(pia.get(f"{POSTS}?author={pia.person.sub}&status=draft")) == [mine["slug"]]
    assert slugs(pia.get(f"{POSTS}?author={pia.person.sub}&status=published")) == [public["slug"]]
    assert slugs(pia.get(f"{POSTS}?tag={tag}&author={pia.person.sub}")) == [mine["slug"]]
    assert slugs(pia.get(f"{POSTS}?tag={tag}&status=draft")) == [mine["slug"]]
    page = pia.get(f"{POSTS}?tag={tag}")
    assert slugs(page) == [theirs["slug"]]
    assert f'<a href="?status=draft&amp;tag={tag}">Drafts with this tag</a>' in text(page) or (
        f'<a href="?tag={tag}&amp;status=draft">Drafts with this tag</a>' in text(page)
    )


def test_a_tags_posts_are_one_query_in_the_order_readers_have(pia: Desk) -> None:
    tag = word()
    old, new, later = (write(pia.person, tags=[tag], published_at=at(days=days))["slug"] for days in (-9, -1, 5))
    for query, found in {"": [later, new, old], "&status=published": [new, old], "&status=scheduled": [later]}.items():
        with recorded_requests() as sent:
            page = pia.get(f"{POSTS}?tag={tag}{query}")
        assert (slugs(page), sent) == (found, LIST), query
    page = pia.get(f"{POSTS}?tag={tag}&o=5")
    assert slugs(page) == [old, new, later]
    assert pia.get(f"{POSTS}?tag={tag}&o=6")["Location"] == f"{POSTS}?tag={tag}"


def test_a_post_that_lost_its_tag_has_left_the_list_of_the_tag(pia: Desk) -> None:
    tag = word()
    kept, lost = (write(pia.person, tags=[tag])["slug"] for _ in range(2))
    pia.write(f"{POSTS}{kept}/change/", title="Still here")
    assert pia.write(f"{POSTS}{lost}/change/", tags="").status_code == 302
    assert not Post.fetch((lost,)).tags
    page = pia.get(f"{POSTS}?tag={tag}")
    assert slugs(page) == [kept]
    assert "Still here" in text(page)


def test_authors_are_offered_by_name(pia: Desk) -> None:
    one, other = Desk("publishers").person, Desk("publishers").person
    name = f"Zoe {word()}"
    for person in (one, other):
        write(person, author_name=name)
    with recorded_requests() as sent:
        page = text(pia.get(POSTS))
    assert sent == LIST
    for person in (one, other):
        assert f'<a href="?author={person.sub}">{name} ({person.sub[:8]})</a>' in page
    with recorded_requests() as sent:
        more = text(pia.get(f"{POSTS}?authors=1&status=scheduled"))
    assert sent == [*LIST, "Query"]
    assert name in more
    assert "More authors" not in more
    assert "This author" in text(pia.get(f"{POSTS}?author=unknown"))


NONSENSE = [
    "tag=" + "x" * 3000, "tag=%00", "tag=%20", "tag=%23tags", "tag=%23uses", "tag=word%23text", "tag=a&tag=b",
    "status=none&tag=a", "tag=a&updated_at__gte=2026-01-01+00:00:00Z", "author=", "author=" + "x" * 3000,
    "authors=1&authors=2",
]  # fmt: skip


@pytest.mark.parametrize("query", NONSENSE)
def test_a_nonsense_filter_is_no_error(pia: Desk, query: str) -> None:
    write(pia.person, tags=["a"])
    assert pia.get(f"{POSTS}?{query}", follow=True).status_code == 200


def test_a_tag_may_be_typed_as_people_write_it(pia: Desk) -> None:
    tag = word()
    slug = write(pia.person, tags=[f"web-{tag}"])["slug"]
    assert slugs(pia.get(f"{POSTS}?tag=Web {tag.upper()}")) == [slug]
    assert slugs(pia.get(f"{POSTS}?tag=%23tags")) == []


def test_a_name_can_be_no_script(pia: Desk) -> None:
    write(pia.person, author_name="<script>alert(1)</script>")
    page = text(Desk("editors").get(POSTS))
    assert "<script>alert(1)" not in page


def test_an_order_of_another_filter_is_dropped(ed: Desk) -> None:
    answer = ed.get(f"{POSTS}?o=6&status=published")
    assert answer["Location"] == f"{POSTS}?status=published"
    assert ed.get(f"{POSTS}?o=5&status=published").status_code == 200
    assert ed.get(f"{POSTS}?o=-6").status_code == 200
    assert ed.get(f"{POSTS}?o=nonsense").status_code == 302


def test_redirects_photos_and_neighbours_are_no_posts(pia: Desk) -> None:
    post = write(pia.person)
    pia.person.api.patch(f"/api/blog/posts/{post['slug']}/", {"slug": f"{post['slug']}-new"})
    found = slugs(pia.get(f"{POSTS}?author={pia.person.sub}"))
    assert found == [f"{post['slug']}-new"]
    assert pia.get(f"{POSTS}{post['slug']}/change/").status_code == 302
    assert pia.get(f"{POSTS}%23start/change/").status_code == 302


def test_it_publishes_and_withdraws_many(pia: Desk) -> None:
    posts = [write(pia.person, published_at=None)["slug"] for _ in range(3)]
    answer = pia.act("publish", *posts)
    assert "Published 3 posts." in notes(answer)
    assert all(Post.fetch((slug,)).is_public(now()) for slug in posts)
    assert "Withdrew 2 posts." in notes(pia.act("withdraw", *posts[:2]))
    assert [Post.fetch((slug,)).published_at is None for slug in posts] == [True, True, False]


def test_what_changed_meanwhile_is_left_and_said(pia: Desk) -> None:
    first, second = (write(pia.person, published_at=None) for _ in range(2))
    page = pia.get(POSTS)
    other = Desk("editors")
    other.write(f"{POSTS}{first['slug']}/change/", title="Changed")
    sent = {
        "action": "publish",
        "_selected_action": [first["slug"], second["slug"]],
        f"version:{first['slug']}": "1",
        f"version:{second['slug']}": "1",
    }
    assert page.status_code == 200
    said = notes(pia.post(POSTS, sent, follow=True))
    assert "“Changed” was left as it is" in said
    assert other.person.email in said
    assert "Published 1 post." in said
    assert Post.fetch((first["slug"],)).published_at is None


def test_it_adds_and_removes_a_tag(pia: Desk) -> None:
    post, tag = write(pia.person, tags=["kept"]), word()
    assert "Changed 1 post." in notes(pia.act("add_tag", post["slug"], tag=tag.upper()))
    assert Post.fetch((post["slug"],)).tags == ["kept", tag]
    assert TagCount.fetch((ALL_TAGS, tag)).visible(now()) == 1
    pia.act("remove_tag", post["slug"], tag=tag)
    assert Post.fetch((post["slug"],)).tags == ["kept"]
    assert "Which tag?" in notes(pia.act("add_tag", post["slug"], tag="!!!"))


def test_it_deletes_many(pia: Desk) -> None:
    posts = [write(pia.person)["slug"] for _ in range(2)]
    asked = pia.act("delete_selected", *posts)
    assert "Are you sure" in text(asked)
    assert "Successfully deleted 2 posts." in notes(pia.act("delete_selected", *posts, post="yes"))


def test_an_editor_may_not_publish_many(ed: Desk) -> None:
    post = write(ed.person, published_at=None)
    page = text(ed.get(POSTS))
    assert 'value="publish"' not in page
    assert 'value="add_tag"' in page
    ed.act("publish", post["slug"])
    assert Post.fetch((post["slug"],)).published_at is None


def test_what_was_just_saved_is_in_the_list(ed: Desk) -> None:
    slug = word()
    answer = ed.write(title="Just now", slug=slug, body="x")
    assert slugs(ed.get(answer["Location"]))[0] == slug
    assert now() - Post.fetch((slug,)).updated_at < timedelta(minutes=1)
