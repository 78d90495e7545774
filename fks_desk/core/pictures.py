"""Define the picture of a chart that a trader keeps with a round trip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from fks_desk.core.clock import require_utc
from fks_desk.core.model import AccountId

MOST_BYTES = 4 * 1024 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class TradePicture:
    """Hold one picture as a PNG; a round trip has one at most."""

    account: AccountId
    trip: str
    png: bytes
    taken: datetime

    def __post_init__(self) -> None:
        require_utc(self.taken, "taken")
        if not self.trip:
            raise ValueError("a picture belongs to a round trip, none was named")
        if not self.png.startswith(_PNG):
            raise ValueError("a picture is a PNG, these bytes are none")
        if len(self.png) > MOST_BYTES:
            raise ValueError(f"a picture has at most {MOST_BYTES} bytes, had {len(self.png)}")


class TradePictures(Protocol):
    """Keep the pictures of an account's round trips."""

    async def taken(self, account: AccountId) -> Mapping[str, datetime]:
        """Return when the picture of each round trip that has one was taken."""
        ...

    async def picture(self, account: AccountId, trip: str) -> TradePicture | None:
        """Return the picture of a round trip, or None."""
        ...

    async def save_picture(self, picture: TradePicture) -> None:
        """Store a picture, replacing an older one of the same round trip."""
        ...

    async def remove_picture(self, account: AccountId, trip: str) -> None:
        """Forget the picture of a round trip, if there is one."""
        ...
