"""What `make bench` counts, and where it writes."""

from typing import Any

import pytest

from benchmarks.__main__ import BEGIN, END, PAGE, PARTS
from benchmarks.costs import size, units
from benchmarks.fixtures import RENDERER
from blog.publishing import markdown


@pytest.mark.parametrize(
    ("item", "counted"),
    [
        ({"slug": {"S": "über"}}, 4 + 5),
        ({"n": {"N": "1234"}}, 1 + 3),
        ({"done": {"BOOL": True}}, 4 + 1),
        ({"tags": {"L": [{"S": "a"}, {"S": "bc"}]}}, 4 + 3 + (1 + 1) + (1 + 2)),
        ({"hero": {"M": {"alt": {"S": "x"}}}}, 4 + 3 + (1 + 3 + 1)),
        ({"html": {"B": b"1234"}}, 4 + 4),
        ({"html": {"B": "MTIzNDU="}}, 4 + 5),
    ],
)
def test_it_counts_bytes_as_dynamodb_does(item: dict[str, Any], counted: int) -> None:
    # Developer guide, "Amazon DynamoDB item sizes and formats".
    assert size(item) == counted


def test_units_are_begun_whole() -> None:
    assert [units(length, 4096) for length in (1, 4096, 4097)] == [1, 1, 2]


def test_the_page_has_a_place_for_each_part() -> None:
    page = PAGE.read_text()
    assert [page.count(BEGIN.format(part)) for part in PARTS] == [1] * len(PARTS)
    assert page.count(END) == len(PARTS)


def test_no_post_of_the_bench_is_rendered_anew() -> None:
    assert str(markdown.RENDERER) == RENDERER
