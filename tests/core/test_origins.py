"""The origin of a candle, as it is read and compared."""

from __future__ import annotations

from dataclasses import replace

from fks_desk.core.model import Provenance
from fks_desk.core.origins import CandleOrigin
from tests.fakes.market import START


def test_an_origin_is_a_value_without_revisions_at_first() -> None:
    origin = CandleOrigin(provenance=Provenance.STREAMED, arrived=START)

    assert origin.revision == 0
    assert origin == replace(origin)
    assert origin != replace(origin, provenance=Provenance.BACKFILLED)
