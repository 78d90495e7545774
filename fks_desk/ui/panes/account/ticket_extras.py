"""Lay out what an order may ask for beside side, size and price."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QWidget,
)

from fks_desk.ui.models.account.ticket_extras import ExtrasForm, Trigger
from fks_desk.ui.panes.number_edit import NumberEdit
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.label import PlainLabel


class TicketExtrasView(QWidget):
    """Hold trigger, exits and marks; tell of each change by a person."""

    changed = Signal(object)  # ExtrasForm
    risk_size_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.trigger = QComboBox()
        self.trigger.setObjectName("ticket.trigger")
        self.trigger.setAccessibleName(tr("What wakes the order"))
        for one, title in (
            (Trigger.NONE, tr("At once")),
            (Trigger.STOP, tr("Stop at")),
            (Trigger.TAKE_PROFIT, tr("Take profit at")),
            (Trigger.TRAIL, tr("Trail by %")),
        ):
            self.trigger.addItem(title, one)
        self.wake = NumberEdit(name="ticket.wake", title=tr("Trigger price or distance"))
        self.stop = NumberEdit(name="ticket.stop", title=tr("Stop after the fill"))
        self.target = NumberEdit(name="ticket.target", title=tr("Target after the fill"))
        self.post_only = QCheckBox(tr("Post-only"))
        self.post_only.setObjectName("ticket.post_only")
        self.reduce_only = QCheckBox(tr("Reduce-only"))
        self.reduce_only.setObjectName("ticket.reduce_only")
        self.by_risk = QPushButton(tr("2 % risk"))
        self.by_risk.setObjectName("ticket.by_risk")
        self.by_risk.setAutoDefault(False)
        self.by_risk.setToolTip(tr("Size the order so that its stop loses 2 % of equity (Alt+K)"))
        self._lay_out()
        self._connect()

    def show_form(self, form: ExtrasForm) -> None:
        """Show what the model holds."""
        self.trigger.setCurrentIndex(list(Trigger).index(form.trigger))
        self.wake.setEnabled(form.trigger is not Trigger.NONE)
        for edit, text in ((self.wake, form.wake), (self.stop, form.stop)):
            edit.show_text(text)
        self.target.show_text(form.target)
        for box, is_on in (
            (self.post_only, form.is_post_only),
            (self.reduce_only, form.is_reduce_only),
        ):
            if box.isChecked() is not is_on:
                box.setChecked(is_on)

    def form(self) -> ExtrasForm:
        """Return what stands in the fields."""
        return ExtrasForm(
            trigger=list(Trigger)[self.trigger.currentIndex()],
            wake=self.wake.text(),
            stop=self.stop.text(),
            target=self.target.text(),
            is_post_only=self.post_only.isChecked(),
            is_reduce_only=self.reduce_only.isChecked(),
        )

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(1, 1)
        rows: tuple[tuple[QWidget, QLineEdit], ...] = (
            (self.trigger, self.wake),
            (PlainLabel(tr("Stop")), self.stop),
            (PlainLabel(tr("Target")), self.target),
        )
        for line, (label, edit) in enumerate(rows):
            grid.addWidget(label, line, 0)
            grid.addWidget(edit, line, 1, 1, 1 if edit is self.stop else 2)
        grid.addWidget(self.by_risk, 1, 2)
        marks = QHBoxLayout()
        for widget in (self.post_only, self.reduce_only):
            marks.addWidget(widget)
        marks.addStretch(1)
        grid.addLayout(marks, len(rows), 0, 1, 3)

    def _connect(self) -> None:
        self.trigger.activated.connect(lambda _number: self._tell())
        for edit in (self.wake, self.stop, self.target):
            edit.textEdited.connect(lambda _text: self._tell())
        for box in (self.post_only, self.reduce_only):
            box.clicked.connect(lambda _on: self._tell())
        self.by_risk.clicked.connect(self.risk_size_wanted)

    def _tell(self) -> None:
        self.changed.emit(self.form())
