"""Store what one step of trading changed, whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fks_desk.adapters.storage.codec import (
    balance_row,
    fill_of,
    fill_row,
    order_of,
    order_row,
    position_row,
)
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.instruments import InstrumentTable
from fks_desk.adapters.storage.journal import append_rows
from fks_desk.adapters.storage.ledger import PARENT, TRANSFER, parent_row, transfer_row
from fks_desk.adapters.storage.partitions import Partitions, SplitTable
from fks_desk.adapters.storage.pool import Connection, Row
from fks_desk.core.clock import Clock
from fks_desk.core.model import (
    ZERO,
    AccountId,
    Balance,
    ClientOrderId,
    Fill,
    InstrumentId,
    Order,
    Position,
)
from fks_desk.core.orders import OPEN_STATES
from fks_desk.core.ports import TradingChange

_OPEN = sorted(state.value for state in OPEN_STATES)

_MENTIONED = "SELECT instrument FROM instruments WHERE instrument = ANY(%s)"
# What was wanted never changes; only what became of it does. The event row is added
# in the same statement, and only if something did become of it.
_ORDER = """
WITH before AS (
    SELECT state, filled, venue_order_id, reason FROM orders
    WHERE account = %(account)s AND client_id = %(client_id)s
), kept AS (
    INSERT INTO orders (
        account, client_id, instrument, side, kind, size, limit_price, reference_price,
        time_in_force, origin, prompted_by, strategy, terms, parent, role, number, replaces,
        created, state, venue_order_id, filled, average_price, reason, updated
    ) VALUES (
        %(account)s, %(client_id)s, %(instrument)s, %(side)s, %(kind)s, %(size)s,
        %(limit_price)s, %(reference_price)s, %(time_in_force)s, %(origin)s, %(prompted_by)s,
        %(strategy)s, %(terms)s, %(parent)s, %(role)s, %(number)s, %(replaces)s,
        %(created)s, %(state)s, %(venue_order_id)s, %(filled)s, %(average_price)s,
        %(reason)s, %(updated)s
    )
    ON CONFLICT (account, client_id) DO UPDATE SET
        state = excluded.state, venue_order_id = excluded.venue_order_id,
        filled = excluded.filled, average_price = excluded.average_price,
        reason = excluded.reason, updated = excluded.updated
)
INSERT INTO order_events (
    account, client_id, state, filled, average_price, venue_order_id, reason, ts_event, ts_init
)
SELECT %(account)s, %(client_id)s, %(state)s, %(filled)s, %(average_price)s::numeric,
    %(venue_order_id)s, %(reason)s, %(updated)s, %(now)s
WHERE NOT EXISTS (
    SELECT FROM before
    WHERE (state, filled, venue_order_id, reason) IS NOT DISTINCT FROM
        (%(state)s, %(filled)s::numeric, %(venue_order_id)s, %(reason)s)
)
"""
_FILL_ID = """
INSERT INTO fill_ids (account, instrument, trade_id, trade, ts_event)
VALUES (
    %(account)s, %(instrument)s, %(trade_id)s, nextval('trades_id_seq'), %(ts_event)s
)
ON CONFLICT DO NOTHING
RETURNING trade
"""
_FILL = """
INSERT INTO trades (
    id, ts_event, account, instrument, trade_id, client_id, venue_order_id, side, price, size,
    fee, fee_currency, liquidity, is_closing, realised, realised_currency, ts_init
) VALUES (
    %(trade)s, %(ts_event)s, %(account)s, %(instrument)s, %(trade_id)s, %(client_id)s,
    %(venue_order_id)s, %(side)s, %(price)s, %(size)s, %(fee)s, %(fee_currency)s,
    %(liquidity)s, %(is_closing)s, %(realised)s, %(realised_currency)s, %(ts_init)s
)
"""
_HELD = """
SELECT instrument, sum(size) AS size, sum(realised) AS realised
FROM (
    SELECT * FROM positions WHERE account = %s AND instrument = ANY(%s) FOR UPDATE
) AS held
GROUP BY instrument
"""
_POSITION = """
INSERT INTO positions (
    account, instrument, side, margin_mode, leverage, size, average_price, realised,
    realised_currency, fees, fees_currency, reporting_currency, rate, opened, updated
) VALUES (
    %(account)s, %(instrument)s, %(side)s, %(margin_mode)s, %(leverage)s, %(size)s,
    %(average_price)s, %(realised)s, %(realised_currency)s, %(fees)s, %(fees_currency)s,
    %(reporting_currency)s, %(rate)s, %(opened)s, %(updated)s
)
ON CONFLICT (account, instrument, side) DO UPDATE SET
    margin_mode = excluded.margin_mode, leverage = excluded.leverage, size = excluded.size,
    average_price = excluded.average_price, realised = excluded.realised,
    realised_currency = excluded.realised_currency, fees = excluded.fees,
    fees_currency = excluded.fees_currency, reporting_currency = excluded.reporting_currency,
    rate = excluded.rate, opened = excluded.opened, updated = excluded.updated
"""
_BALANCE = """
WITH remembered AS (
    INSERT INTO balance_history (account, currency, ts, free, locked, ts_init)
    VALUES (%(account)s, %(currency)s, %(updated)s, %(free)s, %(locked)s, %(now)s)
    ON CONFLICT (account, currency, ts) DO UPDATE
        SET free = excluded.free, locked = excluded.locked, ts_init = excluded.ts_init
)
INSERT INTO balances (account, currency, free, locked, updated)
VALUES (%(account)s, %(currency)s, %(free)s, %(locked)s, %(updated)s)
ON CONFLICT (account, currency) DO UPDATE
    SET free = excluded.free, locked = excluded.locked, updated = excluded.updated
    WHERE excluded.updated >= balances.updated
"""
_OPEN_ORDERS = """
SELECT * FROM orders WHERE account = %s AND state = ANY(%s) ORDER BY created, client_id
"""
_ONE_ORDER = "SELECT * FROM orders WHERE account = %s AND client_id = %s"
_KNOWN_FILLS = """
SELECT t.* FROM unnest(%s::text[], %s::text[], %s::text[]) AS k (account, instrument, trade_id)
JOIN fill_ids f USING (account, instrument, trade_id)
JOIN trades t ON t.id = f.trade AND t.ts_event = f.ts_event
ORDER BY t.ts_event, t.id
"""
_LAST_FILL = "SELECT max(ts_event) AS last FROM trades WHERE account = %s"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gain:
    """Hold what a change adds to the realised result of one instrument."""

    amount: Decimal
    currency: str
    size_before: Decimal


class _AlreadyKnownError(Exception):
    """Undo the transaction: a fill of the change was stored before."""


class TradingWriterTable:
    """Store the trading state of every account."""

    def __init__(
        self,
        *,
        database: Database,
        instruments: InstrumentTable,
        partitions: Partitions,
        clock: Clock,
    ) -> None:
        self._database = database
        self._instruments = instruments
        self._partitions = partitions
        self._clock = clock

    async def record(self, change: TradingChange) -> Sequence[Fill]:
        """Store the change in one transaction and return the fills that were new.

        If a fill is known already, the whole change is left unstored.
        """
        await self._make_room(change)
        new: list[Fill] = []
        now = self._clock.now()
        try:
            async with self._database.writing() as connection:
                # Orders first: two changes of one order wait for one another here.
                for order in sorted(change.orders, key=lambda one: one.client_id):
                    await connection.execute(_ORDER, {**order_row(order), "now": now})
                gains = await _gains(connection, change)
                numbers = await _claim(connection, change.fills, new)
                for fill, trade in zip(change.fills, numbers, strict=True):
                    # Of several fills of an instrument the first carries the whole gain.
                    gain = gains.pop(fill.instrument, None)
                    await connection.execute(_FILL, _traded(fill, trade, gain))
                await _hold(connection, change.positions, change.balances, now)
                await _note(connection, change)
                if change.events:
                    await append_rows(connection, change.events, now)
        except _AlreadyKnownError:
            return new
        return new

    async def open_orders(self, account: AccountId) -> Sequence[Order]:
        """Return every order that is not in a terminal state, oldest first."""
        return [order_of(row) for row in await self._database.rows(_OPEN_ORDERS, [account, _OPEN])]

    async def order(self, account: AccountId, client_id: ClientOrderId) -> Order | None:
        """Return one order, or None."""
        found = await self._database.rows(_ONE_ORDER, [account, client_id])
        return order_of(found[0]) if found else None

    async def known_fills(self, fills: Sequence[Fill]) -> Sequence[Fill]:
        """Return those of the fills that are stored already."""
        keys = [list(column) for column in zip(*(fill.key for fill in fills), strict=True)]
        if not keys:
            return []
        return [fill_of(row) for row in await self._database.rows(_KNOWN_FILLS, keys)]

    async def last_fill_time(self, account: AccountId) -> datetime | None:
        """Return the newest fill's event time, or None."""
        last: datetime | None = (await self._database.rows(_LAST_FILL, [account]))[0]["last"]
        return last

    async def _make_room(self, change: TradingChange) -> None:
        # Apart from the change: a transaction that holds new instruments and one that
        # makes a partition, whose foreign keys lock that table, would wait in a circle.
        await self._instruments.numbers(_instruments_of(change))
        fills = [fill.ts_event for fill in change.fills]
        if fills:
            await self._partitions.ensure(SplitTable.TRADES, min(fills), max(fills))
        balances = [balance.updated for balance in change.balances]
        if balances:
            await self._partitions.ensure(SplitTable.BALANCES, min(balances), max(balances))


def _instruments_of(change: TradingChange) -> list[InstrumentId]:
    named = {
        *(order.intent.instrument for order in change.orders),
        *(fill.instrument for fill in change.fills),
        *(position.instrument for position in change.positions),
    }
    return sorted(named)


async def _claim(connection: Connection, fills: Sequence[Fill], new: list[Fill]) -> list[int]:
    """Return a row number for each fill, and note in `new` those that were not known."""
    numbers = []
    for fill in fills:
        claimed = await (await connection.execute(_FILL_ID, fill_row(fill))).fetchone()
        if claimed is not None:
            numbers.append(int(claimed["trade"]))
            new.append(fill)
    if len(numbers) < len(fills):
        raise _AlreadyKnownError
    return numbers


async def _gains(connection: Connection, change: TradingChange) -> dict[InstrumentId, _Gain]:
    """Return what each moved position gains, compared with the stored one.

    The stored rows stay locked, so that no other change counts the same gain.
    """
    if not (change.fills and change.positions):
        return {}
    moved = sorted({position.instrument for position in change.positions})
    rows = await (await connection.execute(_HELD, [change.account, moved])).fetchall()
    held = {row["instrument"]: row for row in rows}
    gains: dict[InstrumentId, _Gain] = {}
    for instrument in moved:
        legs = [one for one in change.positions if one.instrument == instrument]
        before = held.get(instrument, {"size": ZERO, "realised": ZERO})
        gains[instrument] = _Gain(
            amount=sum((leg.realised.amount for leg in legs), ZERO) - before["realised"],
            currency=legs[0].realised.currency,
            size_before=before["size"],
        )
    return gains


def _traded(fill: Fill, trade: int, gain: _Gain | None) -> Row:
    return {
        **fill_row(fill),
        "trade": trade,
        "is_closing": gain is not None and gain.size_before * fill.side.sign < 0,
        "realised": gain.amount if gain is not None else None,
        "realised_currency": gain.currency if gain is not None else None,
    }


async def _hold(
    connection: Connection,
    positions: Sequence[Position],
    balances: Sequence[Balance],
    now: datetime,
) -> None:
    for position in positions:
        await connection.execute(_POSITION, position_row(position))
    for balance in balances:
        await connection.execute(_BALANCE, {**balance_row(balance), "now": now})


async def _note(connection: Connection, change: TradingChange) -> None:
    for transfer in change.transfers:
        await connection.execute(TRANSFER, transfer_row(transfer))
    for parent in change.parents:
        await connection.execute(PARENT, parent_row(parent))
