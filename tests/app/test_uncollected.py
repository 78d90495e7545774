"""Nothing looks for garbage on the way to the first picture, and all is as before afterwards."""

from __future__ import annotations

import gc

import pytest

from fks_desk.app.uncollected import uncollected


def test_the_collector_rests_while_it_lasts_and_works_again_afterwards():
    with uncollected():
        assert not gc.isenabled()

    assert gc.isenabled()


def test_a_failure_brings_the_collector_back():
    with pytest.raises(RuntimeError), uncollected():
        raise RuntimeError

    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off():
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
