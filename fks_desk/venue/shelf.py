"""Keep what each market offers until it moves, and show the accounts' orders beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from fks_desk.core.model import Side
from fks_desk.venue.ledger.liquidity import Liquidity
from fks_desk.venue.ledger.records import LedgerOrder
from fks_desk.venue.market.pair import PairMarket


class Shelf:
    """Hold the liquidity of every pair; what was taken comes back when the market moves."""

    def __init__(
        self,
        pairs: Mapping[str, PairMarket],
        open_orders: Callable[[str], Sequence[LedgerOrder]],
    ) -> None:
        self._open_orders = open_orders
        self._pairs = pairs
        self._offers: dict[str, tuple[int, Liquidity]] = {}

    def liquidity(self, symbol: str) -> Liquidity:
        """Return what the market offers now."""
        pair = self._pairs[symbol]
        turn, offered = self._offers.get(symbol, (-1, None))
        if offered is None or turn != pair.market_turn:
            depth = pair.market_depth()
            offered = Liquidity(
                last=pair.last_price,
                bids=depth.bids.levels(pair.instrument),
                asks=depth.asks.levels(pair.instrument),
            )
            self._offers[symbol] = pair.market_turn, offered
        return offered

    def show(self, symbol: str) -> None:
        """Let the public book hold the accounts' resting orders, and lack what they took."""
        pair = self._pairs[symbol]
        tick, lot = pair.instrument.tick, pair.instrument.lot
        added: dict[Side, Counter[int]] = {side: Counter() for side in Side}
        for order in self._open_orders(symbol):
            if order.rests:
                shown = min(order.remaining, order.visible_size or order.remaining)
                added[order.side][int(order.price / tick)] += int(shown / lot)
        turn, offered = self._offers.get(symbol, (-1, None))
        for side in Side:
            taken = (
                offered.taken[side.opposite]
                if offered is not None and turn == pair.market_turn
                else {}
            )
            lots = {int(price / tick): int(size / lot) for price, size in taken.items()}
            pair.overlay.show(side, added[side], lots)
