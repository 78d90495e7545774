"""Keep the pictures of round trips."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fks_desk.adapters.storage.database import Database
from fks_desk.core.model import AccountId
from fks_desk.core.pictures import TradePicture

# The list of all leaves the pictures themselves where they are.
_TAKEN = "SELECT trip, taken FROM trade_pictures WHERE account = %s"
_ONE = "SELECT * FROM trade_pictures WHERE account = %s AND trip = %s"
_SAVE = """
INSERT INTO trade_pictures (account, trip, png, taken)
VALUES (%(account)s, %(trip)s, %(png)s, %(taken)s)
ON CONFLICT (account, trip) DO UPDATE SET png = excluded.png, taken = excluded.taken
"""
_REMOVE = "DELETE FROM trade_pictures WHERE account = %s AND trip = %s"


class TradePictureTable:
    """Store and read pictures."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def taken(self, account: AccountId) -> Mapping[str, datetime]:
        """Return when the picture of each round trip that has one was taken."""
        return {row["trip"]: row["taken"] for row in await self._database.rows(_TAKEN, [account])}

    async def picture(self, account: AccountId, trip: str) -> TradePicture | None:
        """Return the picture of a round trip, or None."""
        for row in await self._database.rows(_ONE, [account, trip]):
            return TradePicture(
                account=AccountId(row["account"]),
                trip=row["trip"],
                png=bytes(row["png"]),
                taken=row["taken"],
            )
        return None

    async def save_picture(self, picture: TradePicture) -> None:
        """Store a picture, replacing an older one of the same round trip."""
        async with self._database.writing() as connection:
            await connection.execute(
                _SAVE,
                {
                    "account": picture.account,
                    "trip": picture.trip,
                    "png": picture.png,
                    "taken": picture.taken,
                },
            )

    async def remove_picture(self, account: AccountId, trip: str) -> None:
        """Forget the picture of a round trip, if there is one."""
        async with self._database.writing() as connection:
            await connection.execute(_REMOVE, [account, trip])
