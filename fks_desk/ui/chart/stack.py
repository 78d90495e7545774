"""Hold the panels of one chart, the price above and studies below, with their layers."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QPainter

from fks_desk.strategy.indicators import Placement
from fks_desk.ui.chart.layers.axes import TIME_AXIS_HEIGHT, GridLayer, PriceAxis, TimeAxis
from fks_desk.ui.chart.layers.candles import VOLUME_SHARE, AreaLayer, CandleLayer, VolumeLayer
from fks_desk.ui.chart.layers.compare import CompareLayer
from fks_desk.ui.chart.layers.crosshair import CrosshairLayer, LegendLayer, Piece
from fks_desk.ui.chart.layers.holes import HoleLayer
from fks_desk.ui.chart.layers.layer import MOVING_DEPTHS, STILL_DEPTHS, Depth
from fks_desk.ui.chart.layers.levels import Level, LevelLayer
from fks_desk.ui.chart.layers.lines import BandLayer, StudyLayer
from fks_desk.ui.chart.layers.marks import MarkLayer
from fks_desk.ui.chart.layers.message import MessageLayer
from fks_desk.ui.chart.layers.profile import ProfileLayer
from fks_desk.ui.chart.look import Look, readable_on
from fks_desk.ui.chart.panel import Panel, Tag
from fks_desk.ui.chart.pyramid import Pyramid
from fks_desk.ui.chart.reading import ohlc_row, study_row
from fks_desk.ui.chart.source import BarSource, StudySource, joined
from fks_desk.ui.chart.stains import Stain, Stains
from fks_desk.ui.chart.stakes import levels_of, tags_of
from fks_desk.ui.chart.ticks import TimeTick
from fks_desk.ui.chart.window import Window
from fks_desk.ui.models.chart import ChartModel
from fks_desk.ui.models.chart_marks import ChartMarks
from fks_desk.ui.models.history import Change
from fks_desk.ui.models.series import CLOSE
from fks_desk.ui.models.shaped import BarKind
from fks_desk.ui.models.staging import Staging
from fks_desk.ui.models.studies import Study

_STUDY_SHARE = 0.24
_STUDIES_SHARE = 0.55
_LEGEND_SHARE = 0.3  # of a study's range stays free above, for its legend
_BELOW_SHARE = 0.14  # and below, so that the lowest guide has its label


class _Part:
    """Hold a panel with its axis, its crosshair and its legend."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self.axis = PriceAxis(panel)
        self.crosshair = CrosshairLayer(panel)
        self.legend = LegendLayer(panel)
        self.grid = GridLayer(panel)


class _Drawn:
    """Hold a study as it is drawn: its sums, its layer and the part it is in."""

    def __init__(self, study: Study, part: _Part, source: StudySource, layer: StudyLayer) -> None:
        self.study, self.part, self.source, self.layer = study, part, source, layer
        self.is_overlay = study.placement is Placement.OVERLAY
        self.is_pane = study.is_pane
        self.band = BandLayer(layer)


class Stack:
    """Make panels and layers for a chart model and keep them in step with it."""

    def __init__(
        self, *, model: ChartModel, marks: ChartMarks, staging: Staging, look: Look
    ) -> None:
        self.look = look
        self.bars = BarSource(model.series)
        self.crosshair_number: int | None = None
        self.is_percent = False
        self._model = model
        self._marks = marks
        self._staging = staging
        self._crosshair_panel: Panel | None = None
        self._crosshair_y: float | None = None
        self._drawn: list[_Drawn] = []
        self._price = _Part(Panel(look=look, range_of=self._price_range))
        self.candles = CandleLayer(self.price, self.bars)
        self._holes = HoleLayer(self.price, lambda: model.holes, lambda: model.lost_from)
        AreaLayer(self.price, self.bars, self.candles)
        self._volume = VolumeLayer(self.price, self.bars)
        self.profile = ProfileLayer(self.price, self.bars)
        self._compare = CompareLayer(self.price)
        self._levels = LevelLayer(self.price)
        self.marks = MarkLayer(self.price, self.bars)
        self._message = MessageLayer(self.price)
        self.time_axis = TimeAxis(self.price)
        self._parts = [self._price]
        self._height = self._axis_width = 1.0
        self.changes = 0  # of bars and studies, so that legends are worded when they read new ones
        self._earliest = 0  # bars by which a line is drawn earlier than it stands, below zero
        self._read: object = None
        self._read_look = look
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
    def has_grid(self) -> bool:
        """Tell whether lines stand at round prices and moments."""
        return self._price.grid.is_shown

    def set_grid(self, is_shown: bool) -> None:
        """Show or hide the grid of every panel."""
        for part in self._parts:
            part.grid.is_shown = is_shown

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
        self._draw_ticks(painter)
        self._draw_tags(painter)

    def draw_still(self, painter: QPainter) -> None:
        """Paint the bars, all that stands behind them, and the axes."""
        right, bottom = self.price.area.width() + self._axis_width, self._height
        self._draw_bars(painter, QRectF(0, 0, right, bottom + TIME_AXIS_HEIGHT))
        self._draw_ticks(painter)

    def draw_newest(self, painter: QPainter) -> None:
        """Paint anew what a tick changes in the picture of the bars."""
        strip = self.newest_strip()
        painter.fillRect(strip, self.look.background)
        for part in self._parts:
            part.panel.draw_newest(painter, strip)

    def draw_over(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint what lies over the picture of the bars."""
        for part in self._parts:
            part.panel.draw(painter, exposed, MOVING_DEPTHS)
        if exposed.right() > self.price.area.width() or exposed.bottom() > self._height:
            self._draw_tags(painter)

    @property
    def is_marked(self) -> bool:
        """Tell whether figures lie over the bars that are painted whole wherever they show."""
        return any(
            layer.depth is Depth.MARKS and layer.is_shown and not layer.is_empty
            for layer in self.price.layers
        )

    def newest_strip(self) -> QRectF:
        """Return the rectangle that holds everything a tick changes in the picture of the bars."""
        projection = self.price.projection
        level = self.bars.pyramid.level_for(1 / projection.bar_width)
        # A line that is drawn earlier than it stands ends left of the newest bar.
        bucket = (self._model.series.stop - 1 + self._earliest) >> level
        left = max(0.0, math.floor(projection.x(float((bucket - 1) << level) - 0.5)))
        return QRectF(left, 0, max(0.0, self.price.area.width() - left), self._height)

    def still_state(self) -> object:
        """Return what the picture of the bars depends on, the newest bar left out."""
        stop = self._model.series.stop
        lost = self._model.lost_from
        return stop, lost, self._volume.scale, *(panel.projection for panel in self.panels)

    def stains(self) -> Stains:
        """Return where and what everything shows that a tick or the crosshair moves."""
        width = round(self.price.area.width())
        found: dict[Hashable, Stain] = {}
        for place, part in enumerate(self._parts):
            area, panel = part.panel.area, part.panel
            top, tall = round(area.top()), round(area.height())
            legend = part.legend.extent.translated(area.topLeft()).toAlignedRect()
            found["legend", place] = Stain(legend, (part.legend.rows,))
            axis = QRect(width, top, round(self._axis_width), tall)
            found["axis", place] = Stain(axis, (panel.tags, panel.cursor_tag))
            for name, line in enumerate(part.crosshair.lines()):
                found["crosshair", place, name] = Stain(line.translated(0, top), None)
        for number, level in enumerate(self._levels.levels):
            found["level", number] = Stain(self._levels.extent(level), level)
        below = QRect(0, round(self._height), width + round(self._axis_width), TIME_AXIS_HEIGHT)
        found["time"] = Stain(below, self.time_axis.cursor)
        return found

    def _draw_bars(self, painter: QPainter, exposed: QRectF) -> None:
        painter.fillRect(exposed, self.look.background)
        for part in self._parts:
            part.panel.draw(painter, exposed, STILL_DEPTHS)

    def _draw_ticks(self, painter: QPainter) -> None:
        for part in self._parts:
            with _at(painter, part.panel.area.topRight()):
                part.axis.draw_ticks(painter, self._axis_width)
        with _at(painter, QPointF(0, self._height)):
            self.time_axis.draw_ticks(painter, self.price.area.width() + self._axis_width)

    def _draw_tags(self, painter: QPainter) -> None:
        for part in self._parts:
            with _at(painter, part.panel.area.topRight()):
                part.axis.draw_tags(painter, self._axis_width)
        with _at(painter, QPointF(0, self._height)):
            self.time_axis.draw_cursor(painter)

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

    def pyramids(self) -> Iterator[Pyramid]:
        """Yield the sums of everything drawn."""
        yield self.bars.pyramid
        for drawn in self._drawn:
            yield from drawn.source.pyramids.values()

    def follow(self, change: Change) -> None:
        """Sum up anew what changed."""
        self.changes += 1
        self.bars.series = self._model.series
        self.bars.follow(change)
        # Holes are counted in candles of time, which other bars do not stand beside.
        self._holes.is_shown = self._model.kind in {BarKind.TIME, BarKind.HEIKIN_ASHI}
        for drawn in self._drawn:
            drawn.source.follow(change)

    def follow_compared(self) -> bool:
        """Take the other symbol's newest close; return whether it is drawn at the newest bar alone.

        A symbol whose bars come later stands at several of ours with its newest close.
        """
        self.changes += 1
        series, compared = self._model.series, self._model.compared
        if compared is None or len(series) < 2 or self.price.projection.bar_width < 1:  # noqa: PLR2004
            return False
        before = int(compared.series.holding(series.time[-2:-1])[0])
        return before < compared.series.stop - 1

    def show_studies(self) -> None:
        """Draw the model's studies, each with colours of its own."""
        self.changes += 1
        for drawn in self._drawn:
            for layer in (drawn.layer, drawn.band):
                drawn.part.panel.layers.remove(layer)
        self._drawn.clear()
        self._parts = [self._price]
        overlay_colors = 0
        for study in self._model.studies:
            part = self._part_for(study)
            first = overlay_colors if part is self._price else 1
            source = StudySource(study)
            scale = None
            if study.placement is Placement.VOLUME:
                scale = lambda: self._volume.scale  # noqa: E731  a name would say no more
            layer = StudyLayer(part.panel, source, first, scale)
            self._drawn.append(_Drawn(study, part, source, layer))
            if part is self._price:
                overlay_colors += len(study.indicator.outputs)
        shifts = [study.shift(name) for study in self._model.studies for name in study.lines]
        self._earliest = min(0, *shifts) if shifts else 0

    def show_marks(self) -> None:
        """Mark fills, signals and the trades of a backtest."""
        marks = self._marks
        self.marks.set_fills(marks.fills)
        self.marks.set_signals(marks.signals.marks)
        self.marks.set_trades(marks.entries, marks.exits, marks.won)

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
        is_percent = self.is_percent or self._model.compared is not None
        self.price.base = self._base(window) if is_percent else None
        for panel in self.panels:
            panel.times, panel.days = ticks, days
            panel.fit(window)
            if not len(self._model.series):
                panel.clear()
        if self.has_volume:
            self._volume.fit(window.left, window.right)
        levels = levels_of(self._model, self._marks, self._staging, self.look)
        self._levels.levels = levels
        self.price.tags = [*tags_of(levels), *self._compared_tags()]
        self._message.text = self._model.message
        self.fit_crosshair()

    def fit_crosshair(self) -> None:
        """Put the crosshair where it points, over panels that are laid out, and read its bar."""
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

    def _compared_tags(self) -> list[Tag]:
        compared, last = self._model.compared, self._compare.last
        if compared is None or compared.instrument is None or not math.isfinite(last):
            return []
        name = compared.instrument.rpartition(":")[2]
        color = self._compare.color
        text = f"{name.partition('/')[0]} {self.price.text(last)}"
        return [Tag(value=last, text=text, fill=color, ink=readable_on(color))]

    def _base(self, window: Window) -> float | None:
        """Return the close of the first bar in sight, from which shares are counted."""
        series = self._model.series
        number = min(max(math.ceil(window.left), series.first), series.stop - 1)
        bar = series.bar(number)
        return float(bar[CLOSE]) if bar is not None and bar[CLOSE] > 0 else None

    def _part_for(self, study: Study) -> _Part:
        if not study.is_pane:
            return self._price
        panel = Panel(
            look=self.look,
            range_of=lambda left, right: self._study_range(study, left, right),
            above=_LEGEND_SHARE,
            below=_BELOW_SHARE,
        )
        panel.marked = study.guides
        part = _Part(panel)
        part.grid.is_shown = self.has_grid
        self._parts.append(part)
        return part

    def _price_range(self, left: float, right: float) -> tuple[float, float]:
        overlays = [drawn.source.range(left, right) for drawn in self._drawn if drawn.is_overlay]
        compared = self._model.compared
        other = None if compared is None else compared.series
        self._compare.fit(self._model.series, other, left, right)
        return joined([self.bars.range(left, right), *overlays, self._compare.range()])

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
        if self._read == (number, digits, self.changes) and self._read_look is look:
            return
        self._read, self._read_look = (number, digits, self.changes), look
        has_bars = len(self._model.series) > 0
        rows: dict[_Part, list[Sequence[Piece]]] = {part: [] for part in self._parts}
        if has_bars:
            rows[self._price].append(ohlc_row(self._model, number, look))
            for drawn in self._drawn:
                places = 2 if drawn.is_pane else digits
                row = study_row(drawn.study, number, look, drawn.layer.color, places)
                rows[drawn.part].append(row)
        for part, found in rows.items():
            part.legend.rows = found


@contextmanager
def _at(painter: QPainter, corner: QPointF) -> Iterator[None]:
    """Let the painter count from a corner for a while."""
    painter.translate(corner)
    yield
    painter.translate(-corner)
