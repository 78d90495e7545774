"""Judge a settled desk by the invariants: venue against rows against what was seen.

Nothing here uses the desk's own arithmetic or state tables for the money: what is
expected is counted again from the venue's ledger, by hand.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from itertools import pairwise
from typing import Any

from fks_desk.adapters.storage.evidence import Row
from fks_desk.app.drill.evidence import Evidence
from fks_desk.core.orders import MOVES, OPEN_STATES

_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
_SMALLEST = Decimal("1e-18")
_ENDS = {
    "FILLED": "filled", "CANCELED": "canceled", "EXPIRED": "expired",
    "EXPIRED_IN_MATCH": "expired",  # gave way to an order of the same account
}  # fmt: skip
_NEVER_CAME = {"rejected", "absent", "denied"}
_POSTS = {"POST /api/v3/order", "POST ws:order.place"}
_SEALED = (
    "sequence", "type", "version", "event", "init", "account", "origin", "correlation",
    "causation", "payload",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Count what a drill went through."""

    lives: int
    intents: int
    orders: int
    posts: int
    fills: int
    canceled: int
    unknown: int
    absent: int
    journal: int

    def __str__(self) -> str:
        """Name each count."""
        return ", ".join(f"{getattr(self, name)} {name}" for name in self.__slots__)


def judge(evidence: Evidence) -> list[str]:
    """Return one sentence per violation, the order's whole story with each that has one."""
    found = [
        *one_order_per_intent(evidence),
        *same_fills(evidence),
        *same_money(evidence),
        *nothing_denied_left(evidence),
        *nothing_left_before_reconciliation(evidence),
        *legal_edges(evidence),
        *unknown_left_on_evidence(evidence),
        *nothing_stuck(evidence),
        *nothing_seen_is_lost(evidence),
        *journal_tells_the_same(evidence),
        *journal_is_sealed(evidence),
        *no_secret_is_told(evidence),
        *loopback_alone(evidence),
    ]
    return [_with_story(sentence, evidence) for sentence in found]


def count(evidence: Evidence) -> Count:
    """Return what the drill went through."""
    states = Counter(row["state"] for row in evidence.tables["orders"])
    events = Counter(row["state"] for row in evidence.tables["events"])
    return Count(
        lives=sum(line["what"] == "begun" for line in evidence.history),
        intents=sum(line["what"] == "intent" for line in evidence.history),
        orders=len(evidence.tables["orders"]),
        posts=sum(1 for _ in _posts(evidence)),
        fills=len(evidence.tables["fills"]),
        canceled=states["canceled"],
        unknown=events["unknown"],
        absent=states["absent"],
        journal=len(evidence.tables["journal"]),
    )


def one_order_per_intent(evidence: Evidence) -> Iterator[str]:
    """I1: at most one order and at most one signed request per intent."""
    placed = Counter(order["client_id"] for order in evidence.ledger["orders"])
    posted = Counter(request["client_id"] for request in _posts(evidence))
    yield from (f"I1 {id_}: {n} orders at the venue" for id_, n in placed.items() if n > 1)
    yield from (f"I1 {id_}: sent {n} times" for id_, n in posted.items() if n > 1)
    written = {row["client_id"] for row in evidence.tables["orders"]}
    yield from (f"I1 {id_}: sent and never written" for id_ in posted.keys() - written)


def same_fills(evidence: Evidence) -> Iterator[str]:
    """I2: our fills are the venue's, price, size and fee included."""
    theirs = {
        (_instrument(fill["symbol"]), str(fill["id"])): (
            fill["client_id"], Decimal(fill["price"]), Decimal(fill["size"]),
            Decimal(fill["fee"]), fill["fee_asset"],
        )
        for fill in evidence.ledger["fills"]
    }  # fmt: skip
    ours: dict[tuple[str, str], Any] = {}
    for row in evidence.tables["fills"]:
        key = row["instrument"], row["trade_id"]
        if key in ours:
            yield f"I2 {row['client_id']}: execution {key} is stored twice"
        ours[key] = (
            row["client_id"], row["price"], row["size"], row["fee"], row["fee_currency"],
        )  # fmt: skip
    for key in theirs.keys() - ours.keys():
        yield f"I2 {theirs[key][0]}: execution {key} is at the venue and not here"
    for key in ours.keys() - theirs.keys():
        yield f"I2 {ours[key][0]}: execution {key} is here and not at the venue"
    for key in theirs.keys() & ours.keys():
        if theirs[key] != ours[key]:
            yield f"I2 {ours[key][0]}: execution {key} is {theirs[key]} there, {ours[key]} here"


def same_money(evidence: Evidence) -> Iterator[str]:
    """I3: balances and positions are what the venue's ledger adds up to."""
    said = {
        asset: (Decimal(one["free"]), Decimal(one["locked"]))
        for asset, one in evidence.ledger["balances"].items()
    }
    ours = {row["currency"]: (row["free"], row["locked"]) for row in evidence.tables["balances"]}
    for asset in said.keys() | ours.keys():
        there, here = said.get(asset, (0, 0)), ours.get(asset, (0, 0))
        if there != here:
            yield f"I3 {asset}: the venue holds {there}, the rows say {here}"
    yield from _same_totals(evidence, said)
    yield from _same_positions(evidence)


def _same_totals(evidence: Evidence, said: Mapping[str, tuple[Decimal, Decimal]]) -> Iterator[str]:
    """Count the money from the deposits and from our own fills."""
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    for asset, amount in evidence.ledger["deposits"].items():
        totals[asset] += Decimal(amount)
    for row in evidence.tables["fills"]:
        base, quote = _currencies(row)
        sign = 1 if row["side"] == "buy" else -1
        totals[base] += sign * row["size"]
        totals[quote] -= sign * row["size"] * row["price"]
        totals[row["fee_currency"]] -= row["fee"]
    for asset in totals.keys() | said.keys():
        there = sum(said.get(asset, ()), Decimal(0))
        if totals[asset] != there:
            yield f"I3 {asset}: deposits and fills make {totals[asset]}, the venue has {there}"


def _same_positions(evidence: Evidence) -> Iterator[str]:
    by_instrument: defaultdict[str, list[Row]] = defaultdict(list)
    for row in evidence.tables["fills"]:
        by_instrument[row["instrument"]].append(row)
    held = {row["instrument"]: row for row in evidence.tables["positions"]}
    for instrument in held.keys() | by_instrument.keys():
        fills = by_instrument[instrument]
        wanted = _position(fills)
        ours = held.get(instrument)
        found = (ours["size"], ours["average_price"], ours["realised"]) if ours else (0, None, 0)
        if found != wanted:
            yield f"I3 {instrument}: the fills make {wanted}, the position is {found}"
        gains = sum((fill["realised"] or Decimal(0) for fill in fills), Decimal(0))
        if gains != wanted[2]:
            yield f"I3 {instrument}: the fills' gains make {gains}, the position has {wanted[2]}"


def _position(fills: Iterable[Row]) -> tuple[Decimal, Decimal | None, Decimal]:
    """Return size, average cost and gain of a spot position, which is never short."""
    size = gained = Decimal(0)
    average: Decimal | None = None
    with localcontext(_EXACT):
        for fill in fills:
            base, quote = _currencies(fill)
            bought = fill["size"] - (fill["fee"] if fill["fee_currency"] == base else 0)
            if fill["side"] == "buy":
                cost = size * (average or 0) + fill["size"] * fill["price"]
                size += bought
                average = _rounded(cost / size)
            else:
                fee = fill["fee"] if fill["fee_currency"] == quote else 0
                gained = _rounded(gained + fill["size"] * (fill["price"] - (average or 0)) - fee)
                size -= fill["size"]
                average = average if size else None
    return size, average, gained


def nothing_denied_left(evidence: Evidence) -> Iterator[str]:
    """I4: what the risk check refused was never sent."""
    posted = {request["client_id"] for request in _posts(evidence)}
    denied = {line["id"] for line in evidence.history if line["what"] == "denied"}
    denied |= {
        row["correlation"] for row in evidence.tables["journal"] if row["type"] == "order.denied"
    }
    yield from (f"I4 {id_}: denied, and sent" for id_ in denied & posted)


def nothing_left_before_reconciliation(evidence: Evidence) -> Iterator[str]:
    """I5: each request left in the life that wanted it, after that life had compared."""
    active_since: dict[int, int] = {}
    wanted_in: dict[str, int] = {}
    ended: dict[int, int] = {}
    for line in evidence.history:
        life = line["pid"]
        ended[life] = line["ms"]
        if line["what"] == "state" and line["state"] == "active":
            active_since.setdefault(life, line["ms"])
        elif line["what"] in {"intent", "order"}:
            # The desk itself makes the order that closes a position.
            wanted_in.setdefault(line["id"], life)
    begins = sorted(line["ms"] for line in evidence.history if line["what"] == "begun")
    for request in _posts(evidence):
        id_, moment = request["client_id"], request["moment_ms"]
        life = wanted_in.get(id_)
        if life is None:
            yield f"I5 {id_}: sent, but nobody wanted it"
        elif moment < active_since.get(life, moment + 1):
            yield f"I5 {id_}: sent before the account was compared"
        elif any(ended[life] < begin <= moment for begin in begins):
            yield f"I5 {id_}: sent by a later life"


def legal_edges(evidence: Evidence) -> Iterator[str]:
    """I6: states follow the table; nothing leaves an end but by a fill or the venue's proof."""
    edges = {(before.value, after.value) for (before, _), after in MOVES.items()}
    # A refused cancel of an order with a part filled, and an order that comes out of the
    # unknown so, rest as PARTIAL.
    edges |= {(before, "partial") for before, after in edges if after == "open"}
    for id_, events in _by_order(evidence.tables["events"]).items():
        states = [event["state"] for event in events]
        if states[0] not in {"persisted", "sending", "open"}:
            yield f"I6 {id_}: its life begins as {states[0]}"
        for before, after in pairwise(states):
            if before != after and (before, after) not in edges:
                yield f"I6 {id_}: went from {before} to {after}"


def unknown_left_on_evidence(evidence: Evidence) -> Iterator[str]:
    """I7: an order declared absent or refused out of the unknown is not at the venue."""
    placed = {order["client_id"] for order in evidence.ledger["orders"]}
    for id_, events in _by_order(evidence.tables["events"]).items():
        for before, after in pairwise(event["state"] for event in events):
            if before == "unknown" and after in _NEVER_CAME and id_ in placed:
                yield f"I7 {id_}: from unknown to {after}, and the venue has it"


def nothing_stuck(evidence: Evidence) -> Iterator[str]:
    """I11: every order is where the venue has it, with as much of it filled."""
    placed = {order["client_id"]: order for order in evidence.ledger["orders"]}
    written = {row["client_id"]: row for row in evidence.tables["orders"]}
    for id_ in placed.keys() - written.keys():
        yield f"I11 {id_}: at the venue, and unknown here"
    for id_, row in written.items():
        there = placed.get(id_)
        wanted = _NEVER_CAME if there is None else {_ENDS.get(there["status"], "open")}
        if row["state"] not in wanted:
            yield f"I11 {id_}: is {row['state']} here, should be {' or '.join(sorted(wanted))}"
        filled = Decimal(0) if there is None else Decimal(there["filled"])
        if row["filled"] != filled:
            yield f"I11 {id_}: {row['filled']} filled here, {filled} at the venue"
        if row["state"] in OPEN_STATES:
            yield f"I11 {id_}: is still {row['state']}"


def nothing_seen_is_lost(evidence: Evidence) -> Iterator[str]:
    """I11: what a life told of as written is still written."""
    states = {(row["client_id"], row["state"], row["filled"]) for row in evidence.tables["events"]}
    fills = {
        (row["instrument"], row["trade_id"], row["price"], row["size"], row["fee"])
        for row in evidence.tables["fills"]
    }
    for line in evidence.history:
        if line["what"] == "order":
            if (line["id"], line["state"], Decimal(line["filled"])) not in states:
                yield f"I11 {line['id']}: its state {line['state']} was seen and is lost"
        elif line["what"] == "fill":
            numbers = (Decimal(line[name]) for name in ("price", "size", "fee"))
            if (line["instrument"], line["trade"], *numbers) not in fills:
                yield f"I11 {line['id']}: execution {line['trade']} was seen and is lost"


def journal_tells_the_same(evidence: Evidence) -> Iterator[str]:
    """Compare the journal with the rows that its transactions wrote."""
    last: dict[str, Any] = {}
    recorded: Counter[str] = Counter()
    for entry in evidence.tables["journal"]:
        payload = json.loads(entry["payload"])
        if entry["type"].startswith("fill."):
            recorded[payload["instrument"] + " " + payload["trade_id"]] += 1
        elif entry["type"].startswith("order.") and "state" in payload:
            last[entry["correlation"]] = payload
    for row in evidence.tables["orders"]:
        told = last.get(row["client_id"])
        if told is None:
            yield f"journal {row['client_id']}: tells nothing of the order"
        elif told["state"] != row["state"] and Decimal(told["filled"]) != row["filled"]:
            yield f"journal {row['client_id']}: ends as {told['state']}, the row as {row['state']}"
    stored = Counter(f"{row['instrument']} {row['trade_id']}" for row in evidence.tables["fills"])
    if stored != recorded:
        yield f"journal: tells of other fills: {(stored - recorded) + (recorded - stored)}"


def journal_is_sealed(evidence: Evidence) -> Iterator[str]:
    """Count every seal again."""
    digest = ""
    for number, entry in enumerate(evidence.tables["journal"], start=1):
        parts = [digest, *(entry[name] for name in _SEALED)]
        text = ",".join("-" if part is None else f"{len(part)}:{part}" for part in parts)
        digest = hashlib.sha256(text.encode()).hexdigest()
        if digest != entry["digest"] or int(entry["sequence"]) != number:
            yield f"journal: the seal of row {entry['sequence']} is broken"
            return


def no_secret_is_told(evidence: Evidence) -> Iterator[str]:
    """I9: the key is in no log, argument or environment, and the database is clean too."""
    rows = json.dumps(evidence.tables, default=str).encode()
    for name, text in {**evidence.texts, "the database": rows}.items():
        if any(secret in text for secret in evidence.secrets):
            yield f"I9: a secret stands in {name}"


def loopback_alone(evidence: Evidence) -> Iterator[str]:
    """I12: nothing listens to the outside."""
    yield from (f"I12: {one}" for one in evidence.sockets if " on 127.0.0.1:" not in one)


def _posts(evidence: Evidence) -> Iterator[Row]:
    for request in evidence.requests:
        if f"{request['method']} {request['path']}" in _POSTS:
            yield request


def _by_order(events: Iterable[Row]) -> dict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for event in events:
        found[event["client_id"]].append(event)
    return found


def _with_story(sentence: str, evidence: Evidence) -> str:
    """Add all that is known of the order that the sentence names."""
    id_ = next((word.rstrip(":") for word in sentence.split() if word.startswith("fks")), None)
    if id_ is None:
        return sentence
    story = [f"  {line}" for line in evidence.history if line.get("id") == id_]
    story += [
        f"  row {row['ts_init']} {row['state']} filled {row['filled']} {row['reason']}"
        for row in evidence.tables["events"]
        if row["client_id"] == id_
    ]
    story += [
        f"  venue {order}" for order in evidence.ledger["orders"] if order["client_id"] == id_
    ]
    story += [f"  request {one}" for one in evidence.requests if one["client_id"] == id_]
    return "\n".join([sentence, *story])


def _instrument(symbol: str) -> str:
    return f"demo:spot:{symbol}"


def _currencies(row: Row) -> tuple[str, str]:
    base, _, quote = row["instrument"].rpartition(":")[2].partition("/")
    return base, quote


def _rounded(number: Decimal) -> Decimal:
    return number.quantize(_SMALLEST)
