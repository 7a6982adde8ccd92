"""The page of search results shows what there is, however much else there is."""

from collections.abc import Sequence

import pytest
from django.test import Client

from blog import search as index
from blog.models import Post
from dynamo.batches import fetch_many
from dynamo.models import Key
from dynamo.testing import recorded_requests
from tests.blog.writing import at, change, word, write
from tests.personas import Persona
from tests.waiting import until


def found(question: str) -> str:
    answer = Client().get("/search/", {"q": question})
    assert answer.status_code == 200
    return answer.content.decode()


def test_search_finds_every_word_in_any_case(edith: Persona) -> None:
    mark = word()
    write(edith, title=f"Über {mark} Bread", tags=["patience"])
    write(edith, title=f"Nothing of {mark}")
    assert "1 post with" in found(f"{mark} BREAD uber patience")
    assert "2 posts with" in found(mark.upper())
    assert "No post with" in found(f"{mark} stone")
    assert "&lt;b&gt;" in found("<b>")


def test_search_finds_words_of_public_texts_after_those_of_titles(edith: Persona) -> None:
    mark = word()
    in_text = write(edith, body=f"Once *{mark}* over.", title="In its text")
    draft = write(edith, body=mark, title="Not yet public", published_at=None)
    later = write(edith, body=mark, title="Public later", published_at=at(hours=1))
    in_title = write(edith, title=f"Of {mark}", published_at=at(days=-9))
    until(lambda: len(index.find(mark).slugs) == 4, "the index of words")
    with recorded_requests() as sent:
        page = found(f"{mark} over once")
    assert sent == ["Query", "Query", "Query", "Query", "Query", "GetItem"]  # next change, titles, words, the post
    assert "1 post with" in page
    page = found(mark)
    assert "2 posts with" in page
    assert page.index(f"/posts/{in_title['slug']}/") < page.index(f"/posts/{in_text['slug']}/")
    for hidden in (draft, later):
        assert hidden["title"] not in page
    change(edith, in_text, published_at=None)
    assert "1 post with" in found(mark)


def test_posts_older_than_those_whose_titles_are_looked_at_are_found_by_the_index(
    edith: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = word()
    old = write(edith, title=f"Of {mark}", published_at="2011-01-01T00:00:00Z")
    write(edith)
    until(lambda: index.find(mark).slugs, "the index of words")
    monkeypatch.setattr("dynamo.queries.FILTER_STEP", 1)
    monkeypatch.setattr("dynamo.queries.FILTER_STEPS", 1)
    page = found(mark)
    assert f"/posts/{old['slug']}/" in page
    assert "1 post with" in page


def test_drafts_that_say_more_about_a_word_keep_no_public_post_out(
    edith: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blog.pages.views.FOUND_POSTS", 1)
    mark = word()
    write(edith, title=f"All of {mark}", body=mark, published_at=None)
    public = [write(edith, body=f"Once {mark}.") for _ in range(2)]
    until(lambda: len(index.find(mark).slugs) == 3, "the index of words")
    page = found(mark)
    assert [f"/posts/{post['slug']}/" in page for post in public].count(True) == 1
    assert "More than 1 post with" in page


def test_no_more_posts_are_read_than_a_page_needs(edith: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is read whole: text, HTML and all."""
    monkeypatch.setattr("blog.pages.views.FOUND_POSTS", 1)
    mark, read = word(), list[Key]()

    def counted(model: type[Post], keys: Sequence[Key]) -> list[Post]:
        read.extend(keys)
        return fetch_many(model, keys)

    monkeypatch.setattr("blog.pages.views.fetch_many", counted)
    for _ in range(4):
        write(edith, body=f"Once {mark}.")
    until(lambda: len(index.find(mark).slugs) == 4, "the index of words")
    assert "More than 1 post with" in found(mark)
    assert len(read) == 2


def test_every_word_of_a_long_question_counts_and_costs_no_more_requests(edith: Persona) -> None:
    mark = word()
    asked = f"{mark} seven times longer than fox"
    whole = write(edith, body=f"Of {asked}.")
    without = write(edith, body=f"Of {asked.removesuffix('fox')}.")
    until(lambda: len(index.find(mark).slugs) == 2, "the index of words")
    with recorded_requests() as sent:
        page = found(asked)
    assert sent[-5:] == ["Query"] * 4 + ["BatchGetItem"]
    assert f"/posts/{whole['slug']}/" in page
    assert f"/posts/{without['slug']}/" not in page


@pytest.mark.parametrize("question", ["\u00b4", "\u0301"])
def test_what_has_no_word_in_it_finds_nothing(edith: Persona, question: str) -> None:
    write(edith)
    assert "No post with" in found(question)
