"""Rank texts by how well they match a few typed letters."""

from __future__ import annotations

_WHOLE, _START, _WORD, _RUN, _ANY = 12, 8, 6, 4, 1


def score(query: str, text: str) -> int | None:
    """Return how well the letters match, higher is better, or None if they do not.

    Every letter must appear in order. Starts of words, runs of letters and
    the whole in one piece count more; among equals the shorter text wins.
    """
    wanted = query.casefold().replace(" ", "")
    folded = text.casefold()
    if not wanted:
        return 0
    best = max(
        (_walk(wanted, folded, start) for start in _starts(wanted[0], folded)),
        default=-1,
    )
    if best < 0:
        return None
    whole = _WHOLE if query.casefold().strip() in folded else 0
    return (best + whole) * 100 - len(text)


def _starts(letter: str, text: str) -> list[int]:
    return [place for place, each in enumerate(text) if each == letter]


def _walk(wanted: str, text: str, start: int) -> int:
    total, place = 0, start
    for count, letter in enumerate(wanted):
        found = text.find(letter, place)
        if found < 0:
            return -1
        total += _weight(text, found, is_run=count > 0 and found == place)
        place = found + 1
    return total


def _weight(text: str, place: int, *, is_run: bool) -> int:
    if place == 0:
        return _START
    if not text[place - 1].isalnum():
        return _WORD
    return _RUN if is_run else _ANY
