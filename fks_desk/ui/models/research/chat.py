"""Decide what the chat shows: questions, growing answers and the rows they rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from PySide6.QtCore import QObject, Signal

from fks_desk.core.ids import new_question_id
from fks_desk.core.messages import (
    AnswerDone,
    AnswerFailed,
    AnswerGrew,
    AskQuestion,
    Citation,
    HealthMoved,
    HealthState,
    StopAnswer,
)
from fks_desk.core.model import AccountId, InstrumentId, RowRef
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import Facts, Send
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.models.target import ChartTarget, row_target
from fks_desk.ui.text import tr

MODEL_PARTS = frozenset({"model", "llm"})
LONGEST_QUESTION = 2_000
_LONGEST_VALUE = 2_000


class AnswerState(Enum):
    """Say how far an answer is."""

    WAITING = auto()
    WRITING = auto()
    DONE = auto()
    STOPPED = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatEntry:
    """Hold a question with its answer so far."""

    key: str
    question: str
    answer: str = ""
    citations: tuple[Citation, ...] = ()
    model: str = ""
    state: AnswerState = AnswerState.WAITING

    @property
    def is_open(self) -> bool:
        """Tell whether more may come."""
        return self.state in {AnswerState.WAITING, AnswerState.WRITING}


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDetail:
    """Hold a stored row as a list of names and texts."""

    title: str
    fields: tuple[tuple[str, str], ...]
    target: ChartTarget | None = None


class ChatModel(QObject):
    """Ask one question at a time and keep the whole conversation."""

    entry_changed = Signal(object)  # ChatEntry, new or changed
    busy_changed = Signal(bool)
    row_opened = Signal(object)  # RowDetail
    target_found = Signal(object)  # ChartTarget
    notice_changed = Signal(str)
    model_changed = Signal(str)

    def __init__(
        self,
        *,
        account: AccountId,
        send: Send,
        facts: Facts,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._account = account
        self._send = send
        self._facts = facts
        self._loader = Loader(nursery, self.notice_changed.emit)
        self._entries: dict[str, ChatEntry] = {}
        self._instrument: InstrumentId | None = None
        self._model = ""

    def listen(self, bridge: Bridge) -> None:
        """Hear the answers."""
        bridge.subscribe(AnswerGrew, self.on_answer_grew)
        bridge.subscribe(AnswerDone, self.on_answer_done)
        bridge.subscribe(AnswerFailed, self.on_answer_failed)
        bridge.subscribe(HealthMoved, self.on_health_moved)

    @property
    def entries(self) -> Sequence[ChatEntry]:
        """Return the conversation, oldest first."""
        return tuple(self._entries.values())

    @property
    def is_busy(self) -> bool:
        """Tell whether an answer is being written."""
        return any(entry.is_open for entry in self._entries.values())

    @property
    def model_text(self) -> str:
        """Say who writes the answers."""
        if self._model:
            return tr("Answers are written by {model}, on this machine.", model=self._model)
        return tr("No model installed: answers come from evidence alone.")

    def suggestions(self) -> list[str]:
        """Return questions that a person can start with."""
        symbol = self._instrument.split(":", 2)[2] if self._instrument else "BTC/USDT"
        return [
            tr("Why am I long {symbol}?", symbol=symbol),
            tr("What did I pay in fees so far?"),
            tr("Which of my trades lost the most?"),
            tr("How did the last backtest do?"),
            tr("Which orders are open?"),
        ]

    def set_instrument(self, instrument: InstrumentId) -> None:
        """Let questions be about the chosen instrument unless they name another."""
        self._instrument = instrument

    def ask(self, text: str) -> bool:
        """Send a question; return whether it was taken."""
        question = text.strip()[:LONGEST_QUESTION]
        if not question:
            self.notice_changed.emit(tr("Type a question first."))
            return False
        if self.is_busy:
            self.notice_changed.emit(tr("One answer at a time: Esc stops the present one."))
            return False
        key = new_question_id()
        self.notice_changed.emit("")
        self._put(ChatEntry(key=key, question=question))
        self._send(
            AskQuestion(
                question=key, text=question, account=self._account, instrument=self._instrument
            )
        )
        return True

    def stop(self) -> None:
        """Stop the answer that is being written."""
        for entry in self._entries.values():
            if entry.is_open:
                self._send(StopAnswer(question=entry.key))

    def open_citation(self, citation: Citation) -> None:
        """Read the row that a citation points at and show it."""
        self._loader.start(lambda: self._open(citation.ref), name="read a cited row")

    def show_citation(self, citation: Citation) -> None:
        """Read the row that a citation points at and show its moment on the chart."""
        self._loader.start(lambda: self._show(citation.ref), name="read a cited row")

    def on_answer_grew(self, event: AnswerGrew) -> None:
        """Show the text so far."""
        entry = self._entries.get(event.question)
        if entry is not None and entry.is_open:
            self._put(replace(entry, answer=event.text, state=AnswerState.WRITING))

    def on_answer_done(self, event: AnswerDone) -> None:
        """Show the whole answer with its citations."""
        entry = self._entries.get(event.question)
        if entry is not None:
            state = AnswerState.STOPPED if event.was_stopped else AnswerState.DONE
            self._put(
                replace(
                    entry,
                    answer=event.text,
                    citations=event.citations,
                    model=event.model,
                    state=state,
                )
            )

    def on_answer_failed(self, event: AnswerFailed) -> None:
        """Say why there is no answer."""
        entry = self._entries.get(event.question)
        if entry is not None:
            self._put(replace(entry, answer=event.reason, state=AnswerState.FAILED))

    def on_health_moved(self, event: HealthMoved) -> None:
        """Note whether a model is there."""
        if event.part in MODEL_PARTS:
            has_model = event.state in {HealthState.GOOD, HealthState.WARNING}
            self._model = event.detail if has_model else ""
            self.model_changed.emit(self.model_text)

    def _put(self, entry: ChatEntry) -> None:
        was_busy = self.is_busy
        self._entries[entry.key] = entry
        self.entry_changed.emit(entry)
        if self.is_busy != was_busy:
            self.busy_changed.emit(self.is_busy)

    async def _open(self, ref: RowRef) -> None:
        row = await self._facts.row(ref)
        if row is None:
            self.notice_changed.emit(tr("{row} is not stored any more.", row=str(ref)))
        else:
            target = row_target(ref, row)
            self.row_opened.emit(RowDetail(title=str(ref), fields=row_fields(row), target=target))

    async def _show(self, ref: RowRef) -> None:
        row = await self._facts.row(ref)
        target = None if row is None else row_target(ref, row)
        if target is None:
            self.notice_changed.emit(tr("{row} has no moment on a chart.", row=str(ref)))
        else:
            self.target_found.emit(target)


def row_fields(row: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return a stored row's names and values as texts."""
    return tuple((name.replace("_", " "), _value_text(value)) for name, value in row.items())


def _value_text(value: object) -> str:
    if value is None:
        return fmt.UNKNOWN
    if isinstance(value, Decimal):
        return fmt.exact(value)
    if isinstance(value, datetime):
        return fmt.moment(value)
    return str(value)[:_LONGEST_VALUE]
