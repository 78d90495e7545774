"""Bring real candles in, chart them, test on them and trade on their replay, by keyboard."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PySide6.QtWidgets import QApplication

from fks_desk.adapters.files.reading import read_candles
from fks_desk.app.settings import AssistantSettings, Settings
from fks_desk.app.world import demo_world, replay_world
from fks_desk.core.clock import SystemClock, to_ms
from fks_desk.core.frame import Frame
from fks_desk.core.messages import BacktestReport, HealthState
from fks_desk.core.model import InstrumentId, OrderState, Timeframe
from fks_desk.core.ports import JournalRow
from fks_desk.ui.models.research.chat import AnswerState
from tests.fakes.pandas_rules import RULES
from tests.fakes.sitting import Sitting, open_folder, sit_down

OFFSCREEN = ("This plugin does not support .*", ".*systemTrayWindowChanged.*")
pytestmark = [pytest.mark.gui, pytest.mark.slow, pytest.mark.qt_log_ignore(*OFFSCREEN, extend=True)]

BTC_5M = "ohlcv/binance-spot_BTCUSDT_5m_2024-03-01_2025-07-02.csv.gz"
BTC_1H = "ohlcv/binance-spot_BTCUSDT_1h_2023-01-01_2024-01-10.csv.gz"
VISION = "ohlcv/raw/binance-vision_FILUSDT-1m-2023-04.csv.gz"
BTC = InstrumentId("binance:spot:BTC/USDT")
REPLAYED = InstrumentId("replay:spot:BTC/USDT")
YEAR_BARS = 365 * 288
ALLOWED_S = 3.0
SETTINGS = Settings(assistant=AssistantSettings(embeddings="words"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Hold a data folder with real candles, and what the imports reported."""

    root: Path
    reports: dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def stored(real_data: Path) -> Iterator[Stored]:
    """Import the real files with the command, each of them twice."""
    with open_folder() as root:
        wanted = {
            BTC_5M: ["BTC/USDT", "5m"],
            BTC_1H: ["BTC/USDT", "1h"],
            VISION: ["FIL/USDT", "1m"],
        }
        reports = {
            name: [_import(root, real_data / name, *words) for _ in range(2)]
            for name, words in wanted.items()
        }
        yield Stored(root=root, reports=reports)


@pytest.mark.parametrize("name", [BTC_5M, BTC_1H, VISION], ids=["5m", "1h", "vision"])
def test_a_real_file_is_imported_once_and_reported_as_it_is(
    stored: Stored, real_data: Path, name: str
) -> None:
    told = _of_manifest(real_data, name)
    first, second = stored.reports[name]

    assert first["rows"] == first["inserted"] == told["rows"]
    assert (second["inserted"], second["revised"], second["unchanged"]) == (0, 0, told["rows"])
    assert first["rejected"] == []
    if told["validation"] is not None:
        found = {name: first[name] for name in ("duplicates", "gaps", "missing")}
        names = {"duplicates": "duplicates", "gaps": "n_gaps", "missing": "missing_bars"}
        assert found == {mine: told["validation"][theirs] for mine, theirs in names.items()}


def test_a_year_is_charted_and_tested_on_by_keyboard(
    qapp: QApplication, stored: Stored, real_data: Path
) -> None:
    frame = _frame(real_data / BTC_5M)
    reports: list[BacktestReport] = []

    async def work(desk: Sitting) -> None:
        await _show_the_year(desk, frame)
        desk.picture("real-year.png")
        reports.extend([await _run_with_keys(desk, place) for place in range(len(RULES))])
        desk.picture("real-backtest.png")
        desk.press("Ctrl+Q")

    sit_down(qapp, root=stored.root, world=demo_world(SETTINGS.demo), settings=SETTINGS, work=work)

    assert {report.spec.strategy for report in reports} == set(RULES)
    for report in reports:
        _assert_equals_reference(report, frame)


async def _show_the_year(desk: Sitting, frame: Frame) -> None:
    chart = desk.models.chart
    await desk.until(lambda: desk.models.market.instrument(BTC), "the imported pair is known")
    desk.type("binance:btc")
    desk.press("Return")
    desk.type("5")
    desk.press("Return")
    await desk.until(lambda: len(chart.series) >= YEAR_BARS, "a year is on the chart")
    await desk.until(lambda: chart.has_all, "everything stored is on the chart")
    assert chart.instrument_id == BTC
    np.testing.assert_array_equal(chart.series.time, frame.time)
    np.testing.assert_array_equal(chart.series.frame().close, frame.close)
    desk.press("Home", *["-"] * 40, "End")


async def _run_with_keys(desk: Sitting, place: int) -> BacktestReport:
    """Choose a strategy by its place in the list, run it and return what came of it."""
    model = desk.models.backtest
    await desk.until(
        lambda: desk.window.health.parts["worker"].state is HealthState.GOOD, "the worker is warm"
    )
    desk.press("Ctrl+7", "Home", *["Down"] * place)
    assert model.form.instrument == BTC
    assert model.form.timeframe is Timeframe.M5
    before, model.report = model.report, None
    began = desk.now()
    desk.press("Ctrl+Return")
    await desk.until(lambda: model.report is not None, f"{model.form.strategy} is tested")
    took = desk.now() - began
    assert model.report is not None
    assert model.report is not before
    bars = len(model.report.equity)
    print(f"        {bars} bars, {len(model.report.trades)} trades, {took:.2f} s")
    assert bars > YEAR_BARS
    assert took < ALLOWED_S
    return model.report


def _assert_equals_reference(report: BacktestReport, frame: Frame) -> None:
    """Trade the rule once more, one bar after the other, in plain Python."""
    held = RULES[report.spec.strategy](pd.Series(frame.close)).to_numpy()
    fee, slip, cash, coins = 0.001, 0.0002, 10_000.0, 0.0
    trades: list[tuple[int, int, float, float, float]] = []
    entry = (0, 0.0)
    for bar in range(1, len(frame)):
        if held[bar - 1] and not coins:
            price = frame.open[bar] * (1 + slip)
            coins, entry = cash / price * (1 - fee), (bar, price)
        elif coins and not held[bar - 1]:
            price = frame.open[bar] * (1 - slip)
            trades.append((entry[0], bar, entry[1], price, coins))
            cash, coins = coins * price * (1 - fee), 0.0
    if coins:
        trades.append((entry[0], len(frame) - 1, entry[1], frame.close[-1] * (1 - slip), coins))

    assert len(report.trades) == len(trades) > 100
    assert [(one.entry_time, one.exit_time) for one in report.trades] == [
        (int(frame.time[first]), int(frame.time[last])) for first, last, *_ in trades
    ]
    told = [(one.entry_price, one.exit_price, one.size) for one in report.trades]
    np.testing.assert_allclose(told, [row[2:] for row in trades], rtol=1e-9)


def test_an_order_fills_when_the_replayed_price_crosses_it_and_all_tell_the_same(
    qapp: QApplication, real_data: Path
) -> None:
    frame = _frame(real_data / BTC_5M)
    world = replay_world(
        real_data / BTC_5M,
        symbol="BTC/USDT",
        timeframe=Timeframe.M5,
        speed=600.0,
        settings=SETTINGS.demo,
    )

    async def work(desk: Sitting) -> None:
        await _see_the_replay(desk, frame)
        await _buy_below_the_market(desk, frame)
        await _compare_the_stories(desk)
        desk.picture("real-replay.png")
        desk.press("Ctrl+Q")

    with open_folder() as root:
        sit_down(qapp, root=root, world=world, settings=SETTINGS, work=work)


async def _see_the_replay(desk: Sitting, frame: Frame) -> None:
    chart = desk.models.chart
    assert chart.instrument_id == REPLAYED
    await desk.until(lambda: len(chart.series) > 900, "the file's history is on the chart")
    await desk.until_tradable()
    shown = np.searchsorted(frame.time, chart.series.time[:500])
    np.testing.assert_array_equal(frame.time[shown], chart.series.time[:500])
    np.testing.assert_array_equal(frame.close[shown], chart.series.frame().close[:500])


async def _buy_below_the_market(desk: Sitting, frame: Frame) -> None:
    level, crossing = _level_ahead(desk, frame)
    desk.press("F9")
    desk.type("0.05")
    desk.press("Tab")
    assert QApplication.focusWidget() is desk.desktop.workbench.ticket.form.price_edit
    desk.type(level)
    desk.press("Return", "Return")
    await desk.until(lambda: desk.models.orders.open_count == 1, "the order rests at the venue")
    await desk.until(lambda: desk.models.orders.open_count == 0, "the real price crossed it")
    row = desk.desktop.workbench.orders.rows.row_at(0)
    assert row is not None
    assert row.order.state is OrderState.FILLED
    assert row.order.average_price == Decimal(level)
    fill = desk.desktop.workbench.fills.rows.row_at(0)
    assert fill is not None
    bar = int(np.searchsorted(frame.time, to_ms(fill.fill.ts_event), side="right")) - 1
    print(f"        limit {level}, filled in the candle of {fill.fill.ts_event}")
    assert frame.low[bar] <= float(level) <= frame.high[bar]
    assert bar == crossing


def _level_ahead(desk: Sitting, frame: Frame) -> tuple[str, int]:
    """Return a price that the file will fall through, and the candle in which it does."""
    now = int(np.searchsorted(frame.time, desk.models.chart.series.time[-1]))
    soon, floor = now + 6, float(frame.low[now : now + 7].min())
    for bar in range(soon, len(frame)):
        if frame.low[bar] < floor - 5:
            return f"{(floor + frame.low[bar]) / 2:.2f}", bar
    raise AssertionError("the rest of the file never falls; raise the number of live candles")


async def _compare_the_stories(desk: Sitting) -> None:
    reads, chat = desk.desktop.bridge.reads, desk.models.chat
    positions = desk.desktop.workbench.positions.rows
    await desk.until(positions.rowCount, "the position is shown")
    fill = desk.desktop.workbench.fills.rows.row_at(0)
    position = positions.row_at(0)
    assert fill is not None
    assert position is not None
    bought = fill.fill.size - fill.fill.fee.amount
    assert position.position.size == bought

    rows = [row for row in await reads.journal.read(0) if _is_of(row, fill.fill.client_id)]
    types = [row.draft.type for row in rows]
    assert types.count("fill.recorded") == 1
    recorded = rows[types.index("fill.recorded")].draft.payload
    assert Decimal(recorded["price"]) == fill.fill.price
    moved = rows[types.index("position.moved")].draft.payload
    assert Decimal(moved["size"]) == bought
    assert types.index("order.accepted") < types.index("order.filled")

    desk.press("Ctrl+Shift+A")
    desk.type("why am i long?")
    desk.press("Return")
    await desk.until(lambda: chat.entries[-1:] and not chat.is_busy, "the chat has answered")
    answer = chat.entries[-1]
    assert answer.state is AnswerState.DONE
    print("        " + answer.answer.replace("\n", "\n        "))
    cited = {one.ref.kind: await reads.facts.row(one.ref) for one in answer.citations}
    assert None not in cited.values()
    assert Decimal(cited["trade"]["price"]) == fill.fill.price
    assert Decimal(cited["trade"]["size"]) == fill.fill.size
    assert f"{fill.fill.price:,.2f}" in answer.answer or f"{fill.fill.price:f}" in answer.answer


def _is_of(row: JournalRow, client_id: str) -> bool:
    return row.draft.correlation == client_id


def _frame(path: Path) -> Frame:
    return read_candles(path, timeframe=Timeframe.M5, clock=SystemClock()).frame


def _of_manifest(folder: Path, name: str) -> dict[str, Any]:
    entries = json.loads((folder / "manifest.json").read_text())
    return next(entry for entry in entries if entry["file"] == name)


def _import(root: Path, file: Path, symbol: str, timeframe: str) -> dict[str, Any]:
    words = ["import", file, "--exchange", "binance", "--symbol", symbol, "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "fks_desk", *map(str, words), "--timeframe", timeframe],
        env={**os.environ, "FKS_DATA_FOLDER": str(root)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
