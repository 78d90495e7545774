"""Read the script of what goes wrong: lost replies, spoiled frames, outages, wrong clocks."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec

from fks_desk.core.errors import ConfigError


class FaultAction(StrEnum):
    """Name what a rule does to a request; words with "accept" say that the work was done."""

    RESET = "reset"  # the connection dies and nothing was done
    ACCEPT_THEN_RESET = "accept_then_reset"  # done, then the connection dies
    HANG = "hang"  # not done, and no answer ever: a half-open socket
    ACCEPT_THEN_HANG = "accept_then_hang"  # done, and no answer ever
    DELAY_REQUEST = "delay_request"  # done late
    DELAY_REPLY = "delay_reply"  # done at once, told late
    HTML502 = "html502"  # not done, a proxy's page comes back
    HTML502_ACCEPTED = "html502_accepted"  # done, a proxy's page comes back
    EMPTY_ACCEPTED = "empty_accepted"  # done, an empty 200 comes back
    TRUNCATE_ACCEPTED = "truncate_accepted"  # done, half of the JSON comes back
    DRIP_ACCEPTED = "drip_accepted"  # done, a byte of the reply comes each `seconds`
    ERROR = "error"  # not done, `code` and `text` come back
    ERROR_ACCEPTED = "error_accepted"  # done, and `code` and `text` come back all the same
    SAY = "say"  # not done, `text` comes back as it is
    GARBAGE = "garbage"  # not done, bytes that are no text come back
    FLOOD = "flood"  # not done, `megabytes` of text come back
    BOMB = "bomb"  # not done, the same packed a thousandfold
    BAN = "ban"  # not done, 418 for `seconds` on everything


class FrameAction(StrEnum):
    """Name what a rule does to a message of a stream."""

    DROP = "drop"  # never sent
    DUPLICATE = "duplicate"  # sent `copies` times
    REORDER = "reorder"  # sent after the next one
    DELAY = "delay"  # sent `seconds` late
    TRUNCATE = "truncate"  # half of it is sent
    GARBAGE = "garbage"  # bytes that are no text are sent instead
    SAY = "say"  # `text` is sent instead
    CUT = "cut"  # the connections that would hear it are cut


class OutageKind(StrEnum):
    """Name what is out of order for a while."""

    CUT = "cut"  # connections are cut, new ones die at once
    HANG = "hang"  # connections stay and nothing is answered or sent
    MUTE = "mute"  # streams named by `on` stay open and silent
    MAINTENANCE = "maintenance"  # every request gets 503 "Service Unavailable."
    BAN = "ban"  # every request gets 418
    CLOCK = "clock"  # the venue's clock is `milliseconds` off
    HALT = "halt"  # the pair named by `on` does not trade
    REVOKE = "revoke"  # the private streams end, once, when it begins
    SHUTDOWN = "shutdown"  # every stream is told `serverShutdown` and cut, once


_END_AT_ONCE = {OutageKind.REVOKE, OutageKind.SHUTDOWN}
_CALL = re.compile(r"^((GET|POST|PUT|DELETE|\*) /\S*|ws \S+|\*)$")


class _When(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pick some of many: counted from 1, by seeded chance, or by seconds since the start."""

    on: str
    nth: int = 0
    every: int = 0
    times: int = 0
    chance: float = 1.0
    from_s: float = 0.0
    for_s: float = 0.0
    where: Mapping[str, str] = {}

    def __post_init__(self) -> None:
        _at_least_zero(self, ("nth", "every", "times", "from_s", "for_s"))
        if not 0 < self.chance <= 1:
            raise ValueError(f"chance must be above 0 and at most 1, was {self.chance}")
        if self.nth and self.every:
            raise ValueError("nth picks one and every picks many; name one of them")

    def hits(self, count: int) -> bool:
        """Tell whether the rule picks the count-th."""
        if self.nth:
            return count == self.nth
        return not self.every or count % self.every == 0

    def is_due(self, now_s: float) -> bool:
        """Tell whether the rule holds so long after the script's start."""
        return self.from_s <= now_s and not (self.for_s and now_s >= self.from_s + self.for_s)

    def fits(self, values: Mapping[str, str]) -> bool:
        """Tell whether every named parameter has the wanted value."""
        return all(values.get(name) == value for name, value in self.where.items())


class FaultRule(_When, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Match requests of one endpoint, such as "POST /api/v3/order" or "ws order.place".

    `*` stands for anything in `on`. `nth` picks one call, `every` picks each n-th,
    `chance` some; with neither each call is hit. `where` names parameters that the
    request must have. `times` ends the rule after so many hits.
    """

    action: FaultAction
    seconds: float = 0.0
    status: int = 400
    code: int = -1000
    text: str = "An unknown error occurred while processing the request."
    retry_after_s: int = 0
    megabytes: int = 200

    def __post_init__(self) -> None:
        _When.__post_init__(self)
        _at_least_zero(self, ("seconds", "retry_after_s", "megabytes"))
        if not _CALL.match(self.on):
            raise ValueError(
                f'on must name a call such as "POST /api/v3/order" or "ws order.place", '
                f"was {self.on!r}"
            )


class FrameRule(_When, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Match messages of a stream, such as "btcusdt@depth*" or "user@executionReport"."""

    action: FrameAction
    seconds: float = 0.0
    copies: int = 2
    text: str = "null"

    def __post_init__(self) -> None:
        _When.__post_init__(self)
        _at_least_zero(self, ("seconds", "copies"))
        if "@" not in self.on and "*" not in self.on:
            raise ValueError(f'on must name a stream such as "btcusdt@trade", was {self.on!r}')


class Outage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Put something out of order from a second on; `for_s` 0 means for good.

    With `again_s` it comes back after so many seconds, counted from its beginning.
    """

    kind: OutageKind
    from_s: float = 0.0
    for_s: float = 0.0
    again_s: float = 0.0
    on: str = "*"
    milliseconds: int = 0

    def __post_init__(self) -> None:
        _at_least_zero(self, ("from_s", "for_s", "again_s"))
        if self.again_s and self.kind not in _END_AT_ONCE and not 0 < self.for_s < self.again_s:
            raise ValueError(
                f"an outage that comes again needs 0 < for_s < again_s, were {self.for_s} "
                f"and {self.again_s}"
            )
        if self.kind is OutageKind.CLOCK and not self.milliseconds:
            raise ValueError("a wrong clock needs milliseconds, above or below zero")

    def round_at(self, now_s: float) -> int:
        """Return how often it has begun so long after the script's start."""
        if now_s < self.from_s:
            return 0
        return 1 + int((now_s - self.from_s) // self.again_s) if self.again_s else 1

    def is_on(self, now_s: float) -> bool:
        """Tell whether it holds now."""
        begun = self.round_at(now_s)
        if not begun or self.kind in _END_AT_ONCE:
            return False
        since = now_s - self.from_s - (begun - 1) * self.again_s
        return not self.for_s or since < self.for_s


class Faults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold a whole script; the empty one does nothing. The same `seed` plays it the same way.

    `query_lag_s` hides a new order from every query for a while; `mute_market`
    and `mute_user` keep sockets open and silent; `drop_user_every` loses each
    n-th user event; `server_clock_ms` is the venue's clock minus the true one;
    a connection is cut after `socket_life_s`, or when it says more than
    `messages_per_s`.
    """

    seed: int = 7
    rules: tuple[FaultRule, ...] = ()
    frames: tuple[FrameRule, ...] = ()
    outages: tuple[Outage, ...] = ()
    query_lag_s: float = 0.0
    mute_market: bool = False
    mute_user: bool = False
    drop_user_every: int = 0
    server_clock_ms: int = 0
    ban_s: float = 0.0
    socket_life_s: float = 0.0
    messages_per_s: int = 0

    def __post_init__(self) -> None:
        names = ("query_lag_s", "drop_user_every", "ban_s", "socket_life_s", "messages_per_s")
        _at_least_zero(self, names)


def read_faults(path: Path) -> Faults:
    """Return the script in a TOML or JSON file, or raise `ConfigError`."""
    decode = msgspec.toml.decode if path.suffix == ".toml" else msgspec.json.decode
    try:
        return decode(path.read_bytes(), type=Faults)
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(f"The fault script {path} cannot be used: {_words(error)}.") from error


def check_calls(script: Faults, calls: Collection[str]) -> None:
    """Raise `ConfigError` for a rule that no call of the venue can ever meet."""
    for number, rule in enumerate(script.rules, 1):
        if any(fnmatchcase(call, rule.on) for call in calls):
            continue
        near = get_close_matches(rule.on, calls, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ConfigError(
            f"The fault script's rule {number} is for {rule.on!r}, which is no call of the "
            f"exchange{hint}"
        )


def _words(error: Exception) -> str:
    """Say where a script is wrong and what would be right."""
    text, _, path = str(error).partition(" - at `$")
    parts = re.findall(r"[A-Za-z_]\w*|\[\d+\]", path)
    place = ", ".join(f"entry {int(one[1:-1]) + 1}" if one[0] == "[" else one for one in parts)
    known = _KNOWN.get(tuple(one for one in parts if one[0] != "["))
    if known is not None and text.startswith("Invalid enum"):
        text = f"{text}, known are {', '.join(known)}"
    return f"{place}: {text}" if place else text


_KNOWN: Mapping[tuple[str, ...], type[StrEnum]] = {
    ("rules", "action"): FaultAction,
    ("frames", "action"): FrameAction,
    ("outages", "kind"): OutageKind,
}


def _at_least_zero(value: Any, names: Collection[str]) -> None:
    for name in names:
        if getattr(value, name) < 0:
            raise ValueError(f"{name} must be zero or more, was {getattr(value, name)}")
