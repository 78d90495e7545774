"""Make the schema in which the optimiser keeps its studies."""

from __future__ import annotations

from urllib.parse import urlsplit

SCHEMA = "optuna"


def study_storage(url: str) -> str:
    """Return a database's URL as the optimiser opens it: by our driver, in its own schema."""
    parts = urlsplit(url)._replace(scheme="postgresql+psycopg")
    option = f"options=-csearch_path%3D{SCHEMA}"
    return parts._replace(query=f"{parts.query}&{option}" if parts.query else option).geturl()


def prepare_studies(url: str) -> None:
    """Make the optimiser's tables if they are not there; the schema must be. Block until done."""
    from optuna.storages import RDBStorage  # noqa: PLC0415  loads slowly

    storage = RDBStorage(study_storage(url))
    storage.remove_session()
    storage.engine.dispose()
