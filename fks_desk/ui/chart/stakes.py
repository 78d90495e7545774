"""Turn the last price, orders, a position and the staged order into lines on the chart."""

from __future__ import annotations

from decimal import Decimal

from fks_desk.core.model import Order, OrderKind, OrderState, Position, Side
from fks_desk.ui.chart.layers.levels import Importance, Level
from fks_desk.ui.chart.look import Look, readable_on
from fks_desk.ui.chart.panel import Tag
from fks_desk.ui.chart.reading import price_text
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.chart import ChartModel
from fks_desk.ui.models.chart_marks import ChartMarks
from fks_desk.ui.models.series import CLOSE, OPEN
from fks_desk.ui.models.staging import StagedOrder, Staging
from fks_desk.ui.text import tr

_WAITING = frozenset({OrderState.PERSISTED, OrderState.SENDING, OrderState.UNKNOWN})


def levels_of(model: ChartModel, marks: ChartMarks, staging: Staging, look: Look) -> list[Level]:
    """Return every line of the chart's instrument, the most important one last."""
    digits = model.price_digits
    levels = [*_last(model, look)]
    if marks.position is not None and marks.position.average_price is not None:
        levels.append(_position(marks.position, model, look))
    levels += [_order(order, digits, look) for order in marks.orders]
    staged = staging.order
    if staged is not None and staged.instrument.id == model.instrument_id:
        levels.append(_staged(staged, staging.equity, digits, look))
    return levels


def tags_of(levels: list[Level]) -> list[Tag]:
    """Return the axis labels of the lines."""
    return [
        Tag(value=level.price, text=level.tag, fill=level.color, ink=readable_on(level.color))
        for level in levels
    ]


def staged_text(staged: StagedOrder, equity: Decimal | None) -> str:
    """Return side, size, price, worth and risk of the staged order in one line."""
    quote = staged.instrument.quote
    price = fmt.number(staged.price, staged.instrument.price_digits)
    at = tr("market") if staged.kind is OrderKind.MARKET else price
    worth = fmt.exact(staged.notional)
    side = tr("BUY") if staged.side is Side.BUY else tr("SELL")
    parts = [
        f"{side} {fmt.exact(staged.size)} {staged.instrument.base} @ {at}",
        fmt.money(staged.notional, quote) if staged.notional >= 1 else f"{worth} {quote}",
    ]
    share = staged.risk_pct(equity)
    if share is not None:
        parts.append(tr("risk {share}", share=fmt.share(share)))
    parts.append(tr("Enter sends · Esc drops"))
    return "  ·  ".join(parts)


def _last(model: ChartModel, look: Look) -> list[Level]:
    bar = model.candles.bar(model.candles.stop - 1)
    if bar is None:
        return []
    color = look.up if bar[CLOSE] >= bar[OPEN] else look.down
    text = price_text(float(bar[CLOSE]), model.price_digits)
    return [Level(price=float(bar[CLOSE]), tag=text, color=color, importance=Importance.LAST)]


def _position(position: Position, model: ChartModel, look: Look) -> Level:
    average = position.average_price or Decimal(0)
    side = tr("Long") if position.size > 0 else tr("Short")
    label = tr("{side} {size} average", side=side, size=fmt.exact(abs(position.size)))
    bar = model.candles.bar(model.candles.stop - 1)
    if bar is not None:
        last = Decimal(f"{float(bar[CLOSE]):.{model.price_digits}f}")
        gain = position.unrealised(last)
        label = f"{label}  ·  {fmt.signed_money(gain.amount, gain.currency)}"
    return Level(
        price=float(average),
        tag=fmt.number(average, model.price_digits),
        color=look.side(1 if position.size > 0 else -1),
        importance=Importance.POSITION,
        label=label,
    )


def _order(order: Order, digits: int, look: Look) -> Level:
    intent = order.intent
    side = tr("Buy") if intent.side is Side.BUY else tr("Sell")
    worth = fmt.number(order.remaining * intent.worst_price, 2)
    label = f"{side} {fmt.exact(order.remaining)}  ·  {worth}"
    if intent.terms.trigger_price is not None:
        label = tr("{order}  ·  stop", order=label)
    if order.state is OrderState.CANCEL_PENDING:
        label = tr("{order} · cancelling …", order=label)
    elif order.state in _WAITING:
        label = tr("{order} · waiting for the venue …", order=label)
    return Level(
        price=float(intent.worst_price),
        tag=fmt.number(intent.worst_price, digits),
        color=look.side(intent.side.sign),
        importance=Importance.ORDER,
        label=label,
    )


def _staged(staged: StagedOrder, equity: Decimal | None, digits: int, look: Look) -> Level:
    return Level(
        price=float(staged.price),
        tag=fmt.number(staged.price, digits),
        color=look.side(staged.side.sign),
        importance=Importance.STAGED,
        label=staged_text(staged, equity),
    )
