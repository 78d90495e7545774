from __future__ import annotations

import pytest
import typer

from fks_desk.app.cli.failing import exits_cleanly
from fks_desk.core.errors import ConfigError, DataError, StorageError


@pytest.mark.parametrize(
    ("error", "code"),
    [(DataError("the file is empty"), 1), (StorageError("no disk"), 1), (ConfigError("no"), 2)],
)
def test_an_error_of_ours_is_its_sentence_and_an_exit_code(capsys, error, code):
    @exits_cleanly
    def command():
        raise error

    with pytest.raises(typer.Exit) as ended:
        command()

    assert ended.value.exit_code == code
    assert capsys.readouterr().err == f"fks-desk: {error.message}\n"


def test_fields_for_the_log_stay_out_of_the_sentence(capsys):
    @exits_cleanly
    def command():
        raise DataError("the file is empty", path="/secret/place")

    with pytest.raises(typer.Exit):
        command()

    assert "/secret" not in capsys.readouterr().err


def test_a_bug_is_not_hidden():
    @exits_cleanly
    def command():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        command()


def test_a_command_that_works_gives_its_result():
    @exits_cleanly
    def command(number: int) -> int:
        return number + 1

    assert command(1) == 2
