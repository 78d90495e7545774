"""Lay out what a backtest needs; the parameters are those of the chosen strategy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QWidget,
)

from fks_desk.ui.models.research.backtest import BacktestModel
from fks_desk.ui.text import tr

if TYPE_CHECKING:
    from fks_desk.strategy.parameters import Parameter

_COUNTS = "int"
_DIGITS = 4


class BacktestFormView(QScrollArea):
    """Show the form of the model and tell it what a person changes."""

    param_changed = Signal(str, float)

    def __init__(self, model: BacktestModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("backtest.form")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._model = model
        self._shown_strategy = ""
        self.strategy = self._combo("backtest.strategy", tr("Strategy"))
        self.instrument = self._combo("backtest.instrument", tr("Instrument"))
        self.timeframe = self._combo("backtest.timeframe", tr("Timeframe"))
        self.params: dict[str, QDoubleSpinBox] = {}
        self.texts = {
            name: self._text(name, title)
            for name, title in (
                ("start", tr("From")),
                ("end", tr("To")),
                ("cash", tr("Cash")),
                ("fee_bps", tr("Fee")),
                ("slippage_bps", tr("Slippage")),
            )
        }
        self._rows = QFormLayout()
        self._lay_out()
        for strategy in model.strategies.values():
            self.strategy.addItem(strategy.title, strategy.name)
        self._connect()
        self.show_form()

    def show_form(self) -> None:
        """Show what the model holds, leaving alone what is the same."""
        form = self._model.form
        self.strategy.setCurrentIndex(self.strategy.findData(form.strategy))
        if self._shown_strategy != form.strategy:
            self._make_params()
        for name, spin in self.params.items():
            spin.blockSignals(True)
            spin.setValue(form.params[name])
            spin.blockSignals(False)
        self._show_stored()
        for name, edit in self.texts.items():
            text: str = getattr(form, name)
            if edit.text() != text:
                edit.setText(text)

    def _connect(self) -> None:
        model = self._model
        model.form_changed.connect(self.show_form)
        self.strategy.activated.connect(
            lambda _number: model.set_strategy(self.strategy.currentData())
        )
        self.instrument.activated.connect(
            lambda _number: model.set_instrument(self.instrument.currentData())
        )
        self.timeframe.activated.connect(
            lambda _number: model.set_timeframe(self.timeframe.currentData())
        )
        self.param_changed.connect(model.set_param)
        for name, edit in self.texts.items():
            edit.textEdited.connect(lambda text, name=name: model.set_text(name, text))

    def _show_stored(self) -> None:
        model = self._model
        names = [(_instrument_text(one), one) for one in model.stored]
        _fill(self.instrument, names, model.form.instrument, tr("nothing stored yet"))
        known = model.stored.get(model.form.instrument, ()) if model.form.instrument else ()
        _fill(self.timeframe, [(one.value, one) for one in known], model.form.timeframe, "–")

    def _make_params(self) -> None:
        self._shown_strategy = self._model.form.strategy
        for _ in self.params:
            self._rows.removeRow(1)
        self.params = {}
        for line, parameter in enumerate(self._model.strategy.parameters, start=1):
            spin = self._spin(parameter)
            self.params[parameter.name] = spin
            self._rows.insertRow(line, parameter.title, spin)

    def _spin(self, parameter: Parameter) -> QDoubleSpinBox:
        spin = QDoubleSpinBox()
        spin.setObjectName(f"backtest.param.{parameter.name}")
        spin.setAccessibleName(parameter.title)
        # A comma as decimal point would read differently on each machine.
        spin.setLocale(QLocale.c())
        spin.setDecimals(0 if parameter.kind.value == _COUNTS else _DIGITS)
        spin.setRange(parameter.low, parameter.high)
        spin.setSingleStep(parameter.step)
        spin.setStepType(QAbstractSpinBox.StepType.DefaultStepType)
        spin.setMinimumWidth(70)
        spin.setToolTip(f"{parameter.low:g} – {parameter.high:g}")
        spin.valueChanged.connect(
            lambda value, name=parameter.name: self.param_changed.emit(name, value)
        )
        return spin

    def _lay_out(self) -> None:
        content = QWidget()
        form = self._rows
        content.setLayout(form)
        form.setContentsMargins(8, 8, 8, 8)
        form.setVerticalSpacing(4)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("Strategy"), self.strategy)
        form.addRow(tr("Candles of"), self.instrument)
        form.addRow(tr("Timeframe"), self.timeframe)
        form.addRow(tr("From"), self.texts["start"])
        form.addRow(tr("To"), self.texts["end"])
        form.addRow(tr("Cash"), self.texts["cash"])
        costs = self._pair(self.texts["fee_bps"], self.texts["slippage_bps"])
        form.addRow(tr("Fee · slip, bp"), costs)
        self.setWidget(content)

    @staticmethod
    def _pair(first: QWidget, second: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(first, 1)
        row.addWidget(second, 1)
        return row

    @staticmethod
    def _combo(name: str, title: str) -> QComboBox:
        combo = QComboBox()
        combo.setObjectName(name)
        combo.setAccessibleName(title)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(4)
        combo.setMinimumWidth(56)
        return combo

    @staticmethod
    def _text(name: str, title: str) -> QLineEdit:
        edit = QLineEdit()
        edit.setObjectName(f"backtest.{name}")
        edit.setAccessibleName(title)
        edit.setMinimumWidth(48)
        return edit


def _fill(
    combo: QComboBox, options: Sequence[tuple[str, object]], chosen: object, empty: str
) -> None:
    values = [combo.itemData(number) for number in range(combo.count())]
    if values != [value for _text, value in options] or not options:
        combo.clear()
        for text, value in options or [(empty, None)]:
            combo.addItem(text, value)
    combo.setEnabled(bool(options))
    combo.setCurrentIndex(max(0, combo.findData(chosen)))


def _instrument_text(instrument: str) -> str:
    venue, _, symbol = instrument.split(":", 2)
    return tr("{symbol} · {venue}", symbol=symbol, venue=venue)
