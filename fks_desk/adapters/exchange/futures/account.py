"""Read a margin account at its exchange, and choose how its perpetuals are traded."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fks_desk.adapters.exchange.account import AccountOrders
from fks_desk.adapters.exchange.errors import order_error
from fks_desk.adapters.exchange.futures import wire
from fks_desk.adapters.exchange.library import Client, answer, foreign_errors
from fks_desk.adapters.exchange.listing import wire_symbol
from fks_desk.adapters.exchange.signed import SignedReads
from fks_desk.adapters.exchange.wire import UNREADABLE
from fks_desk.core.clock import to_ms
from fks_desk.core.errors import DataError, FKSException
from fks_desk.core.ledger import TransferKind
from fks_desk.core.margin import MarginLine, MarginPayment, MarginTier
from fks_desk.core.model import Balance, InstrumentId, MarginMode

log = logging.getLogger(__name__)

_PAGE = 1000
_TIERS_HOLD_S = 3600.0
_INCOME = {TransferKind.FUNDING: "FUNDING_FEE", TransferKind.INSURANCE: "INSURANCE_CLEAR"}
_UNCHANGED = frozenset({-4046, -4059})  # "No need to change ..."


class FuturesAccount(AccountOrders):
    """Be an `AccountReader` and a `MarginReader` over ccxt's binanceusdm."""

    def __init__(self, *, client: Client, reads: SignedReads) -> None:
        super().__init__(reads=reads)
        self._client = client
        self._tiers: dict[str, tuple[MarginTier, ...]] = {}
        self._tiers_at = float("-inf")

    async def balances(self) -> Sequence[Balance]:
        """Return every wallet that is not empty."""
        rows = await self._reads.rows("fapiPrivateV2GetBalance", {}, "the balances")
        try:
            return wire.balances(rows, self._reads.account, self._reads.clock.now())
        except UNREADABLE as error:
            raise DataError(f"{self._reads.venue} sent unreadable balances: {error}") from error

    async def margins(self) -> Sequence[MarginLine]:
        """Return every perpetual's position and terms, flat ones included."""
        listed = await self._reads.listed()
        await self._read_tiers()
        rows = await self._reads.rows("fapiPrivateV2GetPositionRisk", {}, "the positions")
        try:
            return [
                wire.margin_line(row, listed[row["symbol"]].id, self._tiers.get(row["symbol"], ()))
                for row in rows
                if row["symbol"] in listed
            ]
        except UNREADABLE as error:
            raise DataError(f"{self._reads.venue} sent unreadable positions: {error}") from error

    async def _read_tiers(self) -> None:
        """Read the venue's tiers now and then; without them estimates are coarser, that is all."""
        now = self._reads.clock.monotonic()
        if now - self._tiers_at < _TIERS_HOLD_S:
            return
        self._tiers_at = now
        try:
            rows = await self._reads.rows("fapiPrivateGetLeverageBracket", {}, "the margin tiers")
            self._tiers = {row["symbol"]: wire.tiers(row) for row in rows}
        except UNREADABLE as error:
            log.info("%s sent unreadable margin tiers: %s", self._reads.venue, error)
        except FKSException as error:
            if not (error.retryable or isinstance(error, DataError)):
                raise
            log.info("the margin tiers are not known: %s", error)

    async def payments(self, kind: TransferKind, since: datetime) -> Sequence[MarginPayment]:
        """Return what was paid of a kind at or after the moment, oldest first."""
        listed, start = await self._reads.listed(), to_ms(since)
        found: dict[tuple[str, str], MarginPayment] = {}
        while True:
            request = {"incomeType": _INCOME[kind], "startTime": start, "limit": _PAGE}
            rows = await self._reads.rows("fapiPrivateGetIncome", request, f"the {kind}")
            try:
                # Pages overlap by the moment that the last one ended with.
                found |= {
                    (row["symbol"], str(row["tranId"])): wire.payment(
                        row, kind, listed[row["symbol"]].id
                    )
                    for row in rows
                    if row["symbol"] in listed
                }
            except UNREADABLE as error:
                raise DataError(f"{self._reads.venue} sent unreadable {kind}: {error}") from error
            if len(rows) < _PAGE:
                return wire.together(found.values())
            start = int(rows[-1]["time"])

    async def set_leverage(self, instrument: InstrumentId, leverage: int) -> None:
        """Trade a perpetual with another leverage; `OrderRefused` if the venue does not."""
        await self._set("fapiPrivatePostLeverage", instrument, {"leverage": leverage})

    async def set_margin_mode(self, instrument: InstrumentId, mode: MarginMode) -> None:
        """Back a perpetual's position alone or with the whole wallet."""
        word = "ISOLATED" if mode is MarginMode.ISOLATED else "CROSSED"
        await self._set("fapiPrivatePostMarginType", instrument, {"marginType": word})

    async def _set(self, method: str, wanted: InstrumentId, values: Mapping[str, Any]) -> None:
        instrument = await self._reads.instrument(wanted)
        what = f"the change of {instrument.symbol}"
        try:
            await getattr(self._client, method)({"symbol": wire_symbol(instrument), **values})
        except foreign_errors() as error:
            said = answer(error)
            if said.code not in _UNCHANGED:
                raise order_error(
                    said, venue=self._reads.venue, what=what, refusals=self._words.refusals
                ) from error
