"""Worked orders, repairs, round trips and risk are told in plain words."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from fks_desk.core.clock import SteppedClock
from fks_desk.core.desk_messages import EquityMoved, ParentMoved, StartParent, StopParent
from fks_desk.core.frame import Frame
from fks_desk.core.ledger import EquityPoint, TradeNote
from fks_desk.core.messages import TradingStateMoved
from fks_desk.core.model import AccountId, Money, Side, TradingState
from fks_desk.core.nursery import Nursery
from fks_desk.core.parents import ParentKind, ParentOrder, ParentState
from fks_desk.core.pictures import MOST_BYTES, TradePicture
from fks_desk.core.ports import JournalDraft, JournalRow
from fks_desk.ui.models.account.repairs import RepairsModel
from fks_desk.ui.models.account.risk import RiskLine, RiskModel
from fks_desk.ui.models.account.trade_journal import TradeJournalModel, TripRow
from fks_desk.ui.models.account.trade_pictures import TradePicturesModel, as_image
from fks_desk.ui.models.account.working import Context, WorkingModel, read_plan
from fks_desk.ui.models.research.curve import account_curve
from fks_desk.ui.panes.account.equity import EquityPane
from fks_desk.ui.panes.account.repairs import RepairsPane
from fks_desk.ui.panes.account.risk import RiskPane
from fks_desk.ui.panes.account.trade_journal import TradeJournalPane
from fks_desk.ui.panes.account.working import WorkingPane
from fks_desk.ui.panes.detail import DetailDialog
from fks_desk.ui.widgets.picture import PictureBox
from tests.fakes.pane_keys import PaneWindow
from tests.fakes.panes import ACCOUNT, BTC, DEMO, NOON, Desk, fill, position

FREE = Money(amount=Decimal(0), currency="USDT")


class History:
    """Remember notes and answer with what was put in."""

    def __init__(self) -> None:
        self.kept: dict[str, TradeNote] = {}
        self.points: list[EquityPoint] = []
        self.rows: list[JournalRow] = []

    async def equity(self, *_: object) -> Sequence[EquityPoint]:
        return self.points

    async def parents(self, *_: object) -> Sequence[ParentOrder]:
        return ()

    async def told(self, account: AccountId, types: Sequence[str]) -> Sequence[JournalRow]:
        return [row for row in self.rows if row.draft.type in types]

    async def notes(self, _account: AccountId) -> Sequence[TradeNote]:
        return list(self.kept.values())

    async def save_note(self, note: TradeNote) -> None:
        self.kept[note.trip] = note


class Pictures:
    """Remember pictures."""

    def __init__(self) -> None:
        self.kept: dict[str, TradePicture] = {}
        self.files: dict[str, bytes] = {}

    async def taken(self, _account: AccountId) -> Mapping[str, datetime]:
        return {trip: picture.taken for trip, picture in self.kept.items()}

    async def picture(self, _account: AccountId, trip: str) -> TradePicture | None:
        return self.kept.get(trip)

    async def save_picture(self, picture: TradePicture) -> None:
        self.kept[picture.trip] = picture

    async def remove_picture(self, _account: AccountId, trip: str) -> None:
        self.kept.pop(trip, None)

    async def write_bytes(self, name: str, content: bytes) -> str:
        self.files[name] = content
        return f"/exports/{name}"


class Hours:
    """Answer with candles that rise and fall."""

    async def range(self, *_: object) -> Frame:
        return self._frame(60_000)

    async def latest(self, *_: object) -> Frame:
        return self._frame(3_600_000)

    def _frame(self, step_ms: int) -> Frame:
        start = int((NOON - timedelta(hours=2)).timestamp() * 1000)
        time = np.arange(start, start + 240 * step_ms, step_ms, dtype=np.int64)
        close = 60_000.0 + 100.0 * np.sin(np.arange(time.size))
        return Frame(
            time=time, open=close, high=close + 50, low=close - 50, close=close, volume=close
        )


class Stage:
    """Hold the models over one fake desk."""

    def __init__(self) -> None:
        self.desk = Desk(Nursery())
        self.desk.list_instruments()
        self.desk.quote(last="64000")
        self.history = History()
        self.pictures = Pictures()
        self.clock = SteppedClock(NOON)
        self.shared: dict[str, Any] = {
            "account": ACCOUNT,
            "history": self.history,
            "nursery": self.desk.nursery,
        }
        self.told: dict[str, Any] = {
            "market": self.desk.market,
            "trading": self.desk.trading,
            "candles": Hours(),
            "clock": self.clock,
            **self.shared,
        }

    def journal(self) -> tuple[TradeJournalModel, TradePicturesModel, TradeJournalPane]:
        """Return the trade journal of one closed round trip."""
        self.desk.trading.filled = [
            replace(fill("1", Side.BUY, "60000"), fee=FREE),
            replace(fill("2", Side.SELL, "60100", 1800), fee=FREE),
        ]
        model = TradeJournalModel(pictures=self.pictures, **self.told)
        pictures = TradePicturesModel(
            account=ACCOUNT,
            pictures=self.pictures,
            files=self.pictures,  # type: ignore[arg-type]  # it only writes
            clock=self.clock,
            nursery=self.desk.nursery,
        )
        pictures.changed.connect(model.load)
        return model, pictures, TradeJournalPane(model=model, pictures=pictures)

    def working(self) -> WorkingModel:
        return WorkingModel(
            market=self.desk.market, send=self.desk.sent.append, clock=self.clock, **self.shared
        )


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def context(stage: Stage) -> Context:
    instrument = stage.desk.market.instrument(BTC.id)
    assert instrument is not None
    return Context(account=DEMO, instrument=instrument, now=NOON)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ladder buy 1 x5 from 60000 to 59000", ParentKind.LADDER),
        ("TWAP  sell 0.5 x10 every 30s", ParentKind.TWAP),
        ("iceberg buy 2 x 4 at 60000.001", ParentKind.ICEBERG),
    ],
)
def test_a_plan_is_read_as_it_is_typed(stage: Stage, text: str, kind: ParentKind) -> None:
    plan = read_plan(text, context(stage))

    assert not isinstance(plan, str)
    assert plan.kind is kind
    assert plan.price is None or plan.price == Decimal(60000)


@pytest.mark.parametrize("text", ["", "buy 1", "twap buy 1 x1 every 1m", "ladder buy 1..2 x3"])
def test_a_plan_that_cannot_be_says_how_to_write_one(stage: Stage, text: str) -> None:
    plan = read_plan(text, context(stage))

    assert isinstance(plan, str)
    assert "Write:" in plan or "cannot be" in plan


def test_a_typed_plan_is_started_and_a_running_one_stopped(stage: Stage) -> None:
    model = stage.working()
    pane = WorkingPane(model=model)
    model.set_instrument(BTC.id)

    model.start("twap buy 1 x10 every 1m")
    (command,) = stage.desk.sent
    assert isinstance(command, StartParent)
    parent = ParentOrder(plan=command.plan, state=ParentState.RUNNING, updated=NOON)
    model.on_parent_moved(ParentMoved(parent=parent))
    model.stop(parent)

    assert stage.desk.sent[-1] == StopParent(account=DEMO, parent=parent.id)
    assert pane.rows.text_at(0, 1) == "TWAP"
    assert pane.rows.text_at(0, 3) == "▲ Buy"


async def settled(stage: Stage) -> None:
    async with asyncio.timeout(30):
        while stage.desk.nursery._tasks:
            await asyncio.sleep(0.01)


async def test_every_repair_is_a_row_in_plain_words(stage: Stage) -> None:
    for number, (type_, payload) in enumerate(
        [
            ("reconcile.repaired", {"repair": "order t-1 was open, is filled"}),
            ("transfer.deposit", {"amount": "500", "currency": "USDT"}),
            (
                "transfer.insurance",
                {"amount": "20", "currency": "USDT", "reference": "demo-usdm:linear:BTC/USDT"},
            ),
            ("order.sending", {}),
        ]
    ):
        draft = JournalDraft(type=type_, payload=payload, ts_event=NOON, account=DEMO)
        stage.history.rows.append(JournalRow(sequence=number, draft=draft, ts_init=NOON, digest=""))
    model = RepairsModel(**stage.shared)
    pane = RepairsPane(model=model)

    model.load()
    await settled(stage)

    shown = [(pane.rows.text_at(line, 1), pane.rows.text_at(line, 2)) for line in range(3)]
    paid = (
        "20 USDT from the venue's insurance fund for the liquidation of demo-usdm:linear:BTC/USDT"
    )
    assert shown == [
        ("insurance", paid),
        ("deposit", "500 USDT"),
        ("mended", "order t-1 was open, is filled"),
    ]


async def test_a_round_trip_shows_its_result_its_market_and_its_note(stage: Stage) -> None:
    model, _, pane = stage.journal()
    rows: list[list[TripRow]] = []
    model.rows_changed.connect(rows.append)

    model.load()
    await settled(stage)
    (row,) = rows[-1]
    model.note(row, "too early #breakout")
    await settled(stage)

    (row,) = rows[-1]
    assert row.note == "too early"
    assert row.tags == ("breakout",)
    assert model.note_text(row) == "too early #breakout"
    assert row.seen is not None
    assert row.context.startswith("2 h before")
    assert pane.rows.rowCount() == 1


async def test_a_round_trip_keeps_one_picture_that_keys_show_write_and_remove(
    stage: Stage, qtbot: QtBot
) -> None:
    model, pictures, pane = stage.journal()
    window = PaneWindow(qtbot, pane)
    wanted: list[tuple[TripRow, bool]] = []
    pane.picture_wanted.connect(lambda row, of_moment: wanted.append((row, of_moment)))
    model.load()
    await settled(stage)
    window.press(Qt.Key.Key_Insert)
    assert "arrow keys" in pane.notice.text()
    assert wanted == []
    pane.table.selectRow(0)
    window.press(Qt.Key.Key_Insert)
    window.press(Qt.Key.Key_Insert, shift=True)
    assert [of_moment for _, of_moment in wanted] == [False, True]
    window.press(Qt.Key.Key_Delete)
    assert not pane.line.isVisibleTo(pane)
    window.press(Qt.Key.Key_E, control=True)
    await settled(stage)
    assert stage.pictures.files == {}

    pictures.keep(wanted[0][0], drawn(320, 200))
    await settled(stage)
    row = pane.current()
    assert row is not None
    assert row.pictured == NOON
    kept = stage.pictures.kept[row.trip.key]
    assert as_image(kept.png) == drawn(320, 200)

    window.press(Qt.Key.Key_F3)
    await settled(stage)
    dialog = pane.findChild(DetailDialog)
    assert dialog is not None
    box = dialog.findChild(PictureBox)
    assert box is not None
    assert box.place().size() == drawn(320, 200).size()
    dialog.close()

    window.press(Qt.Key.Key_E, control=True)
    await settled(stage)
    assert list(stage.pictures.files.values()) == [kept.png]

    window.press(Qt.Key.Key_Delete)
    qtbot.keyClick(pane.line.edit, Qt.Key.Key_Escape)
    await settled(stage)
    assert stage.pictures.kept
    window.press(Qt.Key.Key_Delete)
    qtbot.keyClick(pane.line.edit, Qt.Key.Key_Return)
    await settled(stage)
    assert stage.pictures.kept == {}
    row = pane.current()
    assert row is not None
    assert row.pictured is None


async def test_a_picture_that_is_too_large_or_of_nothing_is_not_kept(stage: Stage) -> None:
    model, pictures, pane = stage.journal()
    rows: list[list[TripRow]] = []
    model.rows_changed.connect(rows.append)
    model.load()
    await settled(stage)
    noise = np.random.default_rng(1).integers(0, 255, MOST_BYTES * 2, dtype=np.uint8)
    wild = QImage(noise.tobytes(), 1024, MOST_BYTES * 2 // 4096, QImage.Format.Format_RGB32)

    pictures.keep(rows[-1][0], wild)
    await settled(stage)
    assert "at most 4096 KB" in pane.notice.text()
    pictures.keep(rows[-1][0], QImage())
    await settled(stage)
    assert "no size" in pane.notice.text()
    assert stage.pictures.kept == {}


def drawn(width: int, height: int) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("steelblue"))
    return image


async def test_risk_is_measured_from_equity_holdings_and_candles(stage: Stage) -> None:
    stage.history.points = [point("10000", minutes=-60)]
    stage.desk.trading.held = [position(size="0.1")]
    model = RiskModel(**stage.told)
    pane = RiskPane(model=model)
    lines: list[list[RiskLine]] = []
    model.rows_changed.connect(lines.append)

    model.on_equity_moved(EquityMoved(point=point("9500")))
    await settled(stage)

    found = {line.name: line.value for line in lines[-1]}
    assert found["Today"] == "−500.00"
    assert found["Exposure"] == "67.37 %"
    assert found["Largest fall"] == "5.00 %"
    assert found["Beta"] == "0.67"
    assert found["Value at risk"].endswith(" %")
    assert pane.rows.rowCount() == len(lines[-1])


async def test_a_breached_limit_turns_the_risk_pane_red(stage: Stage) -> None:
    model = RiskModel(**stage.told)
    pane = RiskPane(model=model)

    model.on_state(
        TradingStateMoved(account=DEMO, state=TradingState.REDUCING, reason="lost 5 % today")
    )
    assert pane.heading.text() == "No new position may be opened: lost 5 % today"
    assert pane.heading.property("tone") == "down"

    model.on_state(TradingStateMoved(account=DEMO, state=TradingState.ACTIVE, reason=""))
    assert pane.heading.property("tone") == "up"


async def test_equity_is_drawn_beside_what_was_put_in(stage: Stage) -> None:
    points = [point("10000", minutes=number) for number in range(3)]
    points[2] = replace(points[2], equity=Decimal(14_900), transferred=Decimal(15_000))

    curve = account_curve(points)

    assert curve.equity.tolist() == [10_000, 10_000, 14_900]
    assert curve.hold is not None
    assert curve.hold.tolist() == [10_000, 10_000, 15_000]
    # A deposit is no gain, and the fall is what trading lost.
    assert curve.peak.tolist() == [10_000, 10_000, 15_000]


async def test_the_equity_pane_says_what_was_made_and_what_was_moved(
    stage: Stage, qtbot: QtBot
) -> None:
    model = RiskModel(**stage.told)
    pane = EquityPane(model=model)
    qtbot.addWidget(pane)
    pane.show()
    points = [point("10000"), replace(point("14900", 1), transferred=Decimal(15_000))]

    model.curve_changed.emit(points)

    assert "−100.00 made, +5,000.00 put in" in pane.heading.text()
    assert pane.plot.curve is not None


def point(equity: str, minutes: int = 0) -> EquityPoint:
    return EquityPoint(
        account=DEMO,
        at=NOON + timedelta(minutes=minutes),
        currency="USDT",
        equity=Decimal(equity),
        transferred=Decimal(10_000),
    )
