"""Add the list of downloads."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

DOWNLOADS = """
CREATE TABLE downloads (
    id text PRIMARY KEY CHECK (id <> ''),
    instrument text NOT NULL,
    timeframe timeframe NOT NULL,
    span_start timestamptz NOT NULL,
    span_end timestamptz NOT NULL,
    reached timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'running', 'paused', 'done', 'failed')),
    fetched bigint NOT NULL CHECK (fetched >= 0),
    stored bigint NOT NULL CHECK (stored >= 0),
    keeps_up boolean NOT NULL,
    note text NOT NULL,
    queued timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    CHECK (span_start < span_end AND reached BETWEEN span_start AND span_end)
)
"""


def upgrade() -> None:
    op.execute(DOWNLOADS)
