"""Find documents by meaning and by words."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from fks_desk.adapters.storage.documents import DocumentTable
from fks_desk.core.errors import DataError
from fks_desk.core.model import RowRef
from fks_desk.core.ports import Document, RetrievalQuery
from tests.fakes.rows import BTC, DEMO, ETH, NOW

MODEL = "tiny"


def document(key, text, kind="trade", instrument=BTC, account=DEMO, **facts):
    return Document(
        ref=RowRef(kind=kind, key=str(key)),
        title=f"{kind} {key}",
        text=text,
        instrument=instrument,
        account=account,
        moment=NOW,
        facts=facts,
    )


def vector(degrees):
    """Return a unit vector of three dimensions at an angle in the plane."""
    return (math.cos(math.radians(degrees)), math.sin(math.radians(degrees)), 0.0)


DOCUMENTS = [
    document(1, "Bought 0.5 BTC/USDT at 100.10, a limit order that rested"),
    document(2, "Sold 0.5 BTC/USDT at 120.00 with a profit of 9.95 USDT"),
    document(3, "Bought 2 ETH/USDT at 10.00", instrument=ETH),
    document("s-1", "sma_cross went long because fast crossed over slow", kind="signal"),
    document("m", "Market summary of the day", kind="candle", account=None),
]
VECTORS = [vector(angle) for angle in (0, 30, 60, 90, 120)]


@pytest.fixture
async def documents(stores):
    await stores.documents.save_documents(DOCUMENTS, VECTORS, MODEL)
    return stores.documents


async def found(documents, text="", angle=None, **filters):
    embedding = None if angle is None else vector(angle)
    query = RetrievalQuery(text=text, embedding=embedding, model=MODEL, **filters)
    return [str(passage.document.ref) for passage in await documents.search(query)]


async def test_the_same_row_and_text_is_stored_once(stores):
    assert await stores.documents.save_documents(DOCUMENTS, VECTORS, MODEL) == 5
    assert await stores.documents.save_documents(DOCUMENTS, VECTORS, MODEL) == 0

    changed = replace(DOCUMENTS[0], text="Bought more")
    assert await stores.documents.save_documents([changed], [vector(0)], MODEL) == 1
    assert await stores.documents.document(DOCUMENTS[0].ref) == changed


async def test_a_document_is_found_by_a_part_of_its_symbol(documents):
    assert (await found(documents, "what did I do with ETH?"))[0] == "trade:3"


async def test_a_question_needs_only_some_of_the_words(documents):
    assert (await found(documents, "when did I ever sell with profit please"))[0] == "trade:2"


async def test_the_nearest_meaning_comes_first(documents):
    assert (await found(documents, "", angle=88))[0] == "signal:s-1"


async def test_words_and_meaning_together_beat_either(documents):
    passages = await documents.search(
        RetrievalQuery(text="limit order", embedding=vector(2), model=MODEL)
    )

    assert str(passages[0].document.ref) == "trade:1"
    assert passages[0].reasons == ("meaning #1", "words #1")
    assert passages[0].score > passages[1].score


async def test_filters_are_honoured(documents):
    assert await found(documents, "", angle=0, kinds=("signal",)) == ["signal:s-1"]
    assert await found(documents, "", angle=0, instrument=ETH) == ["trade:3"]
    assert await found(documents, "", angle=0, account="other") == ["candle:m"]
    assert len(await found(documents, "", angle=0, limit=2)) == 2


async def test_vectors_of_another_model_or_length_are_not_compared(documents):
    other = RetrievalQuery(text="", embedding=vector(0), model="other")
    longer = RetrievalQuery(text="", embedding=(1.0, 0.0), model=MODEL)

    assert list(await documents.search(other)) == []
    assert list(await documents.search(longer)) == []


async def test_models_live_beside_one_another(documents):
    await documents.save_documents(DOCUMENTS, [(1.0, 0.0)] * 5, "flat")

    assert (await found(documents, "", angle=60))[0] == "trade:3"


async def test_nothing_to_look_for_finds_nothing(documents):
    assert await found(documents, "the and of") == []
    assert await documents.document(RowRef(kind="trade", key="99")) is None


async def test_words_of_a_query_language_are_only_words(documents):
    assert await found(documents, "'); DROP TABLE documents; -- & | ! <-> :*") == []
    assert (await found(documents, "sold & | ! ( :* profit"))[0] == "trade:2"


async def test_a_vector_per_document_is_needed(documents):
    with pytest.raises(DataError, match="one vector per document"):
        await documents.save_documents(DOCUMENTS, VECTORS[:2], MODEL)


async def test_documents_without_vectors_are_found_by_words(stores):
    await stores.documents.save_documents(DOCUMENTS, [], "")

    assert (await found(stores.documents, "profit", angle=0))[0] == "trade:2"


async def test_the_index_of_the_model_is_used(stores, database):
    many = [document(number, f"row {number}") for number in range(400)]
    await stores.documents.save_documents(many, [vector(number) for number in range(400)], MODEL)

    async with database.writing() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        await connection.execute("SET LOCAL enable_sort = off")
        plan = await connection.execute(
            "EXPLAIN SELECT document_id FROM embeddings WHERE model = 'tiny' AND dimension = 3 "
            "ORDER BY embedding::vector(3) <=> '[1,0,0]'::vector(3) LIMIT 3"
        )
        lines = [row["QUERY PLAN"] for row in await plan.fetchall()]

    assert any("Index Scan using embeddings_" in line for line in lines)


async def test_without_pgvector_words_alone_are_searched(database, stores):
    async with database.writing() as connection:
        await connection.execute("ALTER TABLE embeddings DROP COLUMN embedding")
        await connection.execute("ALTER TABLE embeddings ADD COLUMN embedding real[] NOT NULL")
    plain = DocumentTable(database=database, has_vector=False)

    assert await plain.save_documents(DOCUMENTS, VECTORS, MODEL) == 5
    assert (await found(plain, "profit", angle=90))[0] == "trade:2"
