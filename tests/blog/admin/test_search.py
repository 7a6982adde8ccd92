"""Finding posts by their words: in titles, summaries, tags and texts, drafts too, the best first."""

from io import StringIO

import pytest
from django.core.management import call_command

from blog import search
from blog.models import Post
from dynamo.testing import recorded_requests
from tests.blog.admin.desk import POSTS, Desk, slugs, text
from tests.blog.writing import change, word, write
from tests.waiting import until


def found(desk: Desk, query: str) -> list[str]:
    return slugs(desk.get(f"{POSTS}?q={query}"))


def wait_for(*words: str, posts: int) -> None:
    """Until the index has followed."""
    until(lambda: len(search.find(" ".join(words)).slugs) == posts, f"{posts} posts with {words}")


def test_it_finds_words_wherever_they_stand_the_best_first(pia: Desk) -> None:
    rare = word()
    in_text = write(pia.person, body=f"Once *{rare.upper()}*.", published_at=None)["slug"]
    in_summary = write(pia.person, summary=f"About {rare}.")["slug"]
    in_tags = write(pia.person, tags=[rare], published_at=None)["slug"]
    in_title = write(pia.person, title=f"Of {rare}", summary="unlike")["slug"]
    wait_for(rare, posts=4)
    with recorded_requests() as sent:
        page = pia.get(f"{POSTS}?q={rare}")
    assert sent == ["GetItem", "Query", "BatchGetItem"]
    assert slugs(page) == [in_title, in_tags, in_summary, in_text]
    assert "4 found" in text(page)
    assert found(pia, f"{rare}+unlike") == [in_title]
    assert found(pia, f"{rare}&sort=newest") == [in_title, in_tags, in_summary, in_text]
    assert found(pia, f"{rare}&status=draft") == [in_tags, in_text]


def test_it_finds_what_has_every_word_however_many(pia: Desk) -> None:
    rare = word()
    slug = write(pia.person, body=f"{rare} seven times longer than fox")["slug"]
    write(pia.person, body=f"{rare} seven times longer than")
    wait_for(rare, posts=2)
    with recorded_requests() as sent:
        page = pia.get(f"{POSTS}?q={rare}+seven+times+longer+than+FOX")
    assert sent == ["GetItem", *["Query"] * 4, "BatchGetItem"]
    assert slugs(page) == [slug]
    assert "1 found" in text(page)


def test_it_follows_every_change(pia: Desk) -> None:
    first, second = word(), word()
    post = write(pia.person, title=f"About {first}", body="x")
    wait_for(first, posts=1)
    renamed = change(pia.person, post, title=f"About {second}", slug=f"{post['slug']}-{second}")
    wait_for(second, posts=1)
    wait_for(first, posts=0)
    assert found(pia, second) == [renamed["slug"]]
    pia.person.api.delete(f"/api/blog/posts/{renamed['slug']}/")
    wait_for(second, posts=0)


def test_a_title_is_found_by_its_beginning(pia: Desk) -> None:
    rare = word()
    slug = write(pia.person, title=f"{rare}ending")["slug"]
    wait_for(rare, posts=1)
    assert found(pia, rare[:8]) == [slug]


@pytest.mark.parametrize("query", ["", "%00", "(", "%22", "a" * 2000, "%F0%9F%98%80", "one two three four five six"])
def test_it_answers_whatever_is_asked(ed: Desk, query: str) -> None:
    assert ed.get(f"{POSTS}?q={query}").status_code == 200


@pytest.mark.parametrize("cursor", ["x", "-1", "9999999999", "²"])
def test_a_page_that_is_none_is_not_answered(ed: Desk, cursor: str) -> None:
    assert ed.get(f"{POSTS}?q=x&p={cursor}").status_code == 302


def test_it_has_pages_in_both_directions(ed: Desk) -> None:
    rare = word()
    for number in range(30):
        search.write(search.compare(None, _kept(f"{rare}-{number:02}", rare)))
    first = ed.get(f"{POSTS}?q={rare}")
    assert len(slugs(first)) == 25
    assert "30 found" in text(first)
    second = ed.get(f"{POSTS}?q={rare}&p=25")
    assert len(slugs(second)) == 5
    assert not set(slugs(first)) & set(slugs(second))
    assert 'rel="prev"' in text(second)


def test_of_a_word_everybody_uses_the_best_are_found_and_that_is_said(ed: Desk) -> None:
    rare = word()
    with search.Word.batch_write() as batch:
        for number in range(search.MAX_READ + 20):
            batch.save(search.Word(f"word#{rare}", f"94#{rare}-{number}"))
    search.write(search.compare(None, _kept(f"{rare}-best", rare)))
    page = ed.get(f"{POSTS}?q={rare}")
    assert slugs(page) == [f"{rare}-best"]
    assert "of many" in text(page)


def test_a_word_everybody_uses_keeps_nothing_from_being_found(ed: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in "the zen": most posts with "the" in them say more of it than the one that is looked for."""
    common, rare = word(), word()
    bodies = {"a": f"{common} " * 5, "b": f"{common} " * 5, "both": f"{common} {rare}", "c": rare}
    for name, body in bodies.items():
        post = Post(f"{rare}-{name}", title="T", body=body, author="nobody")
        search.write(search.compare(None, post.create()))
    monkeypatch.setattr(search, "MAX_READ", 2)
    page = ed.get(f"{POSTS}?q={common}+{rare}")
    assert slugs(page) == [f"{rare}-both"]
    assert "1 found" in text(page)


def _kept(slug: str, title: str) -> Post:
    post = Post(slug, title=title, author="nobody")
    return post.create()


def test_words_are_plain_and_bounded() -> None:
    assert list(search.split("Ärger, naïve CAFÉ-Noir x_y 2026")) == ["arger", "naive", "cafe", "noir", "x", "y", "2026"]
    assert list(search.split("東京都 and")) == ["東京", "京都", "and"]
    assert list(search.split("हिन्दी, naïve")) == ["हिनदी", "naive"]
    assert list(search.split("แมว 人々")) == ["แม", "มว", "人々"]
    assert list(search.split("I \u2764\ufe0f it, \u2714\ufe0fdone, 1\ufe0f\u20e3")) == ["i", "it", "done", "1"]
    post = Post("s", title="T", body=" ".join(f"w{number}" for number in range(10_000)) + " https://example.com/path")
    weights = search.weigh(post)
    assert len(weights) == search.MAX_WORDS
    assert weights["t"] == search.TITLE
    assert "example" not in weights


@pytest.mark.parametrize(
    ("body", "questions"),
    [
        ("これは[猫](https://example.com/a)が好きです。", ["猫", "好き"]),
        ("詳しくはhttps://example.com/をご覧ください", ["ご覧"]),
        ("ฉันรักแมวมาก", ["แมว", "รัก"]),
        ("यह हिन्दी है", ["हिन्दी"]),
        ("if a < three and four > b", ["three", "four"]),
    ],
)
def test_texts_of_any_script_are_found(body: str, questions: list[str]) -> None:
    weights = search.weigh(Post("s", title="T", body=body))
    for question in questions:
        assert set(search.split(question)) <= weights.keys(), question
    assert not {"हि", "ह", "example"} & weights.keys()


def test_a_sign_that_a_long_text_has_often_is_found() -> None:
    pairs = [f"{chr(0x4E00 + number)}{chr(0x6000 + number)}" for number in range(search.MAX_WORDS)]
    weights = search.weigh(Post("s", title="T", body=" ".join([*pairs, "猫は 猫が"])))
    assert len(weights) == search.MAX_WORDS
    assert "猫" in weights


def test_the_index_can_be_made_anew(pia: Desk) -> None:
    rare = word()
    slug = write(pia.person, title=rare)["slug"]
    wait_for(rare, posts=1)
    with search.Word.batch_write() as batch:
        for row in search.Word.of(rare).page(10).items:
            batch.delete(row)
    assert search.find(rare).slugs == []
    out = StringIO()
    call_command("index_posts", stdout=out)
    assert "Indexed" in out.getvalue()
    assert search.find(rare).slugs == [slug]
