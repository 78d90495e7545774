"""Write numbers, pairs and moments the same way in documents and in answers."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

DIGITS = 8  # digits after the point that a quotient or a float shows at most


def number(value: Any, digits: int = DIGITS) -> str:
    """Return a number as plain text: no exponent, no needless zeros, half to even."""
    amount = as_decimal(value)
    if abs(amount.as_tuple().exponent) > digits:  # type: ignore[arg-type]  # finite by now
        amount = _rounded(amount, digits)
    text = format(amount, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def signed(value: Any, digits: int = DIGITS) -> str:
    """Return a number with its sign, zero without."""
    text = number(value, digits)
    return text if text.startswith("-") or text == "0" else f"+{text}"


def percent(fraction: Any, digits: int = 2) -> str:
    """Return a fraction such as 0.0123 as `1.23 %`."""
    return f"{number(as_decimal(fraction) * 100, digits)} %"


def as_decimal(value: Any) -> Decimal:
    """Return the value as a finite Decimal; a float by its shortest text."""
    amount = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not amount.is_finite():
        raise ValueError(f"a number must be finite, was {value!r}")
    return amount


def moment(at: datetime) -> str:
    """Return a moment to the second, in UTC."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def minute(at: datetime) -> str:
    """Return a moment to the minute, in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def symbol_of(instrument: str) -> str:
    """Return `BTC/USDT` of `demo:spot:BTC/USDT`."""
    return instrument.split(":", 2)[-1]


def pair_of(instrument: str) -> tuple[str, str]:
    """Return the base and the quote currency of an instrument."""
    base, _, quote = symbol_of(instrument).partition("/")
    return base, quote.partition(":")[0]


def several(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def _rounded(amount: Decimal, digits: int) -> Decimal:
    step = Decimal(1).scaleb(-digits)
    rounded = amount.quantize(step, ROUND_HALF_EVEN) if abs(amount) < Decimal(10) ** 18 else amount
    # A dust amount is not nothing: it keeps its first digits.
    if rounded == 0 and amount != 0:
        return Decimal(f"{amount:.2e}")
    return rounded
