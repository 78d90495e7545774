"""Keep documents with their vectors, and find them by meaning and by words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, LiteralString

from psycopg import sql

from fks_desk.adapters.storage.codec import as_json, as_jsonb
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.pool import Connection, Row
from fks_desk.core.errors import DataError
from fks_desk.core.model import AccountId, InstrumentId, RowRef
from fks_desk.core.ports import Document, Passage, RetrievalQuery

CANDIDATES = 60
# The usual constant of reciprocal rank fusion (Cormack, Clarke, Buettcher, SIGIR 2009).
FUSION = 60
LARGEST_INDEXED = 2000  # dimensions that pgvector's HNSW takes

_SAVE = """
INSERT INTO documents (kind, key, digest, title, text, instrument, account, moment, facts)
VALUES (
    %(kind)s, %(key)s, %(digest)s, %(title)s, %(text)s, %(instrument)s, %(account)s, %(moment)s,
    %(facts)s
)
ON CONFLICT (kind, key) DO UPDATE SET
    digest = excluded.digest, title = excluded.title, text = excluded.text,
    instrument = excluded.instrument, account = excluded.account, moment = excluded.moment,
    facts = excluded.facts
    WHERE documents.digest <> excluded.digest
RETURNING id
"""
_ID = "SELECT id FROM documents WHERE kind = %s AND key = %s"
_FORGET_VECTORS = "DELETE FROM embeddings WHERE document_id = %s"
_VECTOR: LiteralString = """
INSERT INTO embeddings (document_id, model, dimension, embedding)
VALUES (%s, %s, %s, {cast}) ON CONFLICT (document_id, model) DO NOTHING
"""
_ONE = "SELECT * FROM documents WHERE kind = %s AND key = %s"
_FILTER: LiteralString = """
    (%(kinds)s::text[] IS NULL OR d.kind = ANY(%(kinds)s))
    AND (%(instrument)s::text IS NULL OR d.instrument = %(instrument)s)
    AND (%(account)s::text IS NULL OR d.account IS NULL OR d.account = %(account)s)
"""
# The words of a question are joined by OR: whoever asks uses more words than the row has.
_WORDS: LiteralString = (
    """
SELECT d.id, row_number() OVER (ORDER BY ts_rank_cd(d.words, q.query, 1) DESC, d.id DESC) AS place
FROM documents d, (SELECT replace(
    plainto_tsquery('english', translate(%(text)s, '/:_', '   '))::text, '&', '|')::tsquery
    AS query) AS q
WHERE d.words @@ q.query AND """
    + _FILTER
    + " ORDER BY place LIMIT %(candidates)s"
)
_MEANING: LiteralString = (
    """
SELECT id, row_number() OVER (ORDER BY distance) AS place FROM (
    SELECT d.id, e.embedding::vector({dimension}) <=> %(vector)s::vector({dimension}) AS distance
    FROM embeddings e JOIN documents d ON d.id = e.document_id
    WHERE e.model = {model} AND e.dimension = {dimension} AND """  # noqa: S608  only constants of this file are joined
    + _FILTER
    + """
    ORDER BY e.embedding::vector({dimension}) <=> %(vector)s::vector({dimension})
    LIMIT %(candidates)s
) AS nearest
"""
)
_NOTHING: LiteralString = "SELECT NULL::bigint AS id, NULL::bigint AS place WHERE false"
_FUSED: LiteralString = """
WITH meaning AS ({meaning}), words AS ({words})
SELECT d.*, m.place AS meaning_place, w.place AS words_place,
    coalesce(1.0 / (%(fusion)s + m.place), 0) + coalesce(1.0 / (%(fusion)s + w.place), 0) AS score
FROM meaning m FULL JOIN words w USING (id) JOIN documents d USING (id)
ORDER BY score DESC, d.moment DESC, d.id LIMIT %(limit)s
"""


class DocumentTable:
    """Store and search documents.

    A server without pgvector keeps the vectors but searches by words alone.
    """

    def __init__(self, *, database: Database, has_vector: bool) -> None:
        self._database = database
        self._has_vector = has_vector
        self._indexed: set[tuple[str, int]] = set()

    async def save_documents(
        self, documents: Sequence[Document], embeddings: Sequence[Sequence[float]], model: str
    ) -> int:
        """Store documents with their vectors of one model; return how many were new or changed.

        `embeddings` has one vector per document, or none at all.
        """
        if embeddings and len(embeddings) != len(documents):
            raise DataError(
                f"need one vector per document, were {len(embeddings)} for {len(documents)}"
            )
        new = 0
        async with self._database.writing() as connection:
            for place, document in enumerate(documents):
                vector = embeddings[place] if embeddings else None
                new += await self._save(connection, document, vector, model)
        if embeddings and self._has_vector:
            await self._ensure_index(model, len(embeddings[0]))
        return new

    async def search(self, query: RetrievalQuery) -> Sequence[Passage]:
        """Return passages by meaning and by words, fused, best first."""
        arguments = {
            "text": query.text,
            "kinds": list(query.kinds) or None,
            "instrument": query.instrument,
            "account": query.account,
            "limit": query.limit,
            "candidates": max(CANDIDATES, query.limit),
            "fusion": FUSION,
            "vector": as_json(list(query.embedding or ())),
        }
        statement = sql.SQL(_FUSED).format(meaning=self._meaning(query), words=sql.SQL(_WORDS))
        async with self._database.writing() as connection:
            if self._has_vector:
                # A filter may drop the nearest vectors; then the index goes on looking.
                await connection.execute("SET LOCAL hnsw.iterative_scan = strict_order")
            # Planned for these very values, so that the index of this model is seen.
            cursor = await connection.execute(statement, arguments, prepare=False)
            return [_passage(row) for row in await cursor.fetchall()]

    async def document(self, ref: RowRef) -> Document | None:
        """Return the document of a row, or None."""
        found = await self._database.rows(_ONE, [ref.kind, ref.key])
        return _document(found[0]) if found else None

    def _meaning(self, query: RetrievalQuery) -> sql.Composable:
        if not (self._has_vector and query.embedding):
            return sql.SQL(_NOTHING)
        return sql.SQL(_MEANING).format(
            dimension=sql.Literal(len(query.embedding)), model=sql.Literal(query.model)
        )

    async def _save(
        self, connection: Connection, document: Document, vector: Sequence[float] | None, model: str
    ) -> int:
        cursor = await connection.execute(_SAVE, _row(document))
        changed = await cursor.fetchone()
        if changed is not None:
            number = changed["id"]
            await connection.execute(_FORGET_VECTORS, [number])
        else:
            ref = document.ref
            known = await (await connection.execute(_ID, [ref.kind, ref.key])).fetchone()
            number = known["id"] if known else None
        if vector is not None:
            cast = "%s::vector" if self._has_vector else "%s::real[]"
            value: Any = as_json(list(map(float, vector)))
            statement = sql.SQL(_VECTOR).format(cast=sql.SQL(cast))
            if not self._has_vector:
                value = list(map(float, vector))
            await connection.execute(statement, [number, model, len(vector), value])
        return int(changed is not None)

    async def _ensure_index(self, model: str, dimension: int) -> None:
        """Make the index of one model; vectors of different models never share one."""
        if (model, dimension) in self._indexed or dimension > LARGEST_INDEXED:
            return
        mark = hashlib.sha256(model.encode()).hexdigest()[:12]
        statement = sql.SQL(
            "CREATE INDEX IF NOT EXISTS {name} ON embeddings "
            "USING hnsw ((embedding::vector({dimension})) vector_cosine_ops) "
            "WHERE model = {model} AND dimension = {dimension}"
        ).format(
            name=sql.Identifier(f"embeddings_{mark}_{dimension}"),
            dimension=sql.Literal(dimension),
            model=sql.Literal(model),
        )
        async with self._database.writing() as connection:
            await connection.execute("SET LOCAL statement_timeout = 0")
            await connection.execute(statement)
        self._indexed.add((model, dimension))


def _row(document: Document) -> Row:
    content = f"{document.title}\0{document.text}\0{as_json(document.facts)}"
    return {
        "kind": document.ref.kind,
        "key": document.ref.key,
        "digest": hashlib.sha256(content.encode("utf-8", errors="replace")).hexdigest(),
        "title": document.title,
        "text": document.text,
        "instrument": document.instrument,
        "account": document.account,
        "moment": document.moment,
        "facts": as_jsonb(document.facts),
    }


def _document(row: Row) -> Document:
    return Document(
        ref=RowRef(kind=row["kind"], key=row["key"]),
        title=row["title"],
        text=row["text"],
        instrument=InstrumentId(row["instrument"]) if row["instrument"] is not None else None,
        account=AccountId(row["account"]) if row["account"] is not None else None,
        moment=row["moment"],
        facts=row["facts"],
    )


def _passage(row: Row) -> Passage:
    reasons = (
        f"{what} #{row[column]}"
        for what, column in (("meaning", "meaning_place"), ("words", "words_place"))
        if row[column] is not None
    )
    return Passage(document=_document(row), score=float(row["score"]), reasons=tuple(reasons))
