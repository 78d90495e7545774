"""Press the key that sends an order, in the whole desk, and tell when each step was done.

The window, the engine, the real ccxt, the embedded database and the built-in venue
in a process of its own: nothing is left out but the screen. Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from fks_desk.app.uncollected import uncollected

ORDERS = 60
PAUSE_S = 0.15


class Moments:
    """Note when the newest order came by each point of its way."""

    def __init__(self) -> None:
        self.sent: list[dict[str, float]] = []
        self.shown: list[dict[str, float]] = []
        self.now: dict[str, float] = {}
        self.fill: dict[str, float] = {}
        self.told: set[str] = set()

    def begin(self) -> None:
        self.now = {"key": time.perf_counter()}
        self.sent.append(self.now)

    def note(self, point: str) -> None:
        self.now.setdefault(point, time.perf_counter())

    def on_execution(self, trade: str) -> None:
        """Note the first word of an execution, unless one before it is not on the screen yet.

        The reply and the private stream both tell of it; the second teaches nothing.
        """
        if not self.fill and trade not in self.told:
            self.fill = {"frame": time.perf_counter()}
        self.told.add(trade)

    def on_row(self) -> None:
        if self.fill:
            self.fill.setdefault("row", time.perf_counter())

    def on_paint(self) -> None:
        if "row" in self.fill:
            self.fill["painted"] = time.perf_counter()
            self.shown.append(self.fill)
            self.fill = {}


def watch(moments: Moments) -> None:
    """Hang a note on each point; nothing of the way itself is changed."""
    from aiohttp.client_reqrep import ClientRequest

    from fks_desk.adapters.exchange.broker import ExchangeBroker
    from fks_desk.adapters.exchange.reports import ReportStream
    from fks_desk.adapters.storage.trading_writer import TradingWriterTable
    from fks_desk.trading.courier import Courier
    from fks_desk.trading.desk import OrderDesk

    _before(OrderDesk, "handle", lambda *_: moments.note("command"))
    _before(Courier, "send", lambda *_: moments.note("stored"))
    _before(ExchangeBroker, "submit", lambda *_: moments.note("adapter"))
    keep = TradingWriterTable._keep_words

    async def keep_words(table: TradingWriterTable, *changes: Any) -> None:
        # Words on the order before it may be written until this one's command is here.
        is_this = "command" in moments.now
        if is_this:
            moments.note("writing")
        await keep(table, *changes)
        if is_this:
            moments.note("written")

    TradingWriterTable._keep_words = keep_words  # type: ignore[method-assign]  # a note on its way
    take = ReportStream.on_message

    def on_message(stream: ReportStream, connection: Any, message: Any) -> bool:
        event = message.get("event", message) if isinstance(message, dict) else {}
        if isinstance(event, dict) and event.get("x") == "TRADE":
            moments.on_execution(str(event.get("t")))
        return take(stream, connection, message)

    ReportStream.on_message = on_message  # type: ignore[method-assign]  # a note on its way
    placed = ExchangeBroker._placed

    def on_reply(broker: ExchangeBroker, reply: Any, *rest: Any) -> Any:
        for trade in reply.get("fills", ()):
            moments.on_execution(str(trade.get("tradeId")))
        return placed(broker, reply, *rest)

    ExchangeBroker._placed = on_reply  # type: ignore[method-assign]  # likewise
    send = ClientRequest.send

    async def sent(request: Any, connection: Any) -> Any:
        answer = await send(request, connection)
        if request.method == "POST" and request.url.path.endswith("/order"):
            moments.note("socket")
        return answer

    ClientRequest.send = sent  # type: ignore[method-assign]  # likewise


def _before(owner: type, name: str, note: Callable[..., None]) -> None:
    inner = getattr(owner, name)

    def noted(*arguments: Any, **named: Any) -> Any:
        note(*arguments)
        return inner(*arguments, **named)

    setattr(owner, name, noted)


def work_of(moments: Moments) -> Callable[[Any], Awaitable[None]]:
    """Return what a person does: send a market order again and again."""
    from PySide6.QtCore import QEvent, QObject
    from PySide6.QtWidgets import QAbstractItemView

    from tests.fakes.sitting import Sitting

    class Painted(QObject):
        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                moments.on_paint()
            return False

    async def work(desk: Sitting) -> None:
        ticket = desk.models.ticket
        await desk.until(lambda: desk.models.portfolio.equity.is_known, "the account is known", 120)
        await desk.until_tradable(120)
        desk.press("Ctrl+4")
        pane = desk.window.findChild(QObject, "positions")
        table = pane.findChild(QAbstractItemView) if pane is not None else None
        assert table is not None
        painted = Painted(table)
        table.viewport().installEventFilter(painted)
        desk.models.portfolio.positions_changed.connect(lambda _rows: moments.on_row())
        desk.press("F9")
        desk.type("0.01")
        desk.press("Alt+M")
        for _ in range(ORDERS):
            desk.press("Return")
            await desk.until(lambda: ticket.staged is not None, "the order is staged")
            await _rest(desk)
            moments.begin()
            desk.press("Return")
            await desk.until(lambda: not ticket.is_waiting, "the desk has answered")
            await _rest(desk)
        desk.window._may_close = True
        desk.window.close()

    async def _rest(desk: Sitting) -> None:
        until = time.monotonic() + PAUSE_S
        await desk.until(lambda: time.monotonic() > until, "a moment has passed")

    return work


def main() -> int:
    root = Path(sys.argv[1])
    moments = Moments()
    with uncollected():
        # Qt is loaded here, as by the command line.
        from PySide6.QtWidgets import QApplication

        from fks_desk.app.settings import AssistantSettings, Settings
        from fks_desk.app.world import demo_world
        from tests.fakes.sitting import sit_down

        watch(moments)
        settings = Settings(assistant=AssistantSettings(embeddings="words"))
        sit_down(
            QApplication([]),
            root=root,
            world=demo_world(settings.demo),
            settings=settings,
            work=work_of(moments),
        )
    print(json.dumps({"sent": moments.sent, "shown": moments.shown}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
