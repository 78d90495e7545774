"""Say no in the words that Binance's clients understand."""

from __future__ import annotations

from fks_desk.venue.ledger.rules import Refusal


class ApiError(Exception):
    """Carry a code and a text back to the client."""

    def __init__(
        self, code: int, text: str, *, status: int = 400, data: dict[str, object] | None = None
    ) -> None:
        super().__init__(text)
        self.data = data
        self.code = code
        self.text = text
        self.status = status

    @property
    def body(self) -> dict[str, object]:
        """Return the error as the wire spells it."""
        body: dict[str, object] = {"code": self.code, "msg": self.text}
        return body if self.data is None else {**body, "data": self.data}


def refused(refusal: Refusal) -> ApiError:
    """Return the matching core's refusal as an error."""
    return ApiError(refusal.code, refusal.text)


def missing(name: str) -> ApiError:
    """Return the error for a mandatory parameter that is not there or unreadable."""
    return ApiError(
        -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    )


def illegal(name: str, pattern: str) -> ApiError:
    """Return the error for a parameter with forbidden characters."""
    return ApiError(
        -1100, f"Illegal characters found in parameter '{name}'; legal range is '{pattern}'."
    )
