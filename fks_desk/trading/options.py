"""Hold how patient the trading room is; every period of it stands here."""

from __future__ import annotations

from dataclasses import dataclass, fields

from fks_desk.core.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingOptions:
    """Hold waits in seconds and a few counts.

    `patience_s` is how long an order waits for its turn at the database before it
    stays at home. An order that the venue denies to know is declared absent after
    `absence_s` and `absence_agreements` full looks at the account, not before. Of a
    venue that lists more than `whole_list` instruments only those are read that the
    account has to do with: each costs two requests.
    """

    patience_s: float = 2.0
    send_timeout_s: float = 20.0
    cancel_timeout_s: float = 20.0
    read_timeout_s: float = 60.0
    storage_first_wait_s: float = 0.2
    storage_longest_wait_s: float = 5.0
    stream_first_wait_s: float = 0.5
    stream_longest_wait_s: float = 30.0
    settle_s: float = 0.5
    reconcile_s: float = 30.0
    reconcile_idle_s: float = 300.0
    reconcile_gap_s: float = 0.5
    reconcile_first_wait_s: float = 1.0
    reconcile_longest_wait_s: float = 15.0
    overlap_s: float = 600.0
    lag_s: float = 10.0
    absence_s: float = 60.0
    absence_agreements: int = 3
    close_s: float = 3.0
    value_s: float = 5.0
    snapshot_s: float = 60.0
    mismatch_agreements: int = 3
    remembered_orders: int = 5_000
    whole_list: int = 50

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0 < value < float("inf"):
                raise ConfigError(
                    f"the trading option {field.name} must be above zero, was {value}"
                )
