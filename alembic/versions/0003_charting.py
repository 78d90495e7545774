"""Add what a trader puts on charts: drawings and alerts."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# What only the desk reads stands in `body`: a new kind of drawing needs no new column.
DRAWINGS = """
CREATE TABLE drawings (
    id text PRIMARY KEY CHECK (id <> ''),
    instrument text NOT NULL,
    kind text NOT NULL,
    body jsonb NOT NULL,
    updated timestamptz NOT NULL
)
"""
DRAWINGS_BY_INSTRUMENT = "CREATE INDEX drawings_by_instrument ON drawings (instrument, id)"

ALERTS = """
CREATE TABLE alerts (
    id text PRIMARY KEY CHECK (id <> ''),
    instrument text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('price', 'indicator', 'drawing', 'time')),
    state text NOT NULL CHECK (state IN ('armed', 'fired', 'off')),
    body jsonb NOT NULL,
    created timestamptz NOT NULL,
    fired timestamptz,
    CHECK ((state = 'fired') <= (fired IS NOT NULL))
)
"""


def upgrade() -> None:
    for statement in (DRAWINGS, DRAWINGS_BY_INSTRUMENT, ALERTS):
        op.execute(statement)
