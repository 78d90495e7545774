"""Find executions by their time alone, so that the data browser sorts them without reading all."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BY_MOMENT = "CREATE INDEX trades_by_moment ON trades (ts_event, id)"


def upgrade() -> None:
    op.execute(BY_MOMENT)
