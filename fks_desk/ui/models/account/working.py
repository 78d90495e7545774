"""Read a parent order as a person types it, and follow those that are worked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from PySide6.QtCore import QObject, Signal

from fks_desk.core.clock import Clock
from fks_desk.core.desk_messages import ParentMoved, StartParent, StopParent
from fks_desk.core.ids import new_client_id
from fks_desk.core.messages import EngineReady
from fks_desk.core.model import Account, AccountId, Instrument, InstrumentId, Side
from fks_desk.core.nursery import Nursery
from fks_desk.core.parents import ParentKind, ParentOrder, ParentPlan, ParentState
from fks_desk.core.ports import AccountHistory, Send
from fks_desk.core.terms import ParentId
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.text import tr

_SIZE = r"(?P<side>buy|sell)\s+(?P<size>[0-9.]+)\s+x\s*(?P<slices>\d+)"
_FORMS = {
    ParentKind.LADDER: re.compile(
        rf"ladder\s+{_SIZE}\s+from\s+(?P<price>[0-9.]+)\s+to\s+(?P<far>[0-9.]+)"
    ),
    ParentKind.TWAP: re.compile(rf"twap\s+{_SIZE}\s+every\s+(?P<every>\d+)(?P<unit>[smh])"),
    ParentKind.ICEBERG: re.compile(rf"iceberg\s+{_SIZE}\s+at\s+(?P<price>[0-9.]+)"),
}
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Hold what a typed plan leaves unsaid."""

    account: AccountId
    instrument: Instrument
    now: datetime


def read_plan(text: str, context: Context) -> ParentPlan | str:
    """Return the plan that is written in the text, or a sentence that says how to write one."""
    typed = " ".join(text.lower().split())
    for kind, form in _FORMS.items():
        found = form.fullmatch(typed)
        if found is not None:
            try:
                return _plan(kind, found, context)
            except (ValueError, ArithmeticError) as error:
                return tr("That plan cannot be: {reason}.", reason=str(error))
    return tr(
        "Write: ladder buy 1 x5 from 95 to 90 · twap buy 1 x10 every 1m · iceberg sell 2 x4 at 110"
    )


def _plan(kind: ParentKind, found: re.Match[str], context: Context) -> ParentPlan:
    parts, instrument = found.groupdict(), context.instrument
    every = parts.get("every")
    return ParentPlan(
        parent=ParentId(new_client_id()),
        account=context.account,
        instrument=instrument.id,
        kind=kind,
        side=Side(parts["side"]),
        size=instrument.snap_size(Decimal(parts["size"])),
        slices=int(parts["slices"]),
        price=_price(parts.get("price"), instrument),
        far_price=_price(parts.get("far"), instrument),
        every=None if every is None else int(every) * _UNITS[parts["unit"]],
        created=context.now,
    )


def _price(text: str | None, instrument: Instrument) -> Decimal | None:
    return None if text is None else instrument.snap_price(Decimal(text))


class WorkingModel(QObject):
    """Keep one account's parent orders; start and stop them."""

    rows_changed = Signal(object)  # list[ParentOrder]
    notice_changed = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        *,
        account: Account,
        market: MarketModel,
        history: AccountHistory,
        send: Send,
        clock: Clock,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._account = account
        self._market = market
        self._history = history
        self._send = send
        self._clock = clock
        self._instrument: InstrumentId | None = None
        self._loader = Loader(nursery, self.failed.emit)

    def listen(self, bridge: Bridge) -> None:
        """Hear of parents."""
        bridge.subscribe(ParentMoved, self.on_parent_moved)
        bridge.subscribe(EngineReady, lambda _event: self.load())

    def load(self) -> None:
        """Read the newest parents."""
        self._loader.start(self._load, name="read worked orders")

    def set_instrument(self, instrument: InstrumentId) -> None:
        """Work the next order in this instrument."""
        self._instrument = instrument

    def start(self, text: str) -> None:
        """Start what is typed, or say what is wrong with it."""
        instrument = None if self._instrument is None else self._market.instrument(self._instrument)
        if instrument is None:
            self.notice_changed.emit(tr("No symbol is on the chart yet."))
            return
        context = Context(account=self._account.id, instrument=instrument, now=self._clock.now())
        plan = read_plan(text, context)
        if isinstance(plan, str):
            self.notice_changed.emit(plan)
            return
        self.notice_changed.emit("")
        self._send(StartParent(plan=plan))

    def stop(self, row: ParentOrder | None) -> None:
        """Stop a parent, or say why there is nothing to stop."""
        if row is None or row.state is not ParentState.RUNNING:
            self.notice_changed.emit(tr("Choose a running order to stop."))
            return
        self._send(StopParent(account=self._account.id, parent=row.id))

    def on_parent_moved(self, event: ParentMoved) -> None:
        """Show a parent's new state."""
        if event.parent.plan.account == self._account.id:
            self.rows_changed.emit([event.parent])

    async def _load(self) -> None:
        self.rows_changed.emit(list(await self._history.parents(self._account.id)))
