"""Find out what the server brings, and ready what only some servers have."""

from __future__ import annotations

from typing import Any

from fks_desk.core.storage_report import ServerFeatures, TimescaleEdition

# The extension's own setting is there once its library is loaded, which naming one of its
# functions or tables brings about; asking for the version first is enough.
FIND_FEATURES = """
SELECT current_setting('server_version_num')::integer / 10000 AS major,
    split_part(current_setting('server_version'), ' ', 1) AS server,
    (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescale,
    current_setting('timescaledb.license', true) AS license,
    (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS vector
"""


def features_of(row: dict[str, Any]) -> ServerFeatures:
    """Return the features that a row of `FIND_FEATURES` tells of."""
    return ServerFeatures(
        server=row["server"],
        timescale=row["timescale"],
        edition=_edition(row["timescale"], row["license"]),
        vector=row["vector"],
    )


def _edition(version: str | None, license_name: str | None) -> TimescaleEdition:
    if version is None:
        return TimescaleEdition.NONE
    is_whole = license_name == "timescale"
    return TimescaleEdition.COMMUNITY if is_whole else TimescaleEdition.APACHE
