"""Know every instrument, from the venues or, offline, from the last time."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from fks_desk.core.errors import DataError, FKSException
from fks_desk.core.messages import InstrumentsListed
from fks_desk.core.model import Instrument, InstrumentId, VenueId
from fks_desk.core.ports import InstrumentStore, MarketSource, Publish

log = logging.getLogger(__name__)

_SEPARATORS = str.maketrans("", "", "/-_ ")


class Instruments:
    """Load, store and look up what can be traded or charted."""

    def __init__(
        self,
        *,
        sources: Mapping[VenueId, MarketSource],
        store: InstrumentStore,
        publish: Publish,
    ) -> None:
        self._sources = sources
        self._store = store
        self._publish = publish
        self._known: dict[InstrumentId, Instrument] = {}

    @property
    def all(self) -> Sequence[Instrument]:
        """Return every instrument known."""
        return tuple(self._known.values())

    @property
    def by_id(self) -> Mapping[InstrumentId, Instrument]:
        """Return every instrument known, by its id."""
        return self._known

    async def load(self) -> Sequence[Instrument]:
        """Read what is stored, ask every venue, store and publish the result.

        A venue out of reach leaves what was stored of it.
        """
        self._learn(await self._store.instruments())
        for venue, source in self._sources.items():
            try:
                listed = await source.instruments()
            except FKSException as error:
                log.warning("the instruments of %s stay as stored: %s", venue, error)
                continue
            await self._store.save_instruments(listed)
            self._learn(listed)
        self._publish(InstrumentsListed(instruments=tuple(self.all)))
        return self.all

    async def learn(self, listed: Sequence[Instrument]) -> None:
        """Store and publish what one venue lists."""
        await self._store.save_instruments(listed)
        self._learn(listed)
        self._publish(InstrumentsListed(instruments=tuple(listed)))

    async def relist(self, venue: VenueId) -> None:
        """Ask one venue again; store and publish what is other than it was."""
        source = self._sources.get(venue)
        if source is None:
            return
        changed = [one for one in await source.instruments() if self._known.get(one.id) != one]
        if changed:
            log.info("%s lists %d instruments otherwise than before", venue, len(changed))
            await self.learn(changed)

    def get(self, wanted: InstrumentId) -> Instrument:
        """Return the instrument, or raise `DataError` naming its nearest neighbours."""
        found = self._known.get(wanted)
        if found is None:
            raise DataError(
                f"the instrument {wanted!r} is not known{_hint(wanted, map(str, self._known))}"
            )
        return found

    def parse(self, text: str, venue: VenueId | None = None) -> Instrument:
        """Return the instrument that a person wrote, in any common spelling."""
        return parse_symbol(text, self.all, venue)

    def _learn(self, found: Iterable[Instrument]) -> None:
        self._known.update((instrument.id, instrument) for instrument in found)


def parse_symbol(
    text: str, known: Iterable[Instrument], venue: VenueId | None = None
) -> Instrument:
    """Return the instrument meant by BTC/USDT, BTCUSDT, BTC-USDT, BINANCE:BTCUSDT and the like.

    A venue written in the text wins over the argument; without either the symbol
    must be listed once only. Raises `DataError` with near misses.
    """
    instruments = list(known)
    for instrument in instruments:
        if text.strip() == instrument.id:
            return instrument
    symbol, named = _split(text.strip(), {instrument.venue for instrument in instruments})
    wanted = named or venue
    pool = [one for one in instruments if wanted is None or one.venue == wanted]
    found = [one for one in pool if _plain(one.symbol) == _plain(symbol)]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(sorted(one.id for one in found))
        raise DataError(f"{text!r} is listed more than once; write one of {ids}")
    raise DataError(
        f"the symbol {text!r} is not known{_hint(symbol.upper(), (one.symbol for one in pool))}"
    )


def _split(text: str, venues: Iterable[VenueId]) -> tuple[str, VenueId | None]:
    by_name = {venue.upper(): venue for venue in venues}
    head, colon, tail = text.rpartition(":")
    if colon:
        return tail, by_name.get(head.split(":")[0].upper(), VenueId(head.lower()))
    head, dot, tail = text.rpartition(".")
    if dot and tail.upper() in by_name:
        return head, by_name[tail.upper()]
    return text, None


def _plain(symbol: str) -> str:
    return symbol.upper().translate(_SEPARATORS)


def _hint(wanted: str, names: Iterable[str]) -> str:
    by_plain = {_plain(name): name for name in names}
    near = get_close_matches(_plain(wanted), by_plain, n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(by_plain[one] for one in near)}?" if near else ""
