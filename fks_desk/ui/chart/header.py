"""Show symbol, intervals and how far the prices can be trusted, above the chart."""

from __future__ import annotations

from string import Template

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from fks_desk.core.messages import FeedState
from fks_desk.core.model import Timeframe
from fks_desk.ui.chart.ticks import moment_text
from fks_desk.ui.models.chart import ChartModel
from fks_desk.ui.text import tr
from fks_desk.ui.theme.colors import Theme
from fks_desk.ui.theme.current import current, source
from fks_desk.ui.widgets.label import PlainLabel

_LEAST = 120  # pixels
_SPARE, _INDICATORS_WIDTH, _SHORT_WIDTH = 36, 110, 36  # pixels
# The first ones stay where there is no room for all.
_OFTEN = ("1h", "5m", "1d", "15m", "1m", "4h")
_BY_USE = sorted(Timeframe, key=lambda one: _OFTEN.index(one) if one in _OFTEN else len(_OFTEN))
_COLORS = ("panel", "border", "text", "muted", "raised", "accent", "accent_text")
_RULES = Template("""
ChartHeader { background: $panel; border: 0; border-bottom: 1px solid $border; }
QToolButton { background: transparent; border: 0; color: $muted; padding: 3px 7px; }
QToolButton:hover { background: $raised; color: $text; }
QToolButton:checked { background: $accent; color: $accent_text; }
QToolButton#symbol { color: $text; font-weight: 600; }
""")


class ChartHeader(QFrame):
    """Offer by mouse what the keys do: symbol, interval, indicators."""

    symbol_wanted = Signal()
    indicator_wanted = Signal()
    interval_wanted = Signal()
    timeframe_chosen = Signal(object)  # Timeframe

    def __init__(self, model: ChartModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.symbol = _button(tr("Change the symbol: type its letters"))
        self.symbol.clicked.connect(self.symbol_wanted)
        self.intervals: dict[Timeframe, QToolButton] = {}
        self.indicators = _button(tr("Add or remove an indicator: /"))
        self.indicators.clicked.connect(self.indicator_wanted)
        self.mode = PlainLabel()
        self.holes = PlainLabel()
        self.feed = PlainLabel()
        self.is_replayed = False
        self._group = QButtonGroup(self)
        self._lay_out()
        model.market_changed.connect(self.show_state)
        model.state_changed.connect(self.show_state)
        source().changed.connect(self._on_theme)
        self._on_theme(current())

    def show_state(self) -> None:
        """Show what the model is about."""
        model = self._model
        self.symbol.setText(model.symbol or tr("Symbol"))
        button = self.intervals[model.timeframe]
        if not button.isChecked():
            button.setChecked(True)
        theme = current()
        mode = model.account.mode.value if model.account else ""
        _badge(
            self.mode, mode.upper(), theme.mode_color(mode) if mode else theme.muted, filled=True
        )
        text, color, tip = feed_words(model, theme)
        if self.is_replayed:
            text, color = f"▶ {tr('REPLAY')}", theme.warning
            tip = tr("These bars are past ones; nothing here is of now.")
        _badge(self.feed, text, color, filled=False)
        self.feed.setToolTip(tip)
        self.feed.setAccessibleDescription(tip)
        text, tip = hole_words(model)
        _badge(self.holes, text, theme.warning, filled=False)
        self.holes.setToolTip(tip)
        self.holes.setAccessibleDescription(tip)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out the less used intervals where there is no room for all."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        labels = [one for one in (self.holes, self.feed, self.mode) if one.text()]
        parts = [self.symbol, *labels]
        needed = sum(one.sizeHint().width() + 1 for one in parts) + _SPARE
        widths = {frame: button.sizeHint().width() + 1 for frame, button in self.intervals.items()}
        is_narrow = needed + sum(widths.values()) + _INDICATORS_WIDTH > self.width()
        self.indicators.setText(tr("ƒx") if is_narrow else tr("ƒx Indicators"))
        room = self.width() - needed - (_SHORT_WIDTH if is_narrow else _INDICATORS_WIDTH)
        # The chosen one stays whatever else has to go.
        for frame in sorted(_BY_USE, key=lambda frame: frame is not self._model.timeframe):
            room -= widths[frame]
            self.intervals[frame].setVisible(room >= 0 or frame is self._model.timeframe)

    def _on_interval(self, frame: Timeframe) -> None:
        # A click on the chosen one offers those that have no room.
        if frame is self._model.timeframe:
            self.interval_wanted.emit()
        else:
            self.timeframe_chosen.emit(frame)

    def _lay_out(self) -> None:
        # Narrower than what it shows now: what has no room goes.
        self.setMinimumWidth(_LEAST)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 2, 6, 2)
        row.setSpacing(1)
        self.symbol.setObjectName("symbol")
        row.addWidget(self.symbol)
        row.addSpacing(8)
        for frame in Timeframe:
            button = _button(tr("Interval {name}: type it", name=frame.value))
            button.setText(frame.value)
            button.setCheckable(True)
            button.clicked.connect(lambda _on, frame=frame: self._on_interval(frame))
            self._group.addButton(button)
            self.intervals[frame] = button
            row.addWidget(button)
        row.addSpacing(8)
        row.addWidget(self.indicators)
        row.addStretch(1)
        row.addWidget(self.holes)
        row.addWidget(self.feed)
        row.addSpacing(6)
        row.addWidget(self.mode)

    def _on_theme(self, theme: Theme) -> None:
        self.setStyleSheet(_RULES.substitute({name: getattr(theme, name) for name in _COLORS}))
        self.show_state()


def feed_words(model: ChartModel, theme: Theme) -> tuple[str, str, str]:
    """Return a word, its colour and a sentence for how far the prices can be trusted."""
    feed = model.feed
    if model.instrument_id is None or (feed is None and model.is_loading):
        return "", theme.muted, ""
    if feed is FeedState.LIVE:
        # Not "live": beside PAPER or TESTNET that word would speak of the money.
        return f"● {tr('FEED OK')}", theme.good, tr("Prices arrive as they are made.")
    if feed is FeedState.STALE:
        tip = tr("No price came for a while: what you see may be old. The desk is trying again.")
        return f"▲ {tr('STALE')}", theme.warning, tip
    if feed is FeedState.DOWN:
        tip = tr("The connection is lost: what you see is old. The desk is trying again.")
        return f"✕ {tr('NO FEED')}", theme.danger, tip
    if feed is FeedState.CONNECTING:
        return f"◌ {tr('CONNECTING')}", theme.muted, tr("Waiting for the first price.")
    return f"▪ {tr('HISTORY')}", theme.muted, tr("Stored candles; nothing streams for this symbol.")


def hole_words(model: ChartModel) -> tuple[str, str]:
    """Return a word and a sentence for candles that are missing, or two empty texts."""
    count = model.recent_holes
    if not count:
        return "", ""
    number = int(model.holes.numbers[-1])
    moment = moment_text(model.series.time_at(number, model.bar_ms), model.bar_ms)
    tip = tr(
        "{missing} candles are missing before {moment} UTC, where the chart is hatched. They are "
        "fetched as soon as the exchange has them; indicators begin anew behind a hole.",
        missing=model.holes.missing(number),
        moment=moment,
    )
    word = tr("1 HOLE") if count == 1 else tr("{count} HOLES", count=count)
    return f"▨ {word}", tip


def _button(tip: str) -> QToolButton:
    button = QToolButton()
    button.setAutoRaise(True)
    button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    # The keys stay with the chart, whatever is clicked.
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    return button


def _badge(label: PlainLabel, text: str, color: str, *, filled: bool) -> None:
    label.setText(text)
    label.setVisible(bool(text))
    if filled:
        ink = current().mode_text
        label.setStyleSheet(
            f"background: {color}; color: {ink}; border-radius: 3px; padding: 1px 6px;"
            "font-weight: 600;"
        )
    else:
        label.setStyleSheet(f"color: {color}; padding: 1px 4px; font-weight: 600;")
