"""Keep a language model in a process of its own, and outlive whatever happens to it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from fks_desk.adapters.llm import child
from fks_desk.adapters.llm.options import ModelOptions
from fks_desk.adapters.llm.wire import Answer, Load, Loaded, Piece, Refused, Stop, Write, Written
from fks_desk.core.errors import ModelError

log = logging.getLogger(__name__)

MOST_DEATHS = 4  # the first one and three restarts
WITHIN_S = 600.0
_LOOK_S = 0.02  # how often a conversation looks up from the pipe
_LEAVE_S = 1.0
_STOP_S = 2.0  # how long a model may go on after a stop before its process is ended
Main = Callable[[Connection], None]


@dataclass(slots=True, kw_only=True)
class _Child:
    process: SpawnProcess
    pipe: Connection
    name: str = ""


@dataclass(frozen=True, slots=True)
class _End:
    """Mark the end of a stream; `error` says why it is an early one."""

    error: BaseException | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Hold a prompt with the way to tell its pieces and to hear that nobody listens any more."""

    write: Write
    tell: Callable[[str], None]
    is_stopped: threading.Event


class LlamaModel:
    """Write text with llama.cpp; a file that crashes it ends an answer, never the desk.

    A background thread owns the process. A process that dies is started anew for
    the next prompt, at most three times in ten minutes; a file that is refused is
    not tried again until it changes.
    """

    def __init__(self, *, file: Path, options: ModelOptions, main: Main = child.main) -> None:
        self._file = file
        self._options = options
        self._main = main
        # One thread owns the process and the pipe, so neither needs a lock.
        self._lane = ThreadPoolExecutor(max_workers=1, thread_name_prefix="language model")
        self._child: _Child | None = None
        self._numbers = count(1)
        self._deaths: deque[float] = deque()
        self._refused: tuple[tuple[int, int] | None, str] | None = None
        self._closing = threading.Event()

    @property
    def name(self) -> str:
        """Return the file's name as answers show it."""
        return self._file.stem

    @property
    def process_id(self) -> int | None:
        """Return the process's id, or None while there is none."""
        helper = self._child
        return None if helper is None else helper.process.pid

    async def start(self) -> None:
        """Load the model now; raise `ModelError` with a sentence if it cannot be used."""
        await asyncio.wrap_future(self._lane.submit(self._ready_child))

    async def stream(self, system: str, prompt: str, max_tokens: int) -> AsyncIterator[str]:
        """Yield pieces of text until done; closing the iterator stops the model."""
        loop = asyncio.get_running_loop()
        heard: asyncio.Queue[str | _End] = asyncio.Queue()

        def tell(item: str | _End) -> None:
            # A caller whose loop has closed is told nothing.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(heard.put_nowait, item)

        write = Write(
            number=next(self._numbers), system=system, prompt=prompt, max_tokens=max_tokens
        )
        asked = _Asked(write=write, tell=tell, is_stopped=threading.Event())
        self._submit(asked, tell)
        try:
            while True:
                item = await heard.get()
                if isinstance(item, _End):
                    if item.error is not None:
                        raise item.error
                    return
                if item:
                    yield item
        finally:
            asked.is_stopped.set()

    async def close(self) -> None:
        """End the process and whatever it writes."""
        self._closing.set()
        await asyncio.to_thread(self._lane.shutdown, wait=True, cancel_futures=True)
        await asyncio.to_thread(self._end_child, _LEAVE_S)

    def _submit(self, asked: _Asked, tell: Callable[[str | _End], None]) -> None:
        if self._closing.is_set():
            raise ModelError("the language model is closed")

        def converse() -> None:
            try:
                self._converse(asked)
            except BaseException as error:  # noqa: BLE001  it is raised again, in the caller
                tell(_End(error))
            else:
                tell(_End())

        self._lane.submit(converse)

    def _converse(self, asked: _Asked) -> None:
        """Hand the prompt over and pass on what comes; runs in the lane."""
        if asked.is_stopped.is_set():
            return
        helper = self._ready_child()
        try:
            helper.pipe.send(asked.write)
            self._follow(helper, asked)
        except (EOFError, OSError) as error:
            raise self._death(helper, "stopped in the middle of an answer") from error

    def _follow(self, helper: _Child, asked: _Asked) -> None:
        began = time.monotonic()
        stopped_at: float | None = None
        has_text = False
        while True:
            answer = _heard(helper, asked.write.number)
            if isinstance(answer, Written):
                return
            if isinstance(answer, Piece):
                has_text = True
                asked.tell(answer.text)
            now = time.monotonic()
            if stopped_at is None and (asked.is_stopped.is_set() or self._closing.is_set()):
                stopped_at = now
                helper.pipe.send(Stop(number=asked.write.number))
            if stopped_at is not None and now - stopped_at > _STOP_S:
                # Busy reading a long prompt: the next question gets a fresh process.
                self._end_child()
                return
            self._require_patience(now - began, has_text)

    def _require_patience(self, waited_s: float, has_text: bool) -> None:
        limit = self._options.answer_s if has_text else self._options.first_token_s
        if waited_s > limit:
            self._end_child()
            what = "an answer took" if has_text else "the first word took"
            raise ModelError(f"{what} longer than {limit:g} seconds; choose a smaller model")

    def _ready_child(self) -> _Child:
        """Return a process with the model loaded, a new one if there is none alive."""
        if self._child is not None and self._child.process.is_alive():
            return self._child
        self._end_child()
        self._require_usable()
        self._require_few_deaths()
        self._child = self._launched()
        return self._loaded(self._child)

    def _loaded(self, helper: _Child) -> _Child:
        deadline = time.monotonic() + self._options.start_s
        options = self._options
        try:
            helper.pipe.send(
                Load(
                    file=self._file,
                    gpu_layers=options.gpu_layers,
                    context_tokens=options.context_tokens,
                    threads=options.threads,
                )
            )
            while not helper.pipe.poll(_LOOK_S):
                if self._closing.is_set() or time.monotonic() > deadline:
                    self._end_child()
                    raise ModelError(
                        f"the language model was not ready after {options.start_s:g} seconds; "
                        "choose a smaller one"
                    )
            answer: Answer = helper.pipe.recv()
        except (EOFError, OSError) as error:
            raise self._death(helper, f"could not load {self._file.name}") from error
        if isinstance(answer, Loaded):
            helper.name = answer.name
            log.info("language model %s is loaded", self._file.name)
            return helper
        reason = answer.reason if isinstance(answer, Refused) else "it gave no answer"
        self._refused = _stamp(self._file), reason
        self._end_child()
        raise ModelError(f"the language model cannot be used: {reason}")

    def _require_usable(self) -> None:
        """Refuse at once what was refused before, unless the file has changed since."""
        if self._refused is not None and self._refused[0] == _stamp(self._file):
            raise ModelError(f"the language model cannot be used: {self._refused[1]}")
        self._refused = None

    def _require_few_deaths(self) -> None:
        now = time.monotonic()
        while self._deaths and now - self._deaths[0] > WITHIN_S:
            self._deaths.popleft()
        if len(self._deaths) >= MOST_DEATHS:
            raise ModelError(
                f"the language model crashed {len(self._deaths)} times in ten minutes and stays "
                "off for now; choose another file"
            )

    def _launched(self) -> _Child:
        spawn = multiprocessing.get_context("spawn")
        ours, theirs = spawn.Pipe()
        process = spawn.Process(
            target=self._main, args=(theirs,), name="fks-desk language model", daemon=True
        )
        process.start()
        theirs.close()  # else the end of the process would not end the pipe
        log.info("language model process started", extra={"worker_pid": process.pid})
        return _Child(process=process, pipe=ours)

    def _death(self, helper: _Child, what: str) -> ModelError:
        """Return the error that tells of a dead process, and count the death."""
        helper.process.join(1.0)
        code = helper.process.exitcode
        self._deaths.append(time.monotonic())
        self._end_child()
        return ModelError(f"the language model {what} (exit code {code})")

    def _end_child(self, patience_s: float = 0.0) -> None:
        """End the process; with patience it leaves by itself when the pipe has ended."""
        helper, self._child = self._child, None
        if helper is None:
            return
        helper.pipe.close()
        helper.process.join(patience_s)
        helper.process.kill()
        helper.process.join(5.0)
        helper.process.close()


def _heard(helper: _Child, number: int) -> Answer | None:
    """Wait a moment for the process; what belongs to an earlier prompt is old news."""
    if not helper.pipe.poll(_LOOK_S):
        return None
    answer: Answer = helper.pipe.recv()
    if _number(answer) != number:
        return None
    if isinstance(answer, Refused):
        raise _refusal(answer)
    return answer


def _refusal(answer: Refused) -> ModelError:
    if not answer.held_tokens:
        return ModelError(answer.reason)
    return ModelError(
        answer.reason, needed_tokens=answer.needed_tokens, held_tokens=answer.held_tokens
    )


def _number(answer: Answer) -> int:
    return 0 if isinstance(answer, Loaded) else answer.number


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
