"""Compute the user's own indicators beside the window, with a time limit and hot reload."""

from __future__ import annotations

import ctypes
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from fks_desk.core.frame import Floats, Frame
from fks_desk.strategy.indicators import Indicator
from fks_desk.strategy.parameters import complete
from fks_desk.strategy.user_indicator import (
    UserIndicator,
    UserIndicatorError,
    broken_indicator,
    read_user_indicator,
)
from fks_desk.ui.models.series import Series
from fks_desk.ui.models.studies import Study
from fks_desk.ui.text import tr

log = logging.getLogger(__name__)
LIMIT_MS = 2_000
_MOST_BARS = 100_000  # newest ones that a file gets to see
_PAUSE_MS = 250  # between two computations of one study
_SETTLE_MS = 150  # an editor writes a file in several steps


class _TimeLimit(BaseException):
    """End a computation that took too long; no `except Exception` of a file holds it up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Hold what a computation gave: values, or what was wrong."""

    values: Mapping[str, Floats]
    error: str = ""


class UserStudy(Study):
    """Hold a user's indicator; its values come later, from another thread."""

    __slots__ = ("series",)

    def rebuild(self, series: Series) -> None:
        """Show nothing until there are values."""
        self.series = series
        self.lines = {}
        self._carry = None
        self._make_room(series)

    def refresh(self, series: Series, low: int, high: int) -> None:  # noqa: ARG002  as `Study` has it
        """Make room for what came; values follow."""
        self.series = series
        self._make_room(series)

    def take(self, values: Mapping[str, Floats], stop: int) -> None:
        """Write values whose last one stands before the bar numbered stop."""
        for name, column in self.lines.items():
            found = values[name][-(stop - column.first) :]
            column.between(stop - found.size, stop)[0] = found


class Job(QObject):
    """Run one computation in a thread of its own; `done` comes in the thread of the window."""

    done = Signal(object)  # Answer

    def __init__(
        self, user: UserIndicator, frame: Frame, params: Mapping[str, float], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._user, self._frame, self._params = user, frame, params
        self._thread = threading.Thread(target=self._run, name=user.file.stem, daemon=True)
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.timeout.connect(self._end)

    def start(self, limit_ms: int) -> None:
        """Compute, for so long at most."""
        self._clock.start(limit_ms)
        self._thread.start()

    def _run(self) -> None:
        try:
            answer = Answer(values=self._user.run(self._frame, self._params))
        except UserIndicatorError as error:
            answer = Answer(values={}, error=str(error))
        except _TimeLimit:
            name = self._user.file.name
            answer = Answer(values={}, error=tr("{file}: took too long and was ended", file=name))
        try:
            self.done.emit(answer)
        except RuntimeError:
            log.debug("an indicator's answer came after its chart was closed")

    def _end(self) -> None:
        if self._thread.is_alive() and self._thread.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self._thread.ident), ctypes.py_object(_TimeLimit)
            )


class UserStudies(QObject):
    """Offer the files of a folder as indicators, and compute the studies made of them."""

    changed = Signal()  # files came, went or changed
    computed = Signal(object)  # UserStudy

    def __init__(
        self, folder: Path, *, limit_ms: int = LIMIT_MS, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.folder = folder
        self._limit_ms = limit_ms
        self._known: dict[str, UserIndicator | str] = {}
        self._running: set[UserStudy] = set()
        self._wanted: set[UserStudy] = set()
        self._watcher = QFileSystemWatcher(self)
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(_SETTLE_MS)
        self._settling.timeout.connect(self.read)
        self._watcher.directoryChanged.connect(lambda _path: self._settling.start())
        self._watcher.fileChanged.connect(lambda _path: self._settling.start())

    @property
    def indicators(self) -> list[Indicator]:
        """Return every indicator of the folder, broken ones too."""
        return [self._indicator(name) for name in sorted(self._known)]

    def read(self) -> None:
        """Read the folder's files anew and watch them."""
        files = sorted(self.folder.glob("*.py")) if self.folder.is_dir() else []
        self._known = {file.stem: self._read(file) for file in files}
        paths = [str(self.folder), *map(str, files)] if self.folder.is_dir() else []
        missing = set(paths) - set(self._watcher.files()) - set(self._watcher.directories())
        if missing:
            self._watcher.addPaths(sorted(missing))
        self.changed.emit()

    def has(self, name: str) -> bool:
        """Tell whether a file of this name is there."""
        return name in self._known

    def study(self, name: str, params: Mapping[str, float] | None = None) -> UserStudy:
        """Return a study of a file; raises ValueError if a parameter is wrong."""
        indicator = self._indicator(name)
        return UserStudy(
            indicator=indicator, params=complete(indicator.parameters, params or {}), lead=0
        )

    def compute(self, study: UserStudy) -> None:
        """Compute a study; while it runs, one more computation at most waits."""
        known = self._known.get(study.indicator.name)
        if not isinstance(known, UserIndicator):
            study.error = known or tr("{name}.py is gone", name=study.indicator.name)
            self.computed.emit(study)
        elif study in self._running:
            self._wanted.add(study)
        else:
            self._running.add(study)
            self._start(study, known)

    def _start(self, study: UserStudy, user: UserIndicator) -> None:
        series = study.series
        stop = series.stop
        frame = series.frame(stop - _MOST_BARS)
        # The file reads a copy: a tick may write while it computes.
        copy = Frame(**{name: getattr(frame, name).copy() for name in Frame.__slots__})
        job = Job(user, copy, dict(study.params), self)
        job.done.connect(lambda answer: self._finish(study, job, answer, stop))
        job.start(self._limit_ms)

    def _finish(self, study: UserStudy, job: Job, answer: Answer, stop: int) -> None:
        job.deleteLater()
        study.error = answer.error
        fits = all(values.size for values in answer.values.values())
        if answer.values and fits and stop <= study.series.stop:
            study.take(answer.values, stop)
        self.computed.emit(study)
        QTimer.singleShot(_PAUSE_MS, self, lambda: self._go_on(study))

    def _go_on(self, study: UserStudy) -> None:
        self._running.discard(study)
        if study in self._wanted:
            self._wanted.discard(study)
            self.compute(study)

    def _indicator(self, name: str) -> Indicator:
        known = self._known.get(name)
        if isinstance(known, UserIndicator):
            return known.indicator
        return broken_indicator(self.folder / f"{name}.py")

    @staticmethod
    def _read(file: Path) -> UserIndicator | str:
        try:
            return read_user_indicator(file)
        except UserIndicatorError as error:
            return str(error)
