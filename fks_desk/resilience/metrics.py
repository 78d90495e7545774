"""Count and gauge what the desk does, in a registry of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from fks_desk.resilience.breaker import BreakerState, CircuitBreaker

_FRAME_BUCKETS = (0.002, 0.004, 0.008, 0.016, 0.033, 0.05, 0.1, 0.25, 1.0)
_LAG_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
_STATES = {BreakerState.CLOSED: 0, BreakerState.HALF_OPEN: 1, BreakerState.OPEN: 2}


@dataclass(frozen=True, slots=True)
class Metrics:
    """Hold every instrument that the desk exports.

    Times are in seconds. `loop` is `engine` or `gui`; `stream` is `candles`,
    `trades`, `tickers`, `books` or `reports`.
    """

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    loop_lag: Gauge = field(init=False)
    loop_lags: Histogram = field(init=False)
    frame_time: Histogram = field(init=False)
    feed_messages: Counter = field(init=False)
    feed_age: Gauge = field(init=False)
    feed_reconnects: Counter = field(init=False)
    clock_offset: Gauge = field(init=False)
    breaker_state: Gauge = field(init=False)
    orders_sent: Counter = field(init=False)
    rows_stored: Counter = field(init=False)

    def __post_init__(self) -> None:
        self._gauge("loop_lag", "Newest delay of an event loop", "loop")
        self._gauge("feed_age", "Seconds since a stream's newest message", "stream", "instrument")
        self._gauge("clock_offset", "The venue's clock minus ours", "venue")
        self._gauge("breaker_state", "0 closed, 1 half open, 2 open", "breaker")
        self._counter("feed_messages", "Market messages received", "stream")
        self._counter("feed_reconnects", "Streams that were lost and begun again", "stream")
        self._counter("orders_sent", "Order requests sent", "account")
        self._counter("rows_stored", "Rows written by the recorder", "table")
        self._histogram("loop_lags", "Delays of an event loop", _LAG_BUCKETS, "loop")
        self._histogram("frame_time", "Time between two painted frames", _FRAME_BUCKETS)

    def text(self) -> str:
        """Return everything in Prometheus' text format."""
        return generate_latest(self.registry).decode()

    def value(self, name: str, **labels: str) -> float | None:
        """Return one exported sample, or None if it was never set."""
        return self.registry.get_sample_value(f"fks_{name}", labels)

    def watch_breaker(self, breaker: CircuitBreaker) -> None:
        """Export a breaker's state, read when somebody asks."""
        gauge = self.breaker_state.labels(breaker.name)
        gauge.set_function(lambda: float(_STATES[breaker.state]))

    def _gauge(self, name: str, text: str, *labels: str) -> None:
        self._set(name, Gauge(f"fks_{name}", text, labels, registry=self.registry))

    def _counter(self, name: str, text: str, *labels: str) -> None:
        self._set(name, Counter(f"fks_{name}", text, labels, registry=self.registry))

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> None:
        histogram = Histogram(f"fks_{name}", text, labels, registry=self.registry, buckets=buckets)
        self._set(name, histogram)

    def _set(self, name: str, instrument: Gauge | Counter | Histogram) -> None:
        object.__setattr__(self, name, instrument)


async def gauge_loop_lag(
    metrics: Metrics, loop: str, *, monotonic: Callable[[], float], every_s: float = 0.5
) -> None:
    """Measure how late this coroutine's loop wakes it, until cancelled."""
    gauge, histogram = metrics.loop_lag.labels(loop), metrics.loop_lags.labels(loop)
    while True:
        due = monotonic() + every_s
        await asyncio.sleep(every_s)
        lag = max(0.0, monotonic() - due)
        gauge.set(lag)
        histogram.observe(lag)
