"""Turn an order's terms and family into columns and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from fks_desk.adapters.storage.pool import Row
from fks_desk.core.model import ClientOrderId, OrderIntent
from fks_desk.core.terms import PLAIN, Exits, Family, ParentId, Role, Terms


def terms_to_json(terms: Terms) -> dict[str, Any]:
    """Return what the terms say beyond the plain ones; prices and times as text."""
    said: dict[str, Any] = {
        "trigger_price": _text(terms.trigger_price),
        "trail_bps": terms.trail_bps,
        "is_post_only": terms.is_post_only or None,
        "is_reduce_only": terms.is_reduce_only or None,
        "expires": terms.expires.isoformat() if terms.expires is not None else None,
        "exits": exits_to_json(terms.exits) if terms.exits is not None else None,
        "beside": _text(terms.beside),
    }
    return {name: value for name, value in said.items() if value is not None}


def terms_of(stored: Mapping[str, Any]) -> Terms:
    """Return stored terms."""
    if not stored:
        return PLAIN
    expires, exits = stored.get("expires"), stored.get("exits")
    return Terms(
        trigger_price=_decimal(stored.get("trigger_price")),
        trail_bps=stored.get("trail_bps"),
        is_post_only=bool(stored.get("is_post_only")),
        is_reduce_only=bool(stored.get("is_reduce_only")),
        expires=datetime.fromisoformat(expires) if expires is not None else None,
        exits=exits_of(exits) if exits is not None else None,
        beside=_decimal(stored.get("beside")),
    )


def exits_to_json(exits: Exits) -> dict[str, Any]:
    """Return exits as a JSON object."""
    return {
        "stop": _text(exits.stop),
        "target": _text(exits.target),
        "trail_bps": exits.trail_bps,
    }


def exits_of(stored: Mapping[str, Any]) -> Exits:
    """Return stored exits."""
    return Exits(
        stop=_decimal(stored["stop"]),
        target=_decimal(stored["target"]),
        trail_bps=stored["trail_bps"],
    )


def family_row(intent: OrderIntent) -> Row:
    """Return the columns that tie an order to others."""
    family = intent.family
    return {
        "parent": None if family is None else family.parent,
        "role": None if family is None else family.role.value,
        "number": 0 if family is None else family.number,
        "replaces": intent.replaces,
    }


def family_of(row: Row) -> Family | None:
    """Return the family of a row, or None."""
    if row["parent"] is None:
        return None
    return Family(parent=ParentId(row["parent"]), role=Role(row["role"]), number=row["number"])


def replaced_by(row: Row) -> ClientOrderId | None:
    """Return the id of the order that the row's order takes the place of, or None."""
    return None if row["replaces"] is None else ClientOrderId(row["replaces"])


def _text(number: Decimal | None) -> str | None:
    return None if number is None else format(number, "f")


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
