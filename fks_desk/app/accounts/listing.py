"""Keep the list of accounts in a file; nothing in it is secret."""

from __future__ import annotations

import json
import os
import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fks_desk.core.accounts import BUILT_IN, BUILT_IN_PERPETUALS, EXCHANGES, AccountEntry
from fks_desk.core.errors import ConfigError
from fks_desk.core.model import AccountId, Mode

DEMO = AccountEntry(id=AccountId("demo"), exchange=BUILT_IN, mode=Mode.DEMO, title="Demo")
PAPER = AccountEntry(id=AccountId("paper"), exchange=BUILT_IN, mode=Mode.PAPER, title="Paper")
PERPETUAL = AccountEntry(
    id=AccountId("perpetual"), exchange=BUILT_IN_PERPETUALS, mode=Mode.DEMO, title="Perpetuals"
)
ALWAYS = (DEMO, PAPER, PERPETUAL)

_NAME = re.compile(r"[a-z][a-z0-9-]{1,23}")
_TAKEN = frozenset({"demo", "paper", "perpetual", "replay"})
_LONGEST_TITLE = 40
_MODES = frozenset({Mode.PAPER, Mode.TESTNET, Mode.LIVE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Hold the accounts that a person added, and which one the desk opens with."""

    added: tuple[AccountEntry, ...] = ()
    chosen: AccountId = DEMO.id

    @property
    def entries(self) -> tuple[AccountEntry, ...]:
        """Return every account, the built-in ones first."""
        return (*ALWAYS, *self.added)

    def entry(self, account: str) -> AccountEntry:
        """Return an account by its name, or raise `ConfigError` with the names there are."""
        for entry in self.entries:
            if entry.id == account:
                return entry
        names = ", ".join(entry.id for entry in self.entries)
        raise ConfigError(f"there is no account called {account!r}; there are {names}")

    def with_one_more(self, entry: AccountEntry) -> Listed:
        """Return the list with an account more, or raise `ConfigError`."""
        _check(entry)
        if any(known.id == entry.id for known in self.entries):
            raise ConfigError(f"an account is called {entry.id} already; choose another name")
        return replace(self, added=(*self.added, entry))

    def without(self, account: AccountId) -> Listed:
        """Return the list without an account; the demo takes the place of a chosen one."""
        if any(entry.id == account for entry in ALWAYS):
            raise ConfigError(f"the account {account} belongs to the desk and stays")
        self.entry(account)
        return Listed(
            added=tuple(entry for entry in self.added if entry.id != account),
            chosen=DEMO.id if self.chosen == account else self.chosen,
        )


class AccountFile:
    """Read and replace the list; a crash leaves the old one or the new one."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Listed:
        """Return the list, or raise `ConfigError` that names the file."""
        try:
            told = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return Listed()
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"the list of accounts in {self._path} cannot be read: {error}. "
                "Mend it, or move it away to begin with the demo account."
            ) from error
        try:
            added = tuple(_entry(row) for row in told["accounts"])
            return Listed(added=added, chosen=AccountId(str(told.get("chosen", DEMO.id))))
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(
                f"the list of accounts in {self._path} is not one: {error!r}. "
                "Mend it, or move it away to begin with the demo account."
            ) from error

    def write(self, listed: Listed) -> None:
        """Replace the list."""
        rows = [
            {"id": one.id, "exchange": one.exchange, "mode": one.mode.value, "title": one.title}
            for one in listed.added
        ]
        text = json.dumps({"accounts": rows, "chosen": listed.chosen}, indent=1)
        # mkstemp makes the file readable by its owner only.
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except OSError as error:
            Path(name).unlink(missing_ok=True)
            raise ConfigError(f"{self._path} cannot be written: {error}") from error


def _entry(row: Any) -> AccountEntry:  # Any: parsed JSON
    return AccountEntry(
        id=AccountId(str(row["id"])),
        exchange=str(row["exchange"]),
        mode=Mode(row["mode"]),
        title=str(row["title"]),
    )


def _check(entry: AccountEntry) -> None:
    if not _NAME.fullmatch(entry.id) or entry.id in _TAKEN:
        raise ConfigError(
            "an account's name is 2 to 24 small letters, digits and dashes, such as main, and "
            f"none of {', '.join(sorted(_TAKEN))}; was {entry.id!r}"
        )
    if entry.exchange not in EXCHANGES:
        raise ConfigError(
            f"accounts can be opened at {' and '.join(EXCHANGES)}, was {entry.exchange!r}"
        )
    if entry.mode not in _MODES:
        raise ConfigError(f"an account is paper, testnet or live, was {entry.mode}")
    if not 0 < len(entry.title) <= _LONGEST_TITLE:
        raise ConfigError(f"a title has 1 to {_LONGEST_TITLE} characters, was {entry.title!r}")
