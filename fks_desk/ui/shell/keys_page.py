"""Let a person change keys: find an action, press its new keys, see what they would clash with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fks_desk.core.errors import ConfigError
from fks_desk.ui.actions.action import Action
from fks_desk.ui.actions.keymap import Keymap
from fks_desk.ui.actions.presets import Preset
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.shell.fuzzy import score
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.label import PlainLabel

_FIRST_SIZE = (760, 560)


class KeysPage(QDialog):
    """List every action with its keys; all of it works without a mouse.

    Typing filters, the arrows choose, Enter asks for new keys, Del takes them away,
    Backspace brings the preset's back.
    """

    told = Signal(str)

    def __init__(
        self, *, registry: ActionRegistry, keymap: Keymap, exports: Path, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName("keys")
        self.setWindowTitle(tr("Change keys"))
        self.resize(*_FIRST_SIZE)
        self._registry = registry
        self._keymap = keymap
        self._exports = exports
        self._shown: list[Action] = []
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Find an action or a key"))
        self.search.setAccessibleName(tr("Find an action or a key"))
        self.table = QTableWidget(0, 3)
        self.capture = QKeySequenceEdit()
        self.capture.setAccessibleName(tr("New keys"))
        for field in self.capture.findChildren(QLineEdit):
            field.setPlaceholderText(tr("Press the new keys"))
        self.notice = PlainLabel(role="muted")
        self.preset = QComboBox()
        self.preset.setAccessibleName(tr("Preset"))
        self._lay_out()
        self._connect()

    def begin(self) -> None:
        """Show every action, ready to be filtered."""
        self.preset.setCurrentIndex(list(Preset).index(self._keymap.preset))
        self.search.clear()
        self._fill()
        self.open()
        self.search.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Change the chosen action, or leave."""
        key = event.key()
        if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._capture()
        elif key == Qt.Key.Key_Delete:
            self._change(lambda name: self._keymap.remap(name, ()))
        elif key == Qt.Key.Key_Backspace:
            self._change(self._keymap.reset)
        elif key in {Qt.Key.Key_Down, Qt.Key.Key_Up}:
            self.table.setFocus()
        else:
            super().keyPressEvent(event)

    def _lay_out(self) -> None:
        for preset, title in zip(
            Preset, (tr("TradingView"), tr("MetaTrader"), tr("vim")), strict=True
        ):
            self.preset.addItem(title, preset)
        table = self.table
        table.setHorizontalHeaderLabels([tr("Action"), tr("Where"), tr("Keys")])
        table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.verticalHeader().hide()
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        table.setTabKeyNavigation(False)
        table.setAccessibleName(tr("Actions and their keys"))
        hint = PlainLabel(
            tr("Enter: new keys · Del: none · Backspace: the preset's · Esc: close"), role="muted"
        )
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self.search, 1)
        head.addWidget(self.preset)
        self.export_button = QPushButton(tr("Export"))
        self.import_button = QPushButton(tr("Import"))
        self.reset_button = QPushButton(tr("Reset all"))
        for widget in (self.capture, self.export_button, self.import_button, self.reset_button):
            foot.addWidget(widget)
        for button in (self.export_button, self.import_button, self.reset_button):
            button.setAutoDefault(False)
        box = QVBoxLayout(self)
        box.addLayout(head)
        box.addWidget(table, 1)
        box.addWidget(self.notice)
        box.addLayout(foot)
        box.addWidget(hint)
        self.notice.setWordWrap(True)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._fill)
        self.capture.editingFinished.connect(self._on_captured)
        self.preset.activated.connect(self._on_preset)
        self.export_button.clicked.connect(self._export)
        self.import_button.clicked.connect(self._import)
        self.reset_button.clicked.connect(self._on_preset)

    def _fill(self) -> None:
        wanted = self.search.text()
        self._shown = [one for one in self._registry.all() if self._matches(one, wanted)]
        self.table.setRowCount(len(self._shown))
        for row, action in enumerate(self._shown):
            texts = (
                f"{action.category}: {action.title}",
                action.context,
                self._registry.key_text(action.id),
            )
            for column, text in enumerate(texts):
                self.table.setItem(row, column, QTableWidgetItem(text))
        self.table.resizeColumnToContents(2)
        if self._shown:
            self.table.selectRow(0)

    def _matches(self, action: Action, wanted: str) -> bool:
        title = f"{action.category}: {action.title}"
        keys = self._registry.key_text(action.id).casefold()
        return score(wanted, title) is not None or wanted.casefold() in keys

    def _chosen(self) -> Action | None:
        row = self.table.currentRow()
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def _capture(self) -> None:
        action = self._chosen()
        if action is not None:
            self.capture.clear()
            self.capture.setFocus()
            self.notice.setText(tr("Press the new keys of: {title}", title=action.title))

    def _on_captured(self) -> None:
        action, keys = self._chosen(), self.capture.keySequence()
        if action is None or keys.isEmpty():
            return
        text = keys.toString(QKeySequence.SequenceFormat.PortableText)
        kept = [key for key in self._registry.keys(action.id)[1:] if key != text]
        self._change(lambda name: self._keymap.remap(name, (text, *kept)))
        self.table.setFocus()

    def _change(self, change: Callable[[str], None]) -> None:
        action, row = self._chosen(), self.table.currentRow()
        if action is None:
            return
        if self._try(lambda: change(action.id)):
            self.notice.setText(
                tr(
                    "{title}: {keys}",
                    title=action.title,
                    keys=self._registry.key_text(action.id) or tr("palette only"),
                )
            )
        self._fill()
        self.table.selectRow(row)

    def _on_preset(self) -> None:
        preset = list(Preset)[self.preset.currentIndex()]
        if self._try(lambda: self._keymap.choose(preset)):
            self.notice.setText(tr("The keys are those of {name}", name=self.preset.currentText()))
        self._fill()

    @property
    def _file(self) -> Path:
        return self._exports / "fks-desk-keys.json"

    def _export(self) -> None:
        if self._try(lambda: self._keymap.export(self._file)):
            self.notice.setText(tr("The keys are written to {file}", file=self._file))

    def _import(self) -> None:
        if self._try(lambda: self._keymap.bring(self._file)):
            self.notice.setText(tr("The keys of {file} are taken", file=self._file))
        self._fill()

    def _try(self, work: Callable[[], None]) -> bool:
        try:
            work()
        except ConfigError as error:
            self.notice.setText(error.message)
            return False
        return True
