"""Let orders carry terms and families, and keep parents, transfers, equity and notes."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ORDERS = """
ALTER TABLE orders
    DROP CONSTRAINT orders_kind_check,
    DROP CONSTRAINT orders_time_in_force_check,
    DROP CONSTRAINT orders_state_check,
    DROP CONSTRAINT orders_check,
    ADD COLUMN terms jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(terms) = 'object'),
    ADD COLUMN parent text,
    ADD COLUMN role text CHECK (role IN ('entry', 'target', 'stop', 'slice')),
    ADD COLUMN number integer NOT NULL DEFAULT 0,
    ADD COLUMN replaces text,
    ADD CONSTRAINT orders_kind_check CHECK (kind IN (
        'market', 'limit', 'stop', 'stop_limit', 'take_profit', 'take_profit_limit',
        'trailing_stop')),
    ADD CONSTRAINT orders_time_in_force_check
        CHECK (time_in_force IN ('GTC', 'IOC', 'FOK', 'GTD')),
    ADD CONSTRAINT orders_state_check CHECK (state IN (
        'persisted', 'held', 'sending', 'open', 'partial', 'cancel_pending', 'filled',
        'canceled', 'rejected', 'expired', 'denied', 'unknown', 'absent')),
    ADD CONSTRAINT orders_limit_check
        CHECK ((kind IN ('limit', 'stop_limit', 'take_profit_limit')) = (limit_price IS NOT NULL)),
    ADD CONSTRAINT orders_family_check CHECK ((parent IS NULL) = (role IS NULL));
DROP INDEX orders_open;
CREATE INDEX orders_open ON orders (account) WHERE state IN (
    'persisted', 'held', 'sending', 'open', 'partial', 'cancel_pending', 'unknown');
CREATE INDEX orders_by_parent ON orders (account, parent) WHERE parent IS NOT NULL;
"""

PARENTS = """
CREATE TABLE parent_orders (
    account text NOT NULL REFERENCES accounts (id),
    parent text NOT NULL,
    plan jsonb NOT NULL CHECK (jsonb_typeof(plan) = 'object'),
    state text NOT NULL CHECK (state IN ('running', 'done', 'stopped')),
    reason text NOT NULL,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    PRIMARY KEY (account, parent)
);
CREATE INDEX parent_orders_running ON parent_orders (account) WHERE state = 'running';
"""

MONEY = """
CREATE TABLE transfers (
    account text NOT NULL REFERENCES accounts (id),
    currency currency NOT NULL,
    ts timestamptz NOT NULL,
    amount amount NOT NULL CHECK (amount <> 0),
    kind text NOT NULL CHECK (kind IN ('opening', 'deposit', 'withdrawal')),
    PRIMARY KEY (account, currency, ts)
);

CREATE TABLE equity_history (
    account text NOT NULL REFERENCES accounts (id),
    ts timestamptz NOT NULL,
    currency currency NOT NULL,
    equity amount NOT NULL,
    transferred amount NOT NULL,
    PRIMARY KEY (account, ts)
);

CREATE TABLE trade_notes (
    account text NOT NULL REFERENCES accounts (id),
    trip text NOT NULL,
    note text NOT NULL,
    tags text[] NOT NULL,
    updated timestamptz NOT NULL,
    PRIMARY KEY (account, trip)
);
"""


def upgrade() -> None:
    connection = op.get_bind()
    for statement in (ORDERS, PARENTS, MONEY):
        connection.exec_driver_sql(statement)
