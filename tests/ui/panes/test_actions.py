from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from fks_desk.core.nursery import Nursery
from fks_desk.strategy.catalog import strategies
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models.account.fills import FillsModel
from fks_desk.ui.models.account.orders import OrdersModel
from fks_desk.ui.models.account.ticket import TicketModel
from fks_desk.ui.models.desk.health import HealthModel
from fks_desk.ui.models.desk.journal import JournalModel
from fks_desk.ui.models.desk.tasks import TasksModel
from fks_desk.ui.models.research.backtest import BacktestModel
from fks_desk.ui.models.research.chat import ChatModel
from fks_desk.ui.models.staging import Staging
from fks_desk.ui.models.watchlist import WatchlistModel
from fks_desk.ui.panes.account.balances import BalancesPane
from fks_desk.ui.panes.account.fills import FillsPane
from fks_desk.ui.panes.account.orders import OrdersPane
from fks_desk.ui.panes.account.positions import PositionsPane
from fks_desk.ui.panes.account.ticket import TicketPane
from fks_desk.ui.panes.desk.health import HealthPane
from fks_desk.ui.panes.desk.tasks import TasksPane
from fks_desk.ui.panes.research.backtest import BacktestPane
from fks_desk.ui.panes.research.chat import ChatPane
from fks_desk.ui.panes.watchlist import WatchlistPane
from tests.fakes.panes import ACCOUNT, DEMO, Desk, MemoryBacktests, MemoryFacts
from tests.ui.models.desk.test_journal import MemoryJournal
from tests.ui.models.desk.test_tasks import MemoryTasks

Offering = (
    WatchlistPane | TicketPane | PositionsPane | OrdersPane | FillsPane | BalancesPane
    | BacktestPane | ChatPane | TasksPane | HealthPane
)  # fmt: skip


def every_pane() -> list[Offering]:
    desk = Desk(Nursery())
    send, nursery, market = desk.sent.append, desk.nursery, desk.market
    account = {"account": ACCOUNT, "market": market, "trading": desk.trading, "nursery": nursery}
    watchlist = WatchlistModel(
        venue=ACCOUNT.venue, market=market, candles=desk.candles, send=send, nursery=nursery
    )
    ticket = TicketModel(
        market=market, portfolio=desk.portfolio, staging=Staging(), send=send, clock=desk.clock
    )
    backtest = BacktestModel(
        strategies=strategies(),
        candles=desk.candles,
        store=MemoryBacktests(),
        send=send,
        nursery=nursery,
    )
    chat = ChatModel(account=DEMO, send=send, facts=MemoryFacts({}), nursery=nursery)
    tasks = TasksModel(tasks=MemoryTasks(), send=send, clock=desk.clock, nursery=nursery)
    journal = JournalModel(journal=MemoryJournal(), nursery=nursery)  # type: ignore[arg-type]
    return [
        WatchlistPane(model=watchlist),
        TicketPane(model=ticket),
        PositionsPane(model=desk.portfolio),
        OrdersPane(model=OrdersModel(send=send, **account)),
        FillsPane(model=FillsModel(**account)),
        BalancesPane(model=desk.portfolio),
        BacktestPane(model=backtest),
        ChatPane(model=chat),
        TasksPane(model=tasks),
        HealthPane(health=HealthModel(), journal=journal),
    ]


@pytest.fixture
def panes(qtbot: QtBot) -> list[Offering]:
    made = every_pane()
    for pane in made:
        qtbot.addWidget(pane)
    return made


def test_no_key_means_two_things(panes: list[Offering]) -> None:
    registry = ActionRegistry()
    for pane in panes:
        pane.register_actions(registry)

    assert [str(conflict) for conflict in registry.conflicts()] == []


def test_every_action_has_a_key_or_a_help_text(panes: list[Offering]) -> None:
    registry = ActionRegistry()
    for pane in panes:
        pane.register_actions(registry)

    assert [action.id for action in registry.all() if not (action.keys or action.help)] == []
    assert len({action.title for action in registry.all()}) == len(registry.all())


def test_every_pane_has_a_name_a_title_and_a_place_for_the_keys(panes: list[Offering]) -> None:
    assert len({pane.name for pane in panes}) == len(panes)
    for pane in panes:
        assert pane.title
        assert pane.focus_target() is not pane


def test_every_pane_fits_into_a_small_dock(panes: list[Offering]) -> None:
    sizes = {pane.name: pane.minimumSizeHint().toTuple() for pane in panes}

    assert {name: size for name, size in sizes.items() if max(size) > 320} == {}
