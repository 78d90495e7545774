"""Read where the candle under the crosshair came from, a stretch at a time."""

from __future__ import annotations

from collections.abc import Callable

from fks_desk.core.clock import from_ms, to_ms
from fks_desk.core.model import Candle, InstrumentId, Provenance, Span, Timeframe
from fks_desk.core.nursery import Nursery
from fks_desk.core.origins import CandleOrigin, CandleOrigins
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.text import tr

_STRETCH = 500  # bars read at once
_MOST_KNOWN = 50_000


class OriginBook:
    """Remember the origins of one chart's candles and read those not known yet.

    `on_read` is called when an answer came; a failure is no news: the bar is
    simply told of without its origin.
    """

    def __init__(
        self, *, origins: CandleOrigins, nursery: Nursery, on_read: Callable[[], None]
    ) -> None:
        self._origins = origins
        self._on_read = on_read
        self._loader = Loader(nursery, lambda _reason: None)
        self._known: dict[int, CandleOrigin | None] = {}
        self._market: tuple[InstrumentId, Timeframe] | None = None
        self._asked: set[int] = set()

    def show(self, instrument: InstrumentId, timeframe: Timeframe) -> None:
        """Begin with another market."""
        self._market = (instrument, timeframe)
        self.forget()

    def forget(self) -> None:
        """Read again what was changed."""
        self._known.clear()
        self._asked.clear()

    def note(self, candle: Candle) -> None:
        """Remember the origin of a closed candle that streamed in."""
        if candle.is_closed:
            self._known[to_ms(candle.opened)] = CandleOrigin(
                provenance=candle.provenance, arrived=candle.ts_init, revision=candle.revision
            )

    def origin(self, moment_ms: int) -> CandleOrigin | None:
        """Return what is known of the candle that opened then; what is not gets read."""
        if moment_ms not in self._known:
            self._want(moment_ms)
        return self._known.get(moment_ms)

    def _want(self, moment_ms: int) -> None:
        market = self._market
        if market is None:
            return
        instrument, timeframe = market
        length = timeframe.milliseconds * _STRETCH
        start = moment_ms - moment_ms % length
        if start in self._asked:
            return
        self._asked.add(start)
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        span = Span(start=from_ms(start), end=from_ms(start + length))

        async def read() -> None:
            found = await self._origins.origins(instrument, timeframe, span)
            if self._market == market:
                self._known.update((to_ms(opened), one) for opened, one in dict(found).items())
                self._on_read()

        self._loader.start(read, name=f"read origins from {start}")


def origin_words(origin: CandleOrigin) -> str:
    """Return a candle's origin as one short sentence."""
    words = {
        Provenance.STREAMED: tr("streamed"),
        Provenance.BUILT: tr("built from trades"),
        Provenance.BACKFILLED: tr("backfilled"),
        Provenance.IMPORTED: tr("imported"),
        Provenance.REVISED: tr("revised"),
    }[origin.provenance]
    text = tr("{way} {moment}", way=words, moment=f"{origin.arrived:%Y-%m-%d %H:%M:%S}")
    if origin.revision:
        text = tr("{text}, put right {count} times", text=text, count=origin.revision)
    return text
