from __future__ import annotations

import math
import os
import signal

import pytest

from fks_desk.adapters.llm.sentences import SentenceEmbedder, available, packaged_folder
from fks_desk.core.errors import ModelError

pytestmark = pytest.mark.skipif(
    not (available() and packaged_folder()), reason="the extra `ai` is not installed"
)


def likeness(one, other):
    return math.fsum(a * b for a, b in zip(one, other, strict=True))


@pytest.mark.slow
async def test_the_real_model_knows_what_words_mean_and_survives_its_process():
    embedder = SentenceEmbedder(folder=packaged_folder())
    try:
        asked, near, far = await embedder.embed(
            [
                "How much commission did I give to the exchange?",
                "The fee was 0.5 USDT.",
                "The price of BTC rose.",
            ]
        )

        assert len(asked) == embedder.dimension == 384
        assert math.isclose(likeness(asked, asked), 1.0, rel_tol=1e-5)
        assert likeness(asked, near) > likeness(asked, far)
        assert embedder.device
        os.kill(embedder.process_id, signal.SIGKILL)
        assert len(await embedder.embed(["again"])) == 1
    finally:
        await embedder.close()


@pytest.mark.slow
async def test_a_folder_without_a_model_gives_a_sentence(tmp_path):
    embedder = SentenceEmbedder(folder=tmp_path)
    try:
        with pytest.raises(ModelError, match="the embedding model"):
            await embedder.embed(["anything"])
    finally:
        await embedder.close()


async def test_nothing_to_embed_starts_nothing():
    embedder = SentenceEmbedder(folder=packaged_folder())

    assert await embedder.embed([]) == []
    assert embedder.process_id is None
    await embedder.close()
