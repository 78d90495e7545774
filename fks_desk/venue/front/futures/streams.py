"""Send the perpetuals' news: the spot streams in futures' spelling, and mark prices."""

from __future__ import annotations

from fks_desk.venue.fault_player import FaultPlayer
from fks_desk.venue.front.futures.market import mark_info
from fks_desk.venue.front.streams import MarketStreams
from fks_desk.venue.front.wire import Json
from fks_desk.venue.market.listing import wire_id
from fks_desk.venue.market.pair import PairMarket
from fks_desk.venue.perpetual.exchange import PerpetualExchange


class PerpStreams(MarketStreams):
    """Know who listens to which perpetual."""

    def __init__(self, perpetual: PerpetualExchange, faults: FaultPlayer) -> None:
        super().__init__(perpetual, faults)
        self._perpetual = perpetual

    def push_marks(self) -> None:
        """Send the mark, the index and the funding of every perpetual."""
        events = [_mark_event(self._perpetual, pair) for pair in self._perpetual.pairs.values()]
        for rate in ("", "@1s"):
            for pair, event in zip(self._perpetual.pairs.values(), events, strict=True):
                self._send(f"{wire_id(pair.symbol).lower()}@markPrice{rate}", event)
            self._send(f"!markPrice@arr{rate}", events)

    def _send(self, name: str, event: Json | list[Json]) -> None:
        super()._send(name, _dressed(name, event) if isinstance(event, dict) else event)


def _dressed(name: str, event: Json) -> Json:
    """Return an event of the spot streams as futures spell it."""
    kind = event.get("e", "")
    if kind == "depthUpdate":
        return {**event, "T": event["E"], "pu": event["U"] - 1}
    if kind == "trade":
        return {**event, "X": "MARKET"}
    if name.endswith("@bookTicker"):
        return {"e": "bookTicker", **event}
    return event


def _mark_event(perpetual: PerpetualExchange, pair: PairMarket) -> Json:
    shown = mark_info(perpetual, pair)
    return {
        "e": "markPriceUpdate",
        "E": shown["time"],
        "s": shown["symbol"],
        "p": shown["markPrice"],
        "i": shown["indexPrice"],
        "P": shown["estimatedSettlePrice"],
        "r": shown["lastFundingRate"],
        "T": shown["nextFundingTime"],
    }
