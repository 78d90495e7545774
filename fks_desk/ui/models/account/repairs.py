"""Follow what reconciliation mended, what shut the desk, and what a person decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QObject, Signal

from fks_desk.core.messages import EngineReady, NoticeRaised, Reconciled, TradingStateMoved
from fks_desk.core.model import Account
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import AccountHistory, JournalRow
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.text import tr

TYPES = (
    "reconcile.repaired",
    "transfer.opening",
    "transfer.deposit",
    "transfer.withdrawal",
    "transfer.insurance",
    "risk.locked",
    "risk.unlocked",
    "trading.halted",
    "trading.resumed",
    "order.absent",
    "order.adopted",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairRow:
    """Hold one journal row in plain words."""

    sequence: int
    at: datetime
    kind: str
    text: str


class RepairsModel(QObject):
    """Read the rows from the journal whenever something may have been added."""

    rows_changed = Signal(object)  # list[RepairRow]
    failed = Signal(str)

    def __init__(
        self,
        *,
        account: Account,
        history: AccountHistory,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._account = account
        self._history = history
        self._loader = Loader(nursery, self.failed.emit)

    def listen(self, bridge: Bridge) -> None:
        """Hear of comparisons and of changes of the trading state."""
        bridge.subscribe(Reconciled, self.on_reconciled)
        bridge.subscribe(TradingStateMoved, lambda _event: self.load())
        bridge.subscribe(NoticeRaised, lambda _event: self.load())
        bridge.subscribe(EngineReady, lambda _event: self.load())

    def load(self) -> None:
        """Read the newest rows."""
        self._loader.start(self._load, name="read what was mended")

    def on_reconciled(self, event: Reconciled) -> None:
        """Read again if something was mended."""
        if event.repairs and event.account == self._account.id:
            self.load()

    async def _load(self) -> None:
        rows = await self._history.told(self._account.id, TYPES)
        self.rows_changed.emit([row_of(row) for row in rows])


def row_of(row: JournalRow) -> RepairRow:
    """Return a journal row in plain words."""
    kinds = {
        "reconcile.repaired": tr("mended"),
        "transfer.opening": tr("opening"),
        "transfer.deposit": tr("deposit"),
        "transfer.withdrawal": tr("withdrawal"),
        "transfer.insurance": tr("insurance"),
        "risk.locked": tr("locked out"),
        "risk.unlocked": tr("unlocked"),
        "trading.halted": tr("halted"),
        "trading.resumed": tr("resumed"),
        "order.absent": tr("declared absent"),
        "order.adopted": tr("adopted"),
    }
    return RepairRow(
        sequence=row.sequence,
        at=row.ts_init,
        kind=kinds.get(row.draft.type, row.draft.type),
        text=_text(row),
    )


def _text(row: JournalRow) -> str:
    payload = row.draft.payload
    for name in ("repair", "reason"):
        if payload.get(name):
            return str(payload[name])
    if row.draft.type == "transfer.insurance":
        return tr(
            "{amount} {currency} from the venue's insurance fund for the liquidation of {name}",
            amount=payload.get("amount"),
            currency=payload.get("currency"),
            name=payload.get("reference"),
        )
    if row.draft.type.startswith("transfer."):
        return f"{payload.get('amount')} {payload.get('currency')}"
    if row.draft.type == "order.adopted":
        return tr("order {order} was placed outside of the desk", order=row.draft.correlation)
    return ""
