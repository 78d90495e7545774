"""Show instruments with their quotes, and let one be chosen."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from fks_desk.core.messages import FeedState
from fks_desk.ui.actions.action import CHART, Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.format import Tone
from fks_desk.ui.models.watchlist import WatchlistModel, WatchRow
from fks_desk.ui.panes.table_pane import TablePane
from fks_desk.ui.tables.column import Column
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.field import Field

_FIRST_OPTIONAL = 4  # what stands behind symbol, last and change is shown where there is room
_TO_TABLE = frozenset({Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter})


class FilterEdit(Field):
    """Take letters to filter by; Down goes on to the list, Esc clears."""

    left = Signal(bool)  # whether Enter was what left it

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave downwards or clear."""
        if event.key() in _TO_TABLE:
            self.left.emit(event.key() != Qt.Key.Key_Down)
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


_LEAST = (252, 120)  # pixels in which symbol, price and change stand


class WatchlistPane(TablePane[WatchRow]):
    """List symbols with last, change, bid, ask and the state of their feed."""

    instrument_chosen = Signal(object)  # InstrumentId

    def __init__(self, *, model: WatchlistModel, parent: QWidget | None = None) -> None:
        super().__init__(
            name="watchlist",
            title=tr("Watchlist"),
            hint=tr("No symbol yet. They appear when the venue answers; stored ones stay."),
            columns=columns(),
            key=lambda row: row.instrument,
            order=lambda row: row.order,
            newest_first=False,
            parent=parent,
        )
        self.setMinimumSize(*_LEAST)
        self._model = model
        self.table.set_optional_from(_FIRST_OPTIONAL)
        self.filter = FilterEdit()
        self.filter.setObjectName("watchlist.filter")
        self.filter.setPlaceholderText(tr("Filter symbols"))
        self.filter.setAccessibleName(tr("Filter symbols"))
        self.filter.setClearButtonEnabled(True)
        self._box.insertWidget(0, self.filter)
        self.filter.textChanged.connect(self._on_filter)
        self.filter.left.connect(self._on_filter_left)
        self.table.row_opened.connect(self._choose)
        self.table.space_pressed.connect(self._choose)
        model.rows_reset.connect(self._on_reset)
        model.rows_changed.connect(self.rows.upsert)
        model.instrument_chosen.connect(self._on_chosen)
        model.failed.connect(self.notice.say)
        self.rows.reset(model.rows())

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer to step through the list and to filter it."""
        category = tr("Market")
        for name, title, key, step in (
            ("next", tr("Next symbol"), "Space", 1),
            ("previous", tr("Previous symbol"), "Shift+Space", -1),
        ):
            registry.register(
                Action(
                    id=f"watchlist.{name}",
                    title=title,
                    category=category,
                    keys=(key,),
                    context=CHART,
                    help=tr("Walk through the watchlist without leaving the chart."),
                ),
                lambda step=step: self._model.step(step),
            )
        registry.register(
            Action(
                id="watchlist.filter",
                title=tr("Filter the watchlist"),
                category=category,
                keys=("Ctrl+F",),
                context=self.name,
                help=tr("Show only symbols that contain what you type."),
            ),
            self.filter.setFocus,
        )

    def _choose(self, row: WatchRow) -> None:
        self._model.choose(row.instrument)

    def _on_chosen(self, instrument: object) -> None:
        if not self.table.hasFocus():
            self.table.select_key(instrument)
        self.instrument_chosen.emit(instrument)

    def _on_reset(self, rows: list[WatchRow]) -> None:
        row = self.current()
        self.rows.reset(rows)
        if row is not None:
            self.table.select_key(row.instrument)

    def _on_filter(self, text: str) -> None:
        self._model.set_filter(text)
        hint = tr("No symbol contains {text}. Esc clears the filter.", text=text)
        self.table.set_hint(
            hint if text else tr("No symbol yet. They appear when the venue answers.")
        )

    def _on_filter_left(self, is_enter: bool) -> None:
        if not self.rows.rowCount():
            return
        if self.table.currentIndex().row() < 0:
            self.table.setCurrentIndex(self.rows.index(0, 0))
        self.table.setFocus()
        row = self.current()
        if is_enter and row is not None:
            self._choose(row)


def columns() -> list[Column[WatchRow]]:
    """Return the columns of the table."""
    return [
        Column(
            title="",
            text=lambda row: _feed(row)[0],
            sample="●",
            tone=_feed_tone,
            tip=lambda row: _feed(row)[1],
            is_centered=True,
        ),
        Column(
            title=tr("Symbol"),
            text=lambda row: f"▸ {row.symbol}" if row.is_chosen else row.symbol,
            sample="▸ BTC/USDT.P",
            tone=lambda row: Tone.MUTED if row.is_offline else Tone.PLAIN,
            tip=lambda row: row.instrument,
        ),
        Column(
            title=tr("Last"),
            text=lambda row: fmt.number(row.last, row.digits),
            sample="123,456.00",
            is_number=True,
        ),
        Column(
            title=tr("24h %"),
            text=lambda row: fmt.signed(row.change_pct, 2),
            sample="+12.34",
            tone=lambda row: fmt.tone_of(row.change_pct),
            is_number=True,
        ),
        Column(
            title=tr("Bid"),
            text=lambda row: fmt.number(row.bid, row.digits),
            sample="123,456.00",
            is_number=True,
        ),
        Column(
            title=tr("Ask"),
            text=lambda row: fmt.number(row.ask, row.digits),
            sample="123,456.00",
            is_number=True,
        ),
        Column(
            title=tr("Funding %"),
            text=_funding,
            sample="+0.0100",
            tone=lambda row: fmt.tone_of(row.perpetual.funding_rate if row.perpetual else None),
            tip=_funding_tip,
            is_number=True,
        ),
        Column(
            title=tr("Open interest"),
            text=lambda row: fmt.number(row.perpetual.open_interest if row.perpetual else None, 0),
            sample="1,000,000",
            is_number=True,
        ),
        Column(
            title=tr("Venue"),
            text=lambda row: row.venue,
            sample="binance",
            tone=lambda _row: Tone.MUTED,
            is_centered=True,
        ),
        Column(
            title=tr("Candles"),
            text=lambda row: f"{row.candles:,}" if row.candles else fmt.UNKNOWN,
            sample="1,000,000",
            tone=lambda _row: Tone.MUTED,
            is_number=True,
        ),
    ]


def _funding(row: WatchRow) -> str:
    rate = row.perpetual.funding_rate if row.perpetual else None
    return fmt.signed(None if rate is None else rate * 100, 4)


def _funding_tip(row: WatchRow) -> str:
    if row.perpetual is None:
        return tr("Only perpetuals have funding.")
    return tr(
        "mark {mark}, index {index}, next funding {moment}",
        mark=fmt.number(row.perpetual.mark, row.digits),
        index=fmt.number(row.perpetual.index, row.digits),
        moment=fmt.moment(row.perpetual.next_funding),
    )


def _feed(row: WatchRow) -> tuple[str, str]:
    """Return a mark for the feed's state, different in shape too, and its meaning."""
    if row.is_offline:
        return "▪", tr("stored candles only")
    words = {
        FeedState.LIVE: ("●", tr("live")),
        FeedState.CONNECTING: ("◐", tr("connecting")),
        FeedState.STALE: ("○", tr("stale, no news for a while")),
        FeedState.DOWN: ("✕", tr("down")),
    }
    if row.feed is None:
        return "◐", tr("waiting for the feed")
    sign, said = words[row.feed]
    bad = [name for name, state in row.streams if state is row.feed]
    return sign, said if row.feed is FeedState.LIVE else f"{said}: {', '.join(bad)}"


def _feed_tone(row: WatchRow) -> Tone:
    if row.is_offline or row.feed is None:
        return Tone.MUTED
    tones = {
        FeedState.LIVE: Tone.UP,
        FeedState.CONNECTING: Tone.MUTED,
        FeedState.STALE: Tone.WARNING,
        FeedState.DOWN: Tone.DOWN,
    }
    return tones[row.feed]
