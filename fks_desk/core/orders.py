"""Hold the legal moves of an order's life, as one table.

The shape is the state machine of the house: an UNKNOWN order leaves only on the
venue's evidence or a recorded human decision, never on a timeout.
"""

from __future__ import annotations

from enum import StrEnum

from fks_desk.core.errors import TradingError
from fks_desk.core.model import OrderState


class OrderMove(StrEnum):
    """Name what can happen to an order."""

    SEND = "send"
    ACCEPT = "accept"
    REJECT = "reject"
    FILL_PART = "fill_part"
    FILL_ALL = "fill_all"
    ASK_CANCEL = "ask_cancel"
    CANCEL_REFUSED = "cancel_refused"
    CANCEL = "cancel"
    EXPIRE = "expire"
    LOSE_SIGHT = "lose_sight"
    DECLARE_ABSENT = "declare_absent"


_S, _M = OrderState, OrderMove

MOVES: dict[tuple[OrderState, OrderMove], OrderState] = {
    (_S.PERSISTED, _M.SEND): _S.SENDING,
    # The process died before the send, and the venue proves that nothing came.
    (_S.PERSISTED, _M.DECLARE_ABSENT): _S.ABSENT,
    (_S.PERSISTED, _M.REJECT): _S.REJECTED,
    (_S.PERSISTED, _M.LOSE_SIGHT): _S.UNKNOWN,
    # Held by the desk itself until a price wakes it; the venue knows nothing of it.
    (_S.HELD, _M.SEND): _S.SENDING,
    (_S.HELD, _M.CANCEL): _S.CANCELED,
    (_S.HELD, _M.EXPIRE): _S.EXPIRED,
    (_S.HELD, _M.REJECT): _S.REJECTED,
    (_S.SENDING, _M.ACCEPT): _S.OPEN,
    (_S.SENDING, _M.REJECT): _S.REJECTED,
    (_S.SENDING, _M.LOSE_SIGHT): _S.UNKNOWN,
    # The user stream may tell of a fill before the reply to the request arrives.
    (_S.SENDING, _M.FILL_PART): _S.PARTIAL,
    (_S.SENDING, _M.FILL_ALL): _S.FILLED,
    (_S.SENDING, _M.CANCEL): _S.CANCELED,
    (_S.SENDING, _M.EXPIRE): _S.EXPIRED,
    (_S.OPEN, _M.ACCEPT): _S.OPEN,
    (_S.OPEN, _M.FILL_PART): _S.PARTIAL,
    (_S.OPEN, _M.FILL_ALL): _S.FILLED,
    (_S.OPEN, _M.ASK_CANCEL): _S.CANCEL_PENDING,
    (_S.OPEN, _M.CANCEL): _S.CANCELED,
    (_S.OPEN, _M.EXPIRE): _S.EXPIRED,
    # The venue has lost what it had accepted, as after a reset of its own books.
    (_S.OPEN, _M.LOSE_SIGHT): _S.UNKNOWN,
    (_S.PARTIAL, _M.LOSE_SIGHT): _S.UNKNOWN,
    (_S.PARTIAL, _M.ACCEPT): _S.PARTIAL,
    (_S.PARTIAL, _M.FILL_PART): _S.PARTIAL,
    (_S.PARTIAL, _M.FILL_ALL): _S.FILLED,
    (_S.PARTIAL, _M.ASK_CANCEL): _S.CANCEL_PENDING,
    (_S.PARTIAL, _M.CANCEL): _S.CANCELED,
    (_S.PARTIAL, _M.EXPIRE): _S.EXPIRED,
    (_S.CANCEL_PENDING, _M.ACCEPT): _S.CANCEL_PENDING,
    (_S.CANCEL_PENDING, _M.CANCEL): _S.CANCELED,
    (_S.CANCEL_PENDING, _M.EXPIRE): _S.EXPIRED,
    (_S.CANCEL_PENDING, _M.CANCEL_REFUSED): _S.OPEN,
    # A cancel raced a fill; what is left is still being cancelled.
    (_S.CANCEL_PENDING, _M.FILL_PART): _S.CANCEL_PENDING,
    (_S.CANCEL_PENDING, _M.FILL_ALL): _S.FILLED,
    (_S.CANCEL_PENDING, _M.LOSE_SIGHT): _S.UNKNOWN,
    (_S.UNKNOWN, _M.ACCEPT): _S.OPEN,
    (_S.UNKNOWN, _M.FILL_PART): _S.PARTIAL,
    (_S.UNKNOWN, _M.FILL_ALL): _S.FILLED,
    (_S.UNKNOWN, _M.CANCEL): _S.CANCELED,
    (_S.UNKNOWN, _M.EXPIRE): _S.EXPIRED,
    (_S.UNKNOWN, _M.REJECT): _S.REJECTED,
    (_S.UNKNOWN, _M.DECLARE_ABSENT): _S.ABSENT,
    # A fill that the venue reports late: recorded as a correction.
    (_S.CANCELED, _M.FILL_PART): _S.CANCELED,
    (_S.CANCELED, _M.FILL_ALL): _S.FILLED,
    (_S.EXPIRED, _M.FILL_PART): _S.EXPIRED,
    (_S.EXPIRED, _M.FILL_ALL): _S.FILLED,
    (_S.ABSENT, _M.FILL_PART): _S.PARTIAL,
    (_S.ABSENT, _M.FILL_ALL): _S.FILLED,
    # What the venue proves is stronger than what we concluded from its silence.
    (_S.ABSENT, _M.ACCEPT): _S.OPEN,
    # A refusal that the venue's own executions contradict, and an execution over
    # the size: both would be the venue's faults, and both are money all the same.
    (_S.REJECTED, _M.FILL_PART): _S.PARTIAL,
    (_S.REJECTED, _M.FILL_ALL): _S.FILLED,
    (_S.FILLED, _M.FILL_ALL): _S.FILLED,
}

OPEN_STATES = frozenset(
    {_S.PERSISTED, _S.HELD, _S.SENDING, _S.OPEN, _S.PARTIAL, _S.CANCEL_PENDING, _S.UNKNOWN}
)
TERMINAL_STATES = frozenset(OrderState) - OPEN_STATES


def next_state(state: OrderState, move: OrderMove, *, is_part_filled: bool = False) -> OrderState:
    """Return the state after the move, or raise TradingError if the move is not legal.

    An order that rests with a part of it filled is PARTIAL by whichever way it
    came to rest: after a refused cancel, or out of the unknown.
    """
    try:
        after = MOVES[state, move]
    except KeyError:
        raise TradingError(
            f"an order that is {state} cannot {move}", state=state, move=move
        ) from None
    return _S.PARTIAL if after is _S.OPEN and is_part_filled else after


def is_correction(state: OrderState) -> bool:
    """Tell whether a move out of this state corrects what seemed final."""
    return state in TERMINAL_STATES


def is_legal(state: OrderState, move: OrderMove) -> bool:
    """Tell whether the table knows the move from this state."""
    return (state, move) in MOVES
