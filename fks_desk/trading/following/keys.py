"""Hear from a venue that it does not take the account's key any more."""

from __future__ import annotations

from collections.abc import Callable

from fks_desk.core.errors import FKSException, KeyRefused

CAUSE = "venue:KeyRefused"


class KeyWatch:
    """Halt the account at the first refusal of its key, whatever had been asked for.

    Until a person resumes, further refusals say nothing new; then the next one halts again.
    """

    def __init__(self, halt: Callable[[str], None]) -> None:
        self._halt = halt
        self.is_refused = False

    def hear(self, error: Exception) -> None:
        """Take an error of a signed request; most are about something else."""
        if self.is_refused or not isinstance(error, KeyRefused):
            return
        self.is_refused = True
        self._halt(_sentence(error))

    def forgive(self) -> bool:
        """Try the key again; return whether it had been refused."""
        was_refused, self.is_refused = self.is_refused, False
        return was_refused


def _sentence(error: FKSException) -> str:
    return (
        f"the venue does not take this account's key ({error.message}): look at the key there, "
        "test or renew it under Accounts (Ctrl+F2), then resume trading; open orders stay at "
        "the venue"
    )
