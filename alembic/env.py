"""Run migrations on the connection that the desk hands over."""

from __future__ import annotations

from alembic import context


def run() -> None:
    """Migrate inside the caller's transaction: all revisions, or none."""
    connection = context.config.attributes.get("connection")
    if connection is None:
        raise SystemExit("migrations run through the desk: `fks-desk db upgrade`")
    context.configure(connection=connection, transaction_per_migration=False)
    with context.begin_transaction():
        context.run_migrations()


run()
