"""Measure answers, ingestion and the model process, against plain limits."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from fks_desk.adapters.llm.llama import LlamaModel
from fks_desk.adapters.llm.options import ModelOptions
from fks_desk.adapters.llm.words import WordEmbedder
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.embedded import EmbeddedServer
from fks_desk.adapters.storage.migrate import migrate
from fks_desk.adapters.storage.stores import Stores, open_stores
from fks_desk.core.clock import SteppedClock, SystemClock
from fks_desk.core.messages import AskQuestion
from fks_desk.intelligence.ingest import Ingest
from fks_desk.intelligence.orchestrator import Orchestrator
from tests.benchmarks.measure import Measure, less_is_better, more_is_better
from tests.fakes.intelligence import NOW, Life
from tests.fakes.models import write_model
from tests.fakes.rows import BTC, DEMO

ASKED = (
    "Why am I long BTC?",
    "What did I pay in fees so far?",
    "Which of my trades lost the most?",
    "How did the last backtest do?",
    "How much did ETH move yesterday?",
)
TOKENS = 300


def measures() -> Iterator[Measure]:
    """Yield each measure with what is allowed or, for tokens, the library's own speed."""
    home = Path(tempfile.mkdtemp(prefix="fks-bench-"))
    home.chmod(0o755)
    server = EmbeddedServer(home / "server")
    try:
        server.start()
        migrate(server.url, backups=None, clock=SystemClock())
        yield from asyncio.run(_database(server.url))
        if importlib.util.find_spec("llama_cpp") is not None:
            yield from asyncio.run(_model(write_model(home / "tiny.gguf")))
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


async def _database(url: str) -> list[Measure]:
    database, clock = Database(url), SteppedClock(NOW)
    stores = await open_stores(database=database, clock=clock)
    await Life(stores, clock).live()
    ingest = Ingest(
        journal=stores.journal,
        facts=stores.facts,
        documents=stores.documents,
        embedder=WordEmbedder(),
    )
    began = time.monotonic()
    count = await ingest.catch_up() + await ingest.fill_gaps() + await ingest.summarise()
    speed = count / (time.monotonic() - began)
    waits = await _answers(stores, clock)
    await database.close()
    return [
        more_is_better("rag.documents_stored", speed, "1/s", "needed", 50.0),
        less_is_better("rag.answer_median", statistics.median(waits), "s", "allowed", 0.3),
        less_is_better("rag.answer_slowest", max(waits), "s", "allowed", 1.0),
    ]


async def _answers(stores: Stores, clock: SteppedClock) -> list[float]:
    orchestrator = Orchestrator(
        facts=stores.facts,
        documents=stores.documents,
        embedder=WordEmbedder(),
        language_model=None,
        journal=None,
        clock=clock,
        publish=lambda _event: None,
    )
    waits = []
    for text in ASKED * 6:
        began = time.monotonic()
        await orchestrator.answer(
            AskQuestion(question="q", text=text, account=DEMO, instrument=BTC)
        )
        waits.append(time.monotonic() - began)
    return waits


async def _model(file: Path) -> list[Measure]:
    model = LlamaModel(file=file, options=ModelOptions(model_file=file, context_tokens=2048))
    await model.start()
    began, count = time.monotonic(), 0
    async for _ in model.stream("be brief", "go on", TOKENS):
        count += 1
    through = count / (time.monotonic() - began)
    stream = model.stream("be brief", "go on", 1500)
    await anext(stream)
    began = time.monotonic()
    await stream.aclose()
    stopped = time.monotonic() - began
    await model.close()
    return [
        more_is_better(
            "rag.tokens_through_the_process",
            through,
            "1/s",
            "llama.cpp in-process",
            _inside(file),
            0.3,
        ),
        less_is_better("rag.answer_stopped", stopped, "s", "allowed", 0.3),
    ]


def _inside(file: Path) -> float:
    import llama_cpp

    model = llama_cpp.Llama(model_path=str(file), n_ctx=2048, verbose=False, chat_format="plain")
    tokens = model.tokenize(b"be brief\ngo on")
    began, count = time.monotonic(), 0
    for token in model.generate(tokens, temp=0.1):
        model.detokenize([token])
        count += 1
        if count >= TOKENS:
            break
    seconds = time.monotonic() - began
    model.close()
    return count / seconds
