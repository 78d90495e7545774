"""Take the commands that ask for more than to place or to cancel an order."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fks_desk.core.desk_messages import (
    AmendOrder,
    ArmTrading,
    AttachExits,
    DecideOrder,
    DisarmTrading,
    LockTrading,
    MoveStop,
    PositionLeft,
    ProposeRebalance,
    ReversePosition,
    StartParent,
    StopParent,
    UnlockTrading,
    Verdict,
)
from fks_desk.core.messages import ClosePosition, Command, NoticeRaised, Severity
from fks_desk.core.model import Order, OrderKind, OrderState
from fks_desk.core.orders import OPEN_STATES, OrderMove
from fks_desk.core.ports import Publish
from fks_desk.core.terms import Role
from fks_desk.trading.books.account import Books
from fks_desk.trading.working.cover import role_of
from fks_desk.trading.working.workshop import Workshop

Handler = Callable[[Any], Coroutine[Any, Any, None]]

_VERDICTS = {
    Verdict.NEVER_THERE: OrderMove.DECLARE_ABSENT,
    Verdict.GONE: OrderMove.CANCEL,
}
_IN_DOUBT = frozenset({OrderState.UNKNOWN})


class Counter:
    """Lead each of these commands into the workshop, and say what could not be done."""

    def __init__(self, *, books: Books, shop: Workshop, publish: Publish) -> None:
        self._books = books
        self._shop = shop
        self._publish = publish
        self.handlers: Mapping[type[Command], Handler] = {
            ClosePosition: self._close,
            ReversePosition: self._reverse,
            AmendOrder: self._amend,
            AttachExits: self._attach,
            MoveStop: self._move_stop,
            StartParent: self._start,
            StopParent: self._stop,
            DecideOrder: self._decide,
            ProposeRebalance: self._propose,
            ArmTrading: self._arm,
            DisarmTrading: self._disarm,
            LockTrading: self._lock,
            UnlockTrading: self._unlock,
        }

    async def _close(self, command: ClosePosition) -> None:
        sentence = await self._shop.departing.leave(command.instrument, command.share)
        self._publish(
            PositionLeft(
                account=command.account, instrument=command.instrument, reason=sentence or ""
            )
        )
        self._say(sentence)

    async def _reverse(self, command: ReversePosition) -> None:
        self._say(await self._shop.departing.reverse(command.instrument))

    async def _amend(self, command: AmendOrder) -> None:
        order = self._books.blotter.order(command.client_id)
        if order is not None and order.state in OPEN_STATES:
            is_stop = role_of(order) is Role.STOP and order.intent.kind is OrderKind.STOP
            if is_stop and command.size is None and command.trigger_price is not None:
                # It shares its size with a target, so it moves as one of a pair.
                price = command.trigger_price
                self._say(await self._shop.move_stop(order.intent.instrument, price))
                return
            if self._shop.exits.is_paired(command.client_id):
                self._say(await self._amend_pair(order, command))
                return
            if self._is_carried(order, command) and command.limit_price is not None:
                self._say(await self._shop.move_target(order, command.limit_price))
                return
        self._say(await self._shop.amending.amend(command))

    def _is_carried(self, order: Order, command: AmendOrder) -> bool:
        """Tell whether a target is moved by its stop: cancelled first, it could be forgotten."""
        return (
            command.size is None
            and not self._shop.sender.abilities.has_replace
            and self._shop.exits.stands_beside_a_stop(order)
        )

    async def _amend_pair(self, order: Order, command: AmendOrder) -> str | None:
        """Change one of a pair without losing the other: at the venue both end together."""
        if command.limit_price is not None and command.size is None:
            return await self._shop.move_target(order, command.limit_price)
        return (
            "The venue holds this stop and this target as one, and changing it would end both. "
            "Move the price alone, or cancel the pair and guard the position anew."
        )

    async def _attach(self, command: AttachExits) -> None:
        self._say(await self._shop.guard_position(command.instrument, command.exits))

    async def _move_stop(self, command: MoveStop) -> None:
        self._say(await self._shop.move_stop(command.instrument, command.price))

    async def _start(self, command: StartParent) -> None:
        mine = self._books.account.id
        if command.plan.account != mine:
            self._say(f"This desk trades {mine}; nothing was started.")
            return
        self._say(await self._shop.parents.start(command.plan))

    async def _stop(self, command: StopParent) -> None:
        await self._shop.parents.stop(command.parent, "stopped by hand")

    async def _decide(self, command: DecideOrder) -> None:
        """Record what a person found out about an order in doubt: the one way but evidence."""
        moved = await self._books.move(
            command.client_id,
            _VERDICTS[command.verdict],
            reason=f"decided by hand, {command.verdict}: {command.note or 'no note'}",
            cause="command:DecideOrder",
            only_from=_IN_DOUBT,
        )
        if moved is None:
            self._say(f"Order {command.client_id} is not in doubt; nothing was decided.")

    async def _propose(self, command: ProposeRebalance) -> None:
        self._publish(self._shop.rebalance(command.weights))

    async def _arm(self, command: ArmTrading) -> None:
        self._say(self._shop.arming.arm(command.phrase, command.minutes))

    async def _disarm(self, _command: DisarmTrading) -> None:
        self._shop.arming.disarm()

    async def _lock(self, command: LockTrading) -> None:
        self._shop.arming.lock(command.reason)

    async def _unlock(self, command: UnlockTrading) -> None:
        self._say(self._shop.arming.unlock(command.phrase))

    def _say(self, text: str | None) -> None:
        if text is not None:
            self._publish(NoticeRaised(severity=Severity.INFO, text=text, topic="trading"))
