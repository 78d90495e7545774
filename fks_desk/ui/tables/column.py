"""Describe one column of a table: its title, its text and its tone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from fks_desk.ui.models.format import Tone

R = TypeVar("R")


def _plain(_row: object) -> Tone:
    return Tone.PLAIN


@dataclass(frozen=True, kw_only=True)
class Column(Generic[R]):
    """Say how a row fills one cell.

    `sample` is a text as wide as the widest that is expected: the column is made
    that wide once, and never measured again. Numbers stand to the right; a word
    behind a number is better centered. `tip` is the cell's tool tip.
    """

    title: str
    text: Callable[[R], str]
    sample: str
    tone: Callable[[R], Tone] = _plain
    is_number: bool = False
    is_centered: bool = False
    tip: Callable[[R], str] | None = None
