"""Another address for a post that is there: the old one leads on, nothing is lost, its past comes along."""

import re
from typing import Any

import pytest
from django.test import Client

from blog.letters import control
from blog.models import Post, Trace
from dynamo.admin.history import log
from dynamo.errors import DoesNotExist
from dynamo.testing import recorded_requests
from tests.blog.admin.desk import POSTS, Desk, errors, notes, slugs, text, values
from tests.blog.writing import change, secret_link, word, write


def change_url(slug: str) -> str:
    return f"{POSTS}{slug}/change/"


def rename(desk: Desk, slug: str, new: str = "", **fields: str) -> str:
    """Its new slug."""
    new = new or word()
    answer = desk.write(change_url(slug), slug=new, **fields)
    assert answer.status_code == 302, errors(answer)
    return new


def history(desk: Desk, slug: str, **query: str) -> Any:
    return desk.get(f"{POSTS}{slug}/history/", query)


def titles_before(page: Any) -> list[str]:
    """What became of the title in each entry, the newest first."""
    changes = [one for row in page.context["action_list"] for one in row.changes if one.label == "Title"]
    return ["".join(part.text for part in one.segments if part.kind != "gone") for one in changes]


@pytest.mark.parametrize("date", [None, "2020-02-02T00:00:00Z"])
def test_it_has_another_address_for_three_requests(pia: Desk, date: str | None) -> None:
    post, new = write(pia.person, published_at=date, tags=["a"]), word()
    form = pia.form(change_url(post["slug"]))
    assert "former address" in text(pia.get(change_url(post["slug"])))
    with recorded_requests() as sent:
        answer = pia.post(change_url(post["slug"]), {**form, "slug": new, "title": "Anew", "_continue": "1"})
    assert sent == ["GetItem", "GetItem", "TransactWriteItems"]
    assert answer["Location"] == change_url(new)
    page = pia.get(answer["Location"])
    assert f'href="{change_url(new)}"' in text(page)
    assert Post.fetch((new,)).title == "Anew"
    public = Client().get(f"/posts/{post['slug']}/")
    assert (public.status_code, public.get("Location")) == ((301, f"/posts/{new}/") if date else (404, None))
    found = slugs(pia.get(POSTS))
    assert new in found
    assert post["slug"] not in found


def test_a_former_address_leads_to_the_present_one(ed: Desk) -> None:
    first = write(ed.person, published_at=None)["slug"]
    second = rename(ed, first)
    third = rename(ed, second)
    answer = ed.get(change_url(first), follow=True)
    assert answer.redirect_chain == [(change_url(third), 302)]
    assert "another address now" in text(answer)
    # What this browser keeps unsaved follows it.
    (kept,) = re.findall(r'data-post="([^"]+)"', text(answer))
    assert history(ed, first).status_code == 200
    # What takes the address over has it.
    write(ed.person, slug=first, published_at=None, title="New here")
    later = text(ed.get(change_url(first)))
    assert "New here" in later
    assert kept not in later
    assert kept in text(ed.get(change_url(rename(ed, third))))


def test_view_on_site_and_the_secret_link_follow(pia: Desk) -> None:
    first = write(pia.person, published_at=None, title="A secret")["slug"]
    link = secret_link(first)
    second = rename(pia, first)
    assert "A secret" in text(Client().get(link))
    change(pia.person, {"slug": second}, published_at="2020-01-01T00:00:00Z")
    assert Client().get(link)["Location"] == f"/posts/{second}/"
    third = rename(pia, second)
    (on_site,) = re.findall(r'href="(/admin/r/[^"]+)"', text(pia.get(change_url(third))))
    assert pia.get(on_site)["Location"].endswith(f"/posts/{third}/")
    change(pia.person, {"slug": third}, published_at=None)
    assert "A secret" in text(Client().get(link))


def test_who_had_the_old_address_open_loses_nothing(ed: Desk) -> None:
    other, first = Desk("editors"), write(ed.person, published_at=None)["slug"]
    mine = ed.form(change_url(first))
    second = rename(other, first, summary="Theirs")
    answer = ed.post(change_url(first), {**mine, "title": "Mine", "body": "My *text*."})
    assert "This was saved" in text(answer)
    assert "another address now" in text(answer)
    assert f'action="{change_url(second)}"' in text(answer)
    shown = values(answer)
    assert (shown["slug"], shown["summary"], shown["title"]) == (second, "Theirs", "Mine")
    assert Post.fetch((second,)).title != "Mine"
    assert ed.post(change_url(second), shown).status_code == 302
    saved = Post.fetch((second,))
    assert (saved.title, saved.summary, saved.body) == ("Mine", "Theirs", "My *text*.")


def test_a_form_of_a_post_that_left_this_address_overwrites_no_later_one(ed: Desk) -> None:
    left = write(ed.person, published_at=None)["slug"]
    mine = ed.form(change_url(left))
    new = rename(Desk("editors"), left)
    write(ed.person, slug=left, published_at=None, title="New here", body="Theirs")
    answer = ed.post(change_url(left), {**mine, "body": "Mine"})
    assert "This was saved" in text(answer)
    assert f'action="{change_url(new)}"' in text(answer)
    assert ed.post(change_url(new), values(answer)).status_code == 302
    assert (Post.fetch((left,)).title, Post.fetch((left,)).body) == ("New here", "Theirs")
    assert Post.fetch((new,)).body == "Mine"


def test_two_names_at_once_are_a_choice(pia: Desk) -> None:
    other, first, third = Desk("publishers"), write(pia.person)["slug"], word()
    mine = pia.form(change_url(first))
    second = rename(other, first)
    answer = pia.post(change_url(first), {**mine, "slug": third})
    assert f"Saved meanwhile: {second}" in str(errors(answer)["slug"])
    assert pia.post(change_url(first), values(answer)).status_code == 302
    assert Post.fetch((third,)).former == [first, second]


def test_a_taken_address_is_said_at_the_field(pia: Desk) -> None:
    taken, free = write(pia.person)["slug"], write(pia.person, published_at=None)["slug"]
    former = rename(pia, taken) and taken
    for slug in (write(pia.person)["slug"], former):
        answer = pia.write(change_url(free), slug=slug, title="Kept in the form")
        assert "Another post has this address" in str(errors(answer)["slug"])
        assert "Kept in the form" in text(answer)
        assert f"{POSTS}{free}/history/" in text(answer)
    assert Post.fetch((free,)).version == 1
    answer = pia.write(change_url(free), slug="No Such")
    assert "Small letters" in str(errors(answer)["slug"])


def test_an_emptied_address_stays(pia: Desk) -> None:
    slug = write(pia.person)["slug"]
    assert pia.write(change_url(slug), slug="", title="Anew").status_code == 302
    assert Post.fetch((slug,)).title == "Anew"


def test_its_history_follows_it_from_name_to_name(pia: Desk) -> None:
    first = write(pia.person, published_at=None)["slug"]
    pia.write(change_url(first), title="One", body="First.")
    second = rename(pia, first, title="Two")
    third = rename(pia, second, title="Three")
    rename(pia, third, first, title="Four")
    page = history(pia, first)
    assert titles_before(page) == ["Four", "Three", "Two", "One"]
    assert "Address" in text(page)
    one = page.context["action_list"][-1]
    answer = pia.post(f"{POSTS}{first}/history/restore/", {"at": one.at}, follow=True)
    assert "Restored" in notes(answer)
    found = Post.fetch((first,))
    assert (found.title, found.body) == ("One", "First.")


def test_an_earlier_version_under_another_name_is_restored(pia: Desk) -> None:
    first = write(pia.person)["slug"]
    pia.write(change_url(first), title="One", body="First.")
    second = rename(pia, first, title="Two")
    one = history(pia, second).context["action_list"][-1]
    assert one.at.startswith(f"{first}@")
    pia.post(f"{POSTS}{second}/history/restore/", {"at": one.at})
    found = Post.fetch((second,))
    assert (found.slug, found.title) == (second, "One")
    for made_up in ("@", "No Such@x", f"{first}@", f"{'x' * 3000}@{one.at}", f"{second}@nothing"):
        assert pia.post(f"{POSTS}{second}/history/restore/", {"at": made_up}).status_code == 404


def test_the_history_follows_what_the_api_renamed(pia: Desk) -> None:
    first, second = write(pia.person)["slug"], word()
    pia.write(change_url(first), title="One")
    change(pia.person, {"slug": first}, slug=second)
    assert titles_before(history(pia, second)) == ["One"]
    assert pia.get(change_url(first))["Location"] == change_url(second)


def test_a_long_history_is_read_page_by_page_across_names(pia: Desk) -> None:
    slug = write(pia.person, published_at=None)["slug"]
    for number in range(26):
        fields = {"title": f"T{number}"}
        slug = rename(pia, slug, **fields) if number in {3, 9, 10, 20} else slug
        pia.write(change_url(slug), **fields)
    page = history(pia, slug)
    seen = titles_before(page)
    while page.context["action_list"].older:
        page = history(pia, slug, p=page.context["action_list"].older)
        seen += titles_before(page)
    assert seen == [f"T{number}" for number in reversed(range(26))]
    assert history(pia, slug, p="made-up").status_code == 302


def test_a_post_at_an_address_another_had_begins_a_history_of_its_own(ed: Desk) -> None:
    first = write(ed.person, published_at=None)["slug"]
    ed.write(change_url(first), title="Of the other")
    rename(ed, first)
    ed.write(title="Own", slug=first, body="x")
    assert [row.changes and row.changes[0].label for row in history(ed, first).context["action_list"]] == ["Address"]
    assert "Of the other" not in text(history(ed, first))


def test_a_deleted_post_comes_back_under_its_last_name_with_its_past(pia: Desk) -> None:
    first = write(pia.person, title="Zero")["slug"]
    second = rename(pia, first, title="One")
    pia.post(f"{POSTS}{second}/delete/", {"post": "yes", "seen": pia.form(change_url(second))["seen"]})
    with pytest.raises(DoesNotExist):
        Post.fetch((second,))
    assert pia.get(change_url(first))["Location"] == "/admin/"
    deleted = log.of_object(f"blog.post#{second}", limit=1).found[0]
    pia.post(f"{POSTS}deleted/", {"object": deleted.object, "at": deleted.at})
    assert Post.fetch((second,)).title == "One"
    assert "One" in titles_before(history(pia, second))


def test_a_post_that_comes_back_has_no_past_of_one_that_stood_there_meanwhile(pia: Desk) -> None:
    slug = word()
    for title in ("First", "Another"):
        pia.write(title=title, slug=slug, body="x")
        pia.post(f"{POSTS}{slug}/delete/", {"post": "yes", "seen": pia.form(change_url(slug))["seen"]})
    deleted = [one for one in log.of_object(f"blog.post#{slug}", limit=9).found if one.is_deletion]
    pia.post(f"{POSTS}deleted/", {"object": deleted[1].object, "at": deleted[1].at})
    assert [row.object_repr for row in history(pia, slug).context["action_list"]] == ["First"] * 3


def test_a_deleted_post_whose_address_leads_to_another_comes_back_beside_it(pia: Desk) -> None:
    slug = word()
    pia.write(title="First", slug=slug, body="x", published_at_0="published")
    pia.post(f"{POSTS}{slug}/delete/", {"post": "yes", "seen": pia.form(change_url(slug))["seen"]})
    pia.write(title="Another", slug=slug, body="x", published_at_0="published")
    other = rename(pia, slug)
    deleted = next(one for one in log.of_object(f"blog.post#{slug}", limit=9).found if one.is_deletion)
    asked = {"object": deleted.object, "at": deleted.at}
    answer = pia.post(f"{POSTS}deleted/", asked)
    assert answer["Location"] == change_url(f"{slug}-2")
    assert f"It has this one now: {slug}-2" in notes(pia.get(answer["Location"]))
    assert "First" in text(pia.get(f"/posts/{slug}-2/"))
    letter = control.find(back := Post.fetch((f"{slug}-2",)))
    assert letter
    assert control.post_of(letter).slug == back.slug
    assert pia.get(f"/posts/{slug}/")["Location"] == f"/posts/{other}/"
    assert [row.object_repr for row in history(pia, f"{slug}-2").context["action_list"]] == ["First"] * 3
    # It is one, however often it is asked for.
    pia.post(f"{POSTS}deleted/", asked)
    with pytest.raises(DoesNotExist):
        Post.fetch((f"{slug}-3",))


def test_who_only_looks_renames_nothing(ed: Desk, vera: Desk) -> None:
    slug = write(ed.person, published_at=None)["slug"]
    page = vera.get(change_url(slug))
    assert 'name="slug"' not in text(page)
    assert vera.post(change_url(slug), {"slug": word(), "title": "x"}).status_code == 403
    assert Post.fetch((slug,)).version == 1


@pytest.mark.parametrize("made_up", ["no-such", "No Such", "x" * 3000, "%23start", "photo%23a%23b", "moved%23x"])
def test_what_is_no_post_is_still_none(ed: Desk, made_up: str) -> None:
    with pytest.raises(DoesNotExist):
        Trace.fetch((Trace.row("no-such"),))
    assert ed.get(change_url(made_up)).status_code == 302
    assert ed.post(change_url(made_up), {"title": "x"}).status_code == 302
