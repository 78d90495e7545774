"""Keep the weights that an account aims at, in a file of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from fks_desk.core.errors import ConfigError
from fks_desk.core.model import InstrumentId, parse_decimal
from fks_desk.ui.text import tr


def read_weights(path: Path) -> dict[InstrumentId, Decimal]:
    """Return the weights, shares of one; none if there is no file, `ConfigError` if it is bad."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(tr("{path} cannot be read: {error}", path=path, error=error)) from error
    try:
        found = json.loads(text)
        return {InstrumentId(str(key)): _weight(str(value)) for key, value in found.items()}
    except (ValueError, AttributeError) as error:
        raise ConfigError(tr("{path} holds no weights: {error}", path=path, error=error)) from error


def write_weights(path: Path, weights: Mapping[InstrumentId, Decimal]) -> None:
    """Write the weights, the whole file or nothing, or raise `ConfigError`."""
    growing = path.with_suffix(".new")
    body = json.dumps({key: format(value, "f") for key, value in weights.items()}, indent=1)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        growing.write_text(body, encoding="utf-8")
        growing.replace(path)
    except OSError as error:
        raise ConfigError(
            tr("{path} cannot be written: {error}", path=path, error=error)
        ) from error


def _weight(text: str) -> Decimal:
    weight = parse_decimal(text, "weight")
    if not 0 <= weight <= 1:
        raise ValueError(f"a weight is a share from 0 to 1, was {text}")
    return weight
