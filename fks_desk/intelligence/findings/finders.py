"""Lead each topic to the function that finds its answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from fks_desk.intelligence.findings import (
    fills,
    holdings,
    orders,
    perpetuals,
    prices,
    reasons,
    research,
)
from fks_desk.intelligence.findings.finding import Shelf, Statement
from fks_desk.intelligence.questions.topics import Topic

Finder = Callable[[Shelf], Awaitable[list[Statement]]]


async def overview(shelf: Shelf) -> list[Statement]:
    """Tell how the account does: result, open positions and open orders."""
    return [
        *await fills.realised(shelf),
        *await holdings.unrealised(shelf),
        *await orders.open_orders(shelf),
    ]


FINDERS: Mapping[Topic, Finder] = {
    Topic.WHY_POSITION: reasons.why_position,
    Topic.POSITION: holdings.positions,
    Topic.UNREALISED: holdings.unrealised,
    Topic.BALANCE: holdings.balances,
    Topic.OVERVIEW: overview,
    Topic.LAST_FILLS: fills.last_fills,
    Topic.FIRST_FILLS: fills.first_fills,
    Topic.LARGEST_FILLS: fills.largest_fills,
    Topic.SMALLEST_FILLS: fills.smallest_fills,
    Topic.BEST_FILLS: fills.best_fills,
    Topic.WORST_FILLS: fills.worst_fills,
    Topic.FILL_COUNT: fills.fill_count,
    Topic.WIN_RATE: fills.win_rate,
    Topic.FEES: fills.fees,
    Topic.REALISED: fills.realised,
    Topic.REALISED_BY_SYMBOL: fills.realised_by_symbol,
    Topic.REALISED_BY_DAY: fills.realised_by_day,
    Topic.VOLUME: fills.volume,
    Topic.AVERAGE_PRICE: holdings.average_price,
    Topic.OPEN_ORDERS: orders.open_orders,
    Topic.FAILED_ORDERS: orders.failed_orders,
    Topic.LAST_ORDERS: orders.last_orders,
    Topic.ORDER_COUNTS: orders.order_counts,
    Topic.LAST_BACKTEST: research.last_backtest,
    Topic.BEST_BACKTEST: research.best_backtest,
    Topic.WORST_BACKTEST: research.worst_backtest,
    Topic.BACKTEST_COUNT: research.backtest_count,
    Topic.LAST_SIGNAL: research.last_signal,
    Topic.SIGNAL_COUNTS: research.signal_counts,
    Topic.PRICE_NOW: prices.price_now,
    Topic.PRICE_SPAN: prices.price_span,
    Topic.MARK_PRICE: perpetuals.mark_price,
    Topic.FUNDING_RATE: perpetuals.funding_rate,
    Topic.FUNDING_PAID: perpetuals.funding_paid,
    Topic.OPEN_INTEREST: perpetuals.open_interest,
}

KINDS: Mapping[Topic, tuple[str, ...]] = {
    Topic.WHY_POSITION: ("position", "trade", "order", "signal"),
    Topic.POSITION: ("position", "trade", "balance"),
    Topic.UNREALISED: ("position", "candle"),
    Topic.BALANCE: ("balance",),
    Topic.OPEN_ORDERS: ("order",),
    Topic.FAILED_ORDERS: ("order",),
    Topic.LAST_ORDERS: ("order",),
    Topic.ORDER_COUNTS: ("order",),
    Topic.LAST_BACKTEST: ("backtest",),
    Topic.BEST_BACKTEST: ("backtest",),
    Topic.WORST_BACKTEST: ("backtest",),
    Topic.BACKTEST_COUNT: ("backtest",),
    Topic.LAST_SIGNAL: ("signal",),
    Topic.SIGNAL_COUNTS: ("signal",),
    Topic.PRICE_NOW: ("candle",),
    Topic.PRICE_SPAN: ("candle",),
    # No document tells of a state: each minute has one, and the newest is asked for.
    Topic.MARK_PRICE: ("perpetual",),
    Topic.FUNDING_RATE: ("perpetual",),
    Topic.FUNDING_PAID: ("position",),
    Topic.OPEN_INTEREST: ("perpetual",),
    **dict.fromkeys(
        (
            *(Topic.LAST_FILLS, Topic.FIRST_FILLS, Topic.LARGEST_FILLS, Topic.SMALLEST_FILLS),
            *(Topic.BEST_FILLS, Topic.WORST_FILLS, Topic.FILL_COUNT, Topic.WIN_RATE, Topic.FEES),
            *(Topic.REALISED, Topic.REALISED_BY_SYMBOL, Topic.REALISED_BY_DAY, Topic.VOLUME),
            *(Topic.AVERAGE_PRICE, Topic.OVERVIEW),
        ),
        ("trade", "position"),
    ),
}
