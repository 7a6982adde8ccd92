"""What an entry of the log changed, to be read: before and after, field by field, with the words that differ marked."""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Any

from dynamo.admin.fields import STAMPS, ordered_attributes, plain
from dynamo.admin.history.log import NOTHING, Entry, unpack
from dynamo.admin.rows import Row

# Comparing takes time by the product of both lengths. Above this, lines are compared in place of words, or nothing.
MAX_COMPARED = 4_000_000
# So many lines of a comparison are shown, with this many unchanged lines around each difference.
MAX_LINES, LINES_AROUND = 200, 1
# Of an unchanged stretch, this many characters are shown next to a difference.
CONTEXT = 80


@dataclass(frozen=True)
class Segment:
    """A stretch of text, and whether it is the "same", "gone" or "new"."""

    kind: str
    text: str


@dataclass(frozen=True)
class FieldChange:
    """One field's change."""

    label: str
    segments: list[Segment]


@dataclass(frozen=True)
class Line:
    """A line that only "theirs" or "yours" has, the "same" in both, or "left out" between them."""

    kind: str
    segments: list[Segment]


def changes_of(entry: Entry, model: type[Row[Any]], shown: Sequence[str]) -> list[FieldChange]:
    """Which of these fields an entry changed, in the order of the model. Empty where the entry has no values."""
    after, before = unpack(entry.after), unpack(entry.before)
    if not after:
        return []
    names = {attribute.attr_name: name for name, attribute in ordered_attributes(model.item_class).items()}
    old = model.item_class.from_raw_data({**after, **before})
    new = model.item_class.from_raw_data({**{name: NOTHING for name in before if name not in after}, **after})
    changed = [name for raw, name in names.items() if raw in before and name in shown and name not in STAMPS]
    texts = [[model.text_of(name, plain(getattr(one, name))) for one in (old, new)] for name in changed]
    return [
        FieldChange(_label(model, name), difference(*pair))
        for name, pair in zip(changed, texts, strict=True)
        if any(pair)
    ]


def _label(model: type[Row[Any]], name: str) -> str:
    label = str(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # rows have no relations
    return label[:1].upper() + label[1:]


def difference(old: str, new: str) -> list[Segment]:
    """How one text became another, long unchanged stretches shortened."""
    before = _pieces(old)
    start, gone, come = _differing(before, _pieces(new))
    end = start + len(gone)
    if len(gone) * len(come) > MAX_COMPARED:
        gone, come = ("".join(pieces).splitlines(keepends=True) for pieces in (gone, come))
    middle = _opcodes(gone, come) if len(gone) * len(come) <= MAX_COMPARED else _whole(gone, come)
    found = [Segment("same", "".join(before[:start])), *middle, Segment("same", "".join(before[end:]))]
    return list(_shortened([segment for segment in found if segment.text]))


def line_differences(theirs: str, yours: str) -> list[Line]:
    """What two texts have that the other one has not, line by line and with the words marked, at most MAX_LINES."""
    before, after = theirs.splitlines(), yours.splitlines()
    if len(before) * len(after) > MAX_COMPARED:
        _, gone, come = _differing(before, after)
        return list(islice(_line_pairs(gone, come), MAX_LINES))
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return list(islice(_lines(matcher.get_grouped_opcodes(LINES_AROUND), before, after), MAX_LINES))


def _lines(groups: Iterable[Any], before: list[str], after: list[str]) -> Iterator[Line]:
    for number, group in enumerate(groups):
        if number:
            yield Line("left out", [])
        for kind, low, high, other_low, other_high in group:
            if kind == "equal":
                yield from (Line("same", [Segment("same", text)]) for text in before[low:high])
            else:
                yield from _line_pairs(before[low:high], after[other_low:other_high])


def _line_pairs(theirs: list[str], yours: list[str]) -> Iterator[Line]:
    """Lines in each other's place one after the other."""
    for one, other in zip_longest(theirs, yours):
        segments = difference(one or "", other or "")
        if one is not None:
            yield Line("theirs", [segment for segment in segments if segment.kind != "new"])
        if other is not None:
            yield Line("yours", [segment for segment in segments if segment.kind != "gone"])


def _pieces(text: str) -> list[str]:
    """Words, blanks and signs."""
    return re.findall(r"\s+|\w+|[^\w\s]", text)


def _differing(before: list[str], after: list[str]) -> tuple[int, list[str], list[str]]:
    """Where they begin to differ, and both from there on, without what is the same at the end."""
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    return start, before[start : len(before) - end], after[start : len(after) - end]


def _common(before: list[str], after: list[str]) -> int:
    """How many pieces are the same from the start."""
    pairs = enumerate(zip(before, after, strict=False))
    return next((number for number, (one, other) in pairs if one != other), min(len(before), len(after)))


def _opcodes(gone: list[str], come: list[str]) -> Iterator[Segment]:
    matcher = difflib.SequenceMatcher(None, gone, come, autojunk=False)
    for kind, low, high, other_low, other_high in matcher.get_opcodes():
        if kind == "equal":
            yield Segment("same", "".join(gone[low:high]))
        else:
            yield from _whole(gone[low:high], come[other_low:other_high])


def _whole(gone: list[str], come: list[str]) -> Iterator[Segment]:
    yield Segment("gone", "".join(gone))
    yield Segment("new", "".join(come))


def _shortened(segments: list[Segment]) -> Iterator[Segment]:
    for number, segment in enumerate(segments):
        if segment.kind != "same" or len(segment.text) <= 2 * CONTEXT:
            yield segment
            continue
        start = segment.text[:CONTEXT] if number else ""
        end = segment.text[-CONTEXT:] if number + 1 < len(segments) else ""
        yield Segment("same", f"{start}…{end}")
