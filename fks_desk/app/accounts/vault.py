"""Keep each account's key where only its owner can read it, bound to its mode and owner."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from fks_desk.adapters.secrets.keyring_store import usable_backend
from fks_desk.adapters.secrets.store import SEALED, open_secrets
from fks_desk.core.accounts import AccountEntry
from fks_desk.core.errors import ConfigError, SecretError
from fks_desk.core.model import AccountId
from fks_desk.core.ports import SecretStore
from fks_desk.core.secret import Secret

SHORTEST_PASSPHRASE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedKey:
    """Hold a key as it was stored: the mode it was meant for and, once known, its owner.

    `identity` is the venue's own name of the account, empty until the first use.
    """

    exchange: str
    mode: str
    key: Secret
    secret: Secret
    identity: str = ""


class Vault:
    """Hold the way to the keys; a sealed file opens with the passphrase alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._store: SecretStore | None = None

    @property
    def is_locked(self) -> bool:
        """Tell whether a passphrase is needed before any key can be read or kept."""
        return self._store is None and usable_backend() is None

    @property
    def is_new(self) -> bool:
        """Tell whether a passphrase given now is chosen, not repeated."""
        return not (self._folder / SEALED).exists()

    @property
    def sealed_in(self) -> str:
        """Return the sealed file that holds the keys, an empty text where the keyring does."""
        return str(self._folder / SEALED) if usable_backend() is None else ""

    def unlock(self, passphrase: Secret | None) -> None:
        """Open the place, or raise `SecretError`."""
        if self._store is not None:
            return
        given = None if passphrase is None or not passphrase.reveal else passphrase.reveal
        if given is not None and self.is_locked and self.is_new:
            _require_long(given)
        self._store = open_secrets(folder=self._folder, passphrase=given)

    def get(self, entry: AccountEntry) -> SealedKey:
        """Return an account's key; one that was stored for another mode is refused."""
        text = self._opened().get(_name(entry.id))
        if text is None:
            raise ConfigError(
                f"no key of {entry.id} is stored here; remove the account and add it again"
            )
        told = json.loads(text)
        sealed = SealedKey(
            exchange=told["exchange"],
            mode=told["mode"],
            key=Secret(told["key"]),
            secret=Secret(told["secret"]),
            identity=told["identity"],
        )
        if (sealed.exchange, sealed.mode) != (entry.exchange, entry.mode.value):
            raise ConfigError(
                f"the key of {entry.id} was stored for {sealed.mode} at {sealed.exchange}, and an "
                f"account's mode never changes; the list says {entry.mode} at {entry.exchange}"
            )
        return sealed

    def put(self, account: AccountId, sealed: SealedKey) -> None:
        """Keep an account's key."""
        told = {
            "exchange": sealed.exchange,
            "mode": sealed.mode,
            "key": sealed.key.reveal,
            "secret": sealed.secret.reveal,
            "identity": sealed.identity,
        }
        self._opened().put(_name(account), json.dumps(told))

    def pin(self, entry: AccountEntry, identity: str) -> None:
        """Remember whose account the key opens, once and for all."""
        sealed = self.get(entry)
        if not sealed.identity:
            self.put(entry.id, replace(sealed, identity=identity))

    def forget(self, account: AccountId) -> None:
        """Forget an account's key."""
        self._opened().delete(_name(account))

    def _opened(self) -> SecretStore:
        if self._store is None:
            self.unlock(None)
        assert self._store is not None  # noqa: S101  unlock raises where it cannot open
        return self._store


def _require_long(passphrase: str) -> None:
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise SecretError(
            f"the passphrase of the sealed file needs {SHORTEST_PASSPHRASE} characters or more, "
            f"had {len(passphrase)}"
        )


def _name(account: AccountId) -> str:
    return f"account/{account}"
