"""Write JSON logs by topic, rotated, with secrets taken out."""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import logging.handlers
import queue
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_TOPICS: Final[dict[str, tuple[str, ...]]] = {
    "tasks": ("fks_desk.tasks", "procrastinate"),
    "trading": ("fks_desk.trading", "fks_desk.adapters.exchange", "fks_desk.venue"),
    "rag": ("fks_desk.intelligence", "fks_desk.adapters.llm"),
}
_MEGABYTE: Final = 1024 * 1024
_SECRETS: Final = (
    # key=value, {'key': 'value'} and {"key": "value"}, also when quoted once more
    re.compile(
        r"(?i)((?:api_?key|secret|signature|token|password|passphrase|listenkey|x-mbx-apikey)"
        r"[\\\"']*\s*[=:]\s*[\\\"']*)([^\s\\\"'&,;}]+)"
    ),
    re.compile(r"(?i)(\bbearer\s+)([\w.~+/-]{6,})"),
    re.compile(r"(?i)(://[^\s:/@]+:)([^\s@/]+)(?=@)"),  # a password inside a URL
    re.compile(r"(?i)(api/webhooks/\d+/)([\w-]+)"),  # a Discord hook
)


@dataclass(slots=True)
class Logging:
    """Own the writer thread, so that it can be ended in order."""

    listener: logging.handlers.QueueListener
    handler: logging.Handler
    planted: set[str]

    def hide(self, secret: str) -> None:
        """Take this very text out of every later line."""
        if len(secret) >= 6:  # noqa: PLR2004  shorter texts would blank innocent words
            self.planted.add(secret)

    def close(self) -> None:
        """Write what is queued and stop; later records go nowhere."""
        logging.getLogger().removeHandler(self.handler)
        atexit.unregister(self.close)
        if self.listener._thread is not None:  # noqa: SLF001  stop() fails when called twice
            self.listener.stop()
            for handler in self.listener.handlers:
                handler.close()


def start_logging(folder: Path, level: str, *, to_stderr: bool = False) -> Logging:
    """Send every log record to files in the folder: app, tasks, trading, rag, error."""
    planted: set[str] = set()
    formatter = JsonFormatter(planted)
    handlers: list[logging.Handler] = [
        _file(folder / f"{topic}.log", formatter, _ByTopic(topic)) for topic in ("app", *_TOPICS)
    ]
    errors = _file(folder / "error.log", formatter, None)
    errors.setLevel(logging.ERROR)
    handlers.append(errors)
    if to_stderr:
        console = logging.StreamHandler()
        console.setFormatter(formatter)
        handlers.append(console)
    records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    listener = logging.handlers.QueueListener(records, *handlers, respect_handler_level=True)
    root = logging.getLogger()
    root.setLevel(level)
    handler = _KeepRecord(records)
    root.addHandler(handler)
    for noisy in ("asyncio", "aiohttp.access", "numba", "sqlalchemy.engine", "procrastinate"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    listener.start()
    running = Logging(listener=listener, handler=handler, planted=planted)
    atexit.register(running.close)
    return running


class JsonFormatter(logging.Formatter):
    """Write one JSON object a line: ts, level, module, event and the record's own fields."""

    def __init__(self, planted: set[str]) -> None:
        super().__init__()
        self._planted = planted

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line without secrets."""
        line: dict[str, object] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "module": record.name,
            "event": record.getMessage(),
            "thread": record.threadName,
        }
        fields = getattr(record, "fields", None)
        if isinstance(fields, dict):
            line |= {str(key): str(value) for key, value in fields.items()}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return self._redact(json.dumps(line, ensure_ascii=False, default=str))

    def _redact(self, text: str) -> str:
        for secret in tuple(self._planted):
            text = text.replace(secret, "***")
        for pattern in _SECRETS:
            text = pattern.sub(r"\1***", text)
        return text


class _KeepRecord(logging.handlers.QueueHandler):
    """Hand the record over as it is: the writer lives in the same process."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record


class _ByTopic(logging.Filter):
    """Let through what belongs to one topic; app takes what no other topic wants."""

    def __init__(self, topic: str) -> None:
        super().__init__()
        self._topic = topic

    def filter(self, record: logging.LogRecord) -> bool:
        return topic_of(record.name) == self._topic


class _File(logging.handlers.RotatingFileHandler):
    """Write lines to a file; where the disk is full they are lost without another word.

    The health check tells of a full disk; a traceback per line would tell nobody more.
    """

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's own name
        """Leave out a line that the disk did not take; anything else is a bug and shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)

    def close(self) -> None:
        """Close the file, also with lines that cannot be written any more."""
        with contextlib.suppress(OSError):
            super().close()


def topic_of(logger: str) -> str:
    """Return the log file that a logger's lines go to."""
    for topic, prefixes in _TOPICS.items():
        if any(logger == prefix or logger.startswith(f"{prefix}.") for prefix in prefixes):
            return topic
    return "app"


def _file(
    path: Path, formatter: logging.Formatter, wanted: logging.Filter | None
) -> logging.Handler:
    handler = _File(path, maxBytes=20 * _MEGABYTE, backupCount=5, encoding="utf-8", delay=True)
    handler.setFormatter(formatter)
    if wanted is not None:
        handler.addFilter(wanted)
    return handler
