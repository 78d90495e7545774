"""Turn what happened into searchable documents, following the journal."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fks_desk.core.errors import DataError, FKSException, ModelError
from fks_desk.core.messages import BacktestDone, Event, SignalRaised
from fks_desk.core.model import RowRef
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import Document, DocumentStore, Embedder, Facts, Journal, JournalRow
from fks_desk.intelligence.chunks import chunks
from fks_desk.intelligence.documents import document_of
from fks_desk.intelligence.summaries import summaries

log = logging.getLogger(__name__)

CONSUMER = "intelligence"
LOOK_S = 1.0
TEND_S = 300.0
GAPS_S = 30.0
BATCH = 200
# What happened must be found by its words at once; a vector may follow.
_PATIENCE_S = 2.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 60.0


class Ingest:
    """Keep the documents up to date with the rows.

    The journal is written with the rows, so following it misses nothing: after a
    crash the reading goes on where it was last noted. Reading an entry twice
    changes nothing, since a row has one document. Beside it, a slower walk gives
    vectors to what has none yet and sums up what the markets did.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        facts: Facts,
        documents: DocumentStore,
        embedder: Embedder,
    ) -> None:
        self._journal = journal
        self._facts = facts
        self._documents = documents
        self._embedder = embedder
        self._nursery = Nursery()
        self._woken = asyncio.Event()
        self._following, self._tending = asyncio.Lock(), asyncio.Lock()
        self._told: dict[RowRef, None] = {}
        self._has_gaps = True

    def start(self) -> None:
        """Follow the journal, and tend to the rest, until closed."""
        self._nursery.start(self._follow(), name="ingest documents")
        self._nursery.start(self._tend(), name="tend to documents")

    async def close(self) -> None:
        """Stop; what was not read yet is read at the next start."""
        await self._nursery.close()

    def on_event(self, event: Event) -> None:
        """Look at the journal soon; backtests and signals are told by their event alone."""
        if isinstance(event, BacktestDone):
            self._told[RowRef(kind="backtest", key=event.report.run)] = None
        elif isinstance(event, SignalRaised):
            self._told[RowRef(kind="signal", key=event.signal.id)] = None
        self._woken.set()

    async def catch_up(self) -> int:
        """Read everything new; return how many documents are new or changed."""
        async with self._following:
            changed = await self._read_told()
            after = await self._journal.offset(CONSUMER)
            while rows := await self._journal.read(after, BATCH):
                changed += await self._quickly_saved(await self._written(await self._refs(rows)))
                after = rows[-1].sequence
                await self._journal.advance(CONSUMER, after)
            return changed

    async def fill_gaps(self) -> int:
        """Read every row that has no document or no vector of this model, newest first."""
        async with self._tending:
            changed = 0
            # A row that cannot be told stays without a document; it is passed once.
            passed: set[RowRef] = set()
            while True:
                rows = await self._facts.ask(
                    "undocumented", model=self._embedder.model, limit=BATCH + len(passed)
                )
                refs = {RowRef.parse(row["ref"]) for row in rows} - passed
                if not refs:
                    return changed
                documents = await self._written(refs)
                changed += await self._saved(documents)
                passed |= refs - {document.ref for document in documents}

    async def summarise(self) -> int:
        """Describe the finished hours and days of every stored market since the last time."""
        async with self._tending:
            changed = 0
            async for batch in summaries(self._facts, self._embedder.model):
                changed += await self._saved(batch)
            return changed

    async def _follow(self) -> None:
        wait = _FIRST_WAIT_S
        while True:
            try:
                await self.catch_up()
                wait = _FIRST_WAIT_S
                await self._rest()
            except FKSException as error:
                log.info("documents wait %.0f s: %s", wait, error)
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT_S)

    async def _tend(self) -> None:
        while True:
            try:
                if self._has_gaps:
                    self._has_gaps = False
                    await self.fill_gaps()
                await self.summarise()
            except FKSException as error:
                self._has_gaps = True
                log.info("documents are not complete yet: %s", error)
            await asyncio.sleep(GAPS_S if self._has_gaps else TEND_S)

    async def _rest(self) -> None:
        """Wait for the next event, or a moment: other processes write to the journal too."""
        self._woken.clear()
        try:
            await asyncio.wait_for(self._woken.wait(), LOOK_S)
        except TimeoutError:
            return
        # What one step tells in several events is read together.
        await asyncio.sleep(0.05)

    async def _read_told(self) -> int:
        refs = list(self._told)
        changed = await self._quickly_saved(await self._written(refs))
        for ref in refs:
            self._told.pop(ref, None)
        return changed

    async def _refs(self, rows: Sequence[JournalRow]) -> list[RowRef]:
        found: dict[RowRef, None] = {}
        for row in rows:
            found |= dict.fromkeys(refs_of(row))
            if row.draft.type.startswith("fill."):
                found |= dict.fromkeys(await self._fill_refs(row.draft.payload))
        return list(found)

    async def _fill_refs(self, payload: Mapping[str, Any]) -> list[RowRef]:
        """Return the row of a fill, which the journal names by the venue's id."""
        named = {name: payload.get(name) for name in ("account", "instrument", "trade_id")}
        if not all(isinstance(value, str) for value in named.values()):
            return []
        rows = await self._facts.ask("fill_by_trade_id", **named)
        return [RowRef.parse(row["ref"]) for row in rows]

    async def _written(self, refs: Iterable[RowRef]) -> list[Document]:
        """Return the documents of the rows that are there and can be told."""
        documents = []
        for ref in refs:
            try:
                row = await self._facts.row(ref)
                document = document_of(ref, row) if row is not None else None
            except (DataError, ValueError, KeyError, ArithmeticError) as error:
                # One row that cannot be told must not hold up those behind it.
                log.info("%s has no document: %s", ref, error)
                continue
            if document is not None:
                documents.append(document)
        return documents

    async def _quickly_saved(self, documents: Sequence[Document]) -> int:
        """Save documents; without vectors if the model keeps them waiting."""
        try:
            return await asyncio.wait_for(self._saved(documents), _PATIENCE_S)
        except (TimeoutError, ModelError) as error:
            log.info("documents are saved without vectors for now: %r", error)
        self._has_gaps = True
        ordered = sorted(documents, key=lambda one: str(one.ref))
        return await self._documents.save_documents(ordered, [], self._embedder.model)

    async def _saved(self, documents: Sequence[Document]) -> int:
        # One order for all, so that two savers of the same rows never wait for one another.
        ordered = sorted(documents, key=lambda one: str(one.ref))
        changed = 0
        for start in range(0, len(ordered), BATCH):
            batch = ordered[start : start + BATCH]
            vectors = await embedded(batch, self._embedder)
            changed += await self._documents.save_documents(batch, vectors, self._embedder.model)
        return changed


def refs_of(row: JournalRow) -> list[RowRef]:
    """Return the rows that a journal entry tells of, apart from fills."""
    draft = row.draft
    topic = draft.type.partition(".")[0]
    if topic in {"order", "fill", "position"}:
        return [*_order_refs(draft.correlation), *_position_refs(draft.payload)]
    if topic == "balance":
        return _balance_refs(draft.payload)
    if topic in {"signal", "backtest"} and draft.correlation:
        return [RowRef(kind=topic, key=draft.correlation)]
    return []


async def embedded(documents: Sequence[Document], embedder: Embedder) -> list[Sequence[float]]:
    """Return one vector per document; a long text's is the mean of its pieces'."""
    pieces = [[piece.text for piece in chunks(f"{one.title}. {one.text}")] for one in documents]
    flat = await embedder.embed([text for texts in pieces for text in texts])
    vectors: list[Sequence[float]] = []
    place = 0
    for texts in pieces:
        vectors.append(_mean(flat[place : place + len(texts)]))
        place += len(texts)
    return vectors


def _mean(vectors: Sequence[Sequence[float]]) -> Sequence[float]:
    if len(vectors) == 1:
        return vectors[0]
    total = [math.fsum(column) for column in zip(*vectors, strict=True)]
    length = math.sqrt(math.fsum(value * value for value in total)) or 1.0
    return [value / length for value in total]


def _order_refs(correlation: str) -> list[RowRef]:
    return [RowRef(kind="order", key=correlation)] if correlation else []


def _position_refs(payload: Mapping[str, Any]) -> list[RowRef]:
    account, instrument = payload.get("account"), payload.get("instrument")
    if not (isinstance(account, str) and isinstance(instrument, str)):
        return []
    return [RowRef(kind="position", key=f"{account}/{instrument}")]


def _balance_refs(payload: Mapping[str, Any]) -> list[RowRef]:
    balances = payload.get("balances", [payload])
    return [
        RowRef(kind="balance", key=f"{one['account']}/{one['currency']}")
        for one in balances
        if isinstance(one, Mapping) and "account" in one and "currency" in one
    ]
