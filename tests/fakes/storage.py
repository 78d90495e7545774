"""Keep trading rows and candles in memory, as the contract tests demand of every store."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import numpy as np

from fks_desk.core.clock import SteppedClock, from_ms, to_ms
from fks_desk.core.errors import ConfigError, DataError
from fks_desk.core.frame import Frame
from fks_desk.core.model import InstrumentId, Provenance, Span, Timeframe
from fks_desk.core.orders import OPEN_STATES
from fks_desk.core.ports import JournalRow, WriteCount


class MemoryJournal:
    """Fulfil `core.ports.Journal` without a database."""

    def __init__(self, clock=None):
        self._clock = clock or SteppedClock(datetime(2026, 1, 1, tzinfo=UTC))
        self.rows: list[JournalRow] = []
        self._offsets: dict[str, int] = {}

    async def append(self, drafts, *, marks=()):
        new = []
        for draft in drafts:
            before = self.rows[-1].digest if self.rows else ""
            row = JournalRow(
                sequence=len(self.rows) + 1,
                draft=draft,
                ts_init=self._clock.now(),
                digest=_seal(before, len(self.rows) + 1, draft),
            )
            self.rows.append(row)
            new.append(row)
        for consumer in marks if new else ():
            await self.advance(consumer, new[-1].sequence)
        return new

    async def read(self, after, limit=1000):
        return self.rows[after : after + limit]

    async def offset(self, consumer):
        return self._offsets.get(consumer, 0)

    async def advance(self, consumer, sequence):
        self._offsets[consumer] = max(sequence, self._offsets.get(consumer, 0))

    async def verify(self):
        before = ""
        for place, row in enumerate(self.rows, start=1):
            if row.sequence != place or row.digest != _seal(before, place, row.draft):
                return row.sequence
            before = row.digest
        return None


class MemoryTrading:
    """Fulfil `TradingStore`, `TradingReader` and `AccountStore` without a database."""

    def __init__(self, journal=None, accounts=()):
        self.journal = journal or MemoryJournal()
        self._accounts = {one.id: one for one in accounts}
        self._orders = {}
        self._fills = {}
        self._positions = {}
        self._balances = {}

    async def ensure_account(self, account):
        known = self._accounts.get(account.id)
        if known is not None and (known.venue, known.mode) != (account.venue, account.mode):
            raise ConfigError(f"the account {account.id} is a {known.mode} account and stays that")
        self._accounts[account.id] = account

    async def record(self, *changes):
        for change in changes:
            if change.account not in self._accounts:
                raise DataError(f"there is no account {change.account}")
        new, seen, told = [], set(self._fills), 0
        for fill in (fill for change in changes for fill in change.fills):
            told += 1
            if fill.key not in seen:
                new.append(fill)
                seen.add(fill.key)
        if len(new) < told:
            return new
        for change in changes:
            await self._take(change)
        return new

    async def _take(self, change):
        for order in change.orders:
            known = self._orders.get((change.account, order.client_id))
            kept = order if known is None else _with_intent(order, known.intent)
            self._orders[change.account, order.client_id] = kept
        self._fills |= {fill.key: fill for fill in change.fills}
        for position in change.positions:
            self._positions[position.account, position.instrument, position.side] = position
        for balance in change.balances:
            known = self._balances.get((balance.account, balance.currency))
            if known is None or balance.updated >= known.updated:
                self._balances[balance.account, balance.currency] = balance
        await self.journal.append(change.events)

    async def open_orders(self, account):
        return sorted(
            (one for one in await self.orders(account) if one.state in OPEN_STATES),
            key=lambda one: (one.intent.created, one.client_id),
        )

    async def order(self, account, client_id):
        return self._orders.get((account, client_id))

    async def known_fills(self, fills):
        return [self._fills[fill.key] for fill in fills if fill.key in self._fills]

    async def last_fill_time(self, account):
        return max((one.ts_event for one in await self.fills(account)), default=None)

    async def accounts(self):
        return [self._accounts[key] for key in sorted(self._accounts)]

    async def orders(self, account, limit=500):
        mine = [one for (owner, _), one in self._orders.items() if owner == account]
        mine.sort(key=lambda one: (one.intent.created, one.client_id), reverse=True)
        return mine[:limit]

    async def fills(self, account, instrument=None, limit=500):
        mine = [
            one
            for one in self._fills.values()
            if one.account == account and instrument in {None, one.instrument}
        ]
        mine.reverse()  # of two at one time the one stored later is the newer
        mine.sort(key=lambda one: one.ts_event, reverse=True)
        return mine[:limit]

    async def positions(self, account):
        mine = (one for one in self._positions.values() if one.account == account)
        return sorted(mine, key=lambda one: (one.instrument, one.side.value))

    async def balances(self, account):
        mine = (one for one in self._balances.values() if one.account == account)
        return sorted(mine, key=lambda one: one.currency)


class MemoryCandles:
    """Fulfil `CandleReader` and `CandleWriter` without a database."""

    def __init__(self):
        self._bars: dict[tuple[InstrumentId, Timeframe], dict[int, tuple[float, ...]]] = {}
        self._built: set[tuple[InstrumentId, Timeframe, int]] = set()

    async def upsert(self, candles):
        if any(not one.is_closed for one in candles):
            raise DataError("a candle in progress is not stored; wait until it closes")
        newest = {(one.instrument, one.timeframe, one.opened): one for one in candles}
        count = WriteCount(inserted=0, revised=0, unchanged=len(candles) - len(newest))
        for one in newest.values():
            values = tuple(
                float(getattr(one, name)) for name in ("open", "high", "low", "close", "volume")
            )
            key = (one.instrument, one.timeframe, to_ms(one.opened))
            count = _added(count, self._put(key, values, one.provenance))
        return count

    async def upsert_frame(self, instrument, timeframe, frame, provenance):
        count = WriteCount(inserted=0, revised=0, unchanged=0)
        for place in range(len(frame)):
            values = tuple(
                float(getattr(frame, name)[place])
                for name in ("open", "high", "low", "close", "volume")
            )
            key = (instrument, timeframe, int(frame.time[place]))
            count = _added(count, self._put(key, values, provenance))
        return count

    async def latest(self, instrument, timeframe, count, before=None):
        frame = self._frame(instrument, timeframe)
        if before is not None:
            frame = frame.slice(0, int(np.searchsorted(frame.time, to_ms(before))))
        return frame.tail(count)

    async def range(self, instrument, timeframe, span):
        frame = self._frame(instrument, timeframe)
        ends = np.searchsorted(frame.time, [to_ms(span.start), to_ms(span.end)])
        return frame.slice(int(ends[0]), int(ends[1]))

    async def extent(self, instrument, timeframe):
        frame = self._frame(instrument, timeframe)
        if not len(frame):
            return None
        last = from_ms(int(frame.time[-1])) + timeframe.delta
        return Span(start=from_ms(int(frame.time[0])), end=last)

    async def stored(self):
        return [(name, frame, len(bars)) for (name, frame), bars in sorted(self._bars.items())]

    def _put(self, key, values, provenance):
        bars = self._bars.setdefault(key[:2], {})
        known = bars.get(key[2])
        is_built = provenance is Provenance.BUILT
        if known == values or (known is not None and is_built and key not in self._built):
            return "unchanged"
        bars[key[2]] = values
        (self._built.add if is_built else self._built.discard)(key)
        return "inserted" if known is None else "revised"

    def _frame(self, instrument, timeframe):
        bars = self._bars.get((instrument, timeframe), {})
        if not bars:
            return Frame.empty()
        times = sorted(bars)
        table = np.array([bars[time] for time in times], dtype=np.float64)
        return Frame(
            time=np.array(times, dtype=np.int64),
            open=table[:, 0],
            high=table[:, 1],
            low=table[:, 2],
            close=table[:, 3],
            volume=table[:, 4],
        )


def _added(count, what):
    values = {name: getattr(count, name) for name in ("inserted", "revised", "unchanged")}
    return WriteCount(**{**values, what: values[what] + 1})


def _with_intent(order, intent):
    from dataclasses import replace

    return replace(order, intent=intent)


def _seal(before, sequence, draft):
    content = json.dumps(
        [before, sequence, draft.type, dict(draft.payload), str(draft.ts_event), draft.account],
        sort_keys=True,
        default=str,
    )
    return hashlib.sha256(content.encode()).hexdigest()
