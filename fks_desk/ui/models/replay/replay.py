"""Play one chart's past: start at a moment, step, play at a speed, trade on paper, leave."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from decimal import Decimal

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from fks_desk.core.clock import from_ms
from fks_desk.core.desk_messages import AmendOrder
from fks_desk.core.frame import Frame
from fks_desk.core.messages import (
    CancelOrder,
    CandleClosed,
    Command,
    Event,
    OrderFilled,
    OrderMoved,
    PositionMoved,
)
from fks_desk.core.model import Account, Candle, OrderKind, Side, Span
from fks_desk.core.nursery import Nursery
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.chart import ChartModel
from fks_desk.ui.models.chart_marks import ChartMarks
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.models.replay.account import ReplayAccount, replay_account
from fks_desk.ui.models.replay.gate import Gate
from fks_desk.ui.models.staging import Staging
from fks_desk.ui.text import tr

SPEEDS = (1, 2, 5, 10, 25, 50)  # bars a second
_AHEAD = 500  # bars read at once
_DIGITS = 12


class Replay(QObject):
    """Own the gate, the clock and the paper account of one chart's replay.

    Everything the chart shows comes through the gate, so indicators know no later
    bar. Orders go to an account that lives here; the desk's own is out of reach.
    """

    changed = Signal()
    noticed = Signal(str)

    def __init__(
        self,
        *,
        gate: Gate,
        model: ChartModel,
        marks: ChartMarks,
        staging: Staging,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.account: ReplayAccount | None = None
        self.speed = SPEEDS[0]
        self._gate = gate
        self._model = model
        self._marks = marks
        self._staging = staging
        self._loader = Loader(nursery, self.noticed.emit)
        self._live: Account | None = None
        self._equity: Decimal | None = None
        self._waiting: deque[Candle] = deque()
        self._shown: object = None
        self._wanted = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.step)
        model.market_changed.connect(self._on_market)

    @property
    def is_on(self) -> bool:
        """Tell whether the past is played."""
        return self._gate.until is not None

    @property
    def is_playing(self) -> bool:
        """Tell whether bars come by themselves."""
        return self._timer.isActive()

    @property
    def text(self) -> str:
        """Say in one line where the replay stands and what its keys do."""
        until, account = self._gate.until, self.account
        if until is None or account is None:
            return ""
        state = tr("{speed} bars/s", speed=self.speed) if self.is_playing else tr("paused")
        held = tr("flat")
        if account.size:
            held = tr(
                "{size} at {price}",
                size=fmt.signed(account.size, 5),
                price=fmt.number(account.average, self._model.price_digits),
            )
        return tr(
            "REPLAY  {moment} UTC · {state} · paper {equity} · {held}    "
            "Alt+B leaves · Space plays · → steps · 1–6 speed",
            moment=f"{until:%Y-%m-%d %H:%M}",
            state=state,
            equity=fmt.number(account.equity(self._last or Decimal(0)), 2),
            held=held,
        )

    def start(self, moment_ms: int) -> None:
        """Go back to a moment; nothing later is shown until it is played."""
        if self._model.instrument_id is None:
            return
        if not self.is_on:
            self._live, self._equity = self._model.account, self._staging.equity
        self._staging.drop()
        self._waiting.clear()
        self._gate.until = from_ms(moment_ms)
        instrument = self._model.instrument
        venue = instrument.venue if instrument is not None else None
        account = replay_account(venue or self._model.venue)  # type: ignore[arg-type]  # a name
        self.account = ReplayAccount(account, self._tell)
        self._model.set_account(account)
        self._staging.set_equity(self.account.cash)
        self._model.reload()
        self.changed.emit()

    def leave(self) -> None:
        """Show the present again; the paper account is forgotten."""
        if not self.is_on:
            return
        self._timer.stop()
        self._staging.drop()
        self._waiting.clear()
        self._gate.until = self.account = None
        self._staging.set_equity(self._equity)
        self._model.set_account(self._live)
        self._model.reload()
        self.changed.emit()

    def step(self) -> None:
        """Show one bar more."""
        if not self.is_on:
            return
        if self._waiting:
            self._show(self._waiting.popleft())
        else:
            self._wanted = 1
            self._loader.start(self._read_on, name="read bars to replay")

    def back(self) -> None:
        """Take the newest bar away again; fills stay as they are."""
        if self._gate.until is not None:
            self._timer.stop()
            self._waiting.clear()
            self._gate.until -= self._model.timeframe.delta
            self._model.reload()
            self.changed.emit()

    def toggle(self) -> None:
        """Let bars come by themselves, or pause."""
        if self.is_playing:
            self._timer.stop()
        elif self.is_on:
            self._timer.start(1000 // self.speed)
        self.changed.emit()

    def set_speed(self, slot: int) -> None:
        """Play at the speed of a slot, counted from 1."""
        self.speed = SPEEDS[slot - 1]
        if self.is_playing:
            self._timer.start(1000 // self.speed)
        self.changed.emit()

    def stage(self, side: Side) -> None:
        """Stage an order at the replayed price."""
        instrument, last = self._model.instrument, self._last
        if instrument is not None and last is not None:
            self._staging.stage(instrument, side, last)

    def submit(self) -> None:
        """Hand the staged order to the paper account of this replay."""
        order, last, until = self._staging.order, self._last, self._gate.until
        if order is None or self.account is None or last is None or until is None:
            return
        # Dropped, not sent: what is sent from the staging goes to the desk.
        self._staging.drop()
        if order.kind is OrderKind.MARKET or order.kind is OrderKind.LIMIT:
            self.account.place(order, last, until)
        else:
            self.noticed.emit(tr("A replay takes market and limit orders."))
        self.changed.emit()

    def handle(self, command: Command) -> None:
        """Change or take back an order of the paper account; nothing else is done here."""
        until = self._gate.until
        if self.account is None or until is None:
            return
        if isinstance(command, AmendOrder) and command.limit_price is not None:
            self.account.amend(command.client_id, command.limit_price, until)
        elif isinstance(command, CancelOrder):
            self.account.cancel(command.client_id, until)
        self.changed.emit()

    def close_position(self) -> None:
        """Sell what the paper account holds."""
        last, until = self._last, self._gate.until
        if self.account is not None and last is not None and until is not None:
            self.account.close(last, until)
            self.changed.emit()

    @property
    def _last(self) -> Decimal | None:
        candles = self._model.candles
        bar = candles.bar(candles.stop - 1)
        return None if bar is None else self._exact(float(bar[3]))

    def _exact(self, price: float) -> Decimal:
        return Decimal(f"{price:.{self._model.price_digits}f}")

    def _show(self, candle: Candle) -> None:
        self._gate.until = candle.closes
        self._gate.deliver(CandleClosed(candle=candle))
        if self.account is not None:
            self.account.on_bar(candle)
            self._staging.set_equity(self.account.equity(candle.close))
        self.changed.emit()

    async def _read_on(self) -> None:
        until, instrument, timeframe = (
            self._gate.until,
            self._model.instrument_id,
            self._model.timeframe,
        )
        if until is None or instrument is None:
            return
        start = timeframe.floor(until)
        span = Span(start=start, end=start + _AHEAD * timeframe.delta)
        frame = await self._gate.whole.range(instrument, timeframe, span)
        if (instrument, timeframe) != (self._model.instrument_id, self._model.timeframe):
            return
        self._waiting.extend(self._candles(frame))
        wanted, self._wanted = self._wanted, 0
        if not self._waiting:
            self._timer.stop()
            self.noticed.emit(tr("The replay has come to the newest stored bar."))
            self.changed.emit()
        elif wanted:
            self.step()

    def _candles(self, frame: Frame) -> list[Candle]:
        instrument, timeframe = self._model.instrument_id, self._model.timeframe
        if instrument is None:
            return []
        found = []
        for row in range(len(frame)):
            opened = from_ms(int(frame.time[row]))
            volume = float(np.nan_to_num(frame.volume[row]))
            found.append(
                Candle(
                    instrument=instrument,
                    timeframe=timeframe,
                    opened=opened,
                    open=self._exact(float(frame.open[row])),
                    high=self._exact(float(frame.high[row])),
                    low=self._exact(float(frame.low[row])),
                    close=self._exact(float(frame.close[row])),
                    volume=Decimal(f"{volume:.{_DIGITS}f}"),
                    is_closed=True,
                    ts_event=opened + timeframe.delta - timedelta(milliseconds=1),
                    ts_init=opened + timeframe.delta,
                )
            )
        return found

    def _tell(self, event: Event) -> None:
        if isinstance(event, OrderMoved):
            self._marks.on_order_moved(event)
        elif isinstance(event, OrderFilled):
            self._marks.on_order_filled(event)
        elif isinstance(event, PositionMoved):
            self._marks.on_position_moved(event)

    def _on_market(self) -> None:
        shown = (self._model.instrument_id, self._model.timeframe)
        if shown != self._shown:
            # Bars of another interval or symbol are read anew from where time stands.
            self._shown = shown
            self._waiting.clear()
