"""Reads of posts, without a stream."""

from datetime import timedelta

from blog.models.reads import Reads
from dynamo.models import now


def read(slug: str, *numbers: int) -> None:
    """Have it read so often today, and on the days before."""
    for ago, number in enumerate(numbers):
        day = now().date() - timedelta(days=ago)
        actions = [Reads.total.add(number), getattr(Reads, f"d{day.day:02}").add(number)]
        Reads.write("UpdateItem", (slug, f"{day:%Y-%m}"), actions=actions)
