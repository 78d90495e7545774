"""The built-in exchange's perpetuals are traded from the window, by keys."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from fks_desk.app.accounts.listing import PERPETUAL
from fks_desk.app.settings import AssistantSettings, Settings
from fks_desk.app.world import world_of
from fks_desk.core.model import InstrumentKind, MarginMode
from tests.fakes.sitting import Sitting, open_folder, sit_down

pytestmark = [pytest.mark.slow, pytest.mark.gui]


@pytest.mark.allow_warnings
def test_a_perpetual_is_sold_short_and_shows_what_backs_it(qapp: QApplication) -> None:
    settings = Settings(assistant=AssistantSettings(embeddings="words"))
    with open_folder() as root:
        sit_down(
            qapp,
            root=root,
            world=world_of(PERPETUAL, settings),
            settings=settings,
            work=_sell_short,
            size=(1700, 900),
        )


async def _sell_short(desk: Sitting) -> None:
    ticket, portfolio = desk.models.ticket, desk.models.portfolio
    await desk.until(lambda: desk.models.chart.last is not None, "candles move")
    await desk.until_tradable()
    await desk.until(lambda: bool(portfolio.margins), "the terms are known")
    btc = ticket.instrument
    assert btc is not None
    assert btc.kind is InstrumentKind.LINEAR

    desk.press("Ctrl+4", "Ctrl+Shift+M")
    desk.type("5 isolated")
    desk.press("Return")
    await desk.until(lambda: portfolio.margins[btc.id].leverage == 5, "leverage 5")
    await desk.until(
        lambda: portfolio.margins[btc.id].mode is MarginMode.ISOLATED, "margin of its own"
    )

    desk.press("F9")
    if ticket.form.kind.has_limit:
        desk.press("Alt+M")
    desk.press("F9", "Ctrl+A")
    desk.type("0.1")
    desk.press("Ctrl+1", "Shift+S")
    assert ticket.problem == ""
    lines = dict(ticket.summary)
    assert "5×" in lines["Margin"]
    assert "away" in lines["Liquidation"]
    desk.picture("perpetual-ticket.png")
    desk.press("Return")
    await desk.until(lambda: portfolio.margins[btc.id].size < 0, "it is short")
    line = portfolio.margins[btc.id]
    assert line.liquidation is not None
    assert line.liquidation > line.mark
    rows = desk.desktop.workbench.positions.rows
    await desk.until(lambda: rows.rowCount() == 1, "the position is shown")
    row = rows.row_at(0)
    assert row.margin.leverage == 5
    desk.press("Ctrl+4")
    desk.picture("perpetual.png")

    desk.press("Ctrl+Shift+C")
    await desk.until(lambda: portfolio.margins[btc.id].size == 0, "it is closed")
    desk.press("Ctrl+Q")
