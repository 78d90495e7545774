"""Work through a trader's day on the whole desk with key presses alone."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPushButton

from fks_desk.app.settings import AssistantSettings, Settings
from fks_desk.app.world import demo_world
from fks_desk.core.alerts import AlertKind
from fks_desk.core.drawings import DrawingKind
from fks_desk.core.messages import HealthState
from fks_desk.core.model import (
    ZERO,
    InstrumentId,
    Order,
    OrderKind,
    OrderState,
    Timeframe,
)
from fks_desk.ui.models.chart_state import Group
from fks_desk.ui.models.research.chat import AnswerState
from fks_desk.ui.panes.detail import DetailDialog
from fks_desk.ui.shell.quit import QuitDialog
from fks_desk.ui.theme.current import current
from tests.fakes.sitting import Sitting, open_folder, sit_down

ETH = InstrumentId("demo:spot:ETH/USDT")
ALLOWED_S = 600.0  # a guard against a hang; timings live in the benchmarks
PATIENT_S = 120.0  # while a database and an exchange start on a busy machine


@pytest.mark.slow
@pytest.mark.gui
def test_a_day_at_the_desk_needs_no_mouse(qapp: QApplication) -> None:
    settings = Settings(assistant=AssistantSettings(embeddings="words"))
    with open_folder() as root:
        sitting = sit_down(
            qapp, root=root, world=demo_world(settings.demo), settings=settings, work=_work_a_day
        )
        assert sitting.seconds < ALLOWED_S
        assert _errors(root) == ""


async def _work_a_day(desk: Sitting) -> None:
    await _begin(desk)
    await _look_around(desk)
    await _draw_and_set_alerts(desk)
    await _arrange_charts(desk)
    await _replay_the_past(desk)
    await _stage_send_and_cancel(desk)
    await _move_an_order(desk)
    await _buy_and_close(desk)
    await _buy_with_a_bracket(desk)
    await _test_a_strategy(desk)
    await _ask_a_question(desk)
    await _export_candles(desk)
    await _arrange_the_window(desk)
    await _leave_with_an_open_order(desk)


async def _begin(desk: Sitting) -> None:
    chart = desk.models.chart
    assert desk.window.docks.focused() == "chart"
    await desk.until(lambda: len(chart.series) > 500, "history is on the chart", PATIENT_S)
    await desk.until(lambda: chart.last is not None, "candles move")
    await desk.until(lambda: desk.models.portfolio.equity.is_known, "the account is known")
    await desk.until_tradable()
    await desk.until(
        lambda: desk.window.health.parts["worker"].state is HealthState.GOOD,
        "the worker is warm",
    )


async def _look_around(desk: Sitting) -> None:
    chart = desk.models.chart
    desk.type("eth")
    desk.press("Return")
    await desk.until(lambda: chart.instrument_id == ETH, "ETH was chosen by its letters")
    desk.type("15")
    desk.press("Return")
    await desk.until(lambda: chart.timeframe is Timeframe.M15, "15 minutes were chosen")
    await desk.until(lambda: len(chart.series) > 500, "its history is on the chart")
    desk.press("Left", "Left", "Right")
    assert "close" in desk.window.status.reading().casefold()
    desk.press("+", "-", "/")
    desk.type("ema 30")
    desk.press("Return")
    assert "EMA 30" in [study.title for study in chart.studies]


async def _draw_and_set_alerts(desk: Sitting) -> None:
    chart, drawings, alerts = desk.models.chart, desk.models.drawings, desk.models.alerts
    desk.press("Alt+T", *["Left"] * 20, "Space", "Return", *["Right"] * 8, "Up", "Return")
    assert [one.kind for one in drawings.of(ETH)] == [DrawingKind.TREND]
    desk.press("Alt+A", "Return", "Esc")
    assert [one.kind for one in alerts.of(ETH)] == [AlertKind.DRAWING]
    desk.press(";", "F", "Return", *["Left"] * 5, "Return", "Esc")
    desk.press(";", "B", "Return", "Shift+Down", "Return", "Shift+Up", "Shift+Up", "Return", "Esc")
    assert len(drawings.of(ETH)) == 3
    desk.press("Ctrl+Z", "Ctrl+Y")
    assert len(drawings.of(ETH)) == 3
    desk.press("Alt+A")
    desk.type("rsi < 30 # oversold")
    desk.press("Return")
    desk.press("Alt+A")
    desk.type("> 1")
    desk.press("Return")
    assert alerts.armed_count == 3
    assert chart.instrument_id == ETH
    desk.press(";", "Del")
    await desk.until(lambda: alerts.armed_count == 2, "an alert goes off with its line")
    assert drawings.of(ETH) == ()


async def _arrange_charts(desk: Sitting) -> None:
    charts, docks = desk.desktop.workbench.charts, desk.window.docks
    desk.press(";", "4")
    assert [docks.is_open(f"chart-{number}") for number in (2, 3, 4)] == [True] * 3
    desk.press("Ctrl+Tab")
    await desk.until(lambda: charts.active.name == "chart-2", "the next chart has the keys")
    desk.press(";", "G")
    assert charts.active.group is Group.RED
    desk.press("Ctrl+1", ";", "1")
    await desk.until(lambda: docks.focused() == "chart", "one chart is left")
    assert not docks.is_open("chart-2")


async def _replay_the_past(desk: Sitting) -> None:
    chart, replay = desk.models.chart, desk.desktop.workbench.chart.replay
    await desk.until(lambda: len(chart.series) > 500, "bars are there")
    desk.press(*["Left"] * 30, "Alt+B", "Return")
    await desk.until(lambda: replay.is_on and len(chart.series) > 400, "the past is shown")
    newest = int(chart.series.time[-1])
    desk.press("Right")
    await desk.until(lambda: int(chart.series.time[-1]) > newest, "one bar more is shown")
    desk.press("Shift+B", "Return")
    assert replay.account is not None
    assert replay.account.size > 0
    assert desk.models.orders.open_count == 0
    desk.press("Alt+B")
    assert not replay.is_on
    await desk.until(lambda: len(chart.series) > 500, "the present is back")


async def _move_an_order(desk: Sitting) -> None:
    orders = desk.models.orders
    desk.press("Ctrl+1", "Shift+B", *["Shift+Down"] * 60, "Return")
    await desk.until(lambda: orders.open_count == 1, "another order is open")
    await desk.until(
        lambda: any(one.state is OrderState.OPEN for one in desk.models.marks.orders),
        "its line can be moved",
    )
    before = desk.models.marks.orders[0].intent.limit_price
    desk.press("Tab", "Shift+Down", "Return")
    await desk.until(
        lambda: any(
            one.intent.limit_price == before - Decimal("0.1") for one in desk.models.marks.orders
        ),
        "the order stands ten ticks lower",
    )
    desk.press(";", "C")
    await desk.until(lambda: orders.open_count == 0, "cancel all took it back")


async def _stage_send_and_cancel(desk: Sitting) -> None:
    staging, orders = desk.models.staging, desk.models.orders
    await desk.until(lambda: desk.models.market.mark(ETH), "a price of ETH is known")
    desk.press("Shift+B")
    assert staging.order is not None
    assert desk.window.docks.focused() == "chart"
    price, size = staging.order.price, staging.order.size
    desk.press("Up", *["Shift+Down"] * 60, "]")
    assert staging.order.price == price - Decimal("5.99")
    assert staging.order.size > size
    desk.press("Return")
    assert staging.order is None
    await desk.until(lambda: orders.open_count == 1, "the order is open")
    assert "Orders (1)" in desk.window.pane("orders").title

    desk.press("Ctrl+5", "Del")
    await desk.until(lambda: orders.open_count == 0, "Del canceled it")
    row = desk.desktop.workbench.orders.current()
    assert row is not None
    assert row.order.state is OrderState.CANCELED


async def _buy_and_close(desk: Sitting) -> None:
    desk.press("F9")
    assert desk.window.docks.focused() == "ticket"
    desk.type("0.5")
    desk.press("Alt+M", "Return", "Return")
    # It may take several prints to fill; only the last one says so.
    await desk.until(lambda: "filled" in _told(desk), "the market order was filled")
    await desk.until(lambda: _held(desk) > 0, "the position is shown")
    assert "Bought" in _told(desk)

    desk.press("Ctrl+4", "Ctrl+Shift+C")
    await desk.until(lambda: _held(desk) < Decimal("0.001"), "the position is closed")


async def _buy_with_a_bracket(desk: Sitting) -> None:
    """Stage a limit buy with stop and target, move its stop on the chart, take it all back."""
    orders, marks = desk.models.orders, desk.models.marks
    price = desk.models.market.mark(ETH)
    assert price is not None
    desk.press("F9")
    _fill_field(desk, "ticket.size", "0.2")
    if desk.models.ticket.form.kind is OrderKind.MARKET:
        desk.press("Alt+M")
    _fill_field(desk, "ticket.price", f"{price * Decimal('1.002'):.2f}")
    _fill_field(desk, "ticket.stop", f"{price * Decimal('0.9'):.2f}")
    _fill_field(desk, "ticket.target", f"{price * Decimal('1.1'):.2f}")
    desk.press("Return")
    assert desk.models.staging.order is not None
    desk.press("Return")
    await desk.until(lambda: _held(desk) >= Decimal("0.19"), "the bracket's entry was filled")
    await desk.until(
        lambda: [one.state for one in _stops(desk)] == [OrderState.OPEN], "its stop waits"
    )

    desk.press("Ctrl+1")
    before = _stops(desk)[0]
    for _ in range(len(marks.orders) + 1):
        desk.press("Tab")
        chosen = desk.desktop.workbench.chart.lines.mover.order
        if chosen is not None and chosen.client_id == before.client_id:
            break
    desk.press("Shift+Up", "Return")
    await desk.until(
        lambda: any(_trigger(one) > _trigger(before) for one in _stops(desk)), "the stop moved up"
    )

    desk.press(";", "C")
    await desk.until(lambda: orders.open_count == 0, "its exits are taken back")
    desk.press("Ctrl+4", "Ctrl+Shift+C")
    await desk.until(lambda: _held(desk) < Decimal("0.001"), "the position is closed")


async def _test_a_strategy(desk: Sitting) -> None:
    backtest = desk.models.backtest
    desk.press("Ctrl+7")
    assert desk.window.docks.focused() == "backtest"
    await desk.until(
        lambda: (backtest.form.instrument, backtest.form.timeframe) == (ETH, Timeframe.M15),
        "the form follows the chart",
    )
    await desk.until(lambda: not backtest.problem, "there is something to test on")
    desk.press("Ctrl+Return")
    await desk.until(lambda: backtest.report is not None, "the report is shown")
    assert backtest.report is not None
    assert backtest.report.spec.instrument == ETH
    assert backtest.state.text.startswith("Done in")
    desk.press("Ctrl+T")
    assert desk.models.marks.trades == backtest.report.trades


async def _ask_a_question(desk: Sitting) -> None:
    chat = desk.models.chat
    desk.press("Ctrl+Shift+A")
    desk.type("which of my orders were canceled?")
    desk.press("Return")
    await desk.until(lambda: chat.entries[-1:] and not chat.is_busy, "the answer is there")
    answer = chat.entries[-1]
    assert answer.state is AnswerState.DONE
    assert answer.citations
    assert "ETH" in answer.answer

    desk.press("Alt+1")
    await desk.until(lambda: desk.window.findChild(DetailDialog), "the cited row is open")
    detail = desk.window.findChild(DetailDialog)
    await desk.until(detail.isActiveWindow, "it has the keys")
    desk.press("Esc")
    await desk.until_closed(detail, "Escape closed it")

    desk.press("Ctrl+J")
    await desk.until(lambda: desk.window.docks.focused() == "chart", "the chart has the keys")
    view = desk.desktop.workbench.charts.active.view
    await desk.until(lambda: view.stack.crosshair_number is not None, "it shows the cited moment")


async def _export_candles(desk: Sitting) -> None:
    desk.press("Ctrl+K")
    desk.type("import export")
    desk.press("Return")
    assert desk.window.docks.focused() == "files"
    desk.press("Ctrl+E", "Ctrl+Return")
    folder = desk.desktop._options.folders.exports
    await desk.until(lambda: [*folder.rglob("*.csv")], "the candles are written")


async def _arrange_the_window(desk: Sitting) -> None:
    window = desk.window
    desk.press("Ctrl+1", "Ctrl+S")
    assert (Path(desk.desktop._options.folders.layouts) / "default.json").exists()
    desk.press("Ctrl+3", "Ctrl+W")
    assert not window.docks.is_open("ticket")
    desk.press("Ctrl+1", ".", "Return")
    assert window.docks.is_open("ticket")

    before = current().name
    desk.press("Ctrl+1", "Ctrl+Shift+T")
    assert current().name != before
    desk.press("Ctrl+K")
    desk.type("dark theme")
    desk.press("Return")
    assert current().name == "dark"

    desk.press("?")
    assert window.help_page.isVisible()
    assert any("Send the staged order" in text for text in window.help_page.texts())
    desk.press("Esc")
    assert not window.help_page.isVisible()
    assert window.docks.focused() == "chart"


async def _leave_with_an_open_order(desk: Sitting) -> None:
    desk.press("Shift+B", *["Shift+Down"] * 60, "Return")
    await desk.until(lambda: desk.models.orders.open_count == 1, "another order is open")
    desk.press("Ctrl+Q")
    dialog = desk.window.findChild(QuitDialog)
    assert dialog is not None
    await desk.until(dialog.isActiveWindow, "the desk asks about the open order")
    while (button := QApplication.focusWidget()) is not None:
        assert isinstance(button, QPushButton)
        if button.text().startswith("Cancel"):
            break
        desk.press("Tab")
    desk.press("Space")


def _fill_field(desk: Sitting, name: str, text: str) -> None:
    """Walk to a field with Tab and type over what it holds."""
    for _ in range(40):
        focus = QApplication.focusWidget()
        if focus is not None and focus.objectName() == name:
            break
        desk.press("Tab")
    else:
        raise AssertionError(f"Tab does not reach {name}")
    desk.press("Ctrl+A")
    desk.type(text)


def _stops(desk: Sitting) -> list[Order]:
    return [
        one
        for one in desk.models.marks.orders
        if one.intent.kind is OrderKind.STOP or one.intent.kind is OrderKind.STOP_LIMIT
    ]


def _trigger(order: Order) -> Decimal:
    return order.intent.terms.trigger_price or ZERO


def _told(desk: Sitting) -> str:
    return " ".join(notice.text for notice in desk.window.notices.history())


def _held(desk: Sitting) -> Decimal:
    rows = desk.desktop.workbench.positions.rows
    shown = [rows.row_at(line) for line in range(rows.rowCount())]
    return sum((row.position.size for row in shown if row and row.position.instrument == ETH), ZERO)


def _errors(root: Path) -> str:
    file = root / "logs" / "error.log"
    return file.read_text() if file.exists() else ""
