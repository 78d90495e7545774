"""Store what one step of trading changed, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from psycopg import AsyncCursor

from fks_desk.adapters.storage.codec import fill_of, order_of, rows_as_json
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.instruments import InstrumentTable
from fks_desk.adapters.storage.journal import seal_rows, sealable
from fks_desk.adapters.storage.ledger import PARENT, TRANSFER, parent_row, transfer_row
from fks_desk.adapters.storage.partitions import Partitions, SplitTable
from fks_desk.adapters.storage.pool import Connection, Row
from fks_desk.adapters.storage.trading_rows import (
    Held,
    Place,
    balance_moments,
    last_balances,
    last_orders,
    last_positions,
    order_events,
    positions_of,
    trades,
)
from fks_desk.core.clock import Clock
from fks_desk.core.model import (
    AccountId,
    ClientOrderId,
    Fill,
    InstrumentId,
    Order,
)
from fks_desk.core.orders import OPEN_STATES
from fks_desk.core.ports import TradingChange

_OPEN = sorted(state.value for state in OPEN_STATES)

_MENTIONED = "SELECT instrument FROM instruments WHERE instrument = ANY(%s)"
# Rows travel as one JSON text each, so that a hundred of them cost one question. What
# was wanted of an order never changes; only what became of it does. Its event rows are
# added in the same statement, and only if something did become of it.
_KEPT = """
WITH told AS (
    SELECT * FROM json_populate_recordset(NULL::orders, %(orders)s::json)
), before AS (
    SELECT o.account, o.client_id, o.state, o.filled, o.venue_order_id, o.reason
    FROM orders o JOIN told USING (account, client_id)
), kept AS (
    INSERT INTO orders (
        account, client_id, instrument, side, kind, size, limit_price, reference_price,
        time_in_force, origin, prompted_by, strategy, terms, parent, role, number, replaces,
        created, state, venue_order_id, filled, average_price, reason, updated
    )
    SELECT account, client_id, instrument, side, kind, size, limit_price, reference_price,
        time_in_force, origin, prompted_by, strategy, terms, parent, role, number, replaces,
        created, state, venue_order_id, filled, average_price, reason, updated
    FROM told ORDER BY account, client_id
    ON CONFLICT (account, client_id) DO UPDATE SET
        state = excluded.state, venue_order_id = excluded.venue_order_id,
        filled = excluded.filled, average_price = excluded.average_price,
        reason = excluded.reason, updated = excluded.updated
    RETURNING client_id
), noted AS (
    INSERT INTO order_events (
        account, client_id, state, filled, average_price, venue_order_id, reason, ts_event, ts_init
    )
    SELECT account, client_id, state, filled, average_price, venue_order_id, reason, ts_event,
        %(now)s
    FROM json_to_recordset(%(events)s::json) AS step (
        place integer, is_first boolean, account text, client_id text, state text, filled numeric,
        average_price numeric, venue_order_id text, reason text, ts_event timestamptz
    )
    WHERE NOT is_first OR NOT EXISTS (
        SELECT FROM before
        WHERE (before.account, before.client_id) = (step.account, step.client_id)
            AND (before.state, before.filled, before.venue_order_id, before.reason)
                IS NOT DISTINCT FROM (step.state, step.filled, step.venue_order_id, step.reason)
    )
    ORDER BY place
    RETURNING client_id
)
"""
_ORDERS = f"{_KEPT} SELECT"
# Sealed only once the rows of the orders are kept, as in every other change: whoever has
# the end of the journal waits for nobody.
_SEALED = """
SELECT count(*) FROM journal_append(%(journal)s::jsonb, %(now)s)
WHERE (SELECT count(*) FROM kept) + (SELECT count(*) FROM noted) >= 0
"""
_ORDERS_SEALED = f"{_KEPT} {_SEALED}"
_FILLS = """
WITH told AS (
    SELECT * FROM json_to_recordset(%s::json) AS told (
        place integer, ts_event timestamptz, account text, instrument text, trade_id text,
        client_id text, venue_order_id text, side order_side, price numeric, size numeric,
        fee numeric, fee_currency text, liquidity text, is_closing boolean, realised numeric,
        realised_currency text, ts_init timestamptz, gain numeric
    ) ORDER BY place
), claimed AS (
    INSERT INTO fill_ids (account, instrument, trade_id, trade, ts_event)
    SELECT account, instrument, trade_id, nextval('trades_id_seq'), ts_event FROM told
    ON CONFLICT DO NOTHING
    RETURNING account, instrument, trade_id, trade
), traded AS (
    INSERT INTO trades (
        id, ts_event, account, instrument, trade_id, client_id, venue_order_id, side, price, size,
        fee, fee_currency, liquidity, is_closing, realised, realised_currency, ts_init, gain
    )
    SELECT trade, ts_event, account, instrument, trade_id, client_id, venue_order_id, side, price,
        size, fee, fee_currency, liquidity, is_closing, realised, realised_currency, ts_init, gain
    FROM told JOIN claimed USING (account, instrument, trade_id)
)
SELECT account, instrument, trade_id FROM claimed
"""
_HELD = """
SELECT instrument, sum(size) AS size, sum(realised) AS realised
FROM (
    SELECT * FROM positions WHERE account = %s AND instrument = ANY(%s)
    ORDER BY instrument FOR UPDATE
) AS held
GROUP BY instrument
"""
_POSITIONS = """
INSERT INTO positions (
    account, instrument, side, margin_mode, leverage, size, average_price, realised,
    realised_currency, fees, fees_currency, reporting_currency, rate, opened, updated
)
SELECT account, instrument, side, margin_mode, leverage, size, average_price, realised,
    realised_currency, fees, fees_currency, reporting_currency, rate, opened, updated
FROM json_populate_recordset(NULL::positions, %s::json)
ON CONFLICT (account, instrument, side) DO UPDATE SET
    margin_mode = excluded.margin_mode, leverage = excluded.leverage, size = excluded.size,
    average_price = excluded.average_price, realised = excluded.realised,
    realised_currency = excluded.realised_currency, fees = excluded.fees,
    fees_currency = excluded.fees_currency, reporting_currency = excluded.reporting_currency,
    rate = excluded.rate, opened = excluded.opened, updated = excluded.updated
"""
_BALANCES = """
WITH remembered AS (
    INSERT INTO balance_history (account, currency, ts, free, locked, ts_init)
    SELECT account, currency, updated, free, locked, %(now)s
    FROM json_populate_recordset(NULL::balances, %(moments)s::json)
    ON CONFLICT (account, currency, ts) DO UPDATE
        SET free = excluded.free, locked = excluded.locked, ts_init = excluded.ts_init
)
INSERT INTO balances (account, currency, free, locked, updated)
SELECT account, currency, free, locked, updated
FROM json_populate_recordset(NULL::balances, %(last)s::json)
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


class _AlreadyKnownError(Exception):
    """Undo the transaction: a fill of the changes was stored before; `new` are the others."""

    def __init__(self, new: list[Fill]) -> None:
        super().__init__("known")
        self.new = new


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

    async def record(self, *changes: TradingChange) -> Sequence[Fill]:
        """Store the changes in one transaction and return the fills that were new.

        If a fill is known already, all of them are left unstored.
        """
        await self._make_room(changes)
        now = self._clock.now()
        if _are_words_on_orders(changes):
            await self._keep_words(changes, now)
            return []
        try:
            async with self._database.streaming() as connection:
                # Orders first: two changes of one order wait for one another here.
                await _keep_orders(connection, changes, now)
                holds = await _ask_held(connection, changes)
                # Written out while the server is busy with the orders.
                journal = sealable([draft for change in changes for draft in change.events])
                claims = await _keep_fills(connection, changes, await _held(holds))
                await _keep_holdings(connection, changes, now)
                await _note(connection, changes)
                await seal_rows(connection, journal, now)
                return await _claimed(claims, [fill for one in changes for fill in one.fills])
        except _AlreadyKnownError as known:
            return known.new

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

    async def _keep_words(self, changes: Sequence[TradingChange], now: datetime) -> None:
        """Store orders in one statement, a transaction of its own: one question, one flush."""
        orders, events = rows_as_json(last_orders(changes)), rows_as_json(order_events(changes))
        journal = sealable([draft for change in changes for draft in change.events]) or "[]"
        async with self._database.reading() as connection:
            await connection.execute(
                _ORDERS_SEALED,
                {"orders": orders, "events": events, "journal": journal, "now": now},
            )

    async def _make_room(self, changes: Sequence[TradingChange]) -> None:
        # Apart from the change: a transaction that holds new instruments and one that
        # makes a partition, whose foreign keys lock that table, would wait in a circle.
        await self._instruments.numbers(_instruments_of(changes))
        fills = [fill.ts_event for change in changes for fill in change.fills]
        if fills:
            await self._partitions.ensure(SplitTable.TRADES, min(fills), max(fills))
        balances = [balance.updated for change in changes for balance in change.balances]
        if balances:
            await self._partitions.ensure(SplitTable.BALANCES, min(balances), max(balances))


def _are_words_on_orders(changes: Sequence[TradingChange]) -> bool:
    """Tell whether orders moved and nothing else did, as on an order's way to its venue."""
    return any(change.orders for change in changes) and not any(
        one.fills or one.positions or one.balances or one.transfers or one.parents
        for one in changes
    )


def _instruments_of(changes: Sequence[TradingChange]) -> list[InstrumentId]:
    named: set[InstrumentId] = set()
    for change in changes:
        named.update(order.intent.instrument for order in change.orders)
        named.update(fill.instrument for fill in change.fills)
        named.update(position.instrument for position in change.positions)
    return sorted(named)


async def _keep_orders(
    connection: Connection, changes: Sequence[TradingChange], now: datetime
) -> None:
    if orders := last_orders(changes):
        events = order_events(changes)
        await connection.execute(
            _ORDERS, {"orders": rows_as_json(orders), "events": rows_as_json(events), "now": now}
        )


async def _ask_held(
    connection: Connection, changes: Sequence[TradingChange]
) -> dict[AccountId, AsyncCursor[Row]]:
    """Ask for what is stored of the positions that executions move.

    The rows stay locked, so that no other change counts the same gain.
    """
    return {
        account: await connection.execute(_HELD, [account, instruments])
        for account, instruments in positions_of(changes).items()
    }


async def _held(answers: Mapping[AccountId, AsyncCursor[Row]]) -> dict[Place, Held]:
    return {
        (account, row["instrument"]): Held(size=row["size"], realised=row["realised"])
        for account, answer in answers.items()
        for row in await answer.fetchall()
    }


async def _keep_fills(
    connection: Connection, changes: Sequence[TradingChange], held: Mapping[Place, Held]
) -> AsyncCursor[Row] | None:
    """Store executions, each once; the answer tells which were new."""
    rows = trades(changes, held)
    once = {(row["account"], row["instrument"], row["trade_id"]): row for row in reversed(rows)}
    return await connection.execute(_FILLS, [rows_as_json([*once.values()])]) if rows else None


async def _claimed(answer: AsyncCursor[Row] | None, fills: Sequence[Fill]) -> list[Fill]:
    """Return the executions; undo everything if one of them was known."""
    rows = [] if answer is None else await answer.fetchall()
    if len(rows) < len(fills):
        keys = {(row["account"], row["instrument"], row["trade_id"]) for row in rows}
        raise _AlreadyKnownError([fill for key, fill in _by_key(fills).items() if key in keys])
    return list(fills)


def _by_key(fills: Sequence[Fill]) -> dict[tuple[str, str, str], Fill]:
    return {fill.key: fill for fill in fills}


async def _keep_holdings(
    connection: Connection, changes: Sequence[TradingChange], now: datetime
) -> None:
    if positions := last_positions(changes):
        await connection.execute(_POSITIONS, [rows_as_json(positions)])
    if moments := balance_moments(changes):
        last = last_balances(changes)
        await connection.execute(
            _BALANCES, {"moments": rows_as_json(moments), "last": rows_as_json(last), "now": now}
        )


async def _note(connection: Connection, changes: Sequence[TradingChange]) -> None:
    for change in changes:
        for transfer in change.transfers:
            await connection.execute(TRANSFER, transfer_row(transfer))
        for parent in change.parents:
            await connection.execute(PARENT, parent_row(parent))
