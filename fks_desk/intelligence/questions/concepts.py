"""Recognise the ideas that a question's words stand for, in any wording."""

from __future__ import annotations

import re

from fks_desk.intelligence.questions.concept import Concept
from fks_desk.intelligence.questions.lexicon import WORDS

_PATTERNS = {
    concept: re.compile(rf"\b(?:{''.join(words.split()).replace('_', ' ')})\b")
    for concept, words in WORDS.items()
}
_POLITE = re.compile(r"\b(?:tell|show|give|remind|let) (?:me|us)\b")
_HYPHEN = re.compile(r"(?<=[a-z])-(?=[a-z])")
_NOT_A_WORD = re.compile(r"[^a-z0-9&/%.\-]+")
_LOOSE_MARKS = re.compile(r"(?<!\d)\.|\.(?!\d)|(?<![a-z0-9])[-/]|[-/](?![a-z0-9])")
_SPOKEN = (
    ("what's", "what is"),
    ("where's", "where is"),
    ("how's", "how is"),
    ("who's", "who is"),
    ("i've", "i have"),
    ("i'm", "i am"),
    ("we've", "we have"),
    ("we're", "we are"),
    ("didn't", "did not"),
    ("don't", "do not"),
    ("hasn't", "has not"),
    ("haven't", "have not"),
    ("isn't", "is not"),
)


def normal(text: str) -> str:
    """Return the text in small letters, with single blanks and without punctuation."""
    plain = text.lower().replace("’", "'")
    for spoken, written in _SPOKEN:
        plain = plain.replace(spoken, written)
    plain = _HYPHEN.sub(" ", _POLITE.sub("show", plain))
    return " ".join(_LOOSE_MARKS.sub(" ", _NOT_A_WORD.sub(" ", plain)).split())


def concepts_in(text: str) -> frozenset[Concept]:
    """Return the ideas in a normal text."""
    return frozenset(concept for concept, pattern in _PATTERNS.items() if pattern.search(text))
