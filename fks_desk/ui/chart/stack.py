"""Hold the panels of one chart, the price above and studies below, with their layers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from fks_desk.strategy.indicators import Placement
from fks_desk.ui.chart.layers.axes import GridLayer, PriceAxis, TimeAxis
from fks_desk.ui.chart.layers.candles import VOLUME_SHARE, CandleLayer, VolumeLayer
from fks_desk.ui.chart.layers.crosshair import CrosshairLayer, LegendLayer, Piece
from fks_desk.ui.chart.layers.levels import Level, LevelLayer
from fks_desk.ui.chart.layers.lines import StudyLayer
from fks_desk.ui.chart.layers.marks import MarkLayer
from fks_desk.ui.chart.layers.message import MessageLayer
from fks_desk.ui.chart.look import Look
from fks_desk.ui.chart.panel import Panel
from fks_desk.ui.chart.reading import ohlc_row, study_row
from fks_desk.ui.chart.source import BarSource, StudySource, joined
from fks_desk.ui.chart.stakes import levels_of, tags_of
from fks_desk.ui.chart.ticks import TimeTick
from fks_desk.ui.chart.window import Window
from fks_desk.ui.models.chart import ChartModel
from fks_desk.ui.models.chart_marks import ChartMarks
from fks_desk.ui.models.history import Change
from fks_desk.ui.models.series import CLOSE
from fks_desk.ui.models.staging import Staging
from fks_desk.ui.models.studies import Study

_STUDY_SHARE = 0.24
_STUDIES_SHARE = 0.55
_LEGEND_SHARE = 0.24  # of a study's range stays free above, for its legend


class _Part:
    """Hold a panel with its axis, its crosshair and its legend."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self.axis = PriceAxis(panel)
        self.crosshair = CrosshairLayer(panel)
        self.legend = LegendLayer(panel)
        GridLayer(panel)


class _Drawn:
    """Hold a study as it is drawn: its sums, its layer and the part it is in."""

    def __init__(self, study: Study, part: _Part, source: StudySource, layer: StudyLayer) -> None:
        self.study, self.part, self.source, self.layer = study, part, source, layer


class Stack:
    """Make panels and layers for a chart model and keep them in step with it."""

    def __init__(
        self, *, model: ChartModel, marks: ChartMarks, staging: Staging, look: Look
    ) -> None:
        self.look = look
        self.bars = BarSource(model.series)
        self.crosshair_number: int | None = None
        self._model = model
        self._marks = marks
        self._staging = staging
        self._crosshair_panel: Panel | None = None
        self._crosshair_y: float | None = None
        self._drawn: list[_Drawn] = []
        self._price = _Part(Panel(look=look, range_of=self._price_range))
        self.candles = CandleLayer(self.price, self.bars)
        self._volume = VolumeLayer(self.price, self.bars)
        self._levels = LevelLayer(self.price)
        self._mark_layer = MarkLayer(self.price, self.bars)
        self._message = MessageLayer(self.price)
        self.time_axis = TimeAxis(self.price)
        self._parts = [self._price]
        self._height = self._axis_width = 1.0
        self.set_volume(True)

    @property
    def price(self) -> Panel:
        """Return the panel of prices."""
        return self._price.panel

    @property
    def panels(self) -> list[Panel]:
        """Return every panel from top to bottom."""
        return [part.panel for part in self._parts]

    @property
    def has_volume(self) -> bool:
        """Tell whether volume shows."""
        return self._volume.is_shown

    @property
    def levels(self) -> list[Level]:
        """Return the lines of prices that matter, the most important one last."""
        return self._levels.levels

    @property
    def legends(self) -> list[Sequence[Sequence[Piece]]]:
        """Return the rows of text of every panel, from top to bottom."""
        return [part.legend.rows for part in self._parts]

    @property
    def message(self) -> str:
        """Return the sentence that stands in place of bars."""
        return self._message.text

    @property
    def number_read(self) -> int:
        """Return the bar that legends read: the crosshair's, or else the newest."""
        newest = self._model.series.stop - 1
        return newest if self.crosshair_number is None else self.crosshair_number

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint every panel and axis where it stands."""
        painter.fillRect(exposed, self.look.background)
        for part in self._parts:
            part.panel.draw(painter, exposed)
            area = part.panel.area
            painter.translate(area.right(), area.top())
            part.axis.draw(painter, self._axis_width)
            painter.translate(-area.right(), -area.top())
        painter.translate(0, self._height)
        self.time_axis.draw(painter, self.price.area.width() + self._axis_width)
        painter.translate(0, -self._height)

    def set_look(self, look: Look) -> None:
        """Paint in other colours."""
        self.look = look
        for panel in self.panels:
            panel.look = look

    def set_volume(self, is_shown: bool) -> None:
        """Show or hide volume, with room for it below the bars."""
        self._volume.is_shown = is_shown
        self.price.above = 0.1
        self.price.below = VOLUME_SHARE if is_shown else 0.06

    def follow(self, change: Change) -> None:
        """Sum up anew what changed."""
        self.bars.follow(change)
        for drawn in self._drawn:
            drawn.source.follow(change)

    def show_studies(self) -> None:
        """Draw the model's studies, each with colours of its own."""
        for drawn in self._drawn:
            drawn.part.panel.layers.remove(drawn.layer)
        self._drawn.clear()
        self._parts = [self._price]
        overlay_colors = 0
        for study in self._model.studies:
            part = self._part_for(study)
            first = overlay_colors if part is self._price else 1
            source = StudySource(study)
            scale = None
            if study.indicator.placement is Placement.VOLUME:
                scale = lambda: self._volume.scale  # noqa: E731  a name would say no more
            layer = StudyLayer(part.panel, source, first, scale)
            self._drawn.append(_Drawn(study, part, source, layer))
            if part is self._price:
                overlay_colors += len(study.indicator.outputs)

    def show_marks(self) -> None:
        """Mark fills and the trades of a backtest."""
        self._mark_layer.set_fills(self._marks.fills)
        self._mark_layer.set_trades(self._marks.trades)

    def put_crosshair(self, number: int | None, panel: Panel | None, y: float | None) -> None:
        """Put the crosshair on a bar; without a height it stands on the bar's close."""
        self.crosshair_number = number
        self._crosshair_panel, self._crosshair_y = panel, y

    def crosshair_place(self) -> tuple[Panel, float | None]:
        """Return the panel and the height of the crosshair's horizontal line."""
        if self._crosshair_panel is not None and self._crosshair_panel in self.panels:
            return self._crosshair_panel, self._crosshair_y
        bar = self._model.series.bar(self.number_read)
        return self.price, None if bar is None else self.price.projection.y(float(bar[CLOSE]))

    def fit(self, window: Window, ticks: Sequence[TimeTick], days: Sequence[float]) -> None:
        """Lay every panel over the window's bars."""
        tick = self._model.instrument.tick if self._model.instrument else None
        self.price.digits = self._model.price_digits
        self.price.least = float(tick) if tick is not None else 0.0
        for panel in self.panels:
            panel.times, panel.days = ticks, days
            panel.fit(window)
            if not len(self._model.series):
                panel.ticks, panel.times, panel.days = (), (), ()
        if self.has_volume:
            self._volume.fit(window.left, window.right)
        levels = levels_of(self._model, self._marks, self._staging, self.look)
        self._levels.levels = levels
        self.price.tags = tags_of(levels)
        self._message.text = self._model.message
        self._fit_crosshair()
        self._fit_legends()

    def axis_width(self) -> float:
        """Return the width in which every label of every panel fits."""
        return max(part.axis.needed_width() for part in self._parts)

    def place(self, width: float, height: float, axis_width: float) -> None:
        """Give every panel its rectangle; axes stand at their right and below all."""
        self._height, self._axis_width = height, axis_width
        below = len(self._parts) - 1
        share = min(_STUDY_SHARE, _STUDIES_SHARE / below) if below else 0.0
        top = 0.0
        for part in self._parts:
            is_price = part is self._price
            tall = height - round(height * share) * below if is_price else round(height * share)
            part.panel.is_below = not is_price
            part.panel.area = QRectF(0, top, width, tall)
            top += tall

    def _part_for(self, study: Study) -> _Part:
        if not study.is_pane:
            return self._price
        panel = Panel(
            look=self.look,
            range_of=lambda left, right: self._study_range(study, left, right),
            above=_LEGEND_SHARE,
        )
        panel.marked = study.guides
        self._parts.append(_Part(panel))
        return self._parts[-1]

    def _price_range(self, left: float, right: float) -> tuple[float, float]:
        overlays = [
            drawn.source.range(left, right)
            for drawn in self._drawn
            if drawn.study.indicator.placement is Placement.OVERLAY
        ]
        return joined([self.bars.range(left, right), *overlays])

    def _study_range(self, study: Study, left: float, right: float) -> tuple[float, float]:
        own = [drawn.source.range(left, right) for drawn in self._drawn if drawn.study is study]
        guides = [(guide, guide) for guide in study.guides]
        return joined([*own, *guides])

    def _fit_crosshair(self) -> None:
        at, y = self.crosshair_place()
        for part in self._parts:
            part.crosshair.number = self.crosshair_number
            part.crosshair.y = y if part.panel is at else None

    def _fit_legends(self) -> None:
        number, look, digits = self.number_read, self.look, self._model.price_digits
        self._price.legend.rows = [ohlc_row(self._model, number, look)]
        for part in self._parts[1:]:
            part.legend.rows = []
        if not len(self._model.series):
            self._price.legend.rows = []
            return
        for drawn in self._drawn:
            places = 2 if drawn.study.is_pane else digits
            row = study_row(drawn.study, number, look, drawn.layer.color, places)
            drawn.part.legend.rows = [*drawn.part.legend.rows, row]
