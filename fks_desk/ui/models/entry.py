"""Read numbers as a person types them, and refuse what could mean two things."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from fks_desk.ui.text import tr

_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")
_MOST_DIGITS = 28  # what Decimal arithmetic keeps exact


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Say in one sentence why an entry cannot be used, and which field it stands in."""

    field: str
    text: str


def read_number(
    text: str, field: str, title: str, *, may_be_zero: bool = False
) -> Decimal | Refusal:
    """Return the number above zero that is written in the text, or why it is none."""
    typed = text.strip()
    refusal = _refuse_spelling(typed, title)
    if refusal is not None:
        return Refusal(field=field, text=refusal)
    number = Decimal(typed)
    if number == 0 and not may_be_zero:
        return Refusal(field=field, text=tr("{title} must be above zero.", title=title))
    return number


def _refuse_spelling(typed: str, title: str) -> str | None:
    if "," in typed:
        return tr(
            "{title}: {typed} is refused, because a comma can mean thousands or decimals. "
            "Write {thousands} or {decimals}.",
            title=title,
            typed=typed,
            thousands=typed.replace(",", ""),
            decimals=typed.replace(",", "."),
        )
    if typed.startswith(("-", "−", "+")):
        return tr("{title} takes no sign.", title=title)
    if not _NUMBER.fullmatch(typed):
        return tr("{title} must be a number such as 0.25, was {typed}.", title=title, typed=typed)
    if len(typed) > _MOST_DIGITS:
        return tr("{title} has more than {most} digits.", title=title, most=_MOST_DIGITS)
    return None
