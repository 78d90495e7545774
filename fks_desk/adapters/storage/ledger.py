"""Keep transfers, the history of equity and parent orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from fks_desk.adapters.storage.codec import as_jsonb
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.journal import journal_row_of
from fks_desk.adapters.storage.pool import Row
from fks_desk.core.ledger import EquityPoint, TradeNote, Transfer, TransferKind
from fks_desk.core.model import AccountId, InstrumentId, Side
from fks_desk.core.parents import ParentKind, ParentOrder, ParentPlan, ParentState
from fks_desk.core.ports import JournalRow
from fks_desk.core.terms import ParentId

TRANSFER = """
INSERT INTO transfers (account, currency, ts, amount, kind, reference)
VALUES (%(account)s, %(currency)s, %(at)s, %(amount)s, %(kind)s, %(reference)s)
ON CONFLICT (account, currency, ts, reference, kind) DO NOTHING
"""
PARENT = """
INSERT INTO parent_orders (account, parent, plan, state, reason, created, updated)
VALUES (%(account)s, %(parent)s, %(plan)s, %(state)s, %(reason)s, %(created)s, %(updated)s)
ON CONFLICT (account, parent) DO UPDATE SET
    state = excluded.state, reason = excluded.reason, updated = excluded.updated
"""
# A fee in a third currency is a movement of its own; in base or quote it adds up.
_MOVEMENTS = """
WITH traded AS (
    -- Rows that name an instrument before its venue has described it say so by their symbol.
    SELECT coalesce(i.base, split_part(i.symbol, '/', 1)) AS base,
        coalesce(i.quote, split_part(i.symbol, '/', 2)) AS quote, t.fee_currency,
        -- A perpetual moves no coins: only what its venue says was gained.
        sum(CASE WHEN t.gain IS NOT NULL THEN 0 WHEN t.side = 'buy' THEN t.size
            ELSE -t.size END) AS size,
        sum(CASE WHEN t.gain IS NOT NULL THEN t.gain WHEN t.side = 'buy' THEN -t.size * t.price
            ELSE t.size * t.price END) AS cash,
        sum(t.fee) AS fee
    FROM trades t JOIN instruments i USING (instrument)
    WHERE t.account = %(account)s
    GROUP BY 1, 2, 3
), moved AS (
    SELECT base AS currency, size AS amount FROM traded
    UNION ALL SELECT quote, cash FROM traded
    UNION ALL SELECT fee_currency, -fee FROM traded
    UNION ALL SELECT currency, amount FROM transfers WHERE account = %(account)s
)
SELECT currency, sum(amount) AS amount FROM moved GROUP BY currency
"""
_TRANSFERS = "SELECT * FROM transfers WHERE account = %s ORDER BY ts, currency"
_EQUITY = """
INSERT INTO equity_history (account, ts, currency, equity, transferred)
VALUES (%(account)s, %(at)s, %(currency)s, %(equity)s, %(transferred)s)
ON CONFLICT (account, ts) DO UPDATE
    SET equity = excluded.equity, transferred = excluded.transferred
"""
_POINTS = """
SELECT * FROM (
    SELECT * FROM equity_history WHERE account = %s AND ts >= %s ORDER BY ts DESC LIMIT %s
) AS newest ORDER BY ts
"""
_PEAK = "SELECT max(equity - transferred) AS peak FROM equity_history WHERE account = %s"
_RUNNING = """
SELECT * FROM parent_orders WHERE account = %s AND state = 'running' ORDER BY created, parent
"""
_PARENTS = """
SELECT * FROM parent_orders WHERE account = %s ORDER BY created DESC, parent LIMIT %s
"""


_TOLD = """
SELECT * FROM journal WHERE account = %s AND type = ANY(%s) ORDER BY sequence DESC LIMIT %s
"""
_NOTES = "SELECT * FROM trade_notes WHERE account = %s ORDER BY trip"
_NOTE = """
INSERT INTO trade_notes (account, trip, note, tags, updated)
VALUES (%(account)s, %(trip)s, %(note)s, %(tags)s, %(updated)s)
ON CONFLICT (account, trip) DO UPDATE
    SET note = excluded.note, tags = excluded.tags, updated = excluded.updated
"""


class LedgerTable:
    """Be a `LedgerStore`, a `ParentStore` and an `AccountHistory`."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def movements(self, account: AccountId) -> Mapping[str, Decimal]:
        """Return what all stored transfers and executions add up to, by currency."""
        rows = await self._database.rows(_MOVEMENTS, {"account": account})
        return {row["currency"]: row["amount"] for row in rows}

    async def transfers(self, account: AccountId) -> Sequence[Transfer]:
        """Return every transfer, oldest first."""
        return [_transfer_of(row) for row in await self._database.rows(_TRANSFERS, [account])]

    async def record_equity(self, point: EquityPoint) -> None:
        """Store a point; one of the same moment is replaced."""
        async with self._database.writing() as connection:
            await connection.execute(
                _EQUITY,
                {
                    "account": point.account,
                    "at": point.at,
                    "currency": point.currency,
                    "equity": point.equity,
                    "transferred": point.transferred,
                },
            )

    async def equity(
        self, account: AccountId, since: datetime, limit: int = 5_000
    ) -> Sequence[EquityPoint]:
        """Return the newest points at or after the moment, oldest first."""
        rows = await self._database.rows(_POINTS, [account, since, limit])
        return [_point_of(row) for row in rows]

    async def peak(self, account: AccountId) -> Decimal | None:
        """Return the most that trading had ever made, or None without a point."""
        peak: Decimal | None = (await self._database.rows(_PEAK, [account]))[0]["peak"]
        return peak

    async def running_parents(self, account: AccountId) -> Sequence[ParentOrder]:
        """Return the parents that still work, oldest first."""
        return [_parent_of(row) for row in await self._database.rows(_RUNNING, [account])]

    async def parents(self, account: AccountId, limit: int = 200) -> Sequence[ParentOrder]:
        """Return the newest parents."""
        return [_parent_of(row) for row in await self._database.rows(_PARENTS, [account, limit])]

    async def told(
        self, account: AccountId, types: Sequence[str], limit: int = 500
    ) -> Sequence[JournalRow]:
        """Return the newest journal rows of these types, newest first."""
        rows = await self._database.rows(_TOLD, [account, list(types), limit])
        return [journal_row_of(row) for row in rows]

    async def notes(self, account: AccountId) -> Sequence[TradeNote]:
        """Return every note."""
        return [
            TradeNote(
                account=AccountId(row["account"]),
                trip=row["trip"],
                note=row["note"],
                tags=tuple(row["tags"]),
                updated=row["updated"],
            )
            for row in await self._database.rows(_NOTES, [account])
        ]

    async def save_note(self, note: TradeNote) -> None:
        """Store a note, replacing an older one of the same round trip."""
        async with self._database.writing() as connection:
            await connection.execute(
                _NOTE,
                {
                    "account": note.account,
                    "trip": note.trip,
                    "note": note.note,
                    "tags": list(note.tags),
                    "updated": note.updated,
                },
            )


def transfer_row(transfer: Transfer) -> Row:
    """Return a transfer as a row."""
    return {
        "account": transfer.account,
        "currency": transfer.currency,
        "at": transfer.at,
        "amount": transfer.amount,
        "kind": transfer.kind.value,
        "reference": transfer.reference,
    }


def parent_row(parent: ParentOrder) -> Row:
    """Return a parent order as a row."""
    plan = parent.plan
    return {
        "account": plan.account,
        "parent": plan.parent,
        "plan": as_jsonb(_plan_to_json(plan)),
        "state": parent.state.value,
        "reason": parent.reason,
        "created": plan.created,
        "updated": parent.updated,
    }


def _plan_to_json(plan: ParentPlan) -> dict[str, Any]:
    return {
        "instrument": plan.instrument,
        "kind": plan.kind.value,
        "side": plan.side.value,
        "size": format(plan.size, "f"),
        "slices": plan.slices,
        "price": None if plan.price is None else format(plan.price, "f"),
        "far_price": None if plan.far_price is None else format(plan.far_price, "f"),
        "every_s": None if plan.every is None else plan.every.total_seconds(),
    }


def _parent_of(row: Row) -> ParentOrder:
    said = row["plan"]
    every = said["every_s"]
    return ParentOrder(
        plan=ParentPlan(
            parent=ParentId(row["parent"]),
            account=AccountId(row["account"]),
            instrument=InstrumentId(said["instrument"]),
            kind=ParentKind(said["kind"]),
            side=Side(said["side"]),
            size=Decimal(said["size"]),
            slices=said["slices"],
            price=None if said["price"] is None else Decimal(said["price"]),
            far_price=None if said["far_price"] is None else Decimal(said["far_price"]),
            every=None if every is None else timedelta(seconds=every),
            created=row["created"],
        ),
        state=ParentState(row["state"]),
        reason=row["reason"],
        updated=row["updated"],
    )


def _transfer_of(row: Row) -> Transfer:
    return Transfer(
        account=AccountId(row["account"]),
        currency=row["currency"],
        amount=row["amount"],
        kind=TransferKind(row["kind"]),
        at=row["ts"],
        reference=row["reference"],
    )


def _point_of(row: Row) -> EquityPoint:
    return EquityPoint(
        account=AccountId(row["account"]),
        at=row["ts"],
        currency=row["currency"],
        equity=row["equity"],
        transferred=row["transferred"],
    )
