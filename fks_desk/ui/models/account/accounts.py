"""Decide what the page of accounts shows, and ask the keeper in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from fks_desk.core.accounts import AccountEntry, AccountKeeper, AccountList, KeyCheck, NewAccount
from fks_desk.core.errors import FKSException
from fks_desk.core.model import AccountId, Mode
from fks_desk.core.nursery import Nursery
from fks_desk.core.secret import Secret
from fks_desk.ui.models.format import Tone
from fks_desk.ui.text import tr


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountForm:
    """Hold an account as typed; the secrets show as stars wherever this is printed."""

    name: str
    exchange: str
    mode: Mode
    key: Secret
    secret: Secret
    passphrase: Secret


class AccountsModel(QObject):
    """Show the accounts; every answer comes as words and a tone."""

    changed = Signal()
    added = Signal()  # what was typed is kept and can be forgotten
    restart_wanted = Signal()

    def __init__(
        self,
        *,
        keeper: AccountKeeper,
        opened: AccountId,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.opened = opened
        self.listing: AccountList | None = None
        self.words = ""
        self.tone = Tone.MUTED
        self.is_busy = False
        self._keeper = keeper
        self._nursery = nursery
        self._doomed: AccountId | None = None

    @property
    def entries(self) -> tuple[AccountEntry, ...]:
        """Return the accounts, none before they are read."""
        return () if self.listing is None else self.listing.entries

    @property
    def asks_passphrase(self) -> bool:
        """Tell whether keys are in a sealed file that is not open yet."""
        return self.listing is not None and self.listing.is_locked

    def load(self) -> None:
        """Read the list."""
        self._do(lambda: None, lambda _done: self.words)

    def add(self, form: AccountForm) -> None:
        """Keep one more account."""
        entry = AccountEntry(
            id=AccountId(form.name.strip()),
            exchange=form.exchange,
            mode=form.mode,
            title=form.name.strip().capitalize(),
        )
        wanted = NewAccount(
            entry=entry,
            key=form.key if form.key.reveal else None,
            secret=form.secret if form.secret.reveal else None,
        )

        def said(_added: AccountEntry) -> str:
            self.added.emit()
            if not entry.needs_key:
                return tr("{name} is added.", name=entry.id)
            return tr("{name} is added; F5 tests its key.", name=entry.id)

        self._do(lambda: self._keeper.add(wanted, form.passphrase), said)

    def check(self, account: AccountId, passphrase: Secret) -> None:
        """Ask the exchange about a key."""
        self.words, self.tone = tr("Asking the exchange …"), Tone.MUTED
        self._do(lambda: self._keeper.check(account, passphrase), _check_words)

    def choose(self, account: AccountId) -> None:
        """Open the desk with this account from its next start on."""
        self._do(lambda: self._keeper.choose(account), lambda said: said)

    def restart_with(self, account: AccountId) -> None:
        """Choose an account and begin anew with it."""

        def said(words: str) -> str:
            self.restart_wanted.emit()
            return words

        self._do(lambda: self._keeper.choose(account), said)

    def remove(self, account: AccountId, passphrase: Secret) -> None:
        """Forget an account, once it was asked for twice in a row."""
        if self._doomed != account:
            self._doomed = account
            self.words = tr("Del again forgets {name} and its key.", name=account)
            self.tone = Tone.WARNING
            self.changed.emit()
            return
        self._doomed = None
        self._do(
            lambda: self._keeper.remove(account, passphrase),
            lambda _done: tr("{name} is forgotten.", name=account),
        )

    def spare(self) -> None:
        """Forget that a removal was asked for once."""
        self._doomed = None

    def _do(self, work: Callable[[], Any], said: Callable[[Any], str]) -> None:
        if self.is_busy:
            return
        self.is_busy = True
        self.changed.emit()
        self._nursery.start(self._done(work, said), name="keep accounts")

    async def _done(self, work: Callable[[], Any], said: Callable[[Any], str]) -> None:
        # The keyring may wait for a person, and the exchange for the network.
        try:
            found = await asyncio.to_thread(work)
            self.listing = await asyncio.to_thread(self._keeper.listing)
        except FKSException as error:
            self.words, self.tone = error.message, Tone.WARNING
        else:
            is_warned = isinstance(found, KeyCheck) and bool(found.warnings)
            self.tone = Tone.WARNING if is_warned else Tone.PLAIN
            self.words = said(found)
        finally:
            self.is_busy = False
            self.changed.emit()


def _check_words(found: KeyCheck) -> str:
    return ". ".join((found.words, *found.warnings)) + "."
