"""Ask about the trader's own rows and open the ones an answer rests on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from fks_desk.core.messages import Citation
from fks_desk.ui.actions.action import Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models.format import Tone
from fks_desk.ui.models.research.chat import (
    LONGEST_QUESTION,
    ChatEntry,
    ChatModel,
    RowDetail,
)
from fks_desk.ui.panes.detail import DetailDialog
from fks_desk.ui.panes.notice import Notice
from fks_desk.ui.panes.research.chat_entry import ChatEntryView
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.label import PlainLabel
from fks_desk.ui.widgets.pane import Pane

CONTEXT = "chat"
_AT_END = 40  # pixels: whoever has scrolled further up is reading and is left alone


class ChatPane(Pane):
    """Show the conversation with a question line below; Enter asks, Esc stops."""

    shown_on_chart = Signal(object)  # ChartTarget

    def __init__(self, *, model: ChatModel, parent: QWidget | None = None) -> None:
        super().__init__(name="chat", title=tr("Ask"), contexts=(CONTEXT,), parent=parent)
        self._model = model
        self._views: dict[str, ChatEntryView] = {}
        self.line = QLineEdit()
        self.ask_button = QPushButton(tr("Ask  ↵"))
        self.stop_button = QPushButton(tr("Stop  Esc"))
        self.status = Notice(name="chat.model")
        self.notice = Notice(name="chat.notice")
        self.suggestions = self._suggestions()
        self._entries = QVBoxLayout()
        self._area = self._scroll_area()
        self._is_following = True
        self.set_content(self._layout())
        self._connect()
        self._on_busy(model.is_busy)
        self.status.say(model.model_text, Tone.MUTED)

    @property
    def views(self) -> list[ChatEntryView]:
        """Return the conversation, oldest first."""
        return list(self._views.values())

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer to ask, stop and open the newest citations."""
        category = tr("Ask")
        registry.register(
            Action(
                id="chat.ask",
                title=tr("Ask a question"),
                category=category,
                keys=("Ctrl+Shift+A",),
                help=tr("Ask about your own trades, orders, signals and backtests."),
            ),
            self.bring_forward,
        )
        registry.register(
            Action(
                id="chat.stop",
                title=tr("Stop the answer"),
                category=category,
                keys=("Esc",),
                context=CONTEXT,
            ),
            self._model.stop,
        )
        for number in range(1, 10):
            registry.register(
                Action(
                    id=f"chat.citation-{number}",
                    title=tr("Open citation {number} of the newest answer", number=number),
                    category=category,
                    keys=(f"Alt+{number}",),
                    context=CONTEXT,
                ),
                lambda number=number: self.open_citation(number),
            )

    def bring_forward(self) -> None:
        """Show the pane and give the keys to the question line."""
        self.raised.emit()
        self.focus_now()

    def focus_target(self) -> QWidget:
        """Give the keys to the question line."""
        return self.line

    def open_citation(self, number: int) -> None:
        """Open a row that the newest answer rests on."""
        entries = self._model.entries
        cited = {one.number: one for one in entries[-1].citations} if entries else {}
        if number in cited:
            self._model.open_citation(cited[number])
        else:
            text = tr("The newest answer has no citation {number}.", number=number)
            self.notice.say(text, Tone.WARNING)

    def show_selection(self) -> bool:
        """Show on the chart what the newest answer cites: the citation with the focus, or one."""
        chosen = next(
            (one for view in self.views if (one := view.chosen()) is not None), self._last_cited()
        )
        if chosen is not None:
            self._model.show_citation(chosen)
        return chosen is not None

    def _last_cited(self) -> Citation | None:
        """Return the first citation of the newest answer that has one."""
        cited = (entry.citations for entry in reversed(self._model.entries) if entry.citations)
        return next((citations[0] for citations in cited), None)

    def _connect(self) -> None:
        model = self._model
        model.target_found.connect(self.shown_on_chart)
        bar = self._area.verticalScrollBar()
        bar.rangeChanged.connect(self._on_range)
        bar.valueChanged.connect(self._on_scrolled)
        self.line.returnPressed.connect(self._ask)
        self.ask_button.clicked.connect(self._ask)
        self.stop_button.clicked.connect(model.stop)
        model.entry_changed.connect(self._on_entry)
        model.busy_changed.connect(self._on_busy)
        model.notice_changed.connect(self.notice.say)
        model.model_changed.connect(self._on_model)
        model.row_opened.connect(self._on_row)

    def _ask(self) -> None:
        if self._model.ask(self.line.text()):
            self.line.clear()

    def _on_entry(self, entry: ChatEntry) -> None:
        view = self._views.get(entry.key)
        if view is None:
            view = self._views[entry.key] = ChatEntryView(entry)
            view.citation_opened.connect(self._model.open_citation)
            self._entries.insertWidget(self._entries.count() - 1, view)
            self.suggestions.hide()
            self._is_following = True
        else:
            view.show_entry(entry)

    def _on_scrolled(self, place: int) -> None:
        self._is_following = place >= self._area.verticalScrollBar().maximum() - _AT_END

    def _on_range(self, _top: int, end: int) -> None:
        # Wrapped text and rows of chips get their heights one after the other: each counts.
        if self._is_following:
            self._area.verticalScrollBar().setValue(end)

    def _on_busy(self, is_busy: bool) -> None:
        self.stop_button.setVisible(is_busy)
        self.ask_button.setVisible(not is_busy)

    def _on_model(self, text: str) -> None:
        self.status.say(text, Tone.MUTED)

    def _on_row(self, detail: RowDetail) -> None:
        dialog = DetailDialog(
            title=detail.title, fields=detail.fields, target=detail.target, parent=self
        )
        dialog.shown_on_chart.connect(self.shown_on_chart)
        dialog.show()
        dialog.activateWindow()

    def _layout(self) -> QWidget:
        self.line.setObjectName("chat.line")
        self.line.setPlaceholderText(tr("Ask about your trades, orders, backtests …"))
        self.line.setAccessibleName(tr("Question"))
        self.line.setMaxLength(LONGEST_QUESTION)
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(0, 0, 0, 6)
        box.setSpacing(4)
        box.addWidget(self._area, 1)
        for line in (self.notice, self.status):
            line.setContentsMargins(8, 0, 8, 0)
            box.addWidget(line)
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 8, 0)
        row.addWidget(self.line, 1)
        for name, button in (("ask", self.ask_button), ("stop", self.stop_button)):
            button.setObjectName(f"chat.{name}")
            row.addWidget(button)
        box.addLayout(row)
        return content

    def _scroll_area(self) -> QScrollArea:
        inner = QWidget()
        inner.setLayout(self._entries)
        self._entries.setContentsMargins(0, 0, 0, 0)
        self._entries.setSpacing(0)
        self._entries.addWidget(self.suggestions)
        self._entries.addStretch(1)
        area = QScrollArea()
        area.setObjectName("chat.transcript")
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        return area

    def _suggestions(self) -> QWidget:
        widget = QWidget()
        box = QVBoxLayout(widget)
        box.setContentsMargins(8, 8, 8, 8)
        hint = tr("Ask about your own rows. Every answer names the rows it rests on.")
        label = PlainLabel(hint, role="muted")
        label.setWordWrap(True)
        box.addWidget(label)
        for text in self._model.suggestions():
            button = QPushButton(text)
            button.setObjectName("chat.suggestion")
            button.setAutoDefault(True)
            button.setStyleSheet("text-align: left; padding: 4px 8px;")
            button.setMinimumWidth(40)
            button.clicked.connect(lambda _on, text=text: self._model.ask(text))
            box.addWidget(button)
        return widget
