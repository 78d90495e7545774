"""Choose which candles to write, in which layout and where."""

from __future__ import annotations

from PySide6.QtWidgets import QFormLayout, QWidget

from fks_desk.core.model import Timeframe
from fks_desk.core.transfers import FileLayout
from fks_desk.ui.models.data.files import FilesModel
from fks_desk.ui.panes.data.controls import combo_box, line_edit, push_button
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.label import PlainLabel


class ExportForm(QWidget):
    """Lay out the wish; the model asks for it."""

    def __init__(self, model: FilesModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("files.export")
        self._model = model
        self.instrument = combo_box("files.export.instrument", tr("Candles of"))
        self.timeframe = combo_box("files.export.timeframe", tr("Interval"))
        self.layout_choice = combo_box("files.export.layout", tr("Layout"))
        self.start = line_edit("files.export.start", tr("From"), tr("empty: the oldest"))
        self.end = line_edit("files.export.end", tr("To"), tr("empty: the newest"))
        self.target = line_edit(
            "files.export.target", tr("To"), tr("file or folder; empty: the desk's exports")
        )
        for layout, title in _titles():
            self.layout_choice.addItem(title, layout)
        form = QFormLayout(self)
        form.setContentsMargins(8, 8, 8, 8)
        form.setVerticalSpacing(4)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("Candles of"), self.instrument)
        form.addRow(tr("Interval"), self.timeframe)
        form.addRow(tr("Layout"), self.layout_choice)
        form.addRow(tr("From"), self.start)
        form.addRow(tr("To"), self.end)
        form.addRow(tr("Write to"), self.target)
        form.addRow("", push_button("files.export.run", tr("Export  Ctrl+↵"), self.run))
        hint = PlainLabel(
            tr("A folder gets a file of the name that programs of the layout look for."),
            role="muted",
        )
        hint.setWordWrap(True)
        form.addRow("", hint)
        model.stored_changed.connect(self.show_stored)
        self.instrument.currentIndexChanged.connect(lambda _place: self._show_timeframes())
        for edit in (self.start, self.end, self.target):
            edit.returnPressed.connect(self.run)
        self.show_stored()

    def run(self) -> None:
        """Ask for the file."""
        timeframe = self.timeframe.currentData()
        self._model.export(
            self.instrument.currentData(),
            # Qt hands a plain text back where an enumeration went in.
            Timeframe(timeframe) if timeframe else None,
            FileLayout(self.layout_choice.currentData()),
            (self.start.text(), self.end.text()),
            self.target.text(),
        )

    def show_stored(self) -> None:
        """Offer what is stored, keeping the choice where it still stands."""
        chosen = self.instrument.currentData()
        self.instrument.blockSignals(True)
        self.instrument.clear()
        for instrument in sorted(self._model.stored):
            self.instrument.addItem(instrument, instrument)
        place = self.instrument.findData(chosen)
        self.instrument.setCurrentIndex(max(0, place))
        self.instrument.blockSignals(False)
        self._show_timeframes()

    def _show_timeframes(self) -> None:
        chosen = self.timeframe.currentData()
        self.timeframe.clear()
        for timeframe in self._model.stored.get(self.instrument.currentData(), ()):
            self.timeframe.addItem(timeframe.value, timeframe)
        self.timeframe.setCurrentIndex(max(0, self.timeframe.findData(chosen)))


def _titles() -> list[tuple[FileLayout, str]]:
    return [
        (FileLayout.CSV, tr("csv")),
        (FileLayout.FEATHER, tr("feather")),
        (FileLayout.PARQUET, tr("parquet")),
        (FileLayout.FREQTRADE, tr("freqtrade")),
        (FileLayout.BINANCE, tr("Binance Vision zips")),
        (FileLayout.TRADINGVIEW, tr("TradingView csv")),
        (FileLayout.METATRADER, tr("MetaTrader csv")),
    ]
