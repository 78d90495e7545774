"""Add, test, choose and remove accounts; a key is typed or piped in, never an argument."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from fks_desk.app.cli.failing import exits_cleanly
from fks_desk.app.cli.options import Json
from fks_desk.app.cli.telling import note, patiently, tell, tell_json, tell_table
from fks_desk.app.cli.workplace import workplace
from fks_desk.core.accounts import EXCHANGES, AccountEntry, NewAccount
from fks_desk.core.errors import ConfigError
from fks_desk.core.model import AccountId, Mode
from fks_desk.core.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fks_desk.app.accounts.book import AccountBook

PASSPHRASE_VARIABLE = "FKS_PASSPHRASE"  # noqa: S105  a name, not a passphrase

accounts = typer.Typer(
    name="accounts",
    help="Keep the accounts that the desk may open: built-in, paper, testnet and live.",
    no_args_is_help=True,
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the account.")]


@accounts.command("list")
@exits_cleanly
def list_accounts(as_json: Json = False) -> None:
    """List the accounts; a star marks the one that the desk opens with."""
    with _book() as book:
        listing = book.listing()
        rows = [
            {
                "name": entry.id,
                "mode": entry.mode.value,
                "exchange": entry.exchange,
                "title": entry.title,
                "chosen": entry.id == listing.chosen,
            }
            for entry in listing.entries
        ]
        if as_json:
            tell_json(rows)
            return
        tell_table(
            [
                ("*" if row["chosen"] else " ", *(str(row[name]) for name in list(row)[:4]))
                for row in rows
            ]
        )


@accounts.command("add")
@exits_cleanly
def add_account(
    name: Name,
    mode: Annotated[Mode, typer.Option("--mode", help="paper, testnet or live.")],
    exchange: Annotated[
        str, typer.Option("--exchange", metavar="NAME", help=f"{' or '.join(EXCHANGES)}.")
    ] = EXCHANGES[0],
    title: Annotated[
        str | None, typer.Option("--title", help="How it is called in the window.")
    ] = None,
) -> None:
    """Add an account. Its key and secret are asked for, or read from stdin, one a line."""
    entry = AccountEntry(
        id=AccountId(name), exchange=exchange, mode=mode, title=title or name.capitalize()
    )
    with _book() as book:
        key = secret = None
        if entry.needs_key:
            key, secret = _asked("API key"), _asked("API secret")
        book.add(NewAccount(entry=entry, key=key, secret=secret), _passphrase(book, entry))
        tell(f"added {name}: {mode.value} at {exchange}")
        if entry.needs_key:
            note("clear the clipboard if the key was pasted, and test it: fks-desk accounts test")


@accounts.command("test")
@exits_cleanly
def test_account(name: Name) -> None:
    """Ask the exchange about an account's key: whose it is, and what it may do."""
    with _book() as book:
        entry = _entry(book, name)
        passphrase = _passphrase(book, entry)
        with patiently(f"asking {entry.venue}"):
            found = book.check(entry.id, passphrase)
        tell(found.words)
        for warning in found.warnings:
            note(warning)


@accounts.command("use")
@exits_cleanly
def use_account(name: Name) -> None:
    """Let the desk open with an account from its next start on."""
    with _book() as book:
        tell(book.choose(AccountId(name)))


@accounts.command("remove")
@exits_cleanly
def remove_account(name: Name) -> None:
    """Forget an account and its key; its orders and fills stay in the database."""
    with _book() as book:
        book.remove(AccountId(name), _passphrase(book, _entry(book, name)))
        tell(f"removed {name}")


def passphrase_from_environment() -> Secret | None:
    """Return the passphrase that a machine without a person was given, with a warning."""
    given = os.environ.get(PASSPHRASE_VARIABLE)
    if not given:
        return None
    note(f"{PASSPHRASE_VARIABLE} is readable by every program of this user")
    return Secret(given)


@contextmanager
def _book() -> Iterator[AccountBook]:
    from fks_desk.app.accounts.book import AccountBook  # noqa: PLC0415  keyring loads slowly

    with workplace() as place:
        yield AccountBook(
            folders=place.folders,
            clock=place.clock,
            named=place.settings.account.id,
            stand_in=place.settings.account.stand_in,
            hide=place.logging.hide,
        )


def _entry(book: AccountBook, name: str) -> AccountEntry:
    for entry in book.listing().entries:
        if entry.id == name:
            return entry
    raise ConfigError(f"there is no account called {name!r}; see `fks-desk accounts list`")


def _passphrase(book: AccountBook, entry: AccountEntry) -> Secret | None:
    if not entry.needs_key or not book.vault.is_locked:
        return None
    given = passphrase_from_environment()
    if given is not None:
        return given
    if not book.vault.is_new:
        return _asked("passphrase of the sealed file")
    note(f"this machine has no keyring: keys are sealed in {book.vault.sealed_in}")
    return _asked("choose a passphrase for it", is_repeated=True)


def _asked(what: str, *, is_repeated: bool = False) -> Secret:
    """Return what is typed unseen or, from a script, the next line of stdin."""
    if sys.stdin.isatty():
        return Secret(_typed(what, is_repeated=is_repeated))
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise ConfigError(f"{what} is missing: type it, or give it as the next line of stdin")
    return Secret(line)


def _typed(what: str, *, is_repeated: bool) -> str:
    return str(typer.prompt(what, hide_input=True, err=True, confirmation_prompt=is_repeated))
