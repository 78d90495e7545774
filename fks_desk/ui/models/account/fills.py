"""Decide what the table of fills shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from PySide6.QtCore import QObject, Signal

from fks_desk.core.messages import EngineReady, OrderFilled
from fks_desk.core.model import Account, AccountId, Fill, Instrument, InstrumentId, TradeId
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import TradingReader
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.models.market import MarketModel


@dataclass(frozen=True, slots=True, kw_only=True)
class FillRow:
    """Hold a fill with its instrument's steps."""

    fill: Fill
    instrument: Instrument | None

    @property
    def key(self) -> tuple[AccountId, InstrumentId, TradeId]:
        """Return what names the line."""
        return self.fill.key

    @property
    def moment(self) -> datetime:
        """Return when it happened: the table's order."""
        return self.fill.ts_event

    @property
    def symbol(self) -> str:
        """Return the symbol as people write it."""
        return self.fill.instrument.split(":", 2)[2]

    @property
    def cash(self) -> Decimal:
        """Return what moved in the quote currency, before fees: less when buying."""
        return -self.fill.side.sign * self.fill.notional


class FillsModel(QObject):
    """Keep one account's fills; none is ever merged or dropped."""

    rows_changed = Signal(object)  # list[FillRow]
    failed = Signal(str)

    def __init__(
        self,
        *,
        account: Account,
        market: MarketModel,
        trading: TradingReader,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._account = account
        self._market = market
        self._trading = trading
        self._loader = Loader(nursery, self.failed.emit)

    def listen(self, bridge: Bridge) -> None:
        """Hear of executions."""
        bridge.subscribe(OrderFilled, self.on_order_filled)
        bridge.subscribe(EngineReady, lambda _event: self.load())

    def load(self) -> None:
        """Read the newest fills."""
        self._loader.start(self._load, name="read fills")

    def on_order_filled(self, event: OrderFilled) -> None:
        """Show an execution."""
        if event.fill.account == self._account.id:
            self.rows_changed.emit([self._row(event.fill)])

    async def _load(self) -> None:
        fills = await self._trading.fills(self._account.id)
        self.rows_changed.emit([self._row(fill) for fill in fills])

    def _row(self, fill: Fill) -> FillRow:
        return FillRow(fill=fill, instrument=self._market.instrument(fill.instrument))
