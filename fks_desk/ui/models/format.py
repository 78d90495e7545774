"""Write numbers and moments the way a trading screen shows them.

Amounts stay Decimal until they are text. A minus is a true minus sign, thousands
are set apart by commas, and what is not known is a dash.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from fks_desk.core.model import ZERO

MINUS = "−"
UNKNOWN = "–"
EXACT_DIGITS = 8  # the finest step that exchanges book in
_TENTHS_BELOW_S = 10


class Tone(StrEnum):
    """Say how a text is meant; a theme gives each tone its colour."""

    PLAIN = "plain"
    UP = "up"
    DOWN = "down"
    MUTED = "muted"
    WARNING = "warning"


def number(value: Decimal | None, digits: int) -> str:
    """Return the value with exactly this many digits after the point."""
    if value is None:
        return UNKNOWN
    rounded = _round(value, digits)
    sign = MINUS if rounded < 0 else ""
    return f"{sign}{abs(rounded):,.{digits}f}"


def signed(value: Decimal | None, digits: int) -> str:
    """Return the value with its sign in front, zero without one."""
    if value is None:
        return UNKNOWN
    plus = "+" if _round(value, digits) > 0 else ""
    return f"{plus}{number(value, digits)}"


def real(value: float, digits: int) -> str:
    """Return a result of float maths, which is never money that moved."""
    text = f"{value:,.{digits}f}"
    return text.removeprefix("-") if float(round(value, digits)) == 0 else _true_minus(text)


def signed_real(value: float, digits: int) -> str:
    """Return a result of float maths with its sign in front, zero without one."""
    text = real(value, digits)
    return text if text.startswith(MINUS) or round(value, digits) == 0 else f"+{text}"


def percent(value: Decimal | None, digits: int = 2) -> str:
    """Return a signed percentage; the value 1.5 means 1.5 %."""
    return UNKNOWN if value is None else f"{signed(value, digits)} %"


def share(value: Decimal | None, digits: int = 1) -> str:
    """Return an unsigned percentage; the value 1.5 means 1.5 %."""
    return UNKNOWN if value is None else f"{number(value, digits)} %"


def exact(value: Decimal | None) -> str:
    """Return every digit that counts, up to the eighth after the point."""
    if value is None:
        return UNKNOWN
    return _trim(number(value, EXACT_DIGITS))


def editable(value: Decimal) -> str:
    """Return the value as it is typed: no thousands, no trailing zeros, plain minus."""
    return _trim(f"{value:f}")


def money(value: Decimal | None, currency: str, digits: int = 2) -> str:
    """Return an amount with its currency behind it."""
    return f"{number(value, digits)} {currency}"


def signed_money(value: Decimal | None, currency: str, digits: int = 2) -> str:
    """Return a gain or loss with its currency behind it."""
    return f"{signed(value, digits)} {currency}"


def arrow(value: Decimal | None) -> str:
    """Return a mark that tells up from down without colour."""
    if value is None or value == 0:
        return ""
    return "▲" if value > 0 else "▼"


def tone_of(value: Decimal | float | None) -> Tone:
    """Return the tone of a gain, a loss or neither."""
    if value is None or value == 0:
        return Tone.MUTED
    return Tone.UP if value > 0 else Tone.DOWN


def moment(value: datetime | None) -> str:
    """Return date and time to the second, in UTC."""
    return UNKNOWN if value is None else f"{value:%Y-%m-%d %H:%M:%S}"


def clock_time(value: datetime | None) -> str:
    """Return the time of day to the second, in UTC."""
    return UNKNOWN if value is None else f"{value:%H:%M:%S}"


def duration(length: timedelta | None) -> str:
    """Return a length of time in its two largest units."""
    if length is None:
        return UNKNOWN
    seconds = max(0.0, length.total_seconds())
    if seconds < _TENTHS_BELOW_S:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes == 0:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    if hours == 0:
        return f"{minutes} min {rest:02d} s"
    days, hours_left = divmod(hours, 24)
    return f"{days} d {hours_left} h" if days else f"{hours} h {minutes:02d} min"


def _round(value: Decimal, digits: int) -> Decimal:
    """Round half to even, at any size (quantize alone stops at 28 digits)."""
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent <= digits:
        return value
    if abs(value) < Decimal(10) ** 18:
        return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN) or ZERO
    return value


def _true_minus(text: str) -> str:
    return text.replace("-", MINUS)


def _trim(text: str) -> str:
    trimmed = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if trimmed in {f"{MINUS}0", "-0", ""} else trimmed
