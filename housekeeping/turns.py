"""What a step says after each turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

# With less time left than this, in milliseconds, no other turn begins: the longest waits for 40 addresses.
RESERVE = 120_000
# Where a step goes on, as JSON knows it: its own affair.
Position: TypeAlias = Any
# [kind, where, what, why]
Found = Sequence[str]


@dataclass(frozen=True)
class Turn:
    """Where it goes on, as JSON knows it, or None at its end; and what this turn counted and found."""

    position: Position = None
    numbers: Mapping[str, Any] = field(default_factory=dict)
    found: Sequence[Found] = ()
