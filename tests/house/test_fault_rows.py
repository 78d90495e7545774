"""Every fault of the table is there, and the tests that it names exist."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "resources" / "docs" / "fault-rows.md"
WANTED = [f"{kind}{number}" for kind, most in (("R", 17), ("W", 15), ("D", 16)) for number in
          range(1, most + 1)]  # fmt: skip
_ROW = re.compile(
    r"^\| (?P<row>[A-Z]\d+) \| (?P<fault>[^|]+) \| (?P<tests>[^|]+) \|$", re.MULTILINE
)
_NAMED = re.compile(r"`([\w/]+\.py)::([\w*]+)`")
TEXT = TABLE.read_text(encoding="utf-8")
ROWS = {found["row"]: _NAMED.findall(found["tests"]) for found in _ROW.finditer(TEXT)}


@cache
def names_in(file: str) -> frozenset[str]:
    """Return the names of a file's tests."""
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, kinds) and node.name.startswith("test_")
    )


def test_no_row_is_missing():
    assert [row for row in WANTED if row not in ROWS] == []
    assert all(ROWS.values())


@pytest.mark.parametrize("row", sorted({*ROWS}))
def test_the_tests_of_a_row_exist(row):
    for file, pattern in ROWS[row]:
        assert any(fnmatchcase(name, pattern) for name in names_in(file)), f"{file}::{pattern}"


def test_what_the_prose_names_exists_too():
    named = _NAMED.findall(TEXT)

    assert len(named) == TEXT.count("::")
    for file, pattern in named:
        assert any(fnmatchcase(name, pattern) for name in names_in(file)), f"{file}::{pattern}"
