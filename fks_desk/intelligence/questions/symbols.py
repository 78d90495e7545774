"""Find out which instruments a question names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from fks_desk.core.model import InstrumentId
from fks_desk.intelligence.writing import pair_of, symbol_of

_NAMES: Mapping[str, str] = {
    "bitcoin": "BTC", "bitcoins": "BTC", "xbt": "BTC", "ethereum": "ETH", "ether": "ETH",
    "binance coin": "BNB", "binancecoin": "BNB", "cardano": "ADA", "solana": "SOL",
    "ripple": "XRP", "dogecoin": "DOGE", "doge": "DOGE", "litecoin": "LTC", "polkadot": "DOT",
    "polygon": "MATIC", "avalanche": "AVAX", "chainlink": "LINK", "tron": "TRX",
    "stellar": "XLM", "monero": "XMR", "uniswap": "UNI", "cosmos": "ATOM", "shiba inu": "SHIB",
    "toncoin": "TON", "aptos": "APT", "arbitrum": "ARB", "optimism": "OP", "filecoin": "FIL",
}  # fmt: skip
_QUOTES: Mapping[str, str] = {
    "dollar": "USDT", "dollars": "USDT", "usd": "USDT", "tether": "USDT", "euro": "EUR",
    "euros": "EUR",
}  # fmt: skip
# Codes that are English words count only when written in capitals.
_WORDS = frozenset(
    {
        *("one", "gas", "sun", "win", "hot", "key", "fun", "link", "near", "not", "op", "ton"),
        *("dot", "flow", "rose", "mask", "magic", "high", "people", "id", "ids", "ace", "axe"),
        *("cake", "chess", "come", "for", "dash", "dent", "fees", "gift", "hook", "just", "mine"),
        *("now", "open", "orders", "trade", "price", "pond", "super", "sand", "step", "wing"),
        *("fill", "max", "me", "my", "in", "it", "is", "am", "at", "on", "to", "we", "who"),
        *("bar", "beta", "blur", "edge", "ever", "form", "free", "front", "home", "job", "move"),
        *("pump", "quick", "safe", "sign", "time", "true", "real", "part", "g", "s", "t", "c"),
    }
)


def named_bases(text: str, bases: Sequence[str]) -> list[str]:
    """Return the base currencies that a text names, in the order of their mention.

    `bases` are those of the known instruments; `BTC`, `btc/usdt`, `BTCUSDT`,
    `BTC-USDT` and `bitcoin` all name BTC.
    """
    found: dict[str, int] = {}
    for base in bases:
        place = _place(text, base)
        if place is not None:
            found[base] = place
    return sorted(found, key=lambda base: found[base])


def named_currencies(text: str, known: Sequence[str]) -> list[str]:
    """Return the currencies, bases and quotes alike, that a text names."""
    plain = text.lower()
    spoken = [code for word, code in _QUOTES.items() if re.search(rf"\b{word}\b", plain)]
    named = named_bases(text, known)
    return [*named, *(code for code in dict.fromkeys(spoken) if code not in named)]


def candidates(
    base: str, quotes: Sequence[str], known: Sequence[InstrumentId], venue: str
) -> tuple[InstrumentId, ...]:
    """Return the instruments of a base: those of the venue first, then by named quote."""

    def rank(one: InstrumentId) -> tuple[bool, bool, bool, str]:
        return (
            pair_of(one)[1] not in quotes,
            not one.startswith(f"{venue}:"),
            pair_of(one)[1] != "USDT",
            one,
        )

    return tuple(sorted((one for one in known if pair_of(one)[0] == base), key=rank))


def bases_of(known: Sequence[InstrumentId]) -> list[str]:
    """Return every base currency once."""
    return list(dict.fromkeys(pair_of(one)[0] for one in known if "/" in symbol_of(one)))


def _place(text: str, base: str) -> int | None:
    names = [name for name, code in _NAMES.items() if code == base]
    code = re.escape(base)
    quote = r"(?:[/\-_ ]?(?:USDT|USDC|BUSD|FDUSD|USD|EUR|BTC|ETH|BNB))?"
    flags = 0 if base.lower() in _WORDS or len(base) < 2 else re.IGNORECASE  # noqa: PLR2004  one letter is no name
    place = _search(rf"(?<![\w/]){code}{quote}(?!\w)", text, flags)
    for name in names:
        other = _search(rf"\b{name}\b", text, re.IGNORECASE)
        if other is not None and (place is None or other < place):
            place = other
    return place


def _search(pattern: str, text: str, flags: int) -> int | None:
    match = re.search(pattern, text, flags)
    return None if match is None else match.start()
