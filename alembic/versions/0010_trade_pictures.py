"""Keep a picture of the chart with each round trip."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

PICTURES = """
CREATE TABLE trade_pictures (
    account text NOT NULL REFERENCES accounts (id),
    trip text NOT NULL CHECK (trip <> ''),
    png bytea NOT NULL CHECK (octet_length(png) BETWEEN 1 AND 4194304),
    taken timestamptz NOT NULL,
    PRIMARY KEY (account, trip)
)
"""


def upgrade() -> None:
    op.execute(PICTURES)
