"""Make the demo account's keys once and keep them where only their owner can read them."""

from __future__ import annotations

import os
import secrets
import string
from pathlib import Path

import msgspec

from fks_desk.core.errors import ConfigError

_KEYS_FILE = "keys.json"
_LETTERS = string.ascii_letters + string.digits
_LENGTH = 64


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a client signs with; its repr tells nothing secret."""

    api_key: str
    secret: str
    uid: int

    def __repr__(self) -> str:
        """Show the account alone."""
        return f"Keys(api_key='***', secret='***', uid={self.uid})"


class KeyRights(msgspec.Struct, frozen=True, kw_only=True):
    """Say what the account's key may do, for rehearsing what a desk makes of it."""

    can_trade: bool = True
    can_trade_futures: bool = True
    can_withdraw: bool = False
    is_bound_to_ip: bool = True


HARMLESS = KeyRights()


def load_keys(folder: Path) -> Keys:
    """Return the folder's keys; make random ones the first time."""
    path = folder / _KEYS_FILE
    if not path.exists():
        return _make(path)
    try:
        return msgspec.json.decode(path.read_bytes(), type=Keys)
    except msgspec.DecodeError as error:
        raise ConfigError(
            f"The demo exchange's keys in {path} cannot be read: {error}. "
            "Delete the file to get new ones."
        ) from error


def _make(path: Path) -> Keys:
    keys = Keys(api_key=_random(), secret=_random(), uid=100_000 + secrets.randbelow(900_000))
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(keys))
        file.flush()
        os.fsync(file.fileno())
    return keys


def _random() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
