"""Script what goes wrong: lost replies, lag, silence, wrong clocks and bans."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from pathlib import Path

import msgspec

from fks_desk.core.clock import Clock
from fks_desk.core.errors import ConfigError


class FaultAction(StrEnum):
    """Name what a rule does to a request; the words before "accept" decide about the order."""

    RESET = "reset"  # the connection dies and nothing was done
    ACCEPT_THEN_RESET = "accept_then_reset"  # done, then the connection dies
    DELAY_REQUEST = "delay_request"  # done late
    DELAY_REPLY = "delay_reply"  # done at once, told late
    HTML502 = "html502"  # not done, a proxy's page comes back
    HTML502_ACCEPTED = "html502_accepted"  # done, a proxy's page comes back
    EMPTY_ACCEPTED = "empty_accepted"  # done, an empty 200 comes back
    TRUNCATE_ACCEPTED = "truncate_accepted"  # done, half of the JSON comes back
    ERROR = "error"  # not done, `code` and `text` come back
    BAN = "ban"  # not done, 418 for `seconds` on everything


class FaultRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Match requests of one endpoint, such as "POST /api/v3/order".

    `nth` picks one call, counted from 1; `every` picks each n-th; with neither
    each call is hit.
    """

    on: str
    action: FaultAction
    nth: int = 0
    every: int = 0
    seconds: float = 0.0
    status: int = 400
    code: int = -1000
    text: str = "An unknown error occurred while processing the request."

    def hits(self, count: int) -> bool:
        """Tell whether the rule applies to the count-th call."""
        if self.nth:
            return count == self.nth
        return not self.every or count % self.every == 0


class Faults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold a whole script; the empty one does nothing.

    `query_lag_s` hides a new order from every query for a while; `mute_market`
    and `mute_user` keep sockets open and silent; `drop_user_every` loses each
    n-th user event; `server_clock_ms` is the venue's clock minus the true one.
    """

    rules: tuple[FaultRule, ...] = ()
    query_lag_s: float = 0.0
    mute_market: bool = False
    mute_user: bool = False
    drop_user_every: int = 0
    server_clock_ms: int = 0
    ban_s: float = 0.0


def read_faults(path: Path) -> Faults:
    """Return the script in a TOML or JSON file, or raise `ConfigError`."""
    decode = msgspec.toml.decode if path.suffix == ".toml" else msgspec.json.decode
    try:
        return decode(path.read_bytes(), type=Faults)
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(f"The fault script {path} cannot be used: {error}.") from error


class FaultPlayer:
    """Play a script: count calls, remember bans and hidden orders."""

    def __init__(self, clock: Clock, script: Faults | None = None) -> None:
        self._clock = clock
        self.script = Faults()
        self._calls: Counter[str] = Counter()
        self._banned_until = 0.0
        self._hidden_until: dict[int, float] = {}
        self._user_events = 0
        self.load(script or Faults())

    def load(self, script: Faults) -> None:
        """Replace the script; calls are counted afresh."""
        self.script = script
        self._calls.clear()
        self._user_events = 0
        self._banned_until = 0.0
        if script.ban_s:
            self.ban(script.ban_s)

    def rule_for(self, endpoint: str) -> FaultRule | None:
        """Count a call and return the rule that hits it, if any."""
        self._calls[endpoint] += 1
        count = self._calls[endpoint]
        return next(
            (rule for rule in self.script.rules if rule.on == endpoint and rule.hits(count)), None
        )

    def ban(self, seconds: float) -> None:
        """Refuse everything for a while."""
        self._banned_until = self._clock.monotonic() + seconds

    @property
    def banned_s(self) -> float:
        """Return how long the ban still lasts, 0 if there is none."""
        return max(0.0, self._banned_until - self._clock.monotonic())

    def note_placed(self, order_id: int) -> None:
        """Hide a new order from queries for as long as the script says."""
        if self.script.query_lag_s:
            self._hidden_until[order_id] = self._clock.monotonic() + self.script.query_lag_s

    def hides(self, order_id: int) -> bool:
        """Tell whether queries do not see the order yet."""
        return self._hidden_until.get(order_id, 0.0) > self._clock.monotonic()

    def loses_user_event(self) -> bool:
        """Count a user event and tell whether it gets lost."""
        self._user_events += 1
        every = self.script.drop_user_every
        return self.script.mute_user or bool(every and self._user_events % every == 0)
