"""Name words that a person puts on stored rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from fks_desk.core.messages import Command, Event

LONGEST_TAG = 40


def row_key(values: Sequence[object]) -> str:
    """Return what names a row among those of its table: the texts of its key, in order."""
    return "|".join(str(value).replace("\\", "\\\\").replace("|", "\\|") for value in values)


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRows(Command):
    """Put a tag on rows of a table, or take it off."""

    table: str
    keys: tuple[str, ...]
    tag: str
    wanted: bool

    def __post_init__(self) -> None:
        if not self.tag.strip() or len(self.tag) > LONGEST_TAG:
            raise ValueError(
                f"a tag has between 1 and {LONGEST_TAG} letters, was {self.tag[:60]!r}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsTagged(Event):
    """Tags of a table's rows changed."""

    table: str


class TagReader(Protocol):
    """Read the tags of a table's rows."""

    async def tags(self, table: str) -> Mapping[str, Sequence[str]]:
        """Return the tags of each tagged row, by its key."""
        ...
