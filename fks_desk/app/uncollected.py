"""Put garbage collection off while nothing but lasting things are made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Let Python collect no cyclic garbage while this lasts.

    On the way to the first picture hardly any is made, and looking for it would take
    a tenth of the time. The window's collector takes over once it is painted.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
