"""How often posts were read, in the admin, where reads are counted: charts, and the posts read most."""

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import override_settings

from blog.admin.reads import chart
from dynamo.models import now
from dynamo.testing import recorded_requests
from tests.blog.admin.desk import POSTS, Desk, slugs, text
from tests.blog.reading import read
from tests.blog.writing import write

LIST = ["GetItem", "Query"]  # the session, and the list
COLUMN = re.compile(r'class="field-reads">(.*?)</td>')


@pytest.fixture
def counted() -> Iterator[None]:
    """A stage that counts."""
    with override_settings(READS_PERCENT=100):
        yield


def test_where_nothing_is_counted_nothing_is_shown(pia: Desk) -> None:
    slug = write(pia.person)["slug"]
    with recorded_requests() as sent:
        page = text(pia.get(POSTS))
    assert sent == LIST
    assert "Reads in 30 days" not in page
    assert "Most read" not in page
    assert "Reads in 30 days" not in text(pia.get(f"{POSTS}{slug}/change/"))
    assert pia.get(f"{POSTS}?reads=most").status_code == 200


@pytest.mark.usefixtures("counted")
def test_the_list_has_a_chart_in_each_line_for_one_request_more(pia: Desk) -> None:
    read(write(pia.person)["slug"], 2, 0, 1200)
    with recorded_requests() as sent:
        page = text(pia.get(POSTS))
    assert sent == [*LIST, "BatchGetItem"]
    line = COLUMN.findall(page)[0]
    day = now() - timedelta(days=2)
    assert f'aria-label="1202 reads, most on {day.day} {day:%B}: 1200"' in line
    assert ">1,202<" in line
    assert "<script" not in line
    assert "style=" not in line


@pytest.mark.usefixtures("counted")
def test_the_form_has_one_of_all_addresses_the_post_has_had(pia: Desk) -> None:
    slug = write(pia.person)["slug"]
    read(slug, 3)
    renamed = f"renamed-{uuid.uuid4().hex}"
    assert pia.write(f"{POSTS}{slug}/change/", slug=renamed).status_code == 302
    read(renamed, 4)
    with recorded_requests() as sent:
        page = text(pia.get(f"{POSTS}{renamed}/change/"))
    assert sent == ["GetItem", "GetItem", "BatchGetItem"]
    assert 'aria-label="7 reads, most on' in page
    assert pia.get(f"{POSTS}add/").status_code == 200


@pytest.mark.usefixtures("counted")
def test_what_was_read_most_comes_first(pia: Desk) -> None:
    posts = [write(pia.person)["slug"] for _ in range(3)]
    for slug, number in zip(posts, (900_001, 900_003, 900_002), strict=True):
        read(slug, number)
    with recorded_requests() as sent:
        page = pia.get(f"{POSTS}?reads=most")
    assert [slug for slug in slugs(page) if slug in posts] == [posts[1], posts[2], posts[0]]
    # The session, a Query for each month of the last thirty days, the posts, their reads.
    assert sent == ["GetItem", *["Query"] * (sent.count("Query")), "BatchGetItem", "BatchGetItem"]
    assert sent.count("Query") <= 2
    assert slugs(pia.get(f"{POSTS}?reads=most&author=nobody")) == []
    assert pia.get(f"{POSTS}?reads=other").status_code == 200


@pytest.mark.usefixtures("counted")
def test_a_deleted_post_is_not_among_them(pia: Desk) -> None:
    gone, slug = f"gone-{uuid.uuid4().hex}", write(pia.person)["slug"]
    read(gone, 950_000)
    read(slug, 950_000)
    found = slugs(pia.get(f"{POSTS}?reads=most"))
    assert slug in found
    assert gone not in found


def test_a_chart_of_nothing_says_so() -> None:
    assert 'aria-label="0 reads"' in chart([0] * 30)
