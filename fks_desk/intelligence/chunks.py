"""Cut a long text into pieces that an embedder takes whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST = 1_000  # characters: about the 256 word pieces that small embedders read
OVERLAP = 120
_ENDS = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Hold a piece of a text and where it starts there."""

    start: int
    text: str


def chunks(text: str, longest: int = LONGEST, overlap: int = OVERLAP) -> list[Chunk]:
    """Return pieces of at most `longest` characters, cut between sentences where one ends.

    Neighbours share up to `overlap` characters, so that no thought is lost at a cut.
    """
    if not 0 <= overlap < longest // 2:
        raise ValueError(f"need 0 <= overlap < half of longest, were {overlap} and {longest}")
    pieces: list[Chunk] = []
    start = 0
    while start < len(text):
        end = _end(text, start, longest)
        pieces.append(Chunk(start=start, text=text[start:end]))
        if end == len(text):
            break
        start = max(start + 1, _back(text, end, overlap))
    return pieces


def rejoined(pieces: Sequence[Chunk]) -> str:
    """Return the text that the pieces were cut from."""
    whole = ""
    for piece in pieces:
        whole += piece.text[len(whole) - piece.start :]
    return whole


def _end(text: str, start: int, longest: int) -> int:
    """Return where a piece from start ends: behind a sentence, else a blank, else anywhere."""
    limit = start + longest
    if len(text) <= limit:
        return len(text)
    half = start + longest // 2
    ends = [match.end() for match in _ENDS.finditer(text, half, limit)]
    blank = text.rfind(" ", half, limit)
    if ends:
        return ends[-1]
    return blank + 1 if blank > 0 else limit


def _back(text: str, end: int, overlap: int) -> int:
    """Return where the next piece starts: behind a blank inside the overlap, else at the cut."""
    blank = text.find(" ", end - overlap, end - 1)
    return blank + 1 if overlap and blank >= 0 else end
