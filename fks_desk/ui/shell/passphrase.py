"""Ask for the passphrase that opens the file of keys, before anything else can be done."""

from __future__ import annotations

import asyncio

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QVBoxLayout, QWidget

from fks_desk.core.secret import Secret
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.label import PlainLabel


class PassphraseDialog(QDialog):
    """Take a passphrase unseen; `problem` says what was wrong with the one before."""

    def __init__(self, *, title: str, problem: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("passphrase")
        self.setWindowTitle(tr("Passphrase"))
        question = PlainLabel(
            tr("This machine has no keyring. The passphrase opens the key of {title}:", title=title)
        )
        question.setWordWrap(True)
        self.edit = QLineEdit()
        self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.edit.setAccessibleName(tr("Passphrase"))
        self.notice = PlainLabel(problem, role="muted")
        self.notice.setWordWrap(True)
        kinds = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        for widget in (question, self.edit, self.notice, buttons):
            box.addWidget(widget)

    async def answer(self) -> Secret | None:
        """Return what was typed, or None if the person left."""
        closed = asyncio.Event()
        self.finished.connect(lambda _code: closed.set())
        self.open()
        self.edit.setFocus()
        await closed.wait()
        typed = Secret(self.edit.text())
        self.edit.clear()
        self.deleteLater()
        return typed if self.result() == QDialog.DialogCode.Accepted else None
