"""CloudFront is told which labels to forget."""

from blog.caching import MAX_CLEARED, clear
from tests.cloudfront import distribution, told


def test_labels_become_an_invalidation() -> None:
    with distribution() as made:
        clear({"post-b", "all", "tag-a-2026"})
    assert told(made) == [["#all", "#post-b", "#tag-a-2026"]]


def test_many_labels_become_several() -> None:
    with distribution() as made:
        clear({f"post-{number}" for number in range(MAX_CLEARED + 1)})
    assert sorted(len(paths) for paths in told(made)) == [1, MAX_CLEARED]


def test_no_labels_cost_nothing() -> None:
    with distribution() as made:
        clear(set())
    assert told(made) == []
