"""Be the keeper of accounts: the list in a file, the keys in the vault."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from fks_desk.app.accounts.listing import AccountFile
from fks_desk.app.folders import Folders
from fks_desk.core.accounts import AccountEntry, AccountList, KeyCheck, NewAccount
from fks_desk.core.clock import Clock
from fks_desk.core.errors import ConfigError
from fks_desk.core.model import AccountId
from fks_desk.core.secret import Secret

if TYPE_CHECKING:
    from fks_desk.app.accounts.access import Access
    from fks_desk.app.accounts.vault import SealedKey, Vault

log = logging.getLogger(__name__)


class AccountBook:
    """Be an `AccountKeeper`.

    `named` is the account that the settings name, which goes before any choice;
    `hide` takes a secret out of every later line of the log.
    """

    def __init__(
        self,
        *,
        folders: Folders,
        clock: Clock,
        named: str | None = None,
        stand_in: str | None = None,
        hide: Callable[[str], None] = lambda _secret: None,
    ) -> None:
        self._file = AccountFile(folders.root / "accounts.json")
        self._clock = clock
        self._named = named
        self._stand_in = stand_in
        self.hide = hide
        self._folder = folders.root

    @cached_property
    def vault(self) -> Vault:
        """Return where the keys are; the built-in accounts do without."""
        from fks_desk.app.accounts.vault import Vault  # noqa: PLC0415  keyring loads slowly

        return Vault(self._folder)

    def listing(self) -> AccountList:
        """Return what is kept."""
        listed = self._file.read()
        return AccountList(
            entries=listed.entries,
            chosen=AccountId(self._named or listed.chosen),
            is_locked=self.vault.is_locked,
            is_new=self.vault.is_new,
            sealed_in=self.vault.sealed_in,
        )

    def opened(self) -> AccountEntry:
        """Return the account that the desk opens with: the settings' one, else the chosen one."""
        listed = self._file.read()
        return listed.entry(self._named or listed.chosen)

    def add(self, wanted: NewAccount, passphrase: Secret | None = None) -> AccountEntry:
        """Keep one more account, its key where only the person can read it."""
        entry = wanted.entry
        listed = self._file.read().with_one_more(entry)
        if entry.needs_key:
            sealed = _sealed(wanted)
            self._hide_key(sealed)
            self.vault.unlock(passphrase)
            # Before the list: a key that nobody lists does no harm, the opposite is a riddle.
            self.vault.put(entry.id, sealed)
        elif wanted.key is not None or wanted.secret is not None:
            raise ConfigError("a paper account has no key: nothing of it is ever signed")
        self._file.write(listed)
        log.info("account %s was added: %s at %s", entry.id, entry.mode, entry.exchange)
        return entry

    def check(self, account: AccountId, passphrase: Secret | None = None) -> KeyCheck:
        """Ask the exchange about the account's key; refuse one that could take money away."""
        access = self.access(self._file.read().entry(account), passphrase)
        if access.sealed is None:
            raise ConfigError(f"{account} has no key that could be checked")
        found = asyncio.run(self._examined(access))
        log.info("the key of account %s was checked", account)
        return found

    def choose(self, account: AccountId) -> str:
        """Open the desk with this account from its next start on; return what that means."""
        listed = self._file.read()
        entry = listed.entry(account)
        if self._named is not None:
            raise ConfigError(
                f"the settings name the account {self._named}, which goes before a choice; take "
                "account.id out of settings.toml, or FKS_ACCOUNT__ID out of the environment"
            )
        self._file.write(type(listed)(added=listed.added, chosen=entry.id))
        log.info("account %s was chosen for the next start", account)
        return (
            f"The desk opens with {entry.title} from its next start on; "
            "an account is never changed under open orders."
        )

    def remove(self, account: AccountId, passphrase: Secret | None = None) -> None:
        """Forget an account and its key; what it did stays in the database."""
        listed = self._file.read()
        entry = listed.entry(account)
        remaining = listed.without(account)
        if entry.needs_key:
            self.vault.unlock(passphrase)
            self.vault.forget(account)
        self._file.write(remaining)
        log.info("account %s was removed", account)

    def access(self, entry: AccountEntry, passphrase: Secret | None = None) -> Access:
        """Return what opens an account, or raise `ConfigError` or `SecretError`."""
        from fks_desk.app.accounts.access import Access  # noqa: PLC0415  ccxt loads slowly

        sealed = None
        if entry.needs_key:
            self.vault.unlock(passphrase)
            sealed = self.vault.get(entry)
            self._hide_key(sealed)
        return Access(
            entry=entry,
            sealed=sealed,
            pin=lambda identity: self.vault.pin(entry, identity),
            stand_in=self._stand_in,
        )

    async def _examined(self, access: Access) -> KeyCheck:
        from fks_desk.adapters.exchange import library  # noqa: PLC0415  loads slowly
        from fks_desk.adapters.exchange.opening import open_connection  # noqa: PLC0415

        await asyncio.to_thread(library.preload, access.entry.exchange)
        connection = open_connection(options=access.options(), clock=self._clock)
        try:
            await connection.sync_clock()
            return await access.examine(connection)
        finally:
            await connection.close()

    def _hide_key(self, sealed: SealedKey) -> None:
        self.hide(sealed.key.reveal)
        self.hide(sealed.secret.reveal)


def _sealed(wanted: NewAccount) -> SealedKey:
    from fks_desk.app.accounts.vault import SealedKey  # noqa: PLC0415  keyring loads slowly

    key, secret = _clean(wanted.key), _clean(wanted.secret)
    if key is None or secret is None:
        raise ConfigError(f"a {wanted.entry.mode} account needs its key and its secret; both empty")
    return SealedKey(
        exchange=wanted.entry.exchange, mode=wanted.entry.mode.value, key=key, secret=secret
    )


def _clean(secret: Secret | None) -> Secret | None:
    """Return what was pasted without the blanks around it, or None if nothing is left."""
    text = "" if secret is None else secret.reveal.strip()
    return Secret(text) if text else None
