"""Hold what was found: sentences tied to the rows they rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fks_desk.core.model import InstrumentId, RowRef
from fks_desk.core.ports import Facts
from fks_desk.intelligence.questions.reading import Question
from fks_desk.intelligence.writing import symbol_of

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Hold one sentence with the rows that it rests on.

    `refs` are needed to believe the sentence; `more` are further rows of the same
    kind, such as the newest ones of a sum.
    """

    text: str
    refs: tuple[RowRef, ...] = ()
    more: tuple[RowRef, ...] = ()


class Shelf:
    """Ask facts on behalf of one question, so that each finder only says what it needs."""

    def __init__(self, facts: Facts, question: Question) -> None:
        self._facts = facts
        self.question = question

    async def ask(self, name: str, **arguments: Any) -> Sequence[Row]:
        """Return the rows of a named query of this question's account."""
        return await self._facts.ask(name, account=self.question.account, **arguments)

    async def ask_market(self, name: str, **arguments: Any) -> Sequence[Row]:
        """Return the rows of a named query that knows no account."""
        return await self._facts.ask(name, **arguments)

    async def row(self, ref: RowRef) -> Row | None:
        """Return one stored row."""
        return await self._facts.row(ref)

    def scopes(self) -> tuple[tuple[InstrumentId | None, ...], ...]:
        """Return the named instruments, or one scope that holds everything."""
        return self.question.instruments or ((None,),)

    def one_scope(self) -> tuple[tuple[InstrumentId | None, ...], ...]:
        """Return the named instruments, or the one on the chart."""
        return self.question.instruments or (self.question.chosen or (None,),)

    @property
    def span(self) -> dict[str, Any]:
        """Return the span as arguments of a query."""
        named = self.question.span
        if named is None:
            return {}
        return {"start": named.span.start, "end": named.span.end}

    @property
    def when(self) -> str:
        """Return the span as words with a blank in front, empty for all times."""
        return "" if self.question.span is None else f" {self.question.span.words}"

    async def of_first(
        self, name: str, scope: Sequence[InstrumentId | None], **arguments: Any
    ) -> Sequence[Row]:
        """Return the rows of the first instrument of a scope that has any."""
        for instrument in scope:
            rows = await self.ask(name, instrument=instrument, **arguments)
            if rows:
                return rows
        return ()


def ref_of(row: Row) -> RowRef:
    """Return the reference of a query's row."""
    return RowRef.parse(row["ref"])


def more_of(row: Row) -> tuple[RowRef, ...]:
    """Return the newest rows of a sum, apart from the one that stands for it."""
    return tuple(RowRef.parse(ref) for ref in row.get("refs") or () if ref != row["ref"])


def scope_words(scope: Sequence[InstrumentId | None]) -> str:
    """Return ` in BTC/USDT` for one instrument and nothing for all."""
    return f" in {symbol_of(scope[0])}" if scope and scope[0] is not None else ""
