"""Make the panes that tell an account's story, with their view-models."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from fks_desk.app.world import World
from fks_desk.core.clock import Clock
from fks_desk.core.nursery import Nursery
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models.account.costs import CostsModel
from fks_desk.ui.models.account.discipline import DisciplineModel
from fks_desk.ui.models.account.portfolio import PortfolioModel
from fks_desk.ui.models.account.rebalance import RebalanceModel
from fks_desk.ui.models.account.repairs import RepairsModel
from fks_desk.ui.models.account.risk import RiskModel
from fks_desk.ui.models.account.trade_journal import TradeJournalModel
from fks_desk.ui.models.account.trade_pictures import TradePicturesModel
from fks_desk.ui.models.account.working import WorkingModel
from fks_desk.ui.models.desk.drill import DrillModel
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.panes.account.costs import CostsPane
from fks_desk.ui.panes.account.discipline import DisciplinePane
from fks_desk.ui.panes.account.equity import EquityPane
from fks_desk.ui.panes.account.rebalance import RebalancePane
from fks_desk.ui.panes.account.repairs import RepairsPane
from fks_desk.ui.panes.account.risk import RiskPane
from fks_desk.ui.panes.account.trade_journal import TradeJournalPane
from fks_desk.ui.panes.account.working import WorkingPane
from fks_desk.ui.panes.desk.drill import DrillPane
from fks_desk.ui.shell.docks import Area


class AccountPanes:
    """Hold worked orders, reconciliation, the trade journal, the risk and the crash drill."""

    def __init__(
        self, *, bridge: Bridge, world: World, clock: Clock, market: MarketModel,
        portfolio: PortfolioModel, folder: Path, nursery: Nursery, parent: QObject,
    ) -> None:  # fmt: skip
        reads = bridge.reads
        shared: dict[str, Any] = {
            "account": world.account, "history": reads.history, "nursery": nursery,
            "parent": parent,
        }  # fmt: skip
        told: dict[str, Any] = {
            "market": market, "trading": reads.trading, "candles": reads.candles, "clock": clock,
            **shared,
        }  # fmt: skip
        self.working_model = WorkingModel(market=market, send=bridge.send, clock=clock, **shared)
        self.repairs_model = RepairsModel(**shared)
        self.journal_model = TradeJournalModel(pictures=reads.pictures, **told)
        self.pictures_model = TradePicturesModel(
            account=world.account, pictures=reads.pictures, files=reads.files, clock=clock,
            nursery=nursery, parent=parent,
        )  # fmt: skip
        self.pictures_model.changed.connect(self.journal_model.load)
        self.risk_model = RiskModel(**told)
        self.costs_model = CostsModel(
            market=market, trading=reads.trading, transfers=reads.transfers, files=reads.files,
            clock=clock, account=world.account, nursery=nursery, parent=parent,
        )  # fmt: skip
        self.discipline_model = DisciplineModel(signals=reads.signals, **told)
        self.discipline = DisciplinePane(model=self.discipline_model)
        self.rebalance_model = RebalanceModel(
            account=world.account, market=market, portfolio=portfolio, send=bridge.send,
            clock=clock, path=folder / f"weights-{world.account.id}.json", parent=parent,
        )  # fmt: skip
        self.rebalance = RebalancePane(model=self.rebalance_model)
        self.costs = CostsPane(model=self.costs_model)
        self.drill_model = DrillModel(
            drills=reads.drills, send=bridge.send, nursery=nursery, parent=parent
        )
        self.drill = DrillPane(model=self.drill_model)
        self.working = WorkingPane(model=self.working_model)
        self.repairs = RepairsPane(model=self.repairs_model)
        self.journal = TradeJournalPane(model=self.journal_model, pictures=self.pictures_model)
        self.risk = RiskPane(model=self.risk_model)
        self.equity = EquityPane(model=self.risk_model)

    @property
    def models(self) -> Sequence[Any]:
        """Return the view-models, each of which listens, loads and may fail."""
        return (
            self.working_model, self.repairs_model, self.journal_model, self.risk_model,
            self.costs_model, self.rebalance_model, self.discipline_model, self.drill_model,
        )  # fmt: skip

    @property
    def placed(self) -> tuple[tuple[Area, Any], ...]:
        """Return each pane with its place."""
        return (
            (Area.BOTTOM, self.working),
            (Area.BOTTOM, self.journal),
            (Area.BOTTOM, self.repairs),
            (Area.BOTTOM, self.risk),
            (Area.BOTTOM, self.equity),
            (Area.BOTTOM, self.costs),
            (Area.BOTTOM, self.rebalance),
            (Area.BOTTOM, self.discipline),
            (Area.BOTTOM, self.drill),
        )

    @property
    def asked_for(self) -> tuple[Any, ...]:
        """Return the panes that open when somebody asks for them."""
        return (
            self.repairs, self.equity, self.costs, self.rebalance, self.discipline, self.drill,
        )  # fmt: skip

    @property
    def showing(self) -> Sequence[Any]:
        """Return the panes whose rows can be seen on the chart."""
        return self.journal, self.costs, self.discipline
