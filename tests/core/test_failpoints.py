from __future__ import annotations

import subprocess
import sys

import pytest

from fks_desk.core.failpoints import FailPointReached, armed, kill, on_visit, parse, reach, stop


def test_an_unarmed_point_is_passed() -> None:
    reach("order.before_send")


def test_an_armed_point_acts_only_while_it_is_armed() -> None:
    with armed({"here": stop}):
        reach("elsewhere")
        with pytest.raises(FailPointReached, match="here"):
            reach("here")
    reach("here")


def test_a_point_can_wait_for_a_later_visit() -> None:
    with armed({"here": on_visit(3, stop)}):
        reach("here")
        reach("here")
        with pytest.raises(FailPointReached):
            reach("here")
        reach("here")


def test_points_are_read_from_one_line() -> None:
    actions = parse("a=raise, b=raise@2,,")

    assert set(actions) == {"a", "b"}
    with pytest.raises(FailPointReached):
        actions["a"]("a")
    actions["b"]("b")


@pytest.mark.parametrize("text", ["a", "=kill", "a=explode", "a=raise@0", "a=raise@x"])
def test_a_misspelt_point_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="FKS_FAILPOINTS is written"):
        parse(text)


def test_no_fault_handler_catches_a_drill() -> None:
    assert not issubclass(FailPointReached, Exception)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_process_tidies_up_nothing() -> None:
    program = (
        "import atexit; from fks_desk.core.failpoints import reach; "
        "atexit.register(print, 'tidied up'); reach('here'); print('passed')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"FKS_FAILPOINTS": "here=kill", "PYTHONPATH": "."},
        capture_output=True,
        check=False,
        timeout=30,
    )

    assert done.returncode == -9
    assert done.stdout == b""
    assert callable(kill)
