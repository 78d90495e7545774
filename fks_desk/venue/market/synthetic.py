"""Invent a market's history from a seed: the same minutes, whoever asks and whenever.

A chain of daily closes wanders around the pair's anchor with clustered
volatility; inside a day, a bridge of minute steps leads from one close to the
next. So any day is made alone, without the days before it.
"""

from __future__ import annotations

import zlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fks_desk.core.model import Timeframe
from fks_desk.venue.market.bars import DAY_MS, MINUTE_MS, Bars, Ints, folded, joined, no_bars
from fks_desk.venue.market.listing import Listing

Floats = NDArray[np.float64]

FIRST_DAY = 18_262  # 2020-01-01, in days since 1970
_DAYS = 366 * 80
_MINUTES = 1_440
_HOUR_MS = 3_600_000
_PULL = 0.02  # how much of the distance to the anchor is lost in a day
_CACHED_DAYS = 48


class SyntheticSource:
    """Make one pair's closed minutes on demand."""

    base = Timeframe.M1

    def __init__(self, listing: Listing, *, seed: int, history_days: int) -> None:
        self._listing = listing
        self._tick = float(listing.instrument.tick)
        self._lot = float(listing.instrument.lot)
        self._seed = (seed, zlib.crc32(listing.symbol.encode()))
        self._history_days = history_days
        self._closes = _daily_closes(listing, seed, self._seed)
        self._day = lru_cache(maxsize=_CACHED_DAYS)(self._make_day)
        self._hours: dict[int, Bars] = {}

    @property
    def seed(self) -> tuple[int, ...]:
        """Return what makes this pair's chance its own."""
        return self._seed

    def first(self, timeframe: Timeframe, start_ms: int, end_ms: int, count: int) -> Bars:
        """Return the oldest bars that opened inside the span, at most count."""
        length = timeframe.milliseconds
        start_ms = max(-(-start_ms // length) * length, self._first_ms(end_ms))
        return self._bars_between(timeframe, start_ms, min(end_ms, start_ms + count * length))

    def last(self, timeframe: Timeframe, end_ms: int, count: int) -> Bars:
        """Return the newest bars that opened before the end, at most count."""
        length = timeframe.milliseconds
        end_ms = -(-end_ms // length) * length
        start_ms = max(end_ms - count * length, self._first_ms(end_ms))
        return self._bars_between(timeframe, start_ms, end_ms)

    def base_bars(self, start_ms: int, end_ms: int) -> Bars:
        """Return the minutes that opened inside the span."""
        return self._bars_between(Timeframe.M1, start_ms, end_ms)

    def bar_at(self, moment_ms: int) -> Bars:
        """Return the minute that holds the moment."""
        opened = moment_ms - moment_ms % MINUTE_MS
        return self.base_bars(opened, opened + MINUTE_MS)

    def _bars_between(self, timeframe: Timeframe, start_ms: int, end_ms: int) -> Bars:
        if end_ms <= start_ms:
            return no_bars()
        length = timeframe.milliseconds
        make = self._hours_of if length % _HOUR_MS == 0 else self._day
        days = range(start_ms // DAY_MS, (end_ms - 1) // DAY_MS + 1)
        whole = joined([make(day) for day in days])
        return folded(whole, length).between(start_ms, end_ms)

    def _first_ms(self, now_ms: int) -> int:
        return max(now_ms // DAY_MS - self._history_days, FIRST_DAY) * DAY_MS

    def _hours_of(self, day: int) -> Bars:
        hours = self._hours.get(day)
        if hours is None:
            hours = self._hours[day] = folded(self._make_day(day), _HOUR_MS)
        return hours

    def _make_day(self, day: int) -> Bars:
        index = day - FIRST_DAY
        rng = np.random.default_rng((*self._seed, day))
        activity = _activity(rng)
        steps = rng.standard_t(4, _MINUTES) * activity
        liveliness = self._listing.daily_volatility * rng.lognormal(0.0, 0.3)
        steps *= liveliness / np.sqrt(np.sum(steps**2))
        start, end = np.log(self._closes[index]), np.log(self._closes[index + 1])
        walk = np.cumsum(steps)
        drift = (end - start - walk[-1]) * np.arange(1, _MINUTES + 1) / _MINUTES
        close = self._ticks(np.exp(start + walk + drift))
        first = self._ticks(np.array([self._closes[index]]))
        return self._drawn(day, np.r_[first, close], np.abs(steps), activity, rng)

    def _drawn(
        self, day: int, path: Ints, size: Floats, activity: Floats, rng: np.random.Generator
    ) -> Bars:
        """Return the day's bars; the path holds the first open and then each close."""
        open_, close = path[:-1], path[1:]
        wick = rng.exponential(0.6, (2, _MINUTES)) * size * close
        high = np.maximum(open_, close) + np.rint(wick[0]).astype(np.int64)
        low = np.minimum(open_, close) - np.rint(wick[1]).astype(np.int64)
        busy = activity * (0.4 + size / size.mean()) * rng.lognormal(0.0, 0.35, _MINUTES)
        lots = self._listing.daily_volume / self._lot * busy / busy.sum()
        volume = np.maximum(np.rint(lots).astype(np.int64), 1)
        return Bars(
            time=day * DAY_MS + np.arange(_MINUTES, dtype=np.int64) * MINUTE_MS,
            open=open_,
            high=high,
            low=np.maximum(low, 1),
            close=close,
            volume=volume,
            quote=volume * ((open_ + close) // 2),
            count=np.maximum(volume // 2_000, 1),
        )

    def _ticks(self, prices: Floats) -> Ints:
        return np.maximum(np.rint(prices / self._tick), 1).astype(np.int64)


def _daily_closes(listing: Listing, seed: int, own_seed: tuple[int, ...]) -> Floats:
    """Return the close of each day since the first; all pairs share part of their chance."""
    shared = np.random.default_rng(seed).standard_normal((2, _DAYS))
    own = np.random.default_rng(own_seed).standard_normal((2, _DAYS))
    calm = _persistent(0.7 * shared[0] + 0.7 * own[0], keep=0.94) * 0.15
    shocks = (0.75 * shared[1] + 0.66 * own[1]) * listing.daily_volatility * np.exp(calm)
    return listing.anchor * np.exp(_persistent(shocks, keep=1.0 - _PULL))


def _persistent(shocks: Floats, *, keep: float) -> Floats:
    """Return the sum of the shocks, each fading by `keep` a step."""
    level, levels = 0.0, []
    for shock in shocks.tolist():
        level = level * keep + shock
        levels.append(level)
    return np.array(levels)


def _activity(rng: np.random.Generator) -> Floats:
    """Return how lively each minute of a day is: a daily rhythm times slow moods."""
    minute = np.arange(_MINUTES)
    rhythm = 1.0 + 0.45 * np.sin((minute / _MINUTES - 0.35) * 2 * np.pi)
    mood = np.interp(minute, np.arange(0, _MINUTES + 60, 60), rng.normal(0.0, 0.45, 25))
    return np.asarray(rhythm * np.exp(mood))
