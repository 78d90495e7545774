"""Let a person add, test, choose and forget accounts; all of it works without a mouse."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fks_desk.core.accounts import EXCHANGES, AccountEntry
from fks_desk.core.model import Mode
from fks_desk.core.secret import Secret
from fks_desk.ui.models.account.accounts import AccountForm, AccountsModel
from fks_desk.ui.shell.banner import mode_text
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.label import PlainLabel, restyle

_FIRST_SIZE = (760, 520)
_MODES = (Mode.TESTNET, Mode.LIVE, Mode.PAPER)


class AccountsPage(QDialog):
    """List the accounts above a form for one more.

    The arrows choose, Enter opens the desk with an account, F5 tests its key, Del
    twice forgets it. Key and secret are typed or pasted unseen, and forgotten here
    as soon as they are kept.
    """

    def __init__(self, *, model: AccountsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("accounts")
        self.setWindowTitle(tr("Accounts"))
        self.resize(*_FIRST_SIZE)
        self._model = model
        self.table = QTableWidget(0, 4)
        self.name_edit = QLineEdit()
        self.exchange = QComboBox()
        self.mode = QComboBox()
        self.key_edit = _hidden()
        self.secret_edit = _hidden()
        self.passphrase_edit = _hidden()
        self.notice = PlainLabel(role="muted")
        self.add_button = self._button(tr("Add"), self._add)
        self.use_button = self._button(tr("Use at the next start"), self._use)
        self.restart_button = self._button(tr("Restart with it"), self._restart)
        self.test_button = self._button(tr("Test its key  F5"), self._test)
        self.remove_button = self._button(tr("Forget  Del"), self._remove)
        self._lay_out()
        model.changed.connect(self._show)
        model.added.connect(self._forget_typed)

    def begin(self) -> None:
        """Show the accounts, with the keys on the list."""
        self._model.load()
        self._show()
        self.open()
        self.table.setFocus()

    def reject(self) -> None:
        """Leave, and forget what was typed."""
        self._forget_typed()
        super().reject()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do with the chosen account what the key says."""
        is_on_list = self.table.hasFocus()
        key = event.key()
        if key != Qt.Key.Key_Delete:
            self._model.spare()
        if key == Qt.Key.Key_F5:
            self._test()
        elif is_on_list and key == Qt.Key.Key_Delete:
            self._remove()
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._enter(is_on_list=is_on_list)
        else:
            super().keyPressEvent(event)

    def _enter(self, *, is_on_list: bool) -> None:
        focus = self.focusWidget()
        if isinstance(focus, QPushButton):
            focus.click()
        elif is_on_list:
            self._restart()
        else:
            self._add()

    def _lay_out(self) -> None:
        for name in EXCHANGES:
            self.exchange.addItem(_exchange_title(name), name)
        for mode in _MODES:
            self.mode.addItem(mode_text(mode), mode)
        table = self.table
        table.setHorizontalHeaderLabels([tr("Name"), tr("Mode"), tr("Exchange"), ""])
        table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.verticalHeader().hide()
        table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        table.setTabKeyNavigation(False)
        table.setAccessibleName(tr("Accounts"))
        self.notice.setWordWrap(True)
        box = QVBoxLayout(self)
        box.addWidget(table, 1)
        box.addLayout(self._row(self.use_button, self.restart_button))
        box.addLayout(self._row(self.test_button, self.remove_button))
        box.addLayout(self._form())
        box.addWidget(self.notice)
        hint = tr(
            "Enter on the list: restart with it · F5: test its key · Del twice: forget it · "
            "Esc: close."
        )
        self._hint = hint
        self.hint = PlainLabel(role="muted")
        self.hint.setWordWrap(True)
        box.addWidget(self.hint)

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        self.name_edit.setPlaceholderText(tr("main"))
        self._passphrase_title = PlainLabel(tr("Passphrase"))
        for title, field in (
            (tr("Name"), self.name_edit),
            (tr("Exchange"), self.exchange),
            (tr("Mode"), self.mode),
            (tr("API key"), self.key_edit),
            (tr("API secret"), self.secret_edit),
            (tr("Passphrase"), self.passphrase_edit),
        ):
            field.setAccessibleName(title)
            is_last = field is self.passphrase_edit
            form.addRow(self._passphrase_title if is_last else PlainLabel(title), field)
        form.addRow(self.add_button)
        self.mode.currentIndexChanged.connect(self._show_fields)
        return form

    def _row(self, *widgets: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        for widget in widgets:
            row.addWidget(widget)
        return row

    def _button(self, text: str, handler: object) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.clicked.connect(handler)
        return button

    def _show(self) -> None:
        model, row = self._model, max(0, self.table.currentRow())
        self.table.setRowCount(len(model.entries))
        for place, entry in enumerate(model.entries):
            for column, text in enumerate(self._texts(entry)):
                self.table.setItem(place, column, QTableWidgetItem(text))
        if model.entries:
            self.table.selectRow(min(row, len(model.entries) - 1))
        self.table.resizeColumnToContents(0)
        self.table.resizeColumnToContents(3)
        kept = "" if model.listing is None else _place_of_keys(model.listing.sealed_in)
        self.hint.setText(f"{self._hint} {kept}".rstrip())
        self.notice.setText(model.words)
        restyle(self.notice, "tone", model.tone.value)
        self._show_fields()

    def _show_fields(self) -> None:
        model = self._model
        needs_key = self._mode() is not Mode.PAPER
        for field in (self.key_edit, self.secret_edit):
            field.setEnabled(needs_key)
        for widget in (self._passphrase_title, self.passphrase_edit):
            widget.setVisible(model.asks_passphrase)
        is_new = model.listing is not None and model.listing.is_new
        self.passphrase_edit.setPlaceholderText(
            tr("no keyring here: choose one for the sealed file") if is_new else ""
        )
        for button in (
            self.add_button, self.use_button, self.restart_button, self.test_button,
            self.remove_button,
        ):  # fmt: skip
            button.setEnabled(not model.is_busy)

    def _texts(self, entry: AccountEntry) -> tuple[str, str, str, str]:
        marks = []
        if entry.id == self._model.opened:
            marks.append(tr("open now"))
        listing = self._model.listing
        if listing is not None and entry.id == listing.chosen:
            marks.append(tr("★ next start"))
        return (
            entry.id,
            mode_text(entry.mode),
            _exchange_title(entry.exchange),
            " · ".join(marks),
        )

    def _chosen(self) -> AccountEntry | None:
        row, entries = self.table.currentRow(), self._model.entries
        return entries[row] if 0 <= row < len(entries) else None

    def _add(self) -> None:
        self._model.add(
            AccountForm(
                name=self.name_edit.text(),
                exchange=str(self.exchange.currentData()),
                mode=self._mode(),
                key=Secret(self.key_edit.text()),
                secret=Secret(self.secret_edit.text()),
                passphrase=self._passphrase(),
            )
        )

    def _use(self) -> None:
        if (entry := self._chosen()) is not None:
            self._model.choose(entry.id)

    def _restart(self) -> None:
        if (entry := self._chosen()) is not None:
            self._model.restart_with(entry.id)

    def _test(self) -> None:
        if (entry := self._chosen()) is not None:
            self._model.check(entry.id, self._passphrase())

    def _remove(self) -> None:
        if (entry := self._chosen()) is not None:
            self._model.remove(entry.id, self._passphrase())

    def _mode(self) -> Mode:
        # Qt hands a word back, not the member that was put in.
        return Mode(self.mode.currentData())

    def _passphrase(self) -> Secret:
        return Secret(self.passphrase_edit.text())

    def _forget_typed(self) -> None:
        """Empty the fields, and the clipboard where it still holds what was pasted."""
        typed = {self.key_edit.text().strip(), self.secret_edit.text().strip()} - {""}
        clipboard = QGuiApplication.clipboard()
        if typed and clipboard.text().strip() in typed:
            clipboard.clear()
        for field in (self.name_edit, self.key_edit, self.secret_edit, self.passphrase_edit):
            field.clear()


def _hidden() -> QLineEdit:
    field = QLineEdit()
    field.setEchoMode(QLineEdit.EchoMode.Password)
    return field


def _place_of_keys(sealed_in: str) -> str:
    if sealed_in:
        return tr(
            "Keys are sealed with your passphrase in {path}. They never stand in plain text, in "
            "a log or in the database.",
            path=sealed_in,
        )
    return tr(
        "Keys are kept in the keyring of this machine. They never stand in plain text, in a log "
        "or in the database."
    )


def _exchange_title(name: str) -> str:
    titles = {
        "binance": tr("Binance spot"),
        "binanceusdm": tr("Binance USD-M perpetuals"),
        "demo": tr("built in"),
        "demo-usdm": tr("built in, perpetuals"),
    }
    return titles.get(name, name)
