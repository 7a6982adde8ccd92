"""Who writes the blog can go: posts stay, under a name of the author's choice."""

import re
from typing import Any

import pytest
from rest_framework.test import APIClient

from blog.models import Post, TagPost
from mydata.holdings import Holding, holdings
from mydata.models import Erasure
from tests.blog.admin.desk import POSTS as DESK
from tests.blog.admin.desk import Desk, text
from tests.blog.writing import POSTS, at, change, url, word, write
from tests.mydata.test_erasure import PATH, is_gone
from tests.personas import Persona, sign_up
from tests.waiting import until


def leave(persona: Persona, **more: Any) -> Any:
    return persona.api.post(PATH, {"id_token": persona.id_token, **more})


def test_who_writes_the_blog_says_under_which_name_posts_stay() -> None:
    emil = sign_up("emil", "editors")
    for more in ({}, {"byline": "x" * 101}, {"byline": None}):
        answer = leave(emil, **more)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "/byline"
    assert Erasure.fetch_or_none((emil.sub,)) is None


@pytest.mark.parametrize(("byline", "shown"), [("Emma of the Hill", "Emma of the Hill"), ("", "The editors")])
def test_posts_stay_under_the_name_that_was_chosen(edith: Persona, api: APIClient, byline: str, shown: str) -> None:
    emma, tag = sign_up("emma", "publishers"), word()
    post = write(emma, author_name="Emma", tags=[tag, word()])
    draft = write(emma, author_name="Emma", published_at=None, tags=[tag])
    nameless, other = write(emma), write(edith, author_name="Edith", tags=[tag])
    assert leave(emma, byline=byline).status_code == 202
    until(is_gone(emma), "the end of the account", 120)
    for each in (post, nameless):
        assert api.get(url(each)).json()["author"] == {"id": emma.sub, "name": byline}
    listed = {each["slug"]: each["author"]["name"] for each in api.get(f"{POSTS}?tag={tag}").json()}
    assert listed == {post["slug"]: byline, other["slug"]: "Edith"}
    assert {each["author"]["name"] for each in api.get(f"{POSTS}?author={emma.sub}").json()} == {byline}
    page = api.get(f"/posts/{post['slug']}/").content.decode()
    author = re.findall(rf'/authors/[^"]*{emma.sub}/', page)[0]
    for path in (author, "/feed/"):
        answer = api.get(path)
        assert answer.status_code == 200
        assert shown in answer.content.decode()
    assert shown in page
    # Another writes on.
    assert change(edith, draft, title="Anew", published_at=at(minutes=-1))["author"]["name"] == byline
    desk = Desk(person=edith)
    assert shown in text(desk.get(f"{DESK}?author={emma.sub}"))
    assert desk.write(f"{DESK}{post['slug']}/change/", title="By another").status_code == 302
    assert api.get(url(post)).json()["author"]["name"] == byline


def names() -> Holding[Any]:
    return next(each for each in holdings() if each.name == "names in the table posts")


def give(who: Erasure, slug: str) -> None:
    """One turn of the eraser, over one post alone."""
    for page in names().find(who):
        names().remove([row for row in page if row["slug"]["S"] == slug])


def test_a_post_that_changes_meanwhile_loses_nothing_and_gets_its_name_in_the_next_turn(edith: Persona) -> None:
    post, who = write(edith, author_name="Edith", tags=[word()]), Erasure(edith.sub, byline=f"Byline {word()}")
    read = [row for page in names().find(who) for row in page if row["slug"]["S"] == post["slug"]]
    tags = [word(), word()]
    change(edith, post, title="Anew", tags=tags)
    names().remove(read)
    row = Post.fetch((post["slug"],))
    assert (row.title, row.author_name, list(row.tags)) == ("Anew", "Edith", tags)
    give(who, post["slug"])
    give(who, post["slug"])
    row = Post.fetch((post["slug"],))
    assert (row.title, row.author_name, int(row.version)) == ("Anew", who.byline, 3)
    assert {each.author_name for tag in tags for each in TagPost.published(tag).all()} == {who.byline}
    assert change(edith, post, title="Later")["author"]["name"] == who.byline


def test_a_save_that_began_before_fails_rather_than_undo_it(edith: Persona) -> None:
    post, who = write(edith, author_name="Edith"), Erasure(edith.sub, byline=f"Byline {word()}")
    before = edith.api.get(url(post))["ETag"]
    give(who, post["slug"])
    answer = edith.api.patch(url(post), {"title": "Late"}, format="json", HTTP_IF_MATCH=before)
    assert answer.status_code == 412


def test_without_a_byline_names_stay_as_they_are(edith: Persona) -> None:
    write(edith, author_name="Edith")
    assert list(names().find(Erasure(edith.sub))) == []
