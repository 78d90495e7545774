"""Show one question with its answer and the rows the answer rests on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from fks_desk.core.messages import Citation
from fks_desk.core.model import RowRef
from fks_desk.ui.models.research.chat import AnswerState, ChatEntry
from fks_desk.ui.panes.flow import FlowLayout
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.label import PlainLabel, plain_tip, restyle

LONGEST_ANSWER = 20_000
_LONGEST_KEY = 22
_WIDEST_CHIP, _CHIP_EDGE = 280, 8  # pixels


class TextLabel(QLabel):
    """Show plain text of any length that can be selected, never as markup."""

    def __init__(self, *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)


class ChatEntryView(QFrame):
    """Follow one entry of the conversation."""

    citation_opened = Signal(object)  # Citation

    def __init__(self, entry: ChatEntry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chat.entry")
        self.question = TextLabel(name="chat.question")
        font = self.question.font()
        font.setBold(True)
        self.question.setFont(font)
        self.answer = TextLabel(name="chat.answer")
        self.foot = PlainLabel(role="muted")
        self._chips = QWidget()
        self._flow = FlowLayout(self._chips)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self._chips.setSizePolicy(policy)
        self._citations: tuple[Citation, ...] = ()
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 6, 8, 6)
        box.setSpacing(4)
        for widget in (self.question, self.answer, self._chips, self.foot):
            box.addWidget(widget)
        self.show_entry(entry)

    @property
    def chips(self) -> list[QPushButton]:
        """Return the citations as buttons, in their order."""
        return self._chips.findChildren(QPushButton)

    def chosen(self) -> Citation | None:
        """Return the citation that has the keys."""
        for chip, citation in zip(self.chips, self._citations, strict=False):
            if chip.hasFocus():
                return citation
        return None

    def show_entry(self, entry: ChatEntry) -> None:
        """Show the newest state of the entry."""
        self.question.setText(entry.question)
        self.answer.setText(_answer(entry)[:LONGEST_ANSWER])
        restyle(self.answer, "state", "bad" if entry.state is AnswerState.FAILED else "")
        self.foot.setText(_foot(entry))
        self.foot.setVisible(bool(self.foot.text()))
        if entry.citations != self._citations:
            self._citations = entry.citations
            self._make_chips()
        self._chips.setVisible(bool(entry.citations))

    def _make_chips(self) -> None:
        self._flow.clear()
        for citation in self._citations:
            self._flow.addWidget(self._chip(citation))
        self._chips.updateGeometry()

    def _chip(self, citation: Citation) -> QPushButton:
        text = f"[{citation.number}] {_short(citation.ref)}"
        chip = QPushButton()
        chip.setObjectName("chat.citation")
        chip.setAccessibleName(f"[{citation.number}] {citation.ref}")
        chip.setToolTip(plain_tip(citation.excerpt))
        chip.setAutoDefault(True)  # Enter opens it, as Space does.
        chip.setMaximumWidth(_WIDEST_CHIP)
        chip.setStyleSheet("padding: 1px 6px;")
        # A button cuts both ends of a text that is too wide, and with them the number.
        room = _WIDEST_CHIP - 2 * _CHIP_EDGE
        shown = chip.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
        chip.setText(shown.replace("&", "&&"))
        chip.clicked.connect(lambda: self.citation_opened.emit(citation))
        return chip


def _short(ref: RowRef) -> str:
    """Return a reference without the middle of a key that nobody reads."""
    key = ref.key
    if len(key) > _LONGEST_KEY:
        key = f"{key[: _LONGEST_KEY // 2]}…{key[-_LONGEST_KEY // 2 :]}"
    return f"{ref.kind.replace('_', ' ')} {key}"


def _answer(entry: ChatEntry) -> str:
    if entry.answer:
        return f"{entry.answer} ▌" if entry.is_open else entry.answer
    return tr("Looking through your rows …") if entry.is_open else tr("No answer.")


def _foot(entry: ChatEntry) -> str:
    parts = [entry.model] if entry.model else []
    if entry.state is AnswerState.STOPPED:
        parts.append(tr("stopped"))
    if entry.state is AnswerState.DONE and not entry.citations:
        parts.append(tr("no row is cited"))
    return " · ".join(parts)
