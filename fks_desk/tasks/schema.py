"""Make the schema of the task queue in a database that has none yet."""

from __future__ import annotations

import procrastinate

from fks_desk.tasks.records import SCHEMA_SQL

SCHEMA = "tasks"
SEARCH_PATH = f"-c search_path={SCHEMA}"  # leads every statement of a connection there
MAKE_SCHEMA = f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"
HAS_TABLES = f"SELECT to_regclass('{SCHEMA}.procrastinate_jobs') IS NOT NULL AS there"


def prepare_queue(conninfo: str) -> None:
    """Make the queue's tables if they are not there; block until done."""
    connector = procrastinate.SyncPsycopgConnector(
        conninfo=conninfo, kwargs={"options": SEARCH_PATH}, min_size=1, max_size=1
    )
    with procrastinate.App(connector=connector).open() as app:
        connector.execute_query(MAKE_SCHEMA)
        if not connector.execute_query_one(HAS_TABLES)["there"]:
            app.schema_manager.apply_schema()
        connector.execute_query(SCHEMA_SQL)
