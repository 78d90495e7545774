"""Decode Binance's busiest frames straight into typed structs.

Formats: Binance spot and futures, WebSocket streams `@trade`, `@aggTrade`, `@kline_<interval>`
and `@depth`, raw or inside the combined streams' wrapper. Numbers stay text.
"""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import Struct, convert
from msgspec.json import Decoder

Row = tuple[str, str]

# Binance writes the event's name first; another order is read all the same, by ccxt.
_WRAPPED = '{"stream":"'
_DATA = '"data":'
_DATA_SIZE = len(_DATA)
_EVENTS = ('{"e":"trade"', '{"e":"aggTrade"', '{"e":"kline"', '{"e":"depthUpdate"')


class Print(Struct, tag_field="e", tag="trade", gc=False):
    """Hold a public trade; `m` says that the buyer was the maker."""

    event: ClassVar[str] = "trade"
    s: str
    E: int
    t: int
    T: int
    p: str
    q: str
    m: bool

    @property
    def number(self) -> int:
        """Return what orders the stream."""
        return self.t


class AggregatePrint(Struct, tag_field="e", tag="aggTrade", gc=False):
    """Hold the public trades of one taker order at one price."""

    event: ClassVar[str] = "aggTrade"
    s: str
    E: int
    a: int
    T: int
    p: str
    q: str
    m: bool

    @property
    def number(self) -> int:
        """Return what orders the stream."""
        return self.a


class Bar(Struct, gc=False):
    """Hold the bar inside a kline frame."""

    t: int
    i: str
    o: str
    h: str
    l: str  # noqa: E741  the exchange's own letter
    c: str
    v: str
    x: bool


class Kline(Struct, tag_field="e", tag="kline", gc=False):
    """Hold a state of a bar."""

    event: ClassVar[str] = "kline"
    s: str
    E: int
    k: Bar

    @property
    def number(self) -> int:
        """Return what orders the stream: the bar, its state's time, and the last state last."""
        return (self.k.t + self.E) * 2 + self.k.x


class DepthChange(Struct, tag_field="e", tag="depthUpdate", gc=False):
    """Hold changed price levels from update `U` to `u`; futures name the update before, `pu`."""

    event: ClassVar[str] = "depthUpdate"
    s: str
    E: int
    U: int
    u: int
    b: list[Row]
    a: list[Row]
    pu: int | None = None

    @property
    def number(self) -> int:
        """Return what orders the stream."""
        return self.u


Frame = Print | AggregatePrint | Kline | DepthChange


class _Wrapper(Struct, gc=False):
    """Hold a frame of the combined streams."""

    data: Frame


_raw = Decoder(Frame).decode
_wrapped = Decoder(_Wrapper).decode


def decode(text: str) -> Frame | None:
    """Return the typed frame, or None if its first letters say that it is none of the busy ones.

    Raise `msgspec.DecodeError` if it cannot be read.
    """
    if text.startswith(_WRAPPED):
        at = text.find(_DATA)
        return _wrapped(text).data if at > 0 and text.startswith(_EVENTS, at + _DATA_SIZE) else None
    return _raw(text) if text.startswith(_EVENTS) else None


def depth_change(message: Any) -> DepthChange:  # parsed JSON of a foreign server
    """Return the typed change of a message that ccxt has parsed, or raise ValueError."""
    return convert({"e": "depthUpdate", "s": "", "E": 0, **message}, DepthChange)


def stream_of(frame: Frame) -> str:
    """Return the name of the stream that a frame belongs to."""
    if isinstance(frame, Kline):
        return f"{frame.s.lower()}@kline_{frame.k.i}"
    if isinstance(frame, DepthChange):
        return f"{frame.s.lower()}@depth@100ms"
    return f"{frame.s.lower()}@{frame.event}"
