"""Play candles of a file as if they happened now."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from fks_desk.core.clock import Clock, to_ms
from fks_desk.core.errors import ConfigError
from fks_desk.core.frame import Frame
from fks_desk.core.model import Instrument, Timeframe
from fks_desk.core.recordings import RecordedTape
from fks_desk.venue.market.bars import Bars, Ints, folded, no_bars
from fks_desk.venue.market.listing import Listing, demo_listings, spot

_MOST_DIGITS = 8
_FEWEST_CANDLES = 2
_ROUNDING_NOISE = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReplayOptions:
    """Say what to replay and how fast.

    All candles but the last `live_candles` are history at the start; `speed`
    counts market seconds per second. With `recorded` the prints and the book are those
    of a recording, whose minutes the candles are.
    """

    symbol: str
    timeframe: Timeframe
    frame: Frame
    speed: float = 60.0
    live_candles: int = 300
    prints_per_s: float = 8.0
    recorded: RecordedTape | None = None

    def __post_init__(self) -> None:
        if len(self.frame) < _FEWEST_CANDLES:
            raise ConfigError(
                f"A replay needs at least two candles, the file has {len(self.frame)}."
            )
        if self.speed <= 0 or self.live_candles < 1:
            raise ConfigError(
                "A replay needs a speed above zero and at least one live candle, "
                f"were {self.speed} and {self.live_candles}."
            )

    @property
    def first_live(self) -> int:
        """Return the index of the first candle that is played; one at least stays history."""
        return max(1, len(self.frame) - self.live_candles)


class WallTime:
    """Let market time be the machine's time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now_ms(self) -> int:
        """Return market time in milliseconds."""
        return to_ms(self._clock.now())


class ReplayTime:
    """Let market time run through the file's candles, hopping over its gaps."""

    def __init__(self, options: ReplayOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._started = clock.monotonic()

    def now_ms(self) -> int:
        """Return market time in milliseconds; it stands still at the end of the file."""
        times, length = self._options.frame.time, self._options.timeframe.milliseconds
        played = (self._clock.monotonic() - self._started) * self._options.speed * 1000 / length
        index = self._options.first_live + int(played)
        if index >= times.size:
            return int(times[-1]) + length
        return int(times[index]) + int(played % 1.0 * length)


class ReplaySource:
    """Hold a file's candles as bars; nothing shorter than them is on offer."""

    def __init__(self, options: ReplayOptions, instrument: Instrument) -> None:
        self._base = options.timeframe
        self._bars = _bars_of(options.frame, instrument)

    @property
    def base(self) -> Timeframe:
        """Return the file's timeframe."""
        return self._base

    @property
    def seed(self) -> tuple[int, ...]:
        """Return what the prints' chance is drawn from."""
        return (len(self._bars),)

    def first(self, timeframe: Timeframe, start_ms: int, end_ms: int, count: int) -> Bars:
        """Return the oldest bars that opened inside the span, at most count."""
        return self._folded(timeframe, end_ms).between(start_ms, end_ms).slice(0, count)

    def last(self, timeframe: Timeframe, end_ms: int, count: int) -> Bars:
        """Return the newest bars that opened before the end, at most count."""
        bars = self._folded(timeframe, end_ms)
        return bars.slice(max(0, len(bars) - count), len(bars))

    def base_bars(self, start_ms: int, end_ms: int) -> Bars:
        """Return the file's candles that opened inside the span."""
        return self._bars.between(start_ms, end_ms)

    def bar_at(self, moment_ms: int) -> Bars:
        """Return the candle that holds the moment, or the next one; none at the very end."""
        closes = self._bars.time + self._base.milliseconds
        index = int(np.searchsorted(closes, moment_ms, side="right"))
        return self._bars.slice(index, index + 1)

    def _folded(self, timeframe: Timeframe, end_ms: int) -> Bars:
        length = timeframe.milliseconds
        if length % self._base.milliseconds:
            return no_bars()
        return folded(self._bars.between(0, end_ms), length)


def replay_listing(options: ReplayOptions) -> Listing:
    """Return the file's pair with filters that its own prices keep."""
    frame = options.frame
    known = {listing.symbol: listing.instrument for listing in demo_listings()}
    default = known.get(options.symbol)
    tick = _step_of(np.concatenate([frame.open, frame.high, frame.low, frame.close]))
    lot = default.lot if default is not None else _step_of(frame.volume)
    if default is not None:
        tick = min(tick, default.tick)
    return Listing(
        instrument=spot(options.symbol, tick=str(tick), lot=f"{lot:f}"),
        anchor=float(frame.close[-1]),
        daily_volatility=0.0,
        daily_volume=0.0,
        prints_per_s=options.prints_per_s,
    )


def _step_of(values: NDArray[np.float64]) -> Decimal:
    """Return the coarsest power of ten, at most 1, that the values are multiples of."""
    for digits in range(_MOST_DIGITS):
        scaled = values * 10.0**digits
        if np.all(np.abs(scaled - np.rint(scaled)) < _ROUNDING_NOISE):
            return Decimal(1).scaleb(-digits)
    return Decimal(1).scaleb(-_MOST_DIGITS)


def _bars_of(frame: Frame, instrument: Instrument) -> Bars:
    tick, lot = float(instrument.tick), float(instrument.lot)

    def whole(values: NDArray[np.float64], step: float) -> Ints:
        return np.rint(values / step).astype(np.int64)

    volume = whole(frame.volume, lot)
    close = whole(frame.close, tick)
    return Bars(
        time=frame.time,
        open=whole(frame.open, tick),
        high=whole(frame.high, tick),
        low=whole(frame.low, tick),
        close=close,
        volume=volume,
        quote=volume * close,
        count=np.minimum(volume, 1_000),
    )
