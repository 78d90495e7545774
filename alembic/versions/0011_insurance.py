"""Keep what an insurance fund paid after a liquidation apart from deposits."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Funding and insurance of one perpetual may fall into the same moment.
INSURANCE = """
ALTER TABLE transfers DROP CONSTRAINT transfers_pkey;
ALTER TABLE transfers ADD PRIMARY KEY (account, currency, ts, reference, kind);
ALTER TABLE transfers DROP CONSTRAINT transfers_kind_check;
ALTER TABLE transfers ADD CONSTRAINT transfers_kind_check
    CHECK (kind IN ('opening', 'deposit', 'withdrawal', 'funding', 'insurance'));
"""


def upgrade() -> None:
    op.execute(INSURANCE)
