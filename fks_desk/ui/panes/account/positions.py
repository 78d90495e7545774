"""Show what an account holds and what it is worth."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtWidgets import QWidget

from fks_desk.core.desk_messages import LedgerChecked
from fks_desk.ui.actions.action import Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.account.portfolio import Equity, PortfolioModel, PositionRow
from fks_desk.ui.models.format import Tone
from fks_desk.ui.models.target import ChartTarget
from fks_desk.ui.panes.account.margin_columns import margin_columns
from fks_desk.ui.panes.ask_line import AskLine
from fks_desk.ui.panes.notice import Notice
from fks_desk.ui.panes.table_pane import TablePane
from fks_desk.ui.tables.column import Column
from fks_desk.ui.text import tr

_HALF = Decimal("0.5")


class PositionsPane(TablePane[PositionRow]):
    """Show positions with their mark and gain; Ctrl+Shift+C closes the chosen one."""

    def __init__(self, *, model: PortfolioModel, parent: QWidget | None = None) -> None:
        super().__init__(
            name="positions",
            title=tr("Positions"),
            hint=tr("No position yet. Press F9 for the ticket, or Shift+B to stage a buy."),
            columns=columns(is_margin=model.is_margin),
            key=lambda row: row.key,
            order=lambda row: (not row.is_open, row.symbol),
            newest_first=False,
            parent=parent,
        )
        self._model = model
        model.positions_changed.connect(self.rows.upsert)
        model.equity_changed.connect(self._show_equity)
        model.notice_changed.connect(self.notice.say)
        model.failed.connect(self.notice.say)
        self.table.row_opened.connect(self.open_on_chart)
        self.line = AskLine(name="positions.line", home=lambda: self.table)
        self._box.addWidget(self.line)
        self.ledger = Notice(name="positions.ledger")
        self.ledger.setContentsMargins(8, 2, 8, 4)
        self._box.addWidget(self.ledger)
        model.ledger_changed.connect(self._show_ledger)
        self._show_equity(model.equity)

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer what can be done with a position."""
        if self._model.is_margin:
            registry.register(
                Action(
                    id="positions.leverage",
                    title=tr("Leverage and margin mode …"),
                    category=tr("Trade"),
                    keys=("Ctrl+Shift+M",),
                    help=tr("Of the perpetual under the cursor, or else of the ticket's."),
                ),
                self._ask_leverage,
            )
        registry.register(
            Action(
                id="positions.close",
                title=tr("Close position"),
                category=tr("Trade"),
                keys=("Ctrl+Shift+C",),
                help=tr("Close the position under the cursor, or the only one, at the market."),
            ),
            self.close_position,
        )
        registry.register(
            Action(
                id="positions.reverse",
                title=tr("Reverse position"),
                category=tr("Trade"),
                keys=("Ctrl+Shift+R",),
                help=tr("Turn the position under the cursor, or the only one, round."),
            ),
            lambda: self._model.reverse(self._chosen()),
        )
        registry.register(
            Action(
                id="positions.half",
                title=tr("Close half of a position"),
                category=tr("Trade"),
                keys=("Ctrl+Shift+X",),
                help=tr("Sell half at the market; what is left keeps its stop and its target."),
            ),
            lambda: self._model.close(self._chosen(), _HALF),
        )
        registry.register(
            Action(
                id="positions.break_even",
                title=tr("Move the stop to the entry"),
                category=tr("Trade"),
                keys=("Ctrl+Shift+E",),
                help=tr("Let the stop wait where nothing is lost but the fee of the exit."),
            ),
            lambda: self._model.break_even(self._chosen()),
        )
        registry.register(
            Action(
                id="positions.guard",
                title=tr("Guard a position by stop and target"),
                category=tr("Trade"),
                keys=("F2",),
                context=self.name,
                help=tr("Type a stop, a target, or both: 95 / 110."),
            ),
            self._guard,
        )

        registry.register(
            Action(
                id="positions.accept_difference",
                title=tr("Accept what the ledger cannot explain …"),
                category=tr("Trade"),
                keys=(";, D",),
                help=tr("After a look at the venue's own page; your note goes into the journal."),
            ),
            self._accept_difference,
        )

    def close_position(self) -> None:
        """Close the position under the cursor, or the only open one."""
        row = self._chosen()
        if row is None:
            self.raised.emit()
        self._model.close(row)

    def _chosen(self) -> PositionRow | None:
        row = self.current()
        if row is None:
            rows = [self.rows.row_at(line) for line in range(self.rows.rowCount())]
            held = [one for one in rows if one is not None and one.is_open]
            row = held[0] if len(held) == 1 else None
        return row

    def _guard(self) -> None:
        row = self._chosen()
        if row is None or not row.is_open:
            self.notice.say(tr("Choose an open position to guard."))
            return
        question = tr("Stop / target of {symbol}", symbol=row.symbol)
        self.line.ask(question, lambda text: self._model.guard(row, text))

    def _accept_difference(self) -> None:
        question = self._model.question
        if not question:
            self._model.accept_difference("")
            return
        self.raised.emit()
        self.line.ask(question, self._model.accept_difference)

    def _ask_leverage(self) -> None:
        instrument = self._model.instrument_for_margin(self._chosen())
        if instrument is None:
            self.notice.say(tr("This account trades no perpetuals; it has no leverage."))
            return
        self.raised.emit()
        question = tr("Leverage of {symbol}, with cross or isolated: 5 isolated", symbol=instrument)
        self.line.ask(question, self._model.choose_margin)

    def _show_ledger(self, checked: LedgerChecked) -> None:
        wrong = checked.differences
        if not wrong:
            text = tr(
                "✓ Ledger: transfers and fills add up to every balance ({count}).",
                count=len(checked.lines),
            )
            self.ledger.say(text, Tone.MUTED)
            return
        first = wrong[0]
        text = tr(
            "✗ Ledger: {currency} adds up to {counted}, the venue says {told}.",
            currency=first.currency,
            counted=fmt.exact(first.counted),
            told=fmt.exact(first.told),
        )
        if checked.is_asked:
            text += " " + tr(
                "No trade explains it. Look at the venue's own page, then accept it with ; D."
            )
        self.ledger.say(text, Tone.DOWN)

    def _show_equity(self, equity: Equity) -> None:
        if not equity.is_known:
            self.heading.say(tr("Waiting for the account's balances …"), Tone.MUTED)
            return
        text = tr(
            "Equity {total}   unrealised {unrealised}   realised {realised}",
            total=fmt.money(equity.total, equity.currency),
            unrealised=_gain(equity.unrealised),
            realised=_gain(equity.realised),
        )
        if equity.unpriced:
            names = ", ".join(equity.unpriced)
            text += "   " + tr("without {names}: no price yet", names=names)
        self.heading.say(text, Tone.PLAIN)

    def target_of(self, row: PositionRow) -> ChartTarget:
        """Return when the position was opened."""
        moment = row.position.opened or row.position.updated
        return ChartTarget(instrument=row.position.instrument, moment=moment)


def columns(*, is_margin: bool = False) -> list[Column[PositionRow]]:
    """Return the columns of the table; what backs a position stands beside its size."""
    symbol, size, *others = _plain_columns()
    return [symbol, size, *(margin_columns() if is_margin else ()), *others]


def _plain_columns() -> list[Column[PositionRow]]:
    return [
        Column(
            title=tr("Symbol"),
            text=lambda row: row.symbol,
            sample="WWWW/USDT",
            tone=_muted_when_flat,
        ),
        Column(
            title=tr("Size"),
            text=lambda row: fmt.exact(row.position.size) if row.is_open else tr("flat"),
            sample="−0.12345678",
            tone=_muted_when_flat,
            is_number=True,
        ),
        Column(
            title=tr("Entry"),
            text=lambda row: _price(row, row.position.average_price if row.is_open else None),
            sample="123,456.00",
            tone=_muted_when_flat,
            is_number=True,
            tip=lambda row: fmt.exact(row.position.average_price),
        ),
        Column(
            title=tr("Mark"),
            text=lambda row: _price(row, row.mark),
            sample="123,456.00",
            tone=_muted_when_flat,
            is_number=True,
        ),
        Column(
            title=tr("Unrealised"),
            text=lambda row: _gain(row.unrealised) if row.is_open else fmt.UNKNOWN,
            sample="▲ +12,345.00",
            tone=lambda row: fmt.tone_of(row.unrealised),
            is_number=True,
            tip=lambda row: fmt.exact(row.unrealised),
        ),
        Column(
            title=tr("%"),
            text=lambda row: fmt.signed(row.gain_pct, 2),
            sample="+123.45",
            tone=lambda row: fmt.tone_of(row.gain_pct),
            is_number=True,
        ),
        Column(
            title=tr("Realised"),
            text=lambda row: _gain(row.position.realised.amount),
            sample="▲ +12,345.00",
            tone=lambda row: fmt.tone_of(row.position.realised.amount),
            is_number=True,
            tip=lambda row: fmt.exact(row.position.realised.amount),
        ),
        Column(
            title=tr("Unrealised FIFO"),
            text=lambda row: fmt.signed(row.fifo_unrealised, 2) if row.is_open else fmt.UNKNOWN,
            sample="+12,345.00",
            tone=lambda row: fmt.tone_of(row.fifo_unrealised if row.is_open else None),
            is_number=True,
            tip=_fifo_tip,
        ),
        Column(
            title=tr("Realised FIFO"),
            text=lambda row: fmt.signed(row.fifo_realised, 2),
            sample="+12,345.00",
            tone=lambda row: fmt.tone_of(row.fifo_realised),
            is_number=True,
            tip=_fifo_tip,
        ),
        Column(
            title=tr("Stop"),
            text=cover_text,
            sample=tr("0.1234 of 0.1234"),
            tone=_cover_tone,
            tip=_cover_tip,
        ),
        Column(
            title=tr("Fees"),
            text=lambda row: fmt.exact(row.position.fees.amount),
            sample="0.12345678",
            tone=lambda _row: Tone.MUTED,
            is_number=True,
        ),
        Column(
            title=tr("Value"),
            text=lambda row: fmt.number(row.value, 2),
            sample="−123,456.00",
            tone=_muted_when_flat,
            is_number=True,
        ),
    ]


def cover_text(row: PositionRow) -> str:
    """Say how much of a position a stop guards: at the venue, held here, a part, or nothing."""
    cover, size = row.cover, abs(row.position.size)
    if not row.is_open:
        return fmt.UNKNOWN
    if cover.total == 0:
        return tr("none")
    lot = row.instrument.lot if row.instrument is not None else Decimal(0)
    # A fee in the base currency leaves a rest under the least order beside the guarded part.
    if size - cover.total > max(lot, size / 100):
        return tr("{part} of {size}", part=fmt.exact(cover.total), size=fmt.exact(size))
    return tr("held here") if cover.held else tr("at the venue")


def _cover_tone(row: PositionRow) -> Tone:
    if not row.is_open:
        return Tone.MUTED
    return Tone.PLAIN if cover_text(row) == tr("at the venue") else Tone.WARNING


def _cover_tip(row: PositionRow) -> str:
    return tr(
        "stops: {venue} at the venue, {held} held by the desk and gone when it stops",
        venue=fmt.exact(row.cover.at_venue),
        held=fmt.exact(row.cover.held),
    )


def _fifo_tip(row: PositionRow) -> str:
    if row.fifo is None or not row.fifo.is_whole:
        return tr("unknown: not every fill was counted")
    return tr(
        "{lots} open lots, {price} for one; first in, first out",
        lots=row.fifo.lots,
        price=fmt.exact(row.fifo.price),
    )


def _muted_when_flat(row: PositionRow) -> Tone:
    return Tone.PLAIN if row.is_open else Tone.MUTED


def _price(row: PositionRow, price: Decimal | None) -> str:
    return fmt.number(price, row.instrument.price_digits if row.instrument else 2)


def _gain(amount: Decimal | None) -> str:
    mark = fmt.arrow(amount)
    return f"{mark} {fmt.signed(amount, 2)}" if mark else fmt.signed(amount, 2)
