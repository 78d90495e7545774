"""Let a client that holds a key sign for, ask and dial its exchange's own machines alone."""

from __future__ import annotations

from typing import Any

from fks_desk.adapters.exchange.hosts import require_own


def guarded(parent: type[Any]) -> type[Any]:
    """Return ccxt's class that looks at each address before anything is signed for it."""

    class Guarded(parent):  # type: ignore[misc]  # ccxt ships no types
        desk_hosts: frozenset[str] | None = None  # None: it holds no key

        def desk_require_own(self, url: object) -> None:
            if self.desk_hosts is not None:
                require_own(url, self.desk_hosts, self.id)

        def sign(self, path: Any, api: Any = "public", *args: Any, **named: Any) -> Any:
            # Before the signature exists, and by the address that ccxt is about to use.
            name = api if isinstance(api, str) else api[0]
            self.desk_require_own(self.urls["api"].get(name))
            return super().sign(path, api, *args, **named)

        def sign_params(self, *args: Any, **named: Any) -> Any:
            self.desk_require_own(self.urls["api"]["ws"]["ws-api"]["spot"])
            return super().sign_params(*args, **named)

        def client(self, url: str) -> Any:
            if "://" in url:  # ccxt parks futures on clients that are never dialled
                self.desk_require_own(url)
            return super().client(url)

        async def fetch(self, url: Any, *args: Any, **named: Any) -> Any:
            self.desk_require_own(url)
            return await super().fetch(url, *args, **named)

    return Guarded
