"""Take out of a text what could mislead a reader or a terminal."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 8_000
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
# Everything of these Unicode classes but line break and tab: controls, formats
# (zero width, bidirectional overrides), lone surrogates, private and unassigned ones.
_UNWANTED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_BLANK_LINES = re.compile(r"\n{3,}")


def clean(text: str, longest: int = LONGEST) -> str:
    """Return the text without escapes, control and direction marks, cut to a length."""
    # Cut first: nobody waits for a megabyte to be cleaned.
    plain = _ESCAPES.sub("", text[: longest * 4].replace("\r\n", "\n"))
    plain = "".join(
        mark for mark in plain if mark in "\n\t" or unicodedata.category(mark) not in _UNWANTED
    )
    plain = _BLANK_LINES.sub("\n\n", plain)
    return plain if len(plain) <= longest else plain[: longest - 1].rstrip() + "…"


def one_line(text: str, longest: int = 300) -> str:
    """Return the cleaned text with every run of white space as one blank."""
    return " ".join(clean(text, longest).split())
