"""Show every round trip with its market, its risk and its notes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from fks_desk.ui.actions.action import Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.account.trade_journal import TradeJournalModel, TripRow
from fks_desk.ui.models.account.trade_pictures import TradePicturesModel
from fks_desk.ui.models.format import Tone
from fks_desk.ui.models.target import ChartTarget
from fks_desk.ui.panes.account.orders import side_text, side_tone
from fks_desk.ui.panes.ask_line import AskLine
from fks_desk.ui.panes.detail import DetailDialog
from fks_desk.ui.panes.table_pane import TablePane
from fks_desk.ui.tables.column import Column
from fks_desk.ui.text import tr


class TradeJournalPane(TablePane[TripRow]):
    """List round trips, newest on top; Enter shows one on the chart, F3 all of it.

    F2 notes; Ins keeps the chart's picture as it is now, Shift+Ins that of the trade's moment.
    """

    picture_wanted = Signal(object, bool)  # TripRow, and whether of the trade's moment

    def __init__(
        self,
        *,
        model: TradeJournalModel,
        pictures: TradePicturesModel,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            name="trade_journal",
            title=tr("Trade journal"),
            hint=tr("No trade yet. A round trip shows up here once a position was opened."),
            columns=columns(),
            key=lambda row: row.trip.key,
            order=lambda row: row.trip.opened,
            parent=parent,
        )
        self._model = model
        self._pictures = pictures
        self.line = AskLine(name="trade_journal.line", home=lambda: self.table)
        self._box.addWidget(self.line)
        model.rows_changed.connect(self.rows.upsert)
        model.summary_changed.connect(lambda text: self.heading.say(text, Tone.PLAIN))
        model.notice_changed.connect(self.notice.say)
        model.failed.connect(self.notice.say)
        pictures.notice_changed.connect(self.notice.say)
        pictures.failed.connect(self.notice.say)
        pictures.opened.connect(self._show_whole)
        self.table.row_opened.connect(self.open_on_chart)

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer to note, to look closer and to keep, remove and write a picture."""
        pictures = self._pictures
        for name, key, title, help_text, use in (
            (
                "note", "F2", tr("Note to the chosen round trip"),
                tr("Type a note; words that begin with # become tags."), self._note,
            ),
            (
                "open", "F3", tr("Show the chosen round trip with its picture"),
                tr("All of its fields, and the chart's picture below them."), pictures.open,
            ),
            (
                "picture", "Ins", tr("Keep the chart's picture with the round trip"),
                tr("The active chart as it is now; it must show the same symbol."), self._take_now,
            ),
            (
                "picture_moment", "Shift+Ins", tr("Keep a picture of the round trip's moment"),
                tr("The active chart goes to where the trade began."), self._take_moment,
            ),
            (
                "remove_picture", "Del", tr("Remove the round trip's picture"),
                tr("Asks first; the trade and its note stay."), self._remove,
            ),
            (
                "export_picture", "Ctrl+E", tr("Write the round trip's picture to a file"),
                tr("A PNG file among the exports."), pictures.export,
            ),
        ):  # fmt: skip
            action = Action(
                id=f"trade_journal.{name}", title=title, category=tr("Trade"), keys=(key,),
                context=self.name, help=help_text,
            )  # fmt: skip
            registry.register(action, partial(self._with_row, use))

    def say(self, text: str) -> None:
        """Say a sentence below the table."""
        self.notice.say(text)

    def _with_row(self, use: Callable[[TripRow], None]) -> None:
        row = self.current()
        if row is None:
            self.notice.say(tr("Choose a round trip with the arrow keys."))
        else:
            use(row)

    def _note(self, row: TripRow) -> None:
        model = self._model
        self.line.ask(tr("Note, #tags"), lambda text: model.note(row, text), model.note_text(row))

    def _take_now(self, row: TripRow) -> None:
        self.picture_wanted.emit(row, False)

    def _take_moment(self, row: TripRow) -> None:
        self.picture_wanted.emit(row, True)

    def _remove(self, row: TripRow) -> None:
        if row.pictured is None:
            self.notice.say(tr("This trade has no picture yet; Ins keeps the chart's."))
            return
        question = tr("Remove the picture? Enter removes it, Esc keeps it")
        self.line.ask(question, lambda _text: self._pictures.remove(row))

    def _show_whole(self, row: TripRow, picture: QImage | None) -> None:
        dialog = DetailDialog(
            title=tr("{symbol}, {moment}", symbol=row.symbol, moment=fmt.moment(row.trip.opened)),
            fields=[(column.title, column.text(row)) for column in columns()],
            target=self.target_of(row),
            picture=picture,
            parent=self,
        )
        dialog.shown_on_chart.connect(self.shown_on_chart)
        dialog.open()

    def target_of(self, row: TripRow) -> ChartTarget:
        """Return where the round trip began."""
        trip = row.trip
        return ChartTarget(instrument=trip.instrument, moment=trip.opened, price=trip.entry)


def columns() -> list[Column[TripRow]]:
    """Return the columns of the table."""
    return [
        Column(
            title=tr("Opened"),
            text=lambda row: fmt.moment(row.trip.opened),
            sample="2026-00-00 00:00:00",
            tone=lambda _row: Tone.MUTED,
        ),
        Column(title=tr("Symbol"), text=lambda row: row.symbol, sample="WWWW/USDT"),
        Column(
            title=tr("Side"),
            text=lambda row: side_text(row.trip.side),
            sample="▼ Sell",
            tone=lambda row: side_tone(row.trip.side),
        ),
        Column(
            title=tr("Size"),
            text=lambda row: fmt.exact(row.trip.size),
            sample="0.12345678",
            is_number=True,
        ),
        Column(
            title=tr("Entry"),
            text=lambda row: _price(row, row.trip.entry),
            sample="123,456.00",
            is_number=True,
        ),
        Column(
            title=tr("Exit"),
            text=lambda row: _price(row, row.trip.exit) if row.trip.is_closed else tr("open"),
            sample="123,456.00",
            is_number=True,
        ),
        Column(
            title=tr("Result"),
            text=lambda row: fmt.signed(row.trip.result, 2),
            sample="+123,456.00",
            tone=lambda row: fmt.tone_of(row.trip.result),
            is_number=True,
        ),
        Column(
            title=tr("R"),
            text=lambda row: fmt.signed(row.r_multiple, 2),
            sample="+12.34",
            is_number=True,
            tip=lambda _row: tr("result in units of what the stop would have lost"),
        ),
        Column(
            title=tr("MAE"),
            text=lambda row: _price(row, row.seen.adverse if row.seen else None),
            sample="12,345.00",
            is_number=True,
            tip=lambda _row: tr("how far the price went against the trade, per unit"),
        ),
        Column(
            title=tr("MFE"),
            text=lambda row: _price(row, row.seen.favourable if row.seen else None),
            sample="12,345.00",
            is_number=True,
            tip=lambda _row: tr("how far the price went for the trade, per unit"),
        ),
        Column(title=tr("From"), text=lambda row: row.wanted_by, sample="strategy"),
        Column(title=tr("Market"), text=lambda row: row.context, sample="24 h before: +1.23 %"),
        Column(
            title=tr("Picture"),
            text=lambda row: "" if row.pictured is None else fmt.moment(row.pictured),
            sample="2026-00-00 00:00:00",
            tip=lambda _row: tr("when the chart's picture was taken; F3 shows it"),
        ),
        Column(title=tr("Tags"), text=lambda row: " ".join(row.tags), sample="breakout"),
        Column(
            title=tr("Note"),
            text=lambda row: row.note,
            sample="a note of some length",
            tip=lambda row: row.note,
        ),
    ]


def _price(row: TripRow, price: Decimal | None) -> str:
    return fmt.number(price, row.instrument.price_digits)
