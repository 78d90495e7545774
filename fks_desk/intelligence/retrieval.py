"""Find the passages nearest to a question, by meaning and by words."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import replace

from fks_desk.core.errors import ModelError
from fks_desk.core.ports import DocumentStore, Embedder, Passage, RetrievalQuery
from fks_desk.intelligence.findings.finders import KINDS
from fks_desk.intelligence.questions.reading import Question
from fks_desk.intelligence.questions.topics import Topic

log = logging.getLogger(__name__)

_READ = 40
_PATIENCE_S = 3.0
_SAME_TEXT = 2  # passages that differ in numbers alone, so that no flood of one kind wins
_DAY_S = 86_400.0
_MARKET = frozenset({Topic.PRICE_NOW, Topic.PRICE_SPAN})


class Retriever:
    """Search the documents with a question's own filters."""

    def __init__(self, *, documents: DocumentStore, embedder: Embedder) -> None:
        self._documents = documents
        self._embedder = embedder

    async def find(self, question: Question, limit: int = 8) -> list[Passage]:
        """Return the best passages, each with the reasons for its rank."""
        query = RetrievalQuery(
            text=question.text,
            embedding=await self._vector(question.text),
            model=self._embedder.model,
            kinds=_kinds(question),
            account=question.account,
            limit=_READ,
        )
        found = await self._documents.search(query)
        return ranked([one for one in found if _bears_on(one, question)], question)[:limit]

    async def _vector(self, text: str) -> tuple[float, ...] | None:
        """Return the question's vector, or None for a model that keeps it waiting."""
        try:
            (vector,) = await asyncio.wait_for(self._embedder.embed([text]), _PATIENCE_S)
        except (TimeoutError, ModelError) as error:
            log.info("the question is searched by words alone: %r", error)
            return None
        return tuple(vector)


def ranked(passages: Sequence[Passage], question: Question) -> list[Passage]:
    """Return passages with the named instruments and newer rows first, near doubles left out."""
    scored = sorted((_scored(passage, question) for passage in passages), key=_rank)
    kept: list[Passage] = []
    seen: dict[str, int] = {}
    for passage in scored:
        shape = re.sub(r"\d+(?:\.\d+)?", "0", passage.document.text)
        seen[shape] = seen.get(shape, 0) + 1
        if seen[shape] <= _SAME_TEXT:
            kept.append(passage)
    return kept


def _bears_on(passage: Passage, question: Question) -> bool:
    """Tell whether more than a vague likeness speaks for a passage."""
    if question.topics and set(question.topics) <= _MARKET:
        span = question.span
        return span is not None and span.span.start <= passage.document.moment < span.span.end
    return bool(question.topics) or any(reason.startswith("words") for reason in passage.reasons)


def _scored(passage: Passage, question: Question) -> Passage:
    score, reasons = passage.score, list(passage.reasons)
    named = {one for scope in question.instruments for one in scope}
    if named and passage.document.instrument in named:
        score, reasons = score * 2.0, [*reasons, "symbol named"]
    elif named and passage.document.instrument is not None:
        score, reasons = score * 0.4, [*reasons, "another symbol"]
    span = question.span
    if span is not None and span.span.start <= passage.document.moment < span.span.end:
        score, reasons = score * 1.5, [*reasons, "inside the time"]
    days = max(0.0, (question.now - passage.document.moment).total_seconds() / _DAY_S)
    # A row of today counts a fifth more than one of long ago.
    score *= 1.0 + 0.2 / (1.0 + days)
    return replace(passage, score=score, reasons=tuple(reasons))


def _rank(passage: Passage) -> tuple[float, float]:
    return -passage.score, -passage.document.moment.timestamp()


def _kinds(question: Question) -> tuple[str, ...]:
    return tuple(dict.fromkeys(kind for topic in question.topics for kind in KINDS.get(topic, ())))
