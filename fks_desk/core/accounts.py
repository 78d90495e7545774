"""Describe the accounts that the desk may open, and how a window keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from fks_desk.core.model import AccountId, Mode, VenueId
from fks_desk.core.secret import Secret

FUTURES = "binanceusdm"
EXCHANGES = ("binance", FUTURES)  # ccxt's names: spot, and perpetuals settled in USDT
BUILT_IN = "demo"  # the exchange that comes with the desk
BUILT_IN_PERPETUALS = "demo-usdm"  # and its perpetuals, which are a venue of their own


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEntry:
    """Name an account that the desk may open; nothing of it is secret.

    `exchange` is ccxt's name of it, or `demo` for the built-in one.
    """

    id: AccountId
    exchange: str
    mode: Mode
    title: str

    @property
    def venue(self) -> VenueId:
        """Return the desk's name of the exchange; one with test money is another venue."""
        is_test = self.mode is Mode.TESTNET
        return VenueId(f"{self.exchange}-test" if is_test else self.exchange)

    @property
    def needs_key(self) -> bool:
        """Tell whether orders of the account are signed with a key of a person's own."""
        return self.mode in {Mode.TESTNET, Mode.LIVE}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """Hold an account as a person describes it; paper accounts have no key."""

    entry: AccountEntry
    key: Secret | None = None
    secret: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountList:
    """Hold what may be opened, what is chosen for the next start, and where keys are kept.

    `sealed_in` is the sealed file that holds the keys, empty where the keyring does.
    `is_locked` says that keys are in a sealed file that needs its passphrase, and
    `is_new` that this file does not exist yet, so that the passphrase is chosen now.
    """

    entries: tuple[AccountEntry, ...]
    chosen: AccountId
    is_locked: bool = False
    is_new: bool = False
    sealed_in: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCheck:
    """Hold what the exchange said of a key: whose account it opens, and what to change."""

    identity: str
    words: str
    warnings: Sequence[str] = ()


class AccountKeeper(Protocol):
    """Keep the accounts; each call may block for seconds, so it belongs into a thread.

    What cannot be done raises an `FKSException` with a sentence for the person.
    """

    def listing(self) -> AccountList:
        """Return what is kept."""
        ...

    def add(self, wanted: NewAccount, passphrase: Secret | None = None) -> AccountEntry:
        """Keep one more account, its key where only the person can read it."""
        ...

    def check(self, account: AccountId, passphrase: Secret | None = None) -> KeyCheck:
        """Ask the exchange about the account's key; refuse one that could take money away."""
        ...

    def choose(self, account: AccountId) -> str:
        """Open the desk with this account from its next start on; return what that means."""
        ...

    def remove(self, account: AccountId, passphrase: Secret | None = None) -> None:
        """Forget an account and its key; what it did stays in the database."""
        ...
