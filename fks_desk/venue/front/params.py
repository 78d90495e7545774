"""Read request parameters with the complaints that Binance would make."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from fks_desk.venue.front.errors import ApiError, illegal, missing

NUMBER = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
CLIENT_ID = r"^[\.A-Z\:/a-z0-9_-]{1,36}$"
_WHOLE = r"^[0-9]{1,20}$"
_DIGITS = 8

E = TypeVar("E", bound=StrEnum)


class Params:
    """Hold the parameters of one request."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return bool(self._values.get(name))

    def text(self, name: str) -> str:
        """Return a mandatory parameter."""
        value = self._values.get(name)
        if not value:
            raise missing(name)
        return value

    def optional(self, name: str) -> str:
        """Return a parameter, empty if it was not sent."""
        return self._values.get(name, "")

    def integer(self, name: str) -> int | None:
        """Return a whole number, or None if it was not sent."""
        value = self._values.get(name)
        if value is None:
            return None
        if not re.match(_WHOLE, value):
            raise illegal(name, _WHOLE)
        return int(value)

    def flag(self, name: str) -> bool:
        """Return whether a parameter says true."""
        return self._values.get(name, "").lower() == "true"

    def limit(self, default: int, most: int) -> int:
        """Return how many rows are wanted."""
        value = self.integer("limit")
        if value is None:
            return default
        if value < 1:
            raise illegal("limit", _WHOLE)
        return min(value, most)

    def number(self, name: str) -> Decimal | None:
        """Return an exact number, or None if it was not sent."""
        value = self._values.get(name)
        if value is None:
            return None
        if not re.match(NUMBER, value):
            raise illegal(name, NUMBER)
        number = Decimal(value)
        exponent = number.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > _DIGITS:
            raise ApiError(-1111, f"Parameter '{name}' has too much precision.")
        return number

    def client_id(self, name: str) -> str:
        """Return a client order id, empty if none was sent."""
        value = self._values.get(name, "")
        if value and not re.match(CLIENT_ID, value):
            raise illegal(name, CLIENT_ID)
        return value

    def choice(self, name: str, kind: type[E], code: int, text: str) -> E:
        """Return one of a closed set, or fail with the code that Binance has for it."""
        value = self.text(name)
        try:
            return kind(value)
        except ValueError:
            raise ApiError(code, text) from None
