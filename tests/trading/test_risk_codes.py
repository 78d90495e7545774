from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = re.compile(r'(?:Refusal\(\s*"([A-Z_]+)"|^[A-Z_]+ = "([A-Z_]+)"$)', re.MULTILINE)


def test_every_code_of_a_refusal_is_explained_and_none_is_invented() -> None:
    told = set(re.findall(r"`([A-Z][A-Z_]+)`", (ROOT / "resources/docs/risk-codes.md").read_text()))
    made = {
        name
        for file in (ROOT / "fks_desk/trading").rglob("*.py")
        for pair in CODE.findall(file.read_text())
        for name in pair
        if name
    }
    states = {"UNRECONCILED", "HALTED", "REDUCING"}

    assert told == made | states
