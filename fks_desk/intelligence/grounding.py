"""Check that every number of an answer stands in the evidence it cites."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from functools import lru_cache

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
_MONTH = "|".join((*_MONTHS, *(f"{name[:3]}\\.?" for name in _MONTHS)))
_WORDS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "twenty": 20, "fifty": 50, "hundred": 100,
}  # fmt: skip
_SCALES = {"k": 1_000, "m": 1_000_000, "b": 1_000_000_000, "million": 1_000_000,
           "thousand": 1_000, "billion": 1_000_000_000}  # fmt: skip
_CITED = re.compile(r"\[(\d{1,3})\]")
_LISTED = re.compile(r"(?m)^\s*(?:\d{1,2}[.)]|[-*•])\s+")
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_TIME = re.compile(r"\b\d{1,2}:\d{2}(?::\d{2})?\b")
_LONG_DATE = re.compile(
    rf"\b(?:(?P<before>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? )?(?P<month>{_MONTH})"
    r"(?: (?P<after>\d{1,2})(?:st|nd|rd|th)?\b)?(?:,? (?P<year>20\d\d)\b)?",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?P<sign>[-+−–])?\s?(?P<digits>\d{1,3}(?:[,  ]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?:e(?P<power>[-+]?\d+))?"
    r"\s?(?P<unit>%|percent\b|per cent\b|bps\b|[kmb]\b|thousand\b|million\b|billion\b)?",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<!\d\.)\b(?=\w*\d)(?=\w*[a-z_])\w+(?:-\w+)*\b|\b[a-z]+-\d+\b", re.IGNORECASE)
_SCALED = re.compile(r"\d+(?:\.\d+)?[kmb]", re.IGNORECASE)
_LOSS = re.compile(
    r"\b(?:loss|losses|lost|lose|losing|down|negative|minus|draw ?downs?|cost|fell|fall|drop\w*|"
    r"declin\w*|decreas\w*|short|under|below|worse|worst|in the red)\b",
    re.IGNORECASE,
)
_ENOUGH_DIGITS = 3
_LAST_MARK = re.compile(r"[\w.,:+−%-]*\d[\w.,:%-]*$|\[[^\]]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Hold one number as a text writes it, and where."""

    start: int
    end: int
    value: Decimal
    digits: int
    is_percent: bool
    has_sign: bool
    words: str


def cited_numbers(text: str) -> list[int]:
    """Return the numbers of the sources that a text cites, in order, once each."""
    return list(dict.fromkeys(int(match[1]) for match in _CITED.finditer(text)))


def without_citations(text: str, allowed: Iterable[int]) -> str:
    """Return the text without marks of sources that do not exist."""
    known = set(allowed)
    return _CITED.sub(lambda match: match[0] if int(match[1]) in known else "", text)


def unsupported(text: str, evidence: str) -> list[str]:
    """Return the numbers, dates and names with digits that the evidence does not hold."""
    return [text[start:end] for start, end in _unsupported_spans(text, evidence)]


def marked(text: str, evidence: str) -> str:
    """Return a text in the making with `[?]` for each number the evidence does not hold.

    What stands at the very end may be half a number and is held back.
    """
    text = _LAST_MARK.sub("", text)
    parts, last = [], 0
    for start, end in _unsupported_spans(text, evidence):
        parts += [text[last:start], "[?]"]
        last = end
    return "".join([*parts, text[last:]])


def claims(text: str, names: frozenset[str] = frozenset()) -> list[Claim]:
    """Return the plain numbers of a text, without dates, names and citation marks.

    A word such as `5m` is a number unless it stands among the names.
    """
    return [_claim(text, match) for match in _NUMBER.finditer(_blanked(text, names))]


def _unsupported_spans(text: str, evidence: str) -> list[tuple[int, int]]:
    found = list(_wrong_marks(text, evidence))
    known, names = _known(evidence)
    found += [
        (claim.start, claim.end)
        for claim in (*claims(text, names), *_spelled(text))
        if not _holds(claim, known, text)
    ]
    return sorted(found)


@lru_cache(maxsize=16)
def _known(evidence: str) -> tuple[list[Claim], frozenset[str]]:
    """Return the numbers and the names of the evidence; while a text grows it stays the same."""
    names = (match[0].lower() for match in _NAME.finditer(_dates_blanked(evidence)))
    return claims(evidence), frozenset(names)


def _wrong_marks(text: str, evidence: str) -> Iterator[tuple[int, int]]:
    """Yield dates, times and names with digits that are not in the evidence."""
    plain = _LISTED.sub(_blanks, _CITED.sub(_blanks, text))
    for pattern in (_DATE, _TIME):
        for match in pattern.finditer(plain):
            if match[0] not in evidence:
                yield match.span()
    for match in _LONG_DATE.finditer(plain):
        if not _is_known_date(match, evidence):
            yield match.span()
    low = evidence.lower()
    for match in _NAME.finditer(_dates_blanked(plain)):
        name = match[0].lower()
        if _SCALED.fullmatch(name) is None and not re.search(rf"\b{re.escape(name)}\b", low):
            yield match.span()


def _is_known_date(match: re.Match[str], evidence: str) -> bool:
    day, year = match["before"] or match["after"], match["year"]
    if day is None and year is None:
        return True
    month = next(
        place for place, name in enumerate(_MONTHS, 1) if name[:3] == match["month"].lower()[:3]
    )
    wanted = f"{year or r'[0-9]{4}'}-{month:02d}-" + (f"{int(day):02d}" if day else r"[0-9]{2}")
    return re.search(wanted, evidence) is not None


def _holds(claim: Claim, known: list[Claim], text: str) -> bool:
    matches = [one for one in known if _agrees(claim, one)]
    if not matches:
        return False
    if claim.value < 0 or claim.has_sign or all(one.value >= 0 for one in matches):
        return not claim.has_sign or any(
            (one.value < 0) == (claim.value < 0) or not one.has_sign for one in matches
        )
    # A bare number for a negative one must be called a loss.
    return any(one.value >= 0 for one in matches) or bool(_LOSS.search(_sentence(text, claim)))


def _agrees(claim: Claim, known: Claim) -> bool:
    wanted, value = abs(claim.value), abs(known.value)
    if claim.is_percent and not known.is_percent:
        value *= 100
    elif known.is_percent and not claim.is_percent:
        return wanted in (value, value / 100)
    return wanted == value or _is_rounding(wanted, claim.digits, value)


def _is_rounding(wanted: Decimal, digits: int, value: Decimal) -> bool:
    """Tell whether a number is another one, shortened with enough digits left."""
    step = Decimal(1).scaleb(-digits)
    if len((wanted / step).to_integral_value().as_tuple().digits) < _ENOUGH_DIGITS:
        return False
    return wanted in (
        value.quantize(step, ROUND_HALF_EVEN),
        value.quantize(step, ROUND_HALF_UP),
    )


def _claim(text: str, match: re.Match[str]) -> Claim:
    digits = re.sub(r"[,  ]", "", match["digits"])
    unit = (match["unit"] or "").lower()
    value = Decimal(digits).scaleb(int(match["power"] or 0)) * _SCALES.get(unit, 1)
    if unit == "bps":
        value /= 100
    fraction = len(digits.partition(".")[2])
    scale = len(str(_SCALES.get(unit, 1))) - 1
    sign = match["sign"] or ""
    # A dash between two words or numbers joins them; a sign stands alone.
    is_sign = bool(sign) and (match.start() == 0 or text[match.start() - 1] in " (\n=:")
    return Claim(
        start=match.start("digits"),
        end=max(match.end(name) for name in ("digits", "power", "unit")),
        value=-value if is_sign and sign != "+" else value,
        digits=fraction - scale + (2 if unit == "bps" else 0),
        is_percent=unit in {"%", "percent", "per cent", "bps"},
        has_sign=is_sign,
        words=match[0],
    )


def _spelled(text: str) -> Iterator[Claim]:
    for match in re.finditer(rf"\b(?:{'|'.join(_WORDS)})\b", text, re.IGNORECASE):
        value = Decimal(_WORDS[match[0].lower()])
        yield Claim(
            start=match.start(), end=match.end(), value=value, digits=0, is_percent=False,
            has_sign=False, words=match[0],
        )  # fmt: skip


def _blanked(text: str, names: frozenset[str]) -> str:
    """Return the text with everything blank that has digits and is no plain number."""

    def blank(match: re.Match[str]) -> str:
        is_number = _SCALED.fullmatch(match[0]) and match[0].lower() not in names
        return match[0] if is_number else _blanks(match)

    return _NAME.sub(blank, _dates_blanked(_LISTED.sub(_blanks, _CITED.sub(_blanks, text))))


def _dates_blanked(text: str) -> str:
    for pattern in (_DATE, _TIME, _LONG_DATE):
        text = pattern.sub(_blanks, text)
    return text


def _blanks(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _sentence(text: str, claim: Claim) -> str:
    start = max(text.rfind(mark, 0, claim.start) for mark in (". ", "\n", "; ")) + 1
    ends = [place for mark in (". ", "\n", "; ") if (place := text.find(mark, claim.end)) >= 0]
    return text[start : min(ends, default=len(text))]
