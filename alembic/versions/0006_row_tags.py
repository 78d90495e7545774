"""Add the tags that a person puts on rows."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ROW_TAGS = """
CREATE TABLE row_tags (
    table_name text NOT NULL,
    row_key text NOT NULL,
    tag text NOT NULL CHECK (tag <> '' AND length(tag) <= 40),
    tagged timestamptz NOT NULL,
    PRIMARY KEY (table_name, row_key, tag)
)
"""


def upgrade() -> None:
    op.execute(ROW_TAGS)
