"""Ask what an API key may do, and refuse one that could take money away.

Format: Binance wallet API, `GET /sapi/v1/account/apiRestrictions`.
"""

from __future__ import annotations

from dataclasses import dataclass

from fks_desk.adapters.exchange.signed import SignedReads
from fks_desk.core.errors import ConfigError, DataError


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRights:
    """Hold what the venue says of a key."""

    can_trade: bool
    can_trade_futures: bool
    can_withdraw: bool
    is_bound_to_ip: bool


async def read_rights(reads: SignedReads) -> KeyRights:
    """Return the key's rights; what the venue does not say counts as the dangerous answer."""
    told = await reads.ask("sapiGetAccountApiRestrictions", {}, "the rights of the key")
    if not isinstance(told, dict):
        raise DataError(f"{reads.venue} sent unreadable rights of the key")
    return KeyRights(
        can_trade=told.get("enableSpotAndMarginTrading") is True,
        can_trade_futures=told.get("enableFutures") is True,
        can_withdraw=told.get("enableWithdrawals") is not False,
        is_bound_to_ip=told.get("ipRestrict") is True,
    )


def require_harmless(rights: KeyRights, venue: str, *, is_futures: bool = False) -> None:
    """Raise `ConfigError` for a key that may withdraw, or may not trade."""
    if rights.can_withdraw:
        raise ConfigError(
            f"the key for {venue} may withdraw money; make one without that right at the venue "
            "and store it instead"
        )
    if is_futures and not rights.can_trade_futures:
        raise ConfigError(f"the key for {venue} may not trade; allow futures at the venue")
    if not is_futures and not rights.can_trade:
        raise ConfigError(f"the key for {venue} may not trade; allow spot trading at the venue")


def warnings_of(rights: KeyRights) -> tuple[str, ...]:
    """Return what a person should change about a key that may be used."""
    if rights.is_bound_to_ip:
        return ()
    return ("the key may be used from anywhere: bind it to this machine's address at the venue",)
