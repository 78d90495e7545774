"""Count request weights and orders as Binance does, and say when it is too much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from fks_desk.core.clock import Clock
from fks_desk.venue.front.errors import ApiError

WEIGHT_PER_MINUTE = 6_000
ORDERS_PER_10S = 100
ORDERS_PER_DAY = 200_000
_WINDOWS_S = {"weight": 60, "orders_10s": 10, "orders_1d": 86_400}


class Budget:
    """Hold what one address has used in the running windows of monotonic time."""

    def __init__(self, clock: Clock, *, weight_per_minute: int = WEIGHT_PER_MINUTE) -> None:
        self._clock = clock
        self._limits = {
            "weight": weight_per_minute,
            "orders_10s": ORDERS_PER_10S,
            "orders_1d": ORDERS_PER_DAY,
        }
        self._used: Counter[str] = Counter()
        self._window: dict[str, int] = {}

    def spend(self, weight: int) -> None:
        """Count a request; raise -1003 with 429 if it is one too many."""
        if self._count("weight", weight) > self._limits["weight"]:
            raise ApiError(
                -1003,
                "Too much request weight used; current limit is "
                f"{self._limits['weight']} request weight per 1 MINUTE. Please use WebSocket "
                "Streams for live updates to avoid polling the API.",
                status=429,
            )

    def spend_order(self) -> None:
        """Count a new order; raise -1015 with 429 if it is one too many."""
        for name, interval in (("orders_10s", "10 SECOND"), ("orders_1d", "1 DAY")):
            if self._count(name, 1) > self._limits[name]:
                raise ApiError(
                    -1015,
                    f"Too many new orders; current limit is {self._limits[name]} "
                    f"orders per {interval}.",
                    status=429,
                )

    @property
    def retry_after_s(self) -> int:
        """Return when the weight's window ends."""
        return 60 - int(self._clock.monotonic()) % 60

    def headers(self, *, with_orders: bool) -> Mapping[str, str]:
        """Return the counters as the reply's headers."""
        headers = {
            "X-MBX-USED-WEIGHT": str(self._used["weight"]),
            "X-MBX-USED-WEIGHT-1M": str(self._used["weight"]),
        }
        if with_orders:
            headers["X-MBX-ORDER-COUNT-10S"] = str(self._used["orders_10s"])
            headers["X-MBX-ORDER-COUNT-1D"] = str(self._used["orders_1d"])
        return headers

    def _count(self, name: str, amount: int) -> int:
        window = int(self._clock.monotonic()) // _WINDOWS_S[name]
        if self._window.get(name) != window:
            self._window[name] = window
            self._used[name] = 0
        self._used[name] += amount
        return self._used[name]


def rate_limits() -> list[dict[str, object]]:
    """Return the limits as exchangeInfo tells them."""
    return [
        {
            "rateLimitType": "REQUEST_WEIGHT",
            "interval": "MINUTE",
            "intervalNum": 1,
            "limit": WEIGHT_PER_MINUTE,
        },
        {
            "rateLimitType": "ORDERS",
            "interval": "SECOND",
            "intervalNum": 10,
            "limit": ORDERS_PER_10S,
        },
        {
            "rateLimitType": "ORDERS",
            "interval": "DAY",
            "intervalNum": 1,
            "limit": ORDERS_PER_DAY,
        },
    ]
