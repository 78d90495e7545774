"""Play a fault script: count what passes by, and say what happens to it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TypeVar

import msgspec

from fks_desk.core.clock import Clock
from fks_desk.venue.faults import (
    FaultRule,
    Faults,
    FrameAction,
    FrameRule,
    Outage,
    OutageKind,
)

GARBAGE = b"\xff\xfe\x00\x9f not a text \xc3\x28"

_Rule = TypeVar("_Rule", FaultRule, FrameRule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Hold what is sent instead of a message; `frame` None cuts the connections."""

    frame: bytes | None
    late_s: float = 0.0


class FaultPlayer:
    """Hold a script with its counts, its time, its bans and its hidden orders.

    Outages that end at once are not kept here: `begun` names each once.
    """

    def __init__(self, clock: Clock, script: Faults | None = None) -> None:
        self._clock = clock
        self._calls: Counter[str] = Counter()
        self._hits: Counter[tuple[str, int]] = Counter()
        self._seen: Counter[tuple[str, int]] = Counter()
        self._rounds: Counter[int] = Counter()
        self._held: dict[str, list[bytes]] = {}
        self._hidden_until: dict[int, float] = {}
        self.load(script or Faults())

    def load(self, script: Faults) -> None:
        """Replace the script; everything is counted afresh and its time begins now."""
        self.script = script
        self._started = self._clock.monotonic()
        self._chance = random.Random(script.seed)  # noqa: S311  a rehearsal must repeat itself
        for counts in (self._calls, self._hits, self._seen, self._rounds, self._held):
            counts.clear()
        self._user_events = 0
        self._banned_until = 0.0
        if script.ban_s:
            self.ban(script.ban_s)

    @property
    def now_s(self) -> float:
        """Return the seconds since the script began."""
        return self._clock.monotonic() - self._started

    # --- requests -----------------------------------------------------------------------

    @property
    def calls(self) -> Mapping[str, int]:
        """Return how often each call was made since the script began, refused ones too."""
        return dict(self._calls)

    def count(self, call: str) -> None:
        """Count a call, whatever becomes of it."""
        self._calls[call] += 1

    def rule_for(self, call: str, values: Mapping[str, str] | None = None) -> FaultRule | None:
        """Return the rule that hits a call, if any; each rule counts the calls that it fits."""
        return self._hit("rule", self.script.rules, call, values or {})

    def ban(self, seconds: float) -> None:
        """Refuse everything for a while."""
        self._banned_until = self._clock.monotonic() + seconds

    @property
    def banned_s(self) -> float:
        """Return how long the ban still lasts, 0 if there is none."""
        banned_s = self._banned_until - self._clock.monotonic()
        return max(0.0, banned_s, self.left_s(OutageKind.BAN))

    @property
    def clock_ms(self) -> int:
        """Return how far the venue's clock is off."""
        return self.script.server_clock_ms + sum(
            outage.milliseconds for outage in self._on(OutageKind.CLOCK)
        )

    def note_placed(self, order_id: int) -> None:
        """Hide a new order from queries for as long as the script says."""
        if self.script.query_lag_s:
            self._hidden_until[order_id] = self._clock.monotonic() + self.script.query_lag_s

    def hides(self, order_id: int) -> bool:
        """Tell whether queries do not see the order yet."""
        return self._hidden_until.get(order_id, 0.0) > self._clock.monotonic()

    # --- outages ------------------------------------------------------------------------

    def left_s(self, kind: OutageKind) -> float:
        """Return how long an outage of the kind still lasts, 0 if there is none."""
        return max((self._left(one) for one in self._on(kind)), default=0.0)

    def is_out(self, kind: OutageKind, name: str = "*") -> bool:
        """Tell whether an outage of the kind holds for a stream or a pair."""
        return any(fnmatchcase(name, outage.on) for outage in self._on(kind))

    def begun(self) -> list[Outage]:
        """Return the outages that began since the last call, each once a round."""
        found = []
        for number, outage in enumerate(self.script.outages):
            rounds = outage.round_at(self.now_s)
            if rounds > self._rounds[number]:
                self._rounds[number] = rounds
                found.append(outage)
        return found

    # --- streams ------------------------------------------------------------------------

    def loses_user_event(self) -> bool:
        """Count a user event and tell whether it gets lost."""
        self._user_events += 1
        every = self.script.drop_user_every
        return self.script.mute_user or bool(every and self._user_events % every == 0)

    def is_mute(self, name: str) -> bool:
        """Tell whether a stream says nothing although its connection is open."""
        return self.is_out(OutageKind.MUTE, name) or self.is_out(OutageKind.HANG)

    def deliveries(self, name: str, frame: bytes) -> list[Delivery]:
        """Return what is sent instead of a message of the stream."""
        if not self.script.frames and not self.script.outages:
            return [Delivery(frame=frame)]
        if self.is_mute(name):
            return []
        rule = self._hit("frame", self.script.frames, name, {})
        if rule is not None and rule.action is FrameAction.REORDER:
            self._held.setdefault(name, []).append(frame)
            return []
        late = [Delivery(frame=held) for held in self._held.pop(name, [])]
        return [*([Delivery(frame=frame)] if rule is None else _spoiled(rule, frame)), *late]

    def _hit(
        self, kind: str, rules: tuple[_Rule, ...], name: str, values: Mapping[str, str]
    ) -> _Rule | None:
        """Return the first rule that picks this one; each rule counts all that it fits."""
        picked = None
        for number, rule in enumerate(rules):
            if not (fnmatchcase(name, rule.on) and rule.fits(values) and rule.is_due(self.now_s)):
                continue
            key = (kind, number)
            self._seen[key] += 1
            if picked is None and self._is_picked(rule, key):
                self._hits[key] += 1
                picked = rule
        return picked

    def _is_picked(self, rule: _Rule, key: tuple[str, int]) -> bool:
        if rule.times and self._hits[key] >= rule.times:
            return False
        return rule.hits(self._seen[key]) and self._is_lucky(rule.chance)

    def _is_lucky(self, chance: float) -> bool:
        return chance >= 1 or self._chance.random() < chance

    def _on(self, kind: OutageKind) -> list[Outage]:
        now = self.now_s
        return [one for one in self.script.outages if one.kind is kind and one.is_on(now)]

    def _left(self, outage: Outage) -> float:
        if not outage.for_s:
            return _LONG_S
        begun = outage.from_s + (outage.round_at(self.now_s) - 1) * outage.again_s
        return max(0.0, begun + outage.for_s - self.now_s)


_LONG_S = 86_400.0


def _spoiled(rule: FrameRule, frame: bytes) -> list[Delivery]:
    if rule.action is FrameAction.DROP:
        return []
    instead = {
        FrameAction.TRUNCATE: frame[: len(frame) // 2],
        FrameAction.GARBAGE: GARBAGE,
        FrameAction.SAY: rule.text.encode(),
        FrameAction.CUT: None,
    }
    late_s = rule.seconds if rule.action is FrameAction.DELAY else 0.0
    copies = rule.copies if rule.action is FrameAction.DUPLICATE else 1
    return [Delivery(frame=instead.get(rule.action, frame), late_s=late_s)] * copies


def shutdown_event(now_ms: int) -> bytes:
    """Return the venue's word that its connections are about to end."""
    return msgspec.json.encode({"e": "serverShutdown", "E": now_ms})
