"""Ask a real, tiny and senseless language model: the desk must not believe a word of it."""

from __future__ import annotations

import importlib.util

import pytest

from fks_desk.adapters.llm.models import open_models
from fks_desk.adapters.llm.options import ModelOptions
from fks_desk.core.messages import AskQuestion
from fks_desk.intelligence.orchestrator import Orchestrator
from tests.fakes.rows import BTC, DEMO

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("llama_cpp") is None, reason="the extra `llm` is not installed"
)


def orchestrator(stores, clock, models):
    return Orchestrator(
        facts=stores.facts,
        documents=stores.documents,
        embedder=models.embedder,
        language_model=models.language_model,
        journal=None,
        clock=clock,
        publish=lambda _event: None,
    )


async def test_what_a_senseless_model_writes_is_replaced_by_the_evidence(
    stores, clock, ingest, tmp_path
):
    from tests.fakes.models import write_model

    await ingest.catch_up()
    file = write_model(tmp_path / "tiny.gguf")
    models = open_models(ModelOptions(embeddings="words", model_file=file, context_tokens=4096))
    grown = []
    try:
        answer = await orchestrator(stores, clock, models).answer(
            AskQuestion(question="q", text="What is my win rate?", account=DEMO, instrument=BTC),
            grown.append,
        )
    finally:
        await models.close()

    assert grown
    assert answer.model == "evidence alone"
    assert "a win rate of" in answer.text
    assert "tiny" in answer.text


async def test_a_broken_file_leaves_answers_from_evidence(stores, clock, ingest, tmp_path):
    await ingest.catch_up()
    file = tmp_path / "broken.gguf"
    file.write_bytes(b"GGUF" + b"\xff" * 4000)
    models = open_models(ModelOptions(embeddings="words", model_file=file))
    try:
        answer = await orchestrator(stores, clock, models).answer(
            AskQuestion(question="q", text="What is my win rate?", account=DEMO, instrument=BTC)
        )
    finally:
        await models.close()

    assert "could not answer" in answer.text
    assert "a win rate of" in answer.text
