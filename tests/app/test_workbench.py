"""Look at the whole window with every pane wired, as a newcomer meets it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import PySide6QtAds as ads  # noqa: N813  the library calls itself so
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QTableView

from fks_desk.app.settings import Settings
from fks_desk.app.world import demo_world
from fks_desk.core.messages import InstrumentsListed, Severity, TickerMoved
from fks_desk.core.model import (
    InstrumentId,
    OrderKind,
    Side,
    Signal,
    Stance,
    Ticker,
    Timeframe,
    TimeInForce,
)
from fks_desk.strategy import catalog
from fks_desk.ui.actions.action import WINDOW
from fks_desk.ui.actions.conflicts import strokes
from fks_desk.ui.actions.presets import Preset, preset_keys
from fks_desk.ui.tables.view import DeskTable
from fks_desk.ui.widgets.label import PlainLabel
from tests.fakes.charts import START, made_instrument
from tests.fakes.pseudo import OPEN, PseudoTranslator, stray_texts
from tests.fakes.rows import signal
from tests.fakes.sitting import Sitting, look_at

OFFSCREEN = ("This plugin does not support .*", ".*systemTrayWindowChanged.*")
pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore(*OFFSCREEN, extend=True)]

Look = Callable[[Callable[[Sitting], None]], None]


@pytest.fixture
def look(qapp: QApplication, tmp_path: Path) -> Look:
    """Return a function that shows a new desk's window to a check."""

    def show_to(check: Callable[[Sitting], None]) -> None:
        async def work(desk: Sitting) -> None:
            await asyncio.sleep(0)
            check(desk)

        look_at(qapp, root=tmp_path, world=demo_world(Settings().demo), work=work)

    return show_to


def test_every_action_is_in_the_palette_and_no_key_means_two_things(look: Look) -> None:
    def check(desk: Sitting) -> None:
        registry, palette = desk.window.registry, desk.window.palette_box
        palette.open()
        entries = {entry.title for entry in palette._everything("")}
        missing = [
            action.id
            for action in registry.all()
            if f"{action.category}: {action.title}" not in entries
        ]

        assert missing == []
        assert [str(conflict) for conflict in registry.conflicts()] == []
        assert len(registry.all()) > 90

    look(check)


def test_every_action_can_be_reached_without_a_mouse(qapp: QApplication, tmp_path: Path) -> None:
    """Run each by typing its name into the palette, and those with a key there by that key."""

    async def work(desk: Sitting) -> None:
        window = desk.window
        registry, docks, ran = window.registry, window.docks, list[str]()
        actions = [one for one in registry.all() if registry.qaction(one.id).isEnabled()]
        opens = registry._handlers["window.palette"]
        for action in actions:
            registry._handlers[action.id] = lambda *_state, name=action.id: ran.append(name)
        for action in actions:
            opens()
            window.palette_box._field.setText(f"{action.category}: {action.title}")
            QTest.keyClick(window.palette_box._field, Qt.Key.Key_Return)
            assert ran[-1:] == [action.id], f"the palette does not reach {action.id}"

        for pane in (docks.pane(name) for name in docks.names):
            docks.focus(pane.name)
            await desk.until(
                lambda pane=pane: docks.focused() == pane.name, "the pane has the keys"
            )
            for action in actions:
                if (
                    action.context not in {pane.name, *pane.contexts[:1]}
                    or action.context == WINDOW
                ):
                    continue
                focus = QApplication.focusWidget()
                types = focus.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
                types = types or isinstance(focus, QComboBox)  # letters search in its list
                for key in registry.keys(action.id):
                    if types and not key.startswith(("Ctrl", "Alt", "F")):
                        continue  # letters and editing keys belong to the field
                    ran.clear()
                    desk.press(*strokes(key))
                    assert ran == [action.id], f"{key} does not reach {action.id}"

    look_at(qapp, root=tmp_path, world=demo_world(Settings().demo), work=work)


def test_no_key_is_one_that_altgr_types_on_many_keyboards(look: Look) -> None:
    def check(desk: Sitting) -> None:
        registry = desk.window.registry
        keys = {key: one.id for one in registry.all() for key in registry.keys(one.id)}

        assert {key: name for key, name in keys.items() if "Ctrl+Alt" in key} == {}

    look(check)


@pytest.mark.parametrize("preset", list(Preset))
def test_no_preset_makes_a_key_mean_two_things(look: Look, preset: Preset) -> None:
    def check(desk: Sitting) -> None:
        registry = desk.window.registry
        known = {action.id for action in registry.all()}
        desk.window.keymap.choose(preset)

        assert set(preset_keys(preset)) <= known
        assert [str(conflict) for conflict in registry.conflicts()] == []

    look(check)


def test_every_key_of_a_pane_reaches_a_pane_that_is_there(look: Look) -> None:
    def check(desk: Sitting) -> None:
        docks = desk.window.docks
        bound = {context for name in docks.names for context in docks.pane(name).contexts}
        wanted = {action.context for action in desk.window.registry.all()} - {WINDOW}

        assert wanted <= bound

    look(check)


def test_what_is_on_the_chart_is_what_the_other_panes_are_about(look: Look) -> None:
    def check(desk: Sitting) -> None:
        models, ada = desk.models, InstrumentId("demo:spot:ADA/USDT")
        models.chart.show(ada, Timeframe.H1)

        assert models.ticket._instrument == ada
        assert models.watchlist.chosen == ada
        assert models.backtest._on_chart == (ada, Timeframe.H1)
        assert "ADA/USDT" in models.chat.suggestions()[0]

    look(check)


def test_every_empty_pane_says_how_to_fill_it(look: Look) -> None:
    def check(desk: Sitting) -> None:
        silent = []
        for name in desk.window.docks.names:
            pane = desk.window.docks.pane(name)
            tables = [table for table in pane.findChildren(DeskTable) if table.model().rowCount()]
            texts = [label.text() for label in pane.findChildren(PlainLabel)]
            texts += [table.hint for table in pane.findChildren(DeskTable)]
            if not tables and not any(text.endswith((".", "…")) for text in texts):
                silent.append(name)

        # The chart paints its sentence itself; the health tiles are never empty.
        assert set(silent) <= {"chart", "health"}
        assert desk.models.chart.message.startswith("Loading BTC/USDT")

    look(check)


def test_every_text_of_the_window_can_be_translated(qapp: QApplication, look: Look) -> None:
    def check(desk: Sitting) -> None:
        window, registry = desk.window, desk.window.registry
        registry.trigger("help.keys")
        registry.trigger("window.palette")
        window.notify(Severity.INFO, f"{OPEN}told")
        tables = window.findChildren(QTableView)
        texts = {table.hint for table in tables if isinstance(table, DeskTable)}
        texts |= {
            str(table.model().headerData(column, Qt.Orientation.Horizontal))
            for table in tables
            for column in range(table.model().columnCount())
        }
        plain = {text for text in texts if text and OPEN not in text}

        strays = sorted((plain | stray_texts(window)) - _names(desk))
        assert strays == []

    translator = PseudoTranslator()
    qapp.installTranslator(translator)
    try:
        look(check)
    finally:
        qapp.removeTranslator(translator)


def _names(desk: Sitting) -> set[str]:
    """Return what is a name in every language: keys, codes, symbols."""
    registry = desk.window.registry
    keys = {registry.key_text(action.id) for action in registry.all()}
    codes = {one.value for one in (*Timeframe, *TimeInForce)}
    return keys | codes | {"DEMO", "BTC/USDT", "BTC/USDT 1m"}


def test_every_strategy_is_offered(look: Look) -> None:
    def check(desk: Sitting) -> None:
        combo = desk.desktop.workbench.backtest.form.strategy
        offered = {combo.itemData(number) for number in range(combo.count())}

        assert offered == {one.name for one in catalog.strategies()}

    look(check)


def test_while_the_past_is_played_no_key_sends_an_order_to_the_desk(look: Look) -> None:
    def check(desk: Sitting) -> None:
        window, bench = desk.window, desk.desktop.workbench
        replay = bench.charts.active.replay
        replay.start(1_700_000_000_000)
        registry = window.registry
        enabled = {one.id for one in registry.all() if registry.qaction(one.id).isEnabled()}
        sending = {name for name in enabled if name.startswith(("ticket.", "order.", "positions."))}

        assert sending == {"order.stage_buy", "order.stage_sell", "positions.close"}
        registry.trigger("order.stage_buy")
        assert desk.models.staging.order is None
        replay.leave()
        assert registry.qaction("ticket.submit").isEnabled()
        assert bench.ticket.isEnabled()

    look(check)


def test_a_signal_that_is_taken_is_staged_on_its_chart_and_names_itself(look: Look) -> None:
    def check(desk: Sitting) -> None:
        models = desk.models
        ada = made_instrument("ADA/USDT", tick=Decimal("0.0001"), lot=Decimal("0.1"))
        models.market.on_instruments_listed(InstrumentsListed(instruments=(ada,)))
        quote = Ticker(
            instrument=ada.id, last=Decimal("0.4642"), bid=None, ask=None, change_pct=None,
            volume=None, ts_event=START, ts_init=START,
        )  # fmt: skip
        models.market.on_ticker_moved(TickerMoved(ticker=quote))
        told: list[Signal] = []
        models.signals.note_taken = told.append  # type: ignore[method-assign]  # to see it called
        one = signal(1, instrument=ada.id, stance=Stance.SHORT)
        models.signals.wanted.emit(one)
        staged = models.staging.order

        assert staged is not None
        assert (staged.instrument, staged.side, staged.price) == (ada, Side.SELL, quote.last)
        assert staged.prompted_by == one.id
        assert told == [one]
        assert models.chart.instrument_id == ada.id

        models.signals.wanted.emit(signal(2, instrument=InstrumentId("other:spot:X/USDT")))
        assert models.staging.order is None
        assert told == [one]

    look(check)


def test_a_level_of_the_book_is_staged_as_a_limit_at_its_price(look: Look) -> None:
    def check(desk: Sitting) -> None:
        models = desk.models
        btc = made_instrument("BTC/USDT")
        models.market.on_instruments_listed(InstrumentsListed(instruments=(btc,)))
        models.chart.show(btc.id, Timeframe.M5)
        models.ticket.set_kind(OrderKind.MARKET)
        models.book.chosen.emit(Side.SELL, Decimal("65001.25"))
        staged = models.staging.order

        assert staged is not None
        assert (staged.side, staged.kind) == (Side.SELL, OrderKind.LIMIT)
        assert staged.price == Decimal("65001.25")

    look(check)


@pytest.mark.parametrize("size", [(1366, 768), (1600, 1000)])
def test_every_tab_of_the_default_layout_is_whole(look: Look, size: tuple[int, int]) -> None:
    def check(desk: Sitting) -> None:
        window = desk.window
        window.resize(*size)
        window.docks.reset()
        QApplication.processEvents()
        tabs = [tab for tab in window.findChildren(ads.CDockWidgetTab) if tab.isVisible()]
        cut = [tab.text() for tab in tabs if tab.visibleRegion().boundingRect() != tab.rect()]

        assert window.size().toTuple() == size
        assert len(tabs) > 15
        assert cut == []

    look(check)


def test_whoever_looks_for_settings_learns_where_they_are(look: Look) -> None:
    def check(desk: Sitting) -> None:
        palette = desk.window.palette_box
        palette.open()
        palette._field.setText("settings")
        QTest.keyClick(palette._field, Qt.Key.Key_Return)
        told = desk.window.notices.history()[-1].text

        assert "settings.toml" in told
        assert "keys Ctrl+F1" in told
        assert "theme Ctrl+Shift+T" in told

    look(check)
