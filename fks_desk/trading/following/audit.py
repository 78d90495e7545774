"""Compare what the venue tells of each currency with what transfers and executions add up to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from fks_desk.core.clock import Clock
from fks_desk.core.desk_messages import AcceptDifference, LedgerChecked
from fks_desk.core.ledger import LedgerLine, Transfer, TransferKind
from fks_desk.core.messages import NoticeRaised, Severity
from fks_desk.core.model import InstrumentId
from fks_desk.core.ports import Publish
from fks_desk.trading.books.account import Books, Instruments
from fks_desk.trading.following.standing import Standing
from fks_desk.trading.options import TradingOptions

_INSTANT = timedelta(microseconds=1)


class Audit:
    """Keep the double entry: a difference shuts the desk to new positions until it is explained.

    One look may fall between an execution and its report, so a difference has to
    stand for several looks before it is taken for money that came or went. Where both
    currencies of an instrument differ, a trade that the venue's lists do not name would
    explain it: once it has stood as long as an order has to be missed before it counts
    as absent, a person is asked, for a venue forgets old trades and a position may be
    wrong. What an empty ledger finds at the venue is its opening.
    """

    def __init__(
        self,
        *,
        books: Books,
        standing: Standing,
        instruments: Instruments,
        publish: Publish,
        clock: Clock,
        options: TradingOptions,
        on_transfers: Callable[[list[Transfer]], None],
    ) -> None:
        self._books = books
        self._standing = standing
        self._instruments = instruments
        self._publish = publish
        self._clock = clock
        self._options = options
        self._on_transfers = on_transfers
        self._seen: tuple[LedgerLine, ...] = ()
        self._looks = 0
        self._astray = ""
        self._is_astray = False
        self._since = 0.0
        self._last_moment: datetime | None = None
        self._asked: tuple[LedgerLine, ...] = ()
        self._accepted: AcceptDifference | None = None

    @property
    def is_puzzled(self) -> bool:
        """Tell whether a difference waits for more looks."""
        return bool(self._seen or self._astray)

    @property
    def suspects(self) -> frozenset[InstrumentId]:
        """Return the instruments in which a trade of somebody else would explain it."""
        names = {line.currency for line in self._seen}
        venue = self._books.account.venue
        return frozenset(
            key
            for key, one in self._instruments().items()
            if one.venue == venue and {one.base, one.quote} <= names
        )

    def accept(self, command: AcceptDifference) -> str | None:
        """Take a person's word for the next look; return a sentence if nothing was asked."""
        if not self._asked or _by_currency(self._asked) != dict(command.differences):
            return "The ledger waits for no such decision; look at what it shows now."
        self._accepted = command
        return None

    async def look(self, told: Mapping[str, Decimal], astray: str = "") -> list[str]:
        """Take the venue's totals, read while nothing was under way; return what was mended.

        `astray` tells of a position that the executions do not add up to: it is never
        taken over, and from its second look on nothing new is opened.
        """
        self._is_astray = bool(astray) and astray == self._astray
        self._astray = astray
        lines = self._books.ledger.compare(told)
        different = tuple(line for line in lines if line.difference)
        if different and different == self._seen:
            self._looks += 1
        else:
            self._looks, self._since = 1, self._clock.monotonic()
        self._seen = different
        repairs: list[str] = []
        if different and self._is_explained(different):
            repairs = await self._take_over(different)
            lines, self._seen = self._books.ledger.compare(told), ()
        self._ask()
        self._tell(lines)
        return repairs

    def _is_explained(self, different: tuple[LedgerLine, ...]) -> bool:
        if not self._books.ledger.is_opened:
            return True
        if self._has_accepted(different):
            return True
        return self._looks >= self._options.mismatch_agreements and not self.suspects

    def _has_accepted(self, different: tuple[LedgerLine, ...]) -> bool:
        word = self._accepted
        return word is not None and _by_currency(different) == dict(word.differences)

    def _ask(self) -> None:
        """Ask a person about what may be trades that the venue does not name any more."""
        stood = self._clock.monotonic() - self._since
        is_due = self._looks >= self._options.mismatch_agreements
        is_due = is_due and stood >= self._options.absence_s and bool(self.suspects)
        before, self._asked = self._asked, self._seen if is_due else ()
        # Given for other numbers, or used by now.
        self._accepted = None
        if self._asked and self._asked != before:
            text = (
                f"Nothing new is opened: {_mismatch(self._asked)}, and the venue names no trade "
                "that explains it. Look at its own page, then accept the difference in Positions."
            )
            self._publish(NoticeRaised(severity=Severity.ERROR, text=text, topic="trading"))

    async def _take_over(self, different: tuple[LedgerLine, ...]) -> list[str]:
        is_opening = not self._books.ledger.is_opened
        transfers = [self._transfer(line, is_opening=is_opening) for line in different]
        word = self._accepted if self._has_accepted(different) else None
        await self._books.transfer(transfers, word)
        self._on_transfers(transfers)
        self._books.ledger.is_opened = True
        return [] if is_opening else [_sentence(one) for one in transfers]

    def _transfer(self, line: LedgerLine, *, is_opening: bool) -> Transfer:
        came = TransferKind.DEPOSIT if line.difference > 0 else TransferKind.WITHDRAWAL
        return Transfer(
            account=self._books.account.id,
            currency=line.currency,
            amount=line.difference,
            kind=TransferKind.OPENING if is_opening else came,
            at=self._moment(),
        )

    def _moment(self) -> datetime:
        now = self._clock.now()
        if self._last_moment is not None:
            now = max(now, self._last_moment + _INSTANT)
        self._last_moment = now
        return now

    def _tell(self, lines: tuple[LedgerLine, ...]) -> None:
        if self._seen and self._looks > 1:
            self._standing.mismatch(_mismatch(self._seen))
        elif self._is_astray:
            self._standing.mismatch(self._astray)
        elif not self._seen:
            self._standing.mismatch(None)
        self._publish(
            LedgerChecked(
                account=self._books.account.id,
                lines=lines,
                at=self._clock.now(),
                is_asked=bool(self._asked),
            )
        )


def _by_currency(lines: tuple[LedgerLine, ...]) -> dict[str, Decimal]:
    return {line.currency: line.difference for line in lines}


def _sentence(transfer: Transfer) -> str:
    way = "came in" if transfer.amount > 0 else "went out"
    return (
        f"{abs(transfer.amount)} {transfer.currency} {way} without an execution of ours: "
        f"recorded as a {transfer.kind}"
    )


def _mismatch(lines: tuple[LedgerLine, ...]) -> str:
    first, *others = lines
    more = f", and {len(others)} more currencies differ" if others else ""
    return (
        f"the venue holds {first.told} {first.currency}, executions and transfers add up to "
        f"{first.counted}{more}"
    )
