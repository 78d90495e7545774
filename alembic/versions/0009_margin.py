"""Keep what a venue realised with each execution, and funding apart from deposits."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MARGIN = """
ALTER TABLE trades ADD COLUMN gain amount;
ALTER TABLE transfers ADD COLUMN reference text NOT NULL DEFAULT '';
ALTER TABLE transfers DROP CONSTRAINT transfers_pkey;
ALTER TABLE transfers ADD PRIMARY KEY (account, currency, ts, reference);
ALTER TABLE transfers DROP CONSTRAINT transfers_kind_check;
ALTER TABLE transfers ADD CONSTRAINT transfers_kind_check
    CHECK (kind IN ('opening', 'deposit', 'withdrawal', 'funding'));
"""


def upgrade() -> None:
    op.execute(MARGIN)
