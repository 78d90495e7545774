"""Add what perpetuals cost to hold: mark price, funding and open interest, once a minute."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

PERPETUAL_STATES = """
CREATE TABLE perpetual_states (
    instrument_id integer NOT NULL,
    minute timestamptz NOT NULL,
    mark positive_amount NOT NULL,
    index_price positive_amount,
    funding_rate amount,
    next_funding timestamptz,
    open_interest amount CHECK (open_interest >= 0),
    ts_event timestamptz NOT NULL,
    ts_init timestamptz NOT NULL,
    PRIMARY KEY (instrument_id, minute)
)
"""


def upgrade() -> None:
    op.execute(PERPETUAL_STATES)
