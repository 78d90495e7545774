"""Keep pictures small and compare with those kept before.

A picture is kept as the mean colours of a coarse grid, so that another font or another
line of pixels passes and a missing, misplaced or wrongly coloured part does not. After
a wanted change write them anew with `FKS_GOLDEN=write`.
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage


def small(image: QImage, columns: int, rows: int) -> np.ndarray:
    """Return the mean red, green and blue of each field of the grid."""
    flat = image.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(flat.constBits(), np.uint8).reshape(flat.height(), flat.width(), 4)
    fields = pixels[:, :, :3].reshape(rows, flat.height() // rows, columns, -1, 3)
    return fields.mean(axis=(1, 3)).round().astype(np.uint8)


def kept(file: Path, name: str, found: np.ndarray) -> np.ndarray:
    """Return what was kept under the name, once it is written anew if that is wanted."""
    tables = json.loads(file.read_text()) if file.exists() else {}
    if os.environ.get("FKS_GOLDEN") == "write":
        tables[name] = base64.b64encode(found.tobytes()).decode()
        file.write_text(json.dumps(tables, indent=0, sort_keys=True) + "\n")
    return read(tables[name]).reshape(found.shape)


def read(text: str) -> np.ndarray:
    """Return a kept picture as a row of levels."""
    return np.frombuffer(base64.b64decode(text), np.uint8).astype(int)


def off(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return how far two pictures are apart, level by level."""
    return np.abs(one.astype(int) - other.astype(int))
