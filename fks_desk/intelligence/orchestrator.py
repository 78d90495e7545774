"""Answer questions: look up, retrieve, write, check, cite."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from fks_desk.core.clock import Clock
from fks_desk.core.errors import FKSException, ModelError
from fks_desk.core.messages import (
    AnswerDone,
    AnswerFailed,
    AnswerGrew,
    AskQuestion,
    Citation,
    Command,
    StopAnswer,
)
from fks_desk.core.model import InstrumentId
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import (
    DocumentStore,
    Embedder,
    Facts,
    Journal,
    JournalDraft,
    LanguageModel,
    Passage,
    Publish,
)
from fks_desk.intelligence.evidence import Evidence, gather
from fks_desk.intelligence.findings.finders import FINDERS
from fks_desk.intelligence.findings.finding import Shelf, Statement
from fks_desk.intelligence.grounding import (
    cited_numbers,
    marked,
    unsupported,
    without_citations,
)
from fks_desk.intelligence.prompt import SYSTEM, Budget, prompt
from fks_desk.intelligence.questions.examples import LEAST_LIKENESS, Examples
from fks_desk.intelligence.questions.reading import Question, read_question
from fks_desk.intelligence.retrieval import Retriever
from fks_desk.intelligence.sanitise import clean, one_line

log = logging.getLogger(__name__)

EVIDENCE_ALONE = "evidence alone"
NO_MODEL = "No language model is installed: this answer comes from evidence alone."
NOTHING = (
    "No stored row answers this. Ask about positions, trades, orders, fees, results, balances, "
    "signals, backtests, prices or funding."
)
LONGEST_QUESTION = 2_000
GUESS_S = 3.0
GROW_EVERY_S = 0.05  # a reader sees no more, and each check takes a millisecond
Grow = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Hold a whole answer; `model` says who wrote it."""

    text: str
    citations: tuple[Citation, ...]
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerOptions:
    """Say how long an answer may take and how much a model reads and writes."""

    budget: Budget = field(default_factory=Budget)
    model_s: float = 180.0


@dataclass(slots=True)
class _Running:
    """Hold a question's task and the text so far."""

    task: asyncio.Task[None]
    text: str = ""


class Orchestrator:
    """Turn each question into one `AnswerDone` or `AnswerFailed`.

    Nothing here can reach an order, a setting or a file: a question leads to reads
    alone, and a model's words are text and nothing else. `market_now` tells the
    market's own time where that is not the clock's, as in a replay.
    """

    commands: tuple[type[Command], ...] = (AskQuestion, StopAnswer)

    def __init__(
        self,
        *,
        facts: Facts,
        documents: DocumentStore,
        embedder: Embedder,
        language_model: LanguageModel | None,
        journal: Journal | None,
        clock: Clock,
        publish: Publish,
        market_now: Callable[[], datetime | None] = lambda: None,
        options: AnswerOptions | None = None,
    ) -> None:
        self._facts = facts
        self._retriever = Retriever(documents=documents, embedder=embedder)
        self._examples = Examples(embedder)
        self._model = language_model
        self._journal = journal
        self._clock = clock
        self._publish = publish
        self._market_now = market_now
        self._options = options or AnswerOptions()
        self._nursery = Nursery()
        self._running: dict[str, _Running] = {}

    async def handle(self, command: Command) -> None:
        """Carry out either command."""
        if isinstance(command, AskQuestion):
            await self.ask(command)
        elif isinstance(command, StopAnswer):
            await self.stop(command)

    async def ask(self, command: AskQuestion) -> None:
        """Start to answer and return at once; a question that is being answered is left alone."""
        if command.question in self._running:
            return
        task = self._nursery.start(self._follow(command), name=f"answer {command.question}")
        self._running[command.question] = _Running(task)
        task.add_done_callback(lambda _task: self._running.pop(command.question, None))

    async def stop(self, command: StopAnswer) -> None:
        """Stop an answer; what is there so far is its end."""
        running = self._running.get(command.question)
        if running is not None:
            running.task.cancel()

    async def close(self) -> None:
        """Stop every answer."""
        await self._nursery.close()

    async def answer(self, command: AskQuestion, grow: Grow = lambda _text: None) -> Answer:
        """Return the whole answer; `grow` is told the text so far."""
        evidence = await self._gathered(command, grow)
        if self._model is None:
            return _alone(evidence, NO_MODEL)
        if not evidence.sources:
            return _alone(evidence, f"{self._model.name} was not asked: no row bears on this.")
        try:
            return await self._written(command, evidence, self._model, grow)
        except ModelError as error:
            log.info("the model gave no answer: %s", error)
            return _alone(
                evidence,
                f"The language model could not answer ({error.message}); this answer comes from "
                "evidence alone.",
            )

    async def _follow(self, command: AskQuestion) -> None:
        def grow(text: str) -> None:
            running = self._running.get(command.question)
            if running is not None and text and running.text != text:
                running.text = text
                self._publish(AnswerGrew(question=command.question, text=text))

        try:
            answer = await self.answer(command, grow)
            await self._remember(command, answer)
        except asyncio.CancelledError:
            self._stopped(command)
            raise
        except FKSException as error:
            log.info("question %s failed: %s", command.question, error)
            self._publish(AnswerFailed(question=command.question, reason=error.message))
        except Exception as error:
            reason = f"the answer failed: {error}; the log has the details"
            self._publish(AnswerFailed(question=command.question, reason=reason))
            raise
        else:
            self._publish(
                AnswerDone(
                    question=command.question,
                    text=answer.text,
                    citations=answer.citations,
                    model=answer.model,
                )
            )

    def _stopped(self, command: AskQuestion) -> None:
        running = self._running.get(command.question)
        self._publish(
            AnswerDone(
                question=command.question,
                text=running.text if running is not None else "",
                citations=(),
                model=self._model.name if self._model is not None else EVIDENCE_ALONE,
                was_stopped=True,
            )
        )

    async def _gathered(self, command: AskQuestion, grow: Grow) -> Evidence:
        questions = await self._read(command)
        statements: list[Statement] = []
        passages: list[Passage] = []
        for question in questions:
            statements += await self._found(question)
            if self._model is None:
                grow("\n".join(statement.text for statement in statements))
            passages += await self._retriever.find(question)
        return gather(_once(statements), passages)

    async def _read(self, command: AskQuestion) -> list[Question]:
        rows = await self._facts.ask("known_instruments")
        questions = read_question(
            clean(command.text, LONGEST_QUESTION),
            account=command.account,
            instrument=command.instrument,
            known=[InstrumentId(row["instrument"]) for row in rows],
            now=self._market_now() or self._clock.now(),
        )
        return [one if one.topics else await self._guessed(one) for one in questions]

    async def _guessed(self, question: Question) -> Question:
        """Return the question with the topic of the most alike example, if one is alike."""
        try:
            nearest = self._examples.nearest(question.text)
            topic, likeness = await asyncio.wait_for(nearest, GUESS_S)
        except (TimeoutError, ModelError) as error:
            log.info("the question is not compared with examples: %r", error)
            return question
        return replace(question, topics=(topic,)) if likeness >= LEAST_LIKENESS else question

    async def _found(self, question: Question) -> list[Statement]:
        shelf = Shelf(self._facts, question)
        return [statement for topic in question.topics for statement in await FINDERS[topic](shelf)]

    async def _written(
        self, command: AskQuestion, evidence: Evidence, model: LanguageModel, grow: Grow
    ) -> Answer:
        """Return what the model wrote, or the evidence if a number of it has no source."""
        known = "\n".join(text for source in evidence.sources for text in source.texts)
        asked = prompt(command.text, evidence, self._options.budget.characters())
        try:
            text = await self._streamed(asked, known, model, grow)
        except ModelError as error:
            # The budget is counted in characters; the model alone knows its tokens.
            share = _share_that_fits(error)
            if share is None:
                raise
            shorter = prompt(command.text, evidence, int(len(asked) * share))
            text = await self._streamed(shorter, known, model, grow)
        return checked(text, evidence, model.name)

    async def _streamed(self, asked: str, known: str, model: LanguageModel, grow: Grow) -> str:
        """Return what the model wrote; what grows meanwhile shows no number without a source."""
        text, shown_at, loop = "", -GROW_EVERY_S, asyncio.get_running_loop()
        pieces = model.stream(SYSTEM, asked, self._options.budget.answer_tokens)
        try:
            async with asyncio.timeout(self._options.model_s):
                async for piece in pieces:
                    text += piece
                    if loop.time() - shown_at >= GROW_EVERY_S:
                        shown_at = loop.time()
                        grow(marked(clean(text), known))
        except TimeoutError:
            raise ModelError(f"it took longer than {self._options.model_s:g} seconds") from None
        finally:
            # An iterator left half way would go on writing for nobody.
            if isinstance(pieces, AsyncGenerator):
                await pieces.aclose()
        return text

    async def _remember(self, command: AskQuestion, answer: Answer) -> None:
        if self._journal is None:
            return
        draft = JournalDraft(
            type="answer.given",
            payload={
                "question": one_line(command.text, LONGEST_QUESTION),
                "answer": answer.text,
                "citations": [str(citation.ref) for citation in answer.citations],
                "model": answer.model,
            },
            ts_event=self._clock.now(),
            account=command.account,
            correlation=command.question,
            causation="command:AskQuestion",
        )
        await self._journal.append([draft])


def checked(text: str, evidence: Evidence, model: str) -> Answer:
    """Return a model's answer if each number stands in a row it cites, else the evidence."""
    numbers = [source.number for source in evidence.sources]
    plain = without_citations(clean(text).strip(), numbers)
    cited = [number for number in cited_numbers(plain) if number in numbers]
    if not cited:
        return _alone(evidence, f"{model} cited no row, so its words are left out.")
    by_number = {source.number: source for source in evidence.sources}
    known = "\n".join(text for number in cited for text in by_number[number].texts)
    wrong = unsupported(plain, known)
    if wrong:
        log.info("an answer was replaced: %d numbers without a source", len(wrong))
        return _alone(
            evidence,
            f"{model} wrote numbers that its sources do not hold, so its words are left out and "
            "this answer comes from evidence alone.",
        )
    citations = tuple(by_number[number].citation for number in sorted(cited))
    return Answer(text=plain, citations=citations, model=model)


def _share_that_fits(error: ModelError) -> float | None:
    """Return by how much to shorten a prompt that a model refused as too long."""
    needed, held = error.context.get("needed_tokens"), error.context.get("held_tokens")
    if not (isinstance(needed, int) and isinstance(held, int) and 0 < held < needed):
        return None
    return 0.7 * held / needed


def _alone(evidence: Evidence, reason: str) -> Answer:
    """Return the answer that the evidence itself makes."""
    lines = evidence.statement_lines()
    if not lines and evidence.passages:
        lines = ["The rows nearest to your question:", *evidence.passage_lines()[:5]]
    elif lines and (related := evidence.related()):
        lines.append(f"Related: {'; '.join(related)}.")
    if not lines:
        lines = [NOTHING]
    return Answer(
        text=clean("\n".join([*lines, reason])),
        citations=evidence.citations,
        model=EVIDENCE_ALONE,
    )


def _once(statements: Sequence[Statement]) -> list[Statement]:
    return list({statement.text: statement for statement in statements}.values())
