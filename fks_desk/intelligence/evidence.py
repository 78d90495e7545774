"""Merge exact findings with retrieved passages and number the rows they rest on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fks_desk.core.messages import Citation
from fks_desk.core.model import RowRef
from fks_desk.core.ports import Passage
from fks_desk.intelligence.findings.finding import Statement
from fks_desk.intelligence.sanitise import one_line

MOST_CITED = 10
_ENOUGH_CITED = 5
_MARKS_PER_SENTENCE = 4
_EXCERPT = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Hold one numbered row with everything that is said of it."""

    number: int
    ref: RowRef
    texts: tuple[str, ...]

    @property
    def citation(self) -> Citation:
        """Return the source as an answer cites it."""
        return Citation(number=self.number, ref=self.ref, excerpt=one_line(self.texts[0], _EXCERPT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Hold what an answer may say: sentences first, then the nearest passages.

    The rows that the sentences rest on come first in `sources`.
    """

    statements: tuple[Statement, ...]
    passages: tuple[Passage, ...]
    sources: tuple[Source, ...]

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Return every source as a citation."""
        return tuple(source.citation for source in self.sources)

    def lines(self) -> list[str]:
        """Return each sentence with the numbers of its rows, most important first."""
        return [*map(self._said, self.statements), *self.passage_lines()]

    def statement_lines(self) -> list[str]:
        """Return the sentences that exact queries gave."""
        return [self._said(statement) for statement in self.statements]

    def passage_lines(self) -> list[str]:
        """Return the passages that no sentence rests on."""
        told = {ref for statement in self.statements for ref in (*statement.refs, *statement.more)}
        return [
            f"{one_line(passage.document.text, _EXCERPT)} {self.marks([passage.document.ref])}"
            for passage in self.passages
            if passage.document.ref not in told and self.marks([passage.document.ref])
        ]

    def related(self) -> list[str]:
        """Return the titles of the passages that no sentence rests on, with their numbers."""
        told = {ref for statement in self.statements for ref in (*statement.refs, *statement.more)}
        return [
            f"{passage.document.title} {self.marks([passage.document.ref])}"
            for passage in self.passages
            if passage.document.ref not in told and self.marks([passage.document.ref])
        ]

    def marks(self, refs: Sequence[RowRef]) -> str:
        """Return `[1][2]` for rows that are sources."""
        numbers = {source.ref: source.number for source in self.sources}
        found = [numbers[ref] for ref in refs if ref in numbers][:_MARKS_PER_SENTENCE]
        return "".join(f"[{number}]" for number in dict.fromkeys(found))

    def _said(self, statement: Statement) -> str:
        return f"{statement.text} {self.marks([*statement.refs, *statement.more])}".rstrip()


def gather(statements: Sequence[Statement], passages: Sequence[Passage]) -> Evidence:
    """Return the evidence with its rows numbered: needed ones first, then more, then passages."""
    cited = list(dict.fromkeys(_by_need(statements)))[:MOST_CITED]
    room = MOST_CITED if not statements else max(_ENOUGH_CITED, len(cited))
    shown = []
    for passage in passages:
        if passage.document.ref in cited:
            shown.append(passage)
        elif len(cited) < room:
            cited.append(passage.document.ref)
            shown.append(passage)
    sources = tuple(
        Source(number=place, ref=ref, texts=tuple(_texts(ref, statements, shown)))
        for place, ref in enumerate(cited, start=1)
    )
    return Evidence(statements=tuple(statements), passages=tuple(shown), sources=sources)


def _by_need(statements: Sequence[Statement]) -> Iterator[RowRef]:
    """Yield one row per sentence, then each sentence's others, then the further ones."""
    for statement in statements:
        yield from statement.refs[:1]
    for statement in statements:
        yield from statement.refs[1:]
    for statement in statements:
        yield from statement.more


def _texts(
    ref: RowRef, statements: Sequence[Statement], passages: Sequence[Passage]
) -> Iterator[str]:
    for statement in statements:
        if ref in statement.refs or ref in statement.more:
            yield statement.text
    for passage in passages:
        if passage.document.ref == ref:
            yield f"{passage.document.title}. {passage.document.text}"
