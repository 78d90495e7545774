"""Name the machines that belong to an exchange: nothing signed goes anywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from fks_desk.adapters.exchange.options import Site
from fks_desk.core.errors import ConfigError

_HOSTS: Mapping[tuple[str, Site], frozenset[str]] = MappingProxyType(
    {
        ("binance", Site.REAL): frozenset(
            {"api.binance.com", "stream.binance.com", "ws-api.binance.com"}
        ),
        ("binance", Site.TEST): frozenset(
            {
                "testnet.binance.vision",
                "stream.testnet.binance.vision",
                "ws-api.testnet.binance.vision",
            }
        ),
        ("binanceusdm", Site.REAL): frozenset(
            # The rights of a key are asked of the wallet, which lives at the first one.
            {"api.binance.com", "fapi.binance.com", "fstream.binance.com"}
        ),
        ("binanceusdm", Site.TEST): frozenset(
            {"demo-fapi.binance.com", "fstream.binancefuture.com"}
        ),
    }
)


class StrangeHost(ConfigError):
    """Report that something signed was about to go to a machine that is not the exchange's."""


def hosts_of(exchange: str, site: Site) -> frozenset[str]:
    """Return the machines of an exchange that orders can be sent to, or raise `ConfigError`."""
    found = _HOSTS.get((exchange, site))
    if found is None:
        names = ", ".join(sorted({name for name, _ in _HOSTS}))
        raise ConfigError(f"accounts can be opened at {names}, was {exchange!r}")
    return found


def require_own(url: object, hosts: frozenset[str], venue: str) -> None:
    """Raise `StrangeHost` unless the address is one of the exchange's own."""
    parts = urlsplit(str(url or ""))
    host = parts.hostname or ""
    if host not in hosts:
        raise StrangeHost(
            f"nothing signed for {venue} goes to {host or 'nowhere'}: its machines are "
            f"{', '.join(sorted(hosts))}"
        )
    if parts.scheme not in {"https", "wss"} and host != "127.0.0.1":
        raise StrangeHost(f"nothing signed for {venue} goes to {host} unencrypted")
